import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pandas as pd
import pytest

from matts.detect.threshold import METHODS
from matts.evaluate.alarm_report import alarm_section
from matts.evaluate.combination import tell_combination
from matts.evaluate.report import verdict
from matts.pipelines.matts.pipeline import STAGES, create_pipeline

Kedro = Callable[..., CompletedProcess[str]]
Typed = tuple[Path, CompletedProcess[str]]

CONTROLS = {
    "random",
    "constant",
    "moving_variance",
    "zscore",
    "one_sensor",
    "pca",
    "isolation_forest",
    "arima",
    "kalman",
    "virtual_sensors",
    "supervised",
    "cva",
    "mean_shift",
    "combined",
    "vae",
    "untrained",
    "untrained_reconstruction",
}
BLIND = {
    *("random", "constant", "moving_variance", "one_sensor"),
    *("untrained", "untrained_reconstruction"),
}
FAULTS = ["Reduction", "Electric", "Bearing", "WorkRoll"]
EVENT_PLOTS = ("events", "contributions")
PLOTS = (
    *("scores", "detectors", "pr", "confusion", "training", "latent", "root_cause"),
    *EVENT_PLOTS,
)
MADE = {  # by the folder that it goes to
    "02_intermediate": ["data_source.json", "episodes.parquet", "readings.parquet"],
    "05_model_input": [
        *("channels.parquet", "split.json"),
        *(f"{part}_windows.safetensors" for part in ("train", "validation", "test")),
    ],
    "06_models": [
        *("channel_maker.safetensors", "detectors.safetensors", "detector_seconds.json"),
        "calibration.json",
        *("baselines.safetensors", "baseline_seconds.json", "baseline_calibration.json"),
        *("diagnosers.safetensors", "baseline_diagnosers.safetensors", "novelty.safetensors"),
        "live_profile.safetensors",
        *("explainers.safetensors", "left_out.json"),
    ],
    "07_model_output": ["diagnoses.parquet", "judged_life.json", "scores.parquet"],
    "08_reporting": [
        *("report.md", "results.json", "training.log", "events.csv", "event_cards.json"),
        *("learnt.json", "quality.md", "quality.json"),
        *(f"{plot}.{kind}" for plot in PLOTS for kind in ("png", "plotly.json")),
    ],
}


def test_the_run_ends_with_the_verdict_and_the_table(typed: Typed, results: Any) -> None:
    folder, done = typed
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[:2] == [
        "4000 simulated readings",
        "Sensors: 51 good, 0 suspect, 0 unusable",
    ]
    assert f"On simulated readings, data set 6: {verdict(results)}" in lines
    for name in results["models"]:
        assert sum(line.startswith(f"| {name} ") for line in lines) == 1
    assert lines[-2].startswith(f"More in {folder}/data/smoke/08_reporting/6/report.md")
    assert re.match(r"\d+ s: \d+\.\d ", lines[-1])
    for step in ("start-up", "records in MLflow", "files, in and out", "fit_detectors"):
        assert re.search(rf" [1-9]?\d\.\d {step}", lines[-1])


def test_the_terminal_is_quiet(typed: Typed) -> None:
    for noise in ("Traceback", "Warning", "WARNING", "INFO", "deprecated", "Kedro"):
        assert noise not in typed[1].stderr


def test_everything_is_written_and_nothing_is_left_half(data: Path) -> None:
    made = {f"{folder}/6/{name}" for folder, names in MADE.items() for name in names}
    found = {str(path) for path in all_of(data) if path.parts[0] in MADE}
    assert (
        made
        <= found
        <= made
        | {f"07_model_output/6/inference.{x}" for x in ("csv", "parquet")}
        | {f"08_reporting/6/inference{x}" for x in (".log", "_results.json")}
    )
    assert not [path for path in data.rglob("*") if "partial" in path.name]
    assert not [path for path in data.rglob("*") if path.suffix in {".pkl", ".pickle", ".joblib"}]


def all_of(data: Path) -> set[Path]:
    return {path.relative_to(data) for path in data.rglob("*") if path.is_file()}


def test_a_smoke_run_stays_in_its_folder(finished: Path) -> None:
    outside = {path.name for path in finished.iterdir()} - {".viz"}
    assert outside == {"conf", "data", "pyproject.toml", "src"}
    assert {path.name for path in (finished / "data").iterdir()} == {"01_raw", "smoke"}


def test_results_say_what_they_were_found_on(results: Any) -> None:
    assert (results["dataset"], results["data_source"]) == (6, "simulated")
    parts = results["split"]
    assert list(parts) == ["train", "validation", "test"]
    borders = [(part["first_reading"], part["last_reading"]) for part in parts.values()]
    assert borders == [(0, 2799), (2804, 3199), (3204, 3999)]  # a gap of a window's length less 1
    for part in parts.values():
        assert list(part["classes"]) == ["Healthy", *FAULTS]
        twice = part["several_faults"]  # counted with either of their two faults
        assert sum(part["classes"].values()) == part["windows"] + twice
        assert part["windows"] == part["last_reading"] - part["first_reading"] - 3


