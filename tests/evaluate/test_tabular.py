"""What out-of-fold predictions are worth, on a task whose answers are known."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score, mean_absolute_error, precision_score, r2_score, recall_score

from matts.domain import BadInputError
from matts.evaluate.tabular import CHOSEN, judge_task
from matts.evaluate.tabular_choice import best_threshold, choose_by_fold, name_classes
from matts.evaluate.tabular_figures import class_figures, number_figures
from matts.evaluate.unit_draws import units_of
from matts.tabular.folds import Fold
from matts.tabular.predictions import Predictions
from matts.tabular.study import Subject
from matts.tabular.tasks import Examples, Task

N = 600
MACHINES = np.repeat(np.arange(30).astype(str), N // 30)
FOLDS = np.repeat([0, 1, 2], N // 3)
UNITS = units_of(MACHINES)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_figures_of_classes_are_those_of_scikit_learn(rng: np.random.Generator) -> None:
    truth = rng.integers(0, 3, N)
    probabilities = rng.dirichlet(np.ones(4), N)  # the fourth class never was
    named = probabilities.argmax(axis=1)
    found = class_figures(probabilities, named, truth, UNITS, ("Normal", "a", "b", "c"))
    for metric, score in (("f1", f1_score), ("precision", precision_score)):
        expected = score(truth, named, average="macro", zero_division=0)
        assert found[metric].value == pytest.approx(expected)
    expected = recall_score(truth, named, average="macro", zero_division=0)
    assert found["recall"].value == pytest.approx(expected)
    weighted = f1_score(truth, named, average="weighted", zero_division=0)
    assert found["f1_weighted"].value == pytest.approx(weighted)
    assert found["f1/b"].value == pytest.approx(f1_score(truth == 2, named == 2))
    assert found["base_rate"].value == pytest.approx((truth > 0).mean())
    assert all(each.low <= each.value <= each.high for each in found.values())


def test_figures_of_numbers_are_those_of_scikit_learn(rng: np.random.Generator) -> None:
    truth = np.minimum(rng.uniform(0, 1000, N), 480)
    foreseen = truth + rng.normal(0, 50, N)
    found = number_figures(foreseen, truth, UNITS)
    below = truth < 480
    assert found["r2"].value == pytest.approx(r2_score(truth, foreseen))
    assert found["mae"].value == pytest.approx(mean_absolute_error(truth, foreseen))
    assert found["r2_below_cap"].value == pytest.approx(r2_score(truth[below], foreseen[below]))
    assert found["median_error"].value == pytest.approx(np.median(np.abs(foreseen - truth)))
    assert "r2_below_cap" not in number_figures(foreseen, rng.normal(size=N), UNITS)


def test_there_is_no_r2_of_equal_answers(rng: np.random.Generator) -> None:
    units = np.arange(N) % 10
    said = rng.normal(7, 1, N)
    found = number_figures(said, np.full(N, 7.3), units)["r2"]
    assert np.isnan([found.value, found.low, found.high]).all()
    truth = np.where(units == 0, rng.normal(0, 1, N), 7.3)  # a draw may have the equal ones alone
    found = number_figures(said, truth, units)["r2"]
    assert np.isfinite([found.value, found.low, found.high]).all()


def test_a_fold_never_chooses_its_own_threshold(rng: np.random.Generator) -> None:
    truth = (rng.random(N) < 0.3).astype(np.int64)
    yes = np.clip(rng.normal(0.1, 0.05, N) + 0.2 * truth, 0, 1)
    values = np.column_stack([1 - yes, yes])
    _, before = name_classes(values, truth, FOLDS, by_time=False)
    changed = np.where(FOLDS == 1, 1 - truth, truth)
    _, after = name_classes(values, changed, FOLDS, by_time=False)
    assert before[1] == after[1]
    assert before[0] != after[0]
    _, in_time = name_classes(values, truth, FOLDS, by_time=True)
    assert in_time[0] == 0.5  # nothing is earlier than the first
    first = FOLDS == 0
    assert in_time[1] == best_threshold(yes[first], truth[first] == 1)


def test_a_fold_never_chooses_its_own_model(rng: np.random.Generator) -> None:
    truth = rng.normal(size=N)
    good, bad = truth + rng.normal(0, 0.1, N), rng.normal(size=N)
    bad[FOLDS == 1] = truth[FOLDS == 1]  # best where it is judged, and nowhere else
    said = {"bad": bad, "good": good}
    values, chosen = choose_by_fold(said, truth, FOLDS, by_time=False)
    assert chosen[1] == "good"
    assert (values[FOLDS == 1] == good[FOLDS == 1]).all()


def judged(**models: Any) -> Any:
    rng = np.random.default_rng(0)
    truth = (rng.random(N) < 0.2).astype(np.int64)
    examples = Examples(Task("anomaly"), np.arange(N), truth, ("no", "yes"))
    folds = tuple(Fold(np.flatnonzero(k != FOLDS), np.flatnonzero(k == FOLDS)) for k in range(3))
    said = [
        Predictions(
            "anomaly_now", name, _say(truth, skill, rng), FOLDS, control=name.startswith("one_")
        )
        for name, skill in models.items()
    ]
    told = Predictions("anomaly_now", "last_label", _say(truth, 9, rng), FOLDS, control=True)
    none = Predictions("anomaly_now", "absent", np.zeros(0), FOLDS[:0], problem="no library")
    subject = Subject(examples, folds, "")
    return judge_task(subject, [*said, told, none], MACHINES, by_time=False)


def _say(truth: Any, skill: float, rng: np.random.Generator) -> Any:
    yes = 1 / (1 + np.exp(-rng.normal(size=len(truth)) - skill * (truth - 0.5)))
    return np.column_stack([1 - yes, yes])


def test_a_model_has_to_beat_every_fair_control_surely() -> None:
    verdict = judged(strong=4, weak=1.02, one_sensor=1)
    assert (verdict.best, verdict.lead) == ("strong", "pr_auc")
    assert verdict.judged["strong"].unbeaten == ()  # what is told the last label counts not
    assert verdict.judged["weak"].unbeaten == ("one_sensor",)
    assert verdict.judged["one_sensor"].unbeaten == ()
    assert verdict.problems == {"absent": "no library"}
    assert set(verdict.judged[CHOSEN].picked.values()) == {"strong"}


def test_where_no_model_answers_each_says_why() -> None:
    with pytest.raises(BadInputError, match="no model could answer anomaly_now: no library"):
        judged(one_sensor=1)


def test_of_equal_models_the_choice_looks_no_better_than_it_is() -> None:
    verdict = judged(**{f"m{k}": 0.0 for k in range(12)})
    lead = {name: each.figures["pr_auc"].value for name, each in verdict.judged.items()}
    assert lead[CHOSEN] < lead[verdict.best]
