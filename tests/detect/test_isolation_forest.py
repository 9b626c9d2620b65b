import numpy as np
import pytest

from matts.detect.isolation_forest import IsolationForestDetector, IsolationForestSettings
from matts.domain import BadInputError, State
from matts.packed_trees import within_bounds
from matts.windows import Split


@pytest.fixture
def detector(split: Split) -> IsolationForestDetector:
    settings = IsolationForestSettings(trees=3)
    return IsolationForestDetector(settings).fit(split.train, split.validation)


def test_trees_and_seed_take_effect(split: Split, detector: IsolationForestDetector) -> None:
    assert len(detector.forest.estimators_) == 3
    other = IsolationForestDetector(IsolationForestSettings(trees=3, seed=1))
    other.fit(split.train, split.validation)
    assert not np.array_equal(other.score(split.test), detector.score(split.test))


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("children_left", 10_000),
        ("children_right", -7),
        ("children_left", 0),  # back to the root: scoring would never end
        ("feature", 51),
        ("feature", -3),
    ],
)
def test_a_node_that_points_out_of_its_tree_is_refused(
    detector: IsolationForestDetector, part: str, value: int
) -> None:
    getattr(detector.forest.estimators_[1].tree_, part)[0] = value
    with pytest.raises(BadInputError, match="a node points out of its tree"):
        within_bounds(detector.forest)


def test_a_tree_of_one_leaf_is_within_bounds(split: Split) -> None:
    still = split.train.where(np.arange(len(split.train)) == split.train.healthy.last[0] - 4)
    forest = IsolationForestDetector(IsolationForestSettings(trees=1)).fit(still, still).forest
    assert within_bounds(forest) is forest


def test_a_state_is_rebuilt_within_bounds_or_not_at_all(detector: IsolationForestDetector) -> None:
    detector.forest.estimators_[0].tree_.children_left[0] = 10_000
    state = detector.state()
    with pytest.raises(BadInputError, match="damaged"):
        IsolationForestDetector.from_state(State(state.arrays, state.config))


def test_trees_are_packed_once_and_again_when_they_are_other_trees(
    split: Split, detector: IsolationForestDetector
) -> None:
    packed = detector.state().arrays["forest"]
    assert detector.state().arrays["forest"] is packed
    again = IsolationForestDetector.from_state(detector.state())
    assert again.state().arrays["forest"] is packed
    detector.fit(split.test, split.test)
    assert detector.state().arrays["forest"].tobytes() != packed.tobytes()
