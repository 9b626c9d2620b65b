"""The whole road on data of other plants: without labels, with holes, of short records."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from matts.config import DatasetConfigLoader, check_parameters
from matts.ingest import Ingested, grade
from matts.pipelines.matts.pipeline import create_pipeline
from matts.readings import find_episodes

ROOT = Path(__file__).parents[2]
SENSORS = list("abcdef")
QUICK: dict[str, Any] = {
    "detector": {"monitor": "pr_auc"},
    "training": {"epochs": 3, "batch_size": 64, "learning_rate": 0.02},
    "evaluate": {"seeds": 1},
    "threshold": {"method": "percentile", "percentile": 90.0},
    "workers": 1,
}
FEW = ("zscore", "pca", "supervised", "virtual_sensors", "combined")  # baselines


class Kept(MemoryDataset):
    """What is still there after the run."""

    def _release(self) -> None:
        """Nothing is thrown away."""


def plant(faults: int = 2, readings: int = 900) -> pd.DataFrame:
    """Six sensors that wander together; every fault moves two of them, five readings long."""
    rng = np.random.default_rng(0)
    load = np.cumsum(rng.normal(size=(readings, 2)), axis=0) / 10
    values = load @ rng.normal(size=(2, 6)) + rng.normal(size=(readings, 6)) * 0.2
    truth = np.zeros((readings, faults), np.bool_)
    for event, start in enumerate(range(10, readings - 5, 20)):
        fault = event % faults
        truth[start : start + 5, fault] = True
        values[start : start + 5, [fault % 6, (fault + 1) % 6]] += 3.0
    table = pd.DataFrame(values, columns=SENSORS)
    return table.assign(**{f"Anomaly_Fault{chr(65 + k)}": truth[:, k] for k in range(faults)})


def unlabelled(table: pd.DataFrame) -> pd.DataFrame:
    return table[SENSORS]


def labelled_late(table: pd.DataFrame) -> pd.DataFrame:
    """Labels in the test part alone: what comes before is healthy."""
    healthy = table.copy()
    healthy[SENSORS] = np.random.default_rng(1).normal(size=(len(table), 6))
    healthy.iloc[:, 6:] = False
    return pd.concat([healthy.iloc[:720], table.iloc[720:]])


def holed(table: pd.DataFrame) -> pd.DataFrame:
    """A fifth of the cells is missing; one sensor never moves, one is never there."""
    there = np.random.default_rng(2).random((len(table), 6)) > 0.2
    spoilt = table.copy()
    spoilt[SENSORS] = table[SENSORS].where(there)
    return spoilt.assign(d=7.0, e=np.nan)


def without_one_fault_later(table: pd.DataFrame) -> pd.DataFrame:
    """FaultB is in training alone, FaultC in the test part alone."""
    changed = table.copy()
    late = np.arange(len(table)) >= 630
    changed["Anomaly_FaultC"] = late & table["Anomaly_FaultB"]
    changed["Anomaly_FaultB"] &= ~late
    return changed


def run_road(table: pd.DataFrame, **windows: Any) -> Mapping[str, Any]:
    """Everything but ingest and the drawing of pictures, in this process and in memory."""
    loader = DatasetConfigLoader(
        str(ROOT / "conf"),
        env="test",
        base_env="base",
        default_run_env="local",
        runtime_params={"dataset": 6, **QUICK, "windows": windows},
    )
    parameters = loader["parameters"]
    every = parameters["baselines"]["detectors"]
    parameters["baselines"] = {"detectors": {name: every[name] for name in FEW}}
    parameters["causes"] = {"method": "residual", "compare": ["error"]}
    checked = check_parameters(parameters)  # which Kedro does for a node
    read = Ingested(table, find_episodes(table), "real")
    plain = checked.source.model_copy(update={"layout": "plain"})
    _, quality = grade(read, plain, checked.windows, checked.sensors)
    given = {f"params:{name}": getattr(checked, name) for name in parameters}
    given |= {
        "parameters": parameters,
        "readings": table,
        "episodes": find_episodes(table),
        "data_source": {"data_source": "real"},
        "quality": quality,
    }
    whole = create_pipeline()
    nodes = [n.name for n in whole.nodes if "render" not in n.name and "ingest" not in n.tags]
    road = whole.filter(node_names=nodes)
    catalog = DataCatalog({name: MemoryDataset(value) for name, value in given.items()})
    kept = ("results", "report", "event_cards")
    for name in kept:
        catalog[name] = Kept()
    SequentialRunner().run(road, catalog)
    found = {name: catalog.load(name) for name in kept}
    json.dumps([found["results"], found["event_cards"]], allow_nan=False)
    return found


def test_without_labels_a_run_tells_alarms_and_claims_nothing() -> None:
    found = run_road(unlabelled(plant()))
    results, report = found["results"], found["report"]
    known = {name for name, value in results["detection"].items() if value is not None}
    assert known == {"alerts_per_1000", "alarms_per_1000"}
    assert results["models"]["matts"]["threshold"] > 0
    assert "matts_reconstruction" not in results["models"]
    assert results["left_out"].keys() == {"supervised"}
    assert results["learnability"] is None
    assert results["diagnosers"] == {}
    assert "Nobody labelled anything" in report
    assert "Left out, for they cannot be fitted here: supervised: it needs faulty" in report
    assert "false al" not in report.split("## False alarms")[0]
    assert found["event_cards"]
    for card in found["event_cards"]:
        assert (card["fault"], card["truth"], card["probability"]) == ("unknown", None, None)
        assert card["sensors"]


def test_labels_in_the_test_part_alone_judge_detection() -> None:
    found = run_road(labelled_late(plant()))
    results = found["results"]
    assert results["labelled"]
    assert results["detection"]["pr_auc"] > 0.3
    assert (results["diagnosis"], results["end_to_end"]) == (None, None)
    assert "it names none, for no fault was there to learn from" in found["report"]
    assert {card["fault"] for card in found["event_cards"]} == {"unknown"}
    assert any(card["truth"] for card in found["event_cards"])


def test_a_fault_that_only_one_part_has_is_none_and_not_nought() -> None:
    found = run_road(without_one_fault_later(plant()))
    classes = found["results"]["learnability"]["classes"]
    assert classes["FaultC"]["verdict"] == "never in training"
    assert classes["FaultB"]["events"] == 0
    assert found["results"]["diagnosis"]["per_class"]["FaultB"]["recall"] is None
    assert "Never in training: FaultC." in found["report"]


@pytest.mark.parametrize("length", [1, 5])
def test_missing_readings_go_all_the_way(length: int) -> None:
    found = run_road(holed(plant()), length=length)
    assert found["results"]["detection"]["pr_auc"] > 0.3
    assert found["results"]["left_out"] == {}
    assert all(set(card["sensors"]) <= set(SENSORS) for card in found["event_cards"])


def test_many_faults_and_short_records_do() -> None:
    cases = plant(faults=22, readings=1500)
    cases.insert(0, "asset", np.char.mod("case %d", np.arange(1500) // 15))
    split = {"by": "asset", "train": 0.6, "validation": 0.2, "test": 0.2}
    found = run_road(cases, length=15, split=split)
    assert len(found["results"]["learnability"]["classes"]) == 22
    assert found["results"]["split"]["test"]["windows"] == 20


@pytest.mark.slow
def test_kedro_runs_exports_and_judges_without_labels(
    new_project: Callable[[str], Path], kedro: Callable[..., CompletedProcess[str]]
) -> None:
    folder = new_project("unlabelled")
    plant().to_csv(folder / "data/labelled.csv", index=False)
    unlabelled(plant()).to_csv(folder / "data/plant.csv", index=False)
    text = "source: {path: data/plant.csv, labels: {kind: none}}\n"
    (folder / "conf/base/parameters/dataset_plant.yml").write_text(text)
    for arguments in (
        ("matts", "dataset=plant"),
        ("export", "dataset=plant"),
        ("explore", "dataset=plant"),
        ("inference", "dataset=plant,input=data/labelled.csv"),
    ):
        done = kedro(folder, "run", "--pipeline", arguments[0], "--params", arguments[1])
        assert done.returncode == 0, done.stderr
    models = folder / "data/smoke/06_models/plant"
    assert (models / "export/detector.onnx").exists()
    assert not (models / "export/diagnoser.onnx").exists()
    text = (folder / "data/smoke/08_reporting/plant/inference_results.json").read_text()
    found = json.loads(text)
    assert found["end_to_end"] is None
    assert found["detection"]["pr_auc"] > 0
