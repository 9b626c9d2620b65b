from typing import Any

import pytest

from matts.detect.mixing import Choice, How
from matts.evaluate.combination import judge_combination, tell_combination


def judged(own: float, how: How, pca: float | None = 0.6) -> dict[str, Any]:
    """A combination of two, of which arima ranks test windows better unless pca does."""
    models: dict[str, dict[str, Any]] = {
        "pca": {"pr_auc": pca},
        "arima": {"pr_auc": 0.5},
        "combined": {"pr_auc": own},
    }
    weights = {"pca/3": 0.0 if how == "best" else 0.25, "arima/0": 1.0 if how == "best" else 0.75}
    found = judge_combination(
        models, Choice(how=how, weights=weights, validation_pr_auc={"best": 0.7, "mean": 0.8})
    )
    assert found is not None
    return found


def test_it_is_measured_by_the_part_that_is_best_on_test() -> None:
    found = judged(0.7, "stacking")
    assert (found["best_part"], found["best_part_pr_auc"]) == ("pca/3", 0.6)
    assert found["weights"] == {"pca/3": 0.25, "arima/0": 0.75}
    assert found["validation_pr_auc"] == {"best": 0.7, "mean": 0.8}
    assert found["beats_best_part"]
    assert judged(0.7, "mean", pca=None)["best_part"] == "arima/0"


@pytest.mark.parametrize(("own", "how"), [(0.6, "mean"), (0.59, "max"), (0.7, "best")])
def test_as_good_worse_or_off_does_not_beat_it(own: float, how: How) -> None:
    assert not judged(own, how)["beats_best_part"]


def test_one_line_says_so() -> None:
    assert tell_combination(judged(0.7, "mean")) == (
        "The combination (mean) beats its best part on the test part: "
        "PR-AUC 0.700, the best part (pca/3) alone 0.600."
    )
    assert "**does not beat** its best part" in tell_combination(judged(0.5, "max"))
    assert tell_combination(judged(0.5, "best")).startswith(
        "The combination is off: it is arima/0 alone, the best on validation. Test: PR-AUC 0.500"
    )


def test_no_combination_is_told_too() -> None:
    assert judge_combination({}, None) is None
    assert tell_combination(None) == "No detectors are combined."
