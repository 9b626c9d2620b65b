import sys
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from matts.domain import BadInputError, Floats, Windows
from matts.groups import SensorSettings
from matts.life.channels import LifeChannels
from matts.life.histories import capped_life, padded
from matts.life.models import LIFE_MODELS, LifeModel
from matts.life.tabular import BoostedLife, BoostingSettings
from matts.life.trees import refuse_damage
from tests.life.wear import QUICK, wearing

GOLDEN = {"ridge": 4.2468, "boosting": 1.1277, "cnn": 4.0150, "lstm": 2.9748}


UNITS = wearing(12)
CHANNELS = LifeChannels(QUICK, SensorSettings()).fit(UNITS, capped_life(UNITS, 60))


def described(windows: Windows) -> tuple[Windows, Floats]:
    wide = padded(windows, CHANNELS(windows), CHANNELS.names, 20)
    return wide, capped_life(windows, 60)


LEARNT, LEFT = described(UNITS)


def build(name: str, seed: int = 0) -> LifeModel:
    kind = LIFE_MODELS[name]
    return kind(kind.Settings(**QUICK.models[name]), seed)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def fitted() -> dict[str, LifeModel]:
    return {name: build(name).fit(LEARNT, LEFT) for name in LIFE_MODELS}


@pytest.mark.parametrize("name", LIFE_MODELS)
def test_it_learns(name: str, fitted: dict[str, LifeModel]) -> None:
    new, left = described(wearing(6, seed=3))
    error = np.sqrt(np.square(fitted[name].predict(new) - left).mean())
    assert error < 0.75 * left.std()


@pytest.mark.parametrize("name", LIFE_MODELS)
def test_its_state_is_all_there_is(name: str, fitted: dict[str, LifeModel]) -> None:
    again = LIFE_MODELS[name].from_state(fitted[name].state())
    np.testing.assert_array_equal(again.predict(LEARNT), fitted[name].predict(LEARNT))


@pytest.mark.parametrize("name", LIFE_MODELS)
def test_a_window_is_foreseen_alike_in_any_company(name: str, fitted: dict[str, LifeModel]) -> None:
    every = fitted[name].predict(LEARNT)
    some = replace(LEARNT, last=LEARNT.last[[700, 3, 41]])
    np.testing.assert_allclose(fitted[name].predict(some), every[[700, 3, 41]], rtol=1e-6)
    none = replace(LEARNT, last=LEARNT.last[:0])
    assert fitted[name].predict(none).shape == (0,)


@pytest.mark.parametrize("name", LIFE_MODELS)
def test_the_same_seed_gives_the_same_model(name: str, fitted: dict[str, LifeModel]) -> None:
    again = build(name).fit(LEARNT, LEFT).predict(LEARNT)
    np.testing.assert_array_equal(again, fitted[name].predict(LEARNT))
    other = build(name, seed=5).fit(LEARNT, LEFT).predict(LEARNT)
    assert np.array_equal(other, again) == (name == "ridge")


@pytest.mark.parametrize("name", LIFE_MODELS)
def test_golden(name: str, fitted: dict[str, LifeModel]) -> None:
    found = float(np.abs(fitted[name].predict(LEARNT) - LEFT).mean())
    assert found == pytest.approx(GOLDEN[name], abs=2e-3)


def test_without_the_library_it_says_where_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(BadInputError, match=r"pip install 'matts\[tabular\]'"):
        BoostedLife().fit(LEARNT, LEFT)


def test_damaged_trees_are_refused(fitted: dict[str, LifeModel]) -> None:
    text = fitted["boosting"].state().arrays["trees"].tobytes().decode()
    refuse_damage(text)
    line = next(each for each in text.splitlines() if each.startswith("split_feature="))
    for wrong in ("split_feature=9999", "split_feature=", line.replace("=", "=-")):
        with pytest.raises(BadInputError, match="a split points out of its tree"):
            refuse_damage(text.replace(line, wrong, 1))
    child = next(each for each in text.splitlines() if each.startswith("left_child="))
    with pytest.raises(BadInputError, match="a split points out of its tree"):
        refuse_damage(text.replace(child, child.replace("=", "=9999 ", 1), 1))


def test_settings_say_what_is_wrong() -> None:
    with pytest.raises(ValidationError, match=r"features are some of last, .*got median"):
        BoostingSettings(features=("median",))
    with pytest.raises(ValidationError, match="a span needs at least 1 reading, got 0"):
        BoostingSettings(spans=(10, 0))
