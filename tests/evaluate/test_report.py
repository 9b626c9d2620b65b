import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from matts.evaluate.alarm_report import alarm_section
from matts.evaluate.learnability import FEW, NEVER
from matts.evaluate.report import detector_table, diagnoser_table, summary, verdict, write_report
from matts.evaluate.results import diagnosers_not_beaten, not_beaten
from matts.evaluate.verdict import at_a_glance
from matts.pipelines.events.pipeline import PLOTS as TOLD
from matts.pipelines.report.pipeline import PLOTS as EVALUATED

FIGURES: dict[str, Any] = {
    "precision": 0.4,
    "recall": 0.6,
    "f1": 0.5,
    "events": 15,
    "events_found": 11,
    "false_alarm_rate": 0.0625,
    "missed_alarm_rate": 0.375,
    "event_recall": 11 / 15,
    "event_precision": None,
    "delay_median": 2.0,
    "false_alarms_per_1000": 11.36,
    "false_alerts_per_1000": 1234.5,
}
PART = {
    "first_reading": 0,
    "last_reading": 2799,
    "windows": 2796,
    "classes": {"Healthy": 2700, "Bearing": 96},
    "several_faults": 3,
}
NAMING = {
    "accuracy": 0.9,
    "f1_macro": 0.48,
    "per_class": {"Bearing": {"precision": None, "recall": 0.25, "f1": 0.4, "support": 1200}},
}

KEPT = {
    "method": "budget",
    "moving": True,
    "counts": "alarms",
    "wrong": 3,
    "healthy": 3500,
    "promised_per_1000": 0.5,
    "kept_per_1000": 0.857,
    "ratio": 1.714,
}
NO_PROMISE = {"promised_per_1000": None, "ratio": None, "moving": False, "counts": "alerts"}


FOUND = {"faults": {"Bearing": 0.25, "WorkRoll": None}, "mean": 0.25, "mean_without": 0.25}
FOUND |= {"healthy": 0.011}
SCORES = {"all": {"f1_macro": 0.48, "f1_macro_without": 0.61}, "after_onset": None}


def seeds(value: float, *which: int) -> dict[str, Any]:
    spread = {"n": len(which), "median": value, "mean": value, "low": None, "high": None}
    if len(which) > 1:
        spread |= {"low": value - 0.1, "high": value + 0.1}
    metrics = ("pr_auc", "vus_pr", "f1", "event_recall", "false_alarms_per_1000")
    return {"which": list(which), **dict.fromkeys(metrics, spread)}


def detector(value: float, *which: int) -> dict[str, Any]:
    return {"pr_auc": value, "vus_pr": value, **FIGURES, "seeds": seeds(value, *which)}


def diagnoser(value: float) -> dict[str, Any]:
    spread = {"median": value}
    naming = {**NAMING, "f1_macro": value}
    return {
        "on_anomalies": naming,
        "end_to_end": naming,
        "seeds": {"which": [0], "end_to_end_f1_macro": spread},
    }


def judged(hit: float | None, component: float | None = None) -> dict[str, Any]:
    entry = {"windows": 0 if hit is None else 7, "hit_1": hit, "hit_3": hit, "share": hit}
    return {"Bearing": {**entry, "component": component}, "all": {**entry, "component": component}}


ROOT_CAUSE: dict[str, Any] = {
    "error": {"alerted": judged(0.25), "faulty": judged(0.5), "microseconds": 1234.5},
    "latent": {"alerted": judged(0.75, 1), "faulty": judged(0.25), "microseconds": 9.0},
}


HEARD = {"alarms_per_asset_day": 4.0, "false_per_asset_day": 0.5, "found": 54, "standing": 0.05}
ALARMS: dict[str, Any] = {
    "readings_a_day": 300.0,
    "by": "times",
    "asset_days": 13.3,
    "detectors": {
        "matts": {"before": HEARD, "after": {**HEARD, "found": 52}, "delay_added": 0.077},
    },
}


def results(pca: float, logistic: float = 0.1, which: tuple[int, ...] = (0,)) -> dict[str, Any]:
    """Made-up results of a detector with 0.6 everywhere, beside others with these figures."""
    models = {"zscore": detector(0.2, 0), "matts": detector(0.6, *which), "pca": detector(pca, 0)}
    diagnosers = {"latent": diagnoser(0.48), "logistic": diagnoser(logistic)}
    return {
        "dataset": 6,
        "labelled": True,
        "left_out": {},
        "learnability": None,
        "canaries": {"tells_the_label": [], "shows_the_next": []},
        "data_source": "simulated",
        "parameters": {
            "windows": {"length": 5, "label": "any", "split": {"by": "asset"}},
            "causes": {"method": "error"},
        },
        "split": {"train": PART, "test": {**PART, "first_reading": 2804}},
        "detection": models["matts"],
        "end_to_end": diagnosers["latent"]["end_to_end"],
        "models": models,
        "diagnosers": diagnosers,
        "pairs": {key: {name: {"median": 0.48} for name in diagnosers} for key in models},
        "cost": {"parameters_deployed": 4773, "ms_per_window": 0.25, "training_seconds": 61.26},
        "combination": None,
        "found": {"leave_out": [], "detectors": dict.fromkeys(models, FOUND)},
        "classes": {"leave_out": [], "ways": {"matts, latent": SCORES, "trees alone": SCORES}},
        "promises": [KEPT, {**KEPT, "method": "best_f1", **NO_PROMISE}],
        "alarms": ALARMS,
        "root_cause": ROOT_CAUSE,
        "not_beaten": not_beaten(models),
        "diagnosers_not_beaten": diagnosers_not_beaten(diagnosers),
    }


