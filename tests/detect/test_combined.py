from copy import deepcopy

import numpy as np
import pytest
from pydantic import ValidationError

from matts.detect import DETECTORS
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.combined import CombinedDetector, CombinedSettings
from matts.detect.isolation_forest import IsolationForestDetector, IsolationForestSettings
from matts.detect.mixing import WAYS, How
from matts.detect.pca import PcaDetector
from matts.detect.zscore import ZScoreDetector
from matts.domain import BadInputError, Detector
from matts.windows import Split

Parts = dict[str, Detector]


@pytest.fixture(scope="module")
def parts(split: Split, autoencoder: AutoencoderDetector) -> Parts:
    """Of unlike kinds: a network, one with negative contributions, one with negative numbers."""
    forest = IsolationForestDetector(IsolationForestSettings(trees=10))
    return {
        "matts/0": autoencoder,
        "pca/0": PcaDetector().fit(split.train, split.validation),
        "forest/0": forest.fit(split.train, split.validation),
    }


def combined(parts: Parts, split: Split, how: How | None = None) -> CombinedDetector:
    return CombinedDetector(CombinedSettings(how=how)).mix(parts, split.validation)


@pytest.mark.parametrize("how", WAYS)
def test_the_score_is_made_of_surprises(parts: Parts, split: Split, how: How) -> None:
    detector = combined(parts, split, how)
    surprises = {
        name: detector.scales[name](part.score(split.test)) for name, part in detector.parts.items()
    }
    columns = np.column_stack([*surprises.values()])
    expected = {
        "best": columns[:, 0],
        "mean": columns.mean(axis=1),
        "max": columns.max(axis=1),
        "stacking": columns @ detector.weights,
    }
    np.testing.assert_allclose(detector.score(split.test), expected[how], rtol=1e-12)
    assert [*detector.parts] == (["pca/0"] if how == "best" else [*surprises])


@pytest.mark.parametrize("how", WAYS)
def test_contributions_add_up_and_none_is_negative(parts: Parts, split: Split, how: How) -> None:
    detector = combined(parts, split, how)
    found = detector.contributions(split.test)
    np.testing.assert_allclose(found.sum(axis=1), detector.score(split.test), rtol=1e-9)
    assert found.min() >= 0


def test_the_highest_alone_says_where_the_maximum_comes_from(parts: Parts, split: Split) -> None:
    detector = combined(parts, split, "max")
    surprises = detector._surprises(split.test)
    highest = [*detector.parts.values()]
    found = detector.contributions(split.test)
    for n in (0, 50, 200):
        window = split.test.where(np.arange(len(split.test)) == n)
        own = np.abs(highest[surprises[n].argmax()].contributions(window)[0])
        np.testing.assert_allclose(found[n], surprises[n].max() * own / own.sum(), rtol=1e-9)


@pytest.mark.parametrize("how", ["stacking", "max"])
def test_the_state_alone_rebuilds_it(parts: Parts, split: Split, how: How) -> None:
    detector = combined(parts, split, how)
    twin = CombinedDetector.from_state(detector.state())
    assert [type(part) for part in twin.parts.values()] == [
        type(part) for part in detector.parts.values()
    ]
    np.testing.assert_array_equal(twin.score(split.test), detector.score(split.test))
    assert twin.choice == detector.choice
    assert twin.settings == detector.settings


def test_mixing_leaves_the_parts_as_they_are(parts: Parts, split: Split) -> None:
    before = {name: deepcopy(part.state()) for name, part in parts.items()}
    detector = combined(parts, split)
    detector.score(split.test)
    detector.fit(split.train, split.validation)  # its parts anew, not these
    for name, part in parts.items():
        for key, array in part.state().arrays.items():
            np.testing.assert_array_equal(array, before[name].arrays[key])


def test_alone_it_fits_simple_parts_or_those_that_are_named(split: Split) -> None:
    few = CombinedDetector(CombinedSettings(how="mean")).fit(split.train, split.validation)
    assert [type(part) for part in few.parts.values()] == [ZScoreDetector, PcaDetector]
    named = CombinedSettings(parts=("isolation_forest",), how="mean")
    (one,) = CombinedDetector(named).fit(split.train, split.validation).parts.values()
    assert isinstance(one, IsolationForestDetector)
    with pytest.raises(BadInputError, match="parts need registered detectors, got 'matts'"):
        CombinedDetector(CombinedSettings(parts=("matts",))).fit(split.train, split.validation)


def test_a_combination_can_be_a_part(split: Split) -> None:
    inner = CombinedDetector().fit(split.train, split.validation)
    outer = combined({"inner": inner}, split)
    twin = CombinedDetector.from_state(outer.state())
    np.testing.assert_array_equal(twin.score(split.test), outer.score(split.test))


def test_it_is_registered_under_its_name() -> None:
    assert DETECTORS["combined"] is CombinedDetector


@pytest.mark.parametrize("wrong", [{"how": "median"}, {"parts": []}, {"enough": 0}, {"x": 1}])
def test_settings_have_ranges(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CombinedSettings.model_validate(wrong)
