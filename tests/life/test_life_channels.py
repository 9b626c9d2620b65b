from dataclasses import replace

import numpy as np
import pytest

from matts.domain import BadInputError
from matts.features import ages
from matts.groups import SensorSettings
from matts.life.channels import LifeChannels
from matts.life.histories import capped_life
from tests.life.wear import QUICK, SIX, TRAIN, wearing

REGIMES = QUICK.model_copy(update={"regimes": 3})


def test_a_reading_is_in_spreads_with_health_and_age() -> None:
    channels = LifeChannels(QUICK, SensorSettings()).fit(TRAIN, capped_life(TRAIN, 60))
    found = channels(TRAIN)
    assert channels.names == ("load", "heat", "hum", "still", "health", "age")
    np.testing.assert_allclose(found[TRAIN.last, 1].mean(), 0, atol=1e-6)
    np.testing.assert_allclose(found[:, 5], ages(TRAIN) / 100)
    assert np.corrcoef(found[TRAIN.last, 4], capped_life(TRAIN, 60))[0, 1] > 0.7


def test_health_and_age_can_be_left_out() -> None:
    bare = QUICK.model_copy(update={"health": False, "age": False})
    channels = LifeChannels(bare, SensorSettings()).fit(TRAIN, capped_life(TRAIN, 60))
    assert channels(TRAIN).shape[1] == len(channels.names) == 4


def test_each_regime_has_a_scale_of_its_own() -> None:
    loaded = wearing(15, loads=3)
    left = capped_life(loaded, 60)
    plain = LifeChannels(QUICK, SensorSettings()).fit(loaded, left)(loaded)
    split = LifeChannels(REGIMES, SIX).fit(loaded, left)
    assert split.names == ("heat", "hum", "still", "health", "age")
    load = loaded.rows[:, 0]
    assert abs(np.corrcoef(plain[:, 1], load)[0, 1]) > 0.95
    assert abs(np.corrcoef(split(loaded)[:, 0], load)[0, 1]) < 0.05


def test_a_regime_is_found_though_a_reading_of_it_is_missing() -> None:
    loaded = wearing(15, loads=3)
    loaded.rows[::50, 0] = np.nan
    channels = LifeChannels(REGIMES, SIX).fit(loaded, capped_life(loaded, 60))
    assert np.isfinite(channels(loaded)).all()
    assert len(np.unique(channels.centres.round(1))) == 3


def test_regimes_need_to_know_what_they_are_of() -> None:
    channels = LifeChannels(REGIMES, SensorSettings())
    with pytest.raises(BadInputError, match=r"life\.regimes=3 needs sensors.mode"):
        channels.fit(TRAIN, capped_life(TRAIN, 60))


def test_a_missing_reading_is_no_evidence() -> None:
    channels = LifeChannels(QUICK, SensorSettings()).fit(TRAIN, capped_life(TRAIN, 60))
    gaps = TRAIN.rows.copy()
    gaps[3, 1] = np.nan
    found = channels(replace(TRAIN, rows=gaps))
    assert found[3, 1] == 0
    assert np.isfinite(found).all()


def test_what_is_held_out_teaches_nothing() -> None:
    some = replace(TRAIN, last=TRAIN.last[TRAIN.last < 500])
    changed = some.rows.copy()
    changed[500:] = 99.0
    left = capped_life(some, 60)
    one, other = (
        LifeChannels(QUICK, SensorSettings()).fit(each, left)(some)
        for each in (some, replace(some, rows=changed))
    )
    np.testing.assert_array_equal(one, other)
