import numpy as np
import pandas as pd
import pytest

from matts.domain import BadInputError
from matts.groups import SensorSettings
from matts.tabular.rows import Rows, to_rows

GIVEN = SensorSettings.model_validate({"groups": {"history": {"like": "age", "given": True}}})


def table() -> pd.DataFrame:
    """Two machines, interleaved and out of order."""
    minutes = np.array([3, 0, 1, 2, 0, 5])
    return pd.DataFrame(
        {
            "asset": ["b", "a", "b", "a", "b", "a"],
            "time": pd.Timestamp("2025-01-01") + pd.to_timedelta(minutes, unit="min"),
            "part": ["train", "test"] * 3,
            "force": [1.0, np.nan, 3.0, 4.0, 5.0, 6.0],
            "age": np.arange(6.0),
            "Anomaly_Leak": [True, False, False, False, False, True],
            "Target_anomaly": [1.0, 0.0, np.nan, 0.0, 0.0, 1.0],
        }
    )


def rows() -> Rows:
    return to_rows(table(), GIVEN)


def test_rows_of_a_machine_are_together_and_in_time() -> None:
    own = rows()
    assert own.machines.tolist() == ["a"] * 3 + ["b"] * 3
    assert own.numbers.tolist() == [1, 3, 5, 4, 2, 0]
    assert own.values[:, 1].tolist() == own.numbers.tolist()  # noqa: PD011
    assert own.faults[:, 0].tolist() == [False, False, True, False, False, True]
    np.testing.assert_array_equal(own.targets["anomaly"], [0, 0, 1, 0, np.nan, 1])
    assert own.times is not None
    assert (np.diff(own.times.reshape(2, 3)) > np.timedelta64(0)).all()
    assert own.segments.tolist() == [0] * 3 + [1] * 3  # a declared part breaks nothing here


def test_targets_are_no_sensors_and_given_ones_are_named() -> None:
    own = rows()
    assert (own.sensors, own.given, own.measured) == (("force", "age"), ("age",), ("force",))
    assert set(own.targets) == {"anomaly"}


def test_taken_rows_keep_everything_of_theirs() -> None:
    own = rows().take(np.array([4, 0]))
    assert (own.numbers.tolist(), own.machines.tolist()) == ([2, 1], ["b", "a"])
    assert np.isnan(own.targets["anomaly"][0])
    assert own.first_of_machine.all()


def test_without_machines_or_times_there_is_one_machine_in_order() -> None:
    own = to_rows(table()[["force", "Anomaly_Leak"]], GIVEN)
    assert own.times is None
    assert own.numbers.tolist() == list(range(6))
    assert set(own.machines.tolist()) == {"machine"}
    assert own.known.all()


def test_times_that_count_sort_but_are_no_clock() -> None:
    counted = table().assign(time=[3.0, 0.0, 1.0, 2.0, 0.0, 5.0])
    own = to_rows(counted, GIVEN)
    assert own.times is None
    assert own.numbers.tolist() == rows().numbers.tolist()


def test_life_is_a_target_where_none_is_named() -> None:
    own = to_rows(table().assign(life=np.arange(6.0)), GIVEN)
    assert own.targets["remaining_life"].tolist() == own.numbers.tolist()
    named = table().assign(life=np.arange(6.0), Target_remaining_life=9.0)
    assert set(to_rows(named, GIVEN).targets["remaining_life"]) == {9.0}


def test_unlabelled_rows_are_not_known() -> None:
    assert not to_rows(table()[["asset", "force"]], GIVEN).known.any()


def test_a_reading_without_a_time_is_refused() -> None:
    holed = table()
    holed.loc[2, "time"] = pd.NaT
    with pytest.raises(BadInputError, match="data row 3 has none"):
        to_rows(holed, GIVEN)