BEATS, BEATEN = results(pca=0.3), results(pca=0.7)


def test_a_detector_that_beats_every_control_says_so_first() -> None:
    assert verdict(BEATS) == (
        "The MATTS detector beats every other one on PR-AUC and VUS-PR (median of seeds). It finds "
        "11 of 15 fault events at 11.4 false alarms per 1,000 readings; end to end it names the "
        "right class with macro F1 0.480."
    )
    assert write_report(BEATS).splitlines()[2] == verdict(BEATS)


def test_a_detector_that_does_not_says_which_it_does_not_beat() -> None:
    assert verdict(BEATEN).startswith("**The MATTS detector does not beat pca** on PR-AUC or")
    assert "beats every" not in verdict(BEATEN)
    assert write_report(BEATEN).splitlines()[2] == verdict(BEATEN)
    assert "does not beat pca**" in summary(BEATEN, Path("report"))


def test_as_good_is_not_beaten() -> None:
    assert "does not beat pca**" in verdict(results(pca=0.6))


def test_a_better_simple_diagnoser_is_named() -> None:
    assert verdict(results(0.3, logistic=0.5)).endswith(
        "with macro F1 0.480, which **does not beat logistic**."
    )


@pytest.mark.parametrize(
    ("source", "told"), [("real", "real readings"), ("simulated", "simulated readings")]
)
def test_the_title_says_where_the_data_come_from(source: str, told: str) -> None:
    report = write_report({**BEATS, "data_source": source})
    assert report.startswith(f"# matts on {told}, data set 6\n\n")
    assert f"{told}, data set 6" in summary({**BEATS, "data_source": source}, Path("x"))


def test_the_report_says_whether_combining_was_worth_it() -> None:
    assert "\n\nNo detectors are combined.\n\n" in write_report(BEATS)
    found = {
        "how": "mean",
        "weights": {"pca/0": 1.0},
        "beats_best_part": True,
        "pr_auc": 0.8,
        "best_part": "pca/0",
        "best_part_pr_auc": 0.7,
    }
    assert "beats its best part on the test" in write_report({**BEATS, "combination": found})


def test_the_report_says_why_no_life_is_foreseen() -> None:
    told = "## Remaining life\n\nLeft out: a split tears units apart.\n\n"
    assert told in write_report({**BEATS, "life_left_out": "a split tears units apart"})
    assert "## Remaining life" not in write_report({**BEATS, "life_left_out": ""})


def test_the_report_says_what_was_promised_and_kept() -> None:
    table = write_report(BEATS).split("## False alarms, promised and kept\n\n")[1]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[4:6]]
    assert rows == [
        ["budget, moving", "alarms", "0.500", "0.857", "1.714", "3 of 3,500"],
        ["best_f1", "alerts", "-", "0.857", "-", "3 of 3,500"],
    ]


def test_detectors_stand_in_the_order_of_pr_auc() -> None:
    rows = [line.split("|")[1].strip() for line in detector_table(BEATEN).splitlines()]
    assert rows[0] == "detector"
    assert rows[2:] == ["pca", "matts", "zscore"]


def test_numbers_are_written_for_people() -> None:
    line = detector_table(BEATEN).splitlines()[2]
    cells = [cell.strip() for cell in line.split("|")[1:-1]]
    assert cells[:6] == ["pca", "0.700", "0.700", "0.400", "0.600", "0.500"]
    assert cells[6:8] == ["0.062", "0.375"]
    assert cells[8:] == ["0.733", "-", "2", "11.4"]


def test_a_detector_without_a_ranking_stands_last() -> None:
    unranked = deepcopy(BEATS)
    unranked["models"]["pca"]["pr_auc"] = None
    assert detector_table(unranked).splitlines()[-1].startswith("| pca      | -  ")


def test_one_seed_has_no_interval() -> None:
    report = write_report(BEATS)
    assert "One training, seed 0: no interval (`evaluate.seeds=5` gives one)." in report
    assert "95 %" not in report


def test_several_seeds_are_named_with_their_interval() -> None:
    report = write_report(results(0.3, which=(3, 4)))
    assert (
        "MATTS over seeds [3, 4], mean and 95 % interval: PR-AUC 0.600 [0.500, 0.700]; VUS-PR 0.600"
    ) in report


