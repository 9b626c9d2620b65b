import numpy as np
import pandas as pd
import pytest

from matts.detect.calibration import Calibration
from matts.detect.threshold import Threshold
from matts.domain import BadInputError
from matts.evaluate.found import found_section, judge_found

#        fault:  none none  A    A    A    B    B    none
GOOD = np.array([0.1, 0.2, 0.9, 0.9, 0.4, 0.7, 0.1, 0.6])
TEST = pd.DataFrame(
    {
        "part": "test",
        "segment": 0,
        "asset": "",
        "fault_A": [False, False, True, True, True, False, False, False],
        "fault_B": [False, False, False, False, False, True, True, False],
        "fault_C": False,
        "matts/0": GOOD,
        "matts/1": 1 - GOOD,
        "pca/0": 1.0,
    }
)
NAMES = ("matts/0", "matts/1", "pca/0")
CALIBRATION = Calibration(
    thresholds={name: Threshold(limit=0.5) for name in NAMES},
    validation_pr_auc={"matts/0": 0.9, "matts/1": 0.1, "pca/0": 0.2},
    fingerprints={},
    expects={},
)


def test_the_best_seed_tells_the_share_of_each_fault() -> None:
    found = judge_found(TEST, CALIBRATION, ["B"])
    assert found["detectors"]["matts"] == {
        "faults": {"A": pytest.approx(2 / 3), "B": 0.5, "C": None},
        "mean": pytest.approx(7 / 12),
        "mean_without": pytest.approx(2 / 3),
        "healthy": pytest.approx(1 / 3),
    }
    assert found["detectors"]["pca"]["faults"] == {"A": 1.0, "B": 1.0, "C": None}


def test_a_fault_that_nobody_knows_cannot_be_left_out() -> None:
    with pytest.raises(BadInputError, match=r"leave_out needs faults among A, B, C, got 'D'"):
        judge_found(TEST, CALIBRATION, ["D"])


def test_the_section_has_a_row_a_fault_and_ours_first() -> None:
    heading, _, lines = found_section({"found": judge_found(TEST, CALIBRATION, ["B", "C"])})
    assert heading == "## What is found of each fault"
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines.splitlines()]
    assert cells[0] == ["fault", "matts", "pca"]
    assert cells[2:] == [
        ["A", "0.667", "1"],
        ["B", "0.500", "1"],
        ["C", "-", "-"],
        ["mean", "0.583", "1"],
        ["without B, C", "0.667", "1"],
        ["healthy readings", "0.333", "1"],
    ]


def test_one_fault_has_no_section() -> None:
    alone = TEST.drop(columns=["fault_B", "fault_C"])
    assert found_section({"found": judge_found(alone, CALIBRATION, [])}) == []