def test_results_say_how_they_were_found(results: Any) -> None:
    assert results["parameters"]["training"]["epochs"] == 8
    assert results["parameters"]["source"]["simulate"]["coils"] == 4000


def test_results_hold_what_both_stages_are_worth(results: Any) -> None:
    figures = {"accuracy", "f1_macro", "f1_micro", "f1_weighted", "per_class", "confusion"}
    assert results["end_to_end"].keys() >= figures
    assert results["diagnosis"].keys() >= figures
    assert list(results["end_to_end"]["per_class"]) == ["Healthy", *FAULTS]
    assert list(results["diagnosis"]["per_class"]) == FAULTS
    assert results["detection"].keys() >= {"pr_auc", "vus_pr", "f1", "event_recall", "delay_median"}
    assert results["detection"]["events_found"] > 0  # else the rest would tell little
    assert results["detection"].items() <= results["models"]["matts"].items()


def test_every_detector_is_judged_alike(results: Any) -> None:
    models = results["models"]
    assert models.keys() == {"matts", "matts_reconstruction", *CONTROLS}
    assert len({tuple(sorted(entry)) for entry in models.values()}) == 1
    assert len({tuple(sorted(entry["cost"])) for entry in models.values()}) == 1
    assert results["diagnosers"].keys() == {"latent", "logistic", "majority", "shared", "trees"}
    assert len({tuple(sorted(entry)) for entry in results["diagnosers"].values()}) == 1
    assert models["constant"]["pr_auc"] == pytest.approx(32 / 792)  # the share of faulty windows


def test_the_combination_says_whether_it_was_worth_it(data: Path, results: Any) -> None:
    found = results["combination"]
    names = {part.split("/")[0] for part in found["weights"]}
    assert names == {"matts", *CONTROLS} - {"combined"} - BLIND
    assert found["validation_pr_auc"].keys() == {"best", "mean", "max", "stacking"}
    best = max(names, key=lambda name: results["models"][name]["pr_auc"])
    assert found["best_part"] == f"{best}/0"
    assert found["pr_auc"] == results["models"]["combined"]["pr_auc"]
    assert tell_combination(found) in (data / "08_reporting/6/report.md").read_text()


def test_every_threshold_says_what_it_promises_and_keeps(results: Any) -> None:
    methods = {row["method"] for row in results["promises"]}
    assert methods == {*METHODS}
    fixed = next(row for row in results["promises"] if row["method"] == "fixed")
    healthy = fixed["healthy"]
    assert 0 < healthy < results["split"]["test"]["windows"]
    assert fixed["wrong"] <= results["detection"]["false_alerts_per_1000"] * 0.792 + 1e-6


def test_alarms_are_counted_as_operators_hear_them(data: Path, results: Any) -> None:
    alarms = results["alarms"]
    assert (alarms["readings_a_day"], alarms["by"]) == (300.0, "serve.alarms.readings_a_day")
    assert alarms["asset_days"] == pytest.approx(results["split"]["test"]["windows"] / 300)
    for name, entry in alarms["detectors"].items():
        assert entry["after"]["alarms"] <= entry["before"]["alarms"], name
        assert entry["after"]["found"] <= entry["after"]["events"]
    section = alarm_section(results)
    assert all(f"\n| {name} " in section for name in results["models"])  # controls too
    assert section in (data / "08_reporting/6/report.md").read_text()


def test_causes_are_judged_by_every_method(results: Any) -> None:
    judged, settings = results["root_cause"], results["parameters"]["causes"]
    assert judged.keys() == {settings["method"], *settings["compare"]}
    for entry in judged.values():
        assert list(entry["faulty"]) == [*sorted(FAULTS), "all"]
        assert entry["faulty"]["all"]["windows"] == 32
        assert 0 < entry["alerted"]["all"]["windows"] <= 32
        assert entry["microseconds"] > 0


def test_the_cost_of_what_is_deployed(results: Any) -> None:
    cost = results["cost"]
    assert cost["parameters_deployed"] == 4773
    decoder = 4 * 16 * (16 + 16 + 2) + 16 * 51 + 51
    assert cost["parameters_total"] == 4773 + decoder
    assert cost["megabytes"] == pytest.approx(4773 * 4 / 2**20)
    assert cost["epochs"] == 8
    assert min(cost[key] for key in ("training_seconds", "ms_per_window", "windows_per_second")) > 0


def test_the_report_begins_with_the_verdict(data: Path, results: Any) -> None:
    title, _, first = (data / "08_reporting/6/report.md").read_text().splitlines()[:3]
    assert title == "# matts on simulated readings, data set 6"
    assert first == verdict(results)
    beaten = "does not beat" not in first
    assert beaten == (not results["not_beaten"] and not results["diagnosers_not_beaten"])


