import numpy as np
import pytest

from matts.domain import Bools, Floats
from matts.tabular.conditions import Columns, Condition, in_words, matches
from matts.tabular.found_rule import find_rule, half_of

RNG = np.random.default_rng(0)
VALUES = np.column_stack([RNG.normal(75, 10, 4000), RNG.normal(50, 15, 4000)]).round(2)
COUNTS = RNG.integers(1, 500, 4000).astype(float)
HOT, SHAKY = VALUES[:, 0] > 90, VALUES[:, 1] > 80
LEARN = np.arange(4000) % 2 == 0
SENSORS = Columns(("temperature", "vibration"), VALUES)


def words(label: Bools, columns: Columns = SENSORS) -> str:
    found = find_rule(columns, label, LEARN)
    assert found is not None
    assert found.exact
    return found.words


@pytest.mark.parametrize(
    ("label", "rule"),
    [
        (HOT, "temperature > 90"),
        (HOT | SHAKY, "temperature > 90 or vibration > 80"),
        ((VALUES[:, 0] > 80) & (VALUES[:, 1] < 40), "temperature > 80 and vibration < 40"),
        (HOT | (VALUES[:, 0] < 60), "temperature < 60 or temperature > 90"),
    ],
)
def test_a_rule_is_found_and_rounded(label: Bools, rule: str) -> None:
    assert words(label) == rule


def test_whole_numbers_keep_their_border() -> None:
    lives = Columns(("life",), COUNTS[:, None])
    assert words(COUNTS < 20, lives) == "life < 20"
    assert words(COUNTS <= 20, lives) == "life <= 20"


def test_a_label_is_named_not_compared() -> None:
    table = np.column_stack([HOT.astype(float), COUNTS])
    labels = Columns(("anomaly", "life"), table, frozenset({"anomaly"}))
    assert words(HOT | (COUNTS < 20), labels) == "anomaly or life < 20"
    assert words(~HOT, labels) == "not anomaly"


def test_a_threshold_is_rounded_only_where_that_loses_nothing() -> None:
    found = find_rule(SENSORS, VALUES[:, 0] > 87.36, LEARN)
    assert found is not None
    assert found.words.startswith("temperature > 87.")
    assert found.exact


def test_noise_is_no_rule() -> None:
    found = find_rule(SENSORS, RNG.random(4000) < 0.3, LEARN)
    assert found is not None
    assert not found.exact
    assert found.f1 < 0.6


def test_a_rule_is_judged_on_rows_that_it_was_not_found_on() -> None:
    other = np.where(LEARN, HOT, RNG.permutation(HOT))
    found = find_rule(SENSORS, other, LEARN)
    assert found is not None
    assert found.words == "temperature > 90"
    assert found.f1 < 0.2


def test_rows_with_a_missing_cell_are_left_out() -> None:
    blanked: Floats = VALUES.copy()
    blanked[RNG.random(4000) < 0.2, 0] = np.nan
    found = find_rule(Columns(SENSORS.names, blanked), HOT | SHAKY, LEARN)
    assert found is not None
    assert found.words == "temperature > 90 or vibration > 80"
    assert found.rows == np.count_nonzero(~np.isnan(blanked[~LEARN, 0]))


def test_too_few_rows_prove_nothing() -> None:
    assert find_rule(SENSORS, np.arange(4000) < 4, LEARN) is None
    assert find_rule(SENSORS, np.ones(4000, np.bool_), LEARN) is None


def test_words_join_and_before_or() -> None:
    one, two, three = (Condition(name, "<", 1.5) for name in "abc")
    assert in_words(((one, two), (three,))) == "(a < 1.5 and b < 1.5) or c < 1.5"
    table = Columns(("a", "b", "c"), np.array([[1.0, 2.0, 2.0], [1.0, 1.0, np.nan], [2, 2, 1]]))
    assert matches(((one, two), (three,)), table).tolist() == [False, True, True]


def test_half_of_the_machines_or_of_the_time() -> None:
    machines = np.repeat([f"m{k}" for k in range(10)], 7)
    half = half_of(machines, 0)
    assert half.sum() == 35
    assert all(len(set(half[machines == name])) == 1 for name in machines)
    assert not np.array_equal(half, half_of(machines, 1))
    assert half_of(np.full(4, "only"), 0).tolist() == [True, True, False, False]