def test_the_report_tells_split_classes_and_cost() -> None:
    rows = [" ".join(line.split()) for line in write_report(BEATS).splitlines()]
    assert "Windows of 5 readings, trained on labels by `any`, judged at the last" in " ".join(rows)
    assert "of each. The parts are whole assets." in " ".join(rows)
    assert "| train | 0-2,799 | 2,796 | 2,700 | 96 | 3 |" in rows
    assert "| test | 2,804-2,799 | 2,796 | 2,700 | 96 | 3 |" in rows
    assert "| Bearing | - | 0.250 | 0.400 | 1,200 |" in rows
    assert "| latent | 0.900 | 0.480 | 0.900 | 0.480 |" in rows
    assert "| parameters deployed | 4,773 |" in rows
    assert "| ms per window | 0.250 |" in rows


def test_every_table_is_square() -> None:
    for block in write_report(BEATEN).split("\n\n"):
        if block.startswith("|"):
            assert len({len(line) for line in block.strip().splitlines()}) == 1


def test_the_terminal_is_told_where_to_look() -> None:
    told = summary(BEATS, Path("data/08_reporting/6"))
    assert told.splitlines()[-1].startswith("More in data/08_reporting/6/report.md; ")
    assert detector_table(BEATS) in told


def test_causes_are_told_the_best_method_first() -> None:
    lines = write_report(BEATS).splitlines()
    start = lines.index("## Root cause")
    heading, _, *rows = [line for line in lines[start:] if line.startswith("|")][:4]
    assert [cell.strip() for cell in heading.split("|")][1:4] == [
        "method",
        "Bearing (7)",
        "all (7)",
    ]
    cells = [[cell.strip() for cell in row.split("|")][1:-1] for row in rows]
    assert cells[0] == ["latent", "0.75 / 0.75", "0.75 / 0.75", "1", "0.750", "9"]
    assert cells[1] == ["**error**", "0.25 / 0.25", "0.25 / 0.25", "-", "0.250", "1,234"]


def test_causes_that_nobody_knows_are_not_judged() -> None:
    report = write_report({**BEATS, "root_cause": None})
    assert "causes are not judged" in report
    assert "root_cause.png" not in report


def test_the_top_says_what_else_to_know_before_the_figures() -> None:
    classes = {"Leak": {"verdict": FEW}, "Jam": {"verdict": NEVER}}
    canaries = {"tells_the_label": [], "shows_the_next": [{"sensor": "lead", "shows": "flow"}]}
    grades = {"good": 3, "suspect": 0, "unusable": 1}
    found = {**BEATS, "learnability": {"classes": classes}, "canaries": canaries}
    lines = at_a_glance(found, {"grades": grades, "left_out": []})[0].splitlines()
    assert [line[:12] for line in lines] == [
        *("- **`lead` s", "- Cannot be ", "- Too few to", "- Sensors: 3")
    ]
    good = {"grades": {**grades, "unusable": 0}, "left_out": []}
    assert at_a_glance(BEATS, good) == []


def test_one_fault_is_compared_by_no_diagnoser() -> None:
    one = {**FOUND, "faults": {"Leak": 0.25}}
    found = {**BEATEN, "found": {"leave_out": [], "detectors": dict.fromkeys(BEATS["models"], one)}}
    found["diagnosers_not_beaten"] = ["logistic"]
    report = write_report(found)
    assert "logistic" not in report
    assert "## Diagnosis\n\nThere is one fault" in report
    assert "## Every class" not in report


def test_without_a_diagnoser_one_section_says_so() -> None:
    nobody: dict[str, Any] = {
        "diagnosers": {},
        "end_to_end": None,
        "diagnosers_not_beaten": [],
        "pairs": {},
    }
    report = write_report({**BEATS, **nobody})
    assert report.count("there is no diagnoser") == 1
    headings = re.findall("^## (.*)$", report, re.MULTILINE)
    assert headings[3:6] == [
        "False alarms, promised and kept",
        "Alarms that an operator hears",
        "Diagnosis",
    ]
    assert headings[6] == "Root cause"


def test_the_report_begins_with_what_happened_and_shows_every_picture_of_a_run() -> None:
    report = write_report(BEATS)
    assert report.index("## Events") < report.index("## Detection on the test part")
    shown = set(re.findall(r"!\[[^]]+\]\((\w+)\.png\)", report))
    assert shown == {plot.removesuffix("_plot") for plot in (*EVALUATED, *TOLD, "detectors_plot")}


def test_the_best_diagnoser_comes_first() -> None:
    rows = diagnoser_table(results(0.3, logistic=0.5)).splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == ["logistic", "latent"]


def test_alarms_are_told_before_and_after_and_what_is_lost() -> None:
    section = alarm_section(BEATS)
    assert "13.3 asset-days at 300 readings a day, by times" in section
    (row,) = [line for line in section.splitlines() if line.startswith("| matts")]
    assert [cell.strip() for cell in row.split("|")[2:-1]] == [
        *("4", "4", "0.500", "0.500", "54", "52", "5.0%", "0.077"),
    ]
    assert section in write_report(BEATS)


def test_without_labels_no_alarm_is_called_false_or_missed() -> None:
    section = alarm_section({**BEATS, "labelled": False})
    assert "false" not in section
    assert "events found" not in section
    nothing = {**BEATS, "alarms": {**ALARMS, "detectors": {}}}
    assert "Every threshold moves" in alarm_section(nothing)