@pytest.mark.parametrize("plot", PLOTS)
def test_every_plot_is_a_picture_and_a_plotly_figure(data: Path, plot: str) -> None:
    folder = data / "08_reporting/6"
    picture = (folder / f"{plot}.png").read_bytes()
    assert picture.startswith(b"\x89PNG\r\n")
    assert int.from_bytes(picture[16:20]) > 600  # pixels wide
    figure = json.loads((folder / f"{plot}.plotly.json").read_text())
    assert figure["layout"]["title"]["text"].endswith("simulated readings, data set 6")
    assert figure["data"]


def test_the_log_tells_how_training_went(data: Path) -> None:
    log = (data / "08_reporting/6/training.log").read_text()
    assert "['matts'], params {'dataset': 6}" in log
    assert "INFO matts.ingest: 4000 simulated readings" in log
    assert "detector, seed 0: epoch 8: reconstruction" in log
    assert "diagnoser, seed 0: epoch 8: fault" in log
    assert "More in" in log


def test_the_whole_road_needs_the_raw_file_alone() -> None:
    pipeline = create_pipeline()
    assert {name for name in pipeline.inputs() if "param" not in name} == {"raw_readings"}
    drawn = (*PLOTS, "life", "life_units")  # of which a mill, that nobody saw fail, has none
    pictures = {f"{plot}_plot_{kind}" for plot in drawn for kind in ("png", "plotly")}
    assert pipeline.outputs() == {
        "events",
        "report",
        "quality_report",
        "channel_maker",
        "live_profile",
        *pictures,
    }


def test_a_stage_needs_only_what_the_stages_before_it_keep(data: Path) -> None:
    kept = {path.name.split(".")[0] for path in all_of(data)} | {"raw_readings"}
    for stage in STAGES:
        pipeline = stage.create_pipeline()
        assert {name for name in pipeline.inputs() if "param" not in name} <= kept


ALONE = {  # a stage, what is taken away before, and what it writes to the last bit again
    "ingest": (["02_intermediate/6/readings.parquet"], ["02_intermediate/6/readings.parquet"]),
    "windowing": (["05_model_input/6/split.json"], ["05_model_input/6/split.json"]),
    "train_detector": (["06_models/6/detectors.safetensors"], ["06_models/6/calibration.json"]),
    "train_diagnoser": (
        ["06_models/6/diagnosers.safetensors", "06_models/6/novelty.safetensors"],
        [],
    ),
    "events": (
        ["08_reporting/6/event_cards.json", "08_reporting/6/events.csv"],
        ["08_reporting/6/event_cards.json", "08_reporting/6/events.csv"],
    ),
    "baselines": (
        ["06_models/6/baselines.safetensors", "06_models/6/baseline_calibration.json"],
        ["06_models/6/baseline_calibration.json"],
    ),
    "learnability": (["08_reporting/6/learnt.json"], ["08_reporting/6/learnt.json"]),
    "profile": (
        ["06_models/6/live_profile.safetensors"],
        ["06_models/6/live_profile.safetensors"],
    ),
}


@pytest.mark.parametrize("stage", ALONE)
def test_a_stage_runs_alone_and_gives_the_same_again(
    kedro: Kedro, copied: Path, data: Path, stage: str
) -> None:
    gone, equal = ALONE[stage]
    again = copied / "data/smoke"
    for path in gone:
        (again / path).unlink()
    done = kedro(copied, "run", "--pipeline", stage)
    assert done.returncode == 0, done.stderr
    assert all((again / path).exists() for path in gone)
    for path in equal:
        assert (again / path).read_bytes() == (data / path).read_bytes()


def test_every_run_of_alerts_has_a_card(data: Path, results: Any) -> None:
    cards = json.loads((data / "08_reporting/6/event_cards.json").read_text())
    scores = pd.read_parquet(data / "07_model_output/6/scores.parquet")
    test = scores[scores["part"] == "test"].set_index("reading")
    alerts = test[results["deployed"]["detector"]] >= results["deployed"]["threshold"]
    assert sum(card["readings"] for card in cards) == alerts.sum() > 0
    for card in cards:
        assert alerts[card["first_reading"] : card["last_reading"]].all()
        assert len(card["similar"]) == 3
        assert all(past["last_reading"] < 3200 for past in card["similar"])  # of the past alone
    table = pd.read_csv(data / "08_reporting/6/events.csv")
    assert table["first_reading"].tolist() == [card["first_reading"] for card in cards]
    report = (data / "08_reporting/6/report.md").read_text()
    assert f"{len(cards)} runs of alerts: " in report


def test_a_machine_that_never_failed_has_no_life_foreseen(data: Path, results: Any) -> None:
    assert "life" not in results
    layers = list(data.glob("0*"))
    assert len(layers) == 5
    assert not [path for layer in layers for path in layer.rglob("life*")]
