from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from matts.detect.calibration import Calibration
from matts.detect.threshold import Threshold
from matts.evaluate.classes import after_onset, class_scores, class_section, judge_classes

# two runs: one with a fault from its third reading on, one calm
SEGMENTS = [0, 0, 0, 0, 0, 0, 1, 1]
TRUTH = np.array([0, 0, 1, 1, 2, 2, 0, 0])
ALONE = [1, 1, 1, 1, 2, 0, 0, 2]
PLACE: dict[str, Any] = {"part": "test", "segment": SEGMENTS, "asset": ""}
FAULTS = {"fault_A": TRUTH == 1, "fault_B": TRUTH == 2}
TEST = pd.DataFrame({**PLACE, **FAULTS, "matts/0": [0.9, 0, 0.9, 0.9, 0.9, 0.9, 0, 0]})
DIAGNOSES = pd.DataFrame(
    {**PLACE, **FAULTS, "trees/0": [1, 1, 1, 1, 2, 2, 1, 1], "alone_trees/0": ALONE}
)
CALIBRATION = Calibration(
    thresholds={"matts/0": Threshold(limit=0.5)},
    validation_pr_auc={"matts/0": 0.9},
    fingerprints={},
    expects={},
)


def judged(leave_out: list[str]) -> dict[str, Any]:
    return judge_classes(TEST, DIAGNOSES, CALIBRATION, {"trees/0": "matts/0"}, leave_out)


def test_both_ways_are_judged_over_all_classes() -> None:
    ways = judged([])["ways"]
    assert ways.keys() == {"matts, trees", "trees alone"}
    behind = [1, 0, 1, 1, 2, 2, 0, 0]
    for way, said in {"matts, trees": behind, "trees alone": ALONE}.items():
        expected = f1_score(TRUTH, said, average="macro")
        assert ways[way]["all"]["f1_macro"] == pytest.approx(expected)
        late = slice(2, None)
        expected = f1_score(TRUTH[late], said[late], average="macro")
        assert ways[way]["after_onset"]["f1_macro"] == pytest.approx(expected)


def test_without_a_fault_means_without_its_readings() -> None:
    said = np.array(ALONE)
    truth = np.column_stack([TRUTH == 1, TRUTH == 2])
    found = class_scores(said, truth, ["A", "B"], np.array([True, False]))
    kept = TRUTH != 2
    expected = f1_score(TRUTH[kept], said[kept], labels=[0, 1], average="macro")
    assert found["f1_macro_without"] == pytest.approx(expected)


def test_where_every_run_begins_healthy_or_none_does_there_is_no_onset_to_judge_from() -> None:
    truth = (TRUTH > 0)[:, None]
    assert after_onset(truth, np.zeros(8, np.int64)) is None  # no healthy reading would be left
    assert after_onset(truth, np.array([0, 0, 1, 1, 1, 1, 2, 2])) is None  # nothing to leave out


def test_the_section_has_the_columns_that_are_asked_for() -> None:
    few = class_section({"classes": judged([])})
    assert "macro F1 " in few
    assert "without B" not in few
    every = class_section({"classes": judged(["B"])})
    header = next(line for line in every.splitlines() if line.startswith("| detector"))
    assert [cell.strip() for cell in header.split("|")[2:-1]] == [
        "macro F1",
        "macro F1 without",
        "from the onset on",
        "from the onset on, without",
    ]
    assert "Without: neither B nor their readings." in every
