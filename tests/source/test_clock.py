from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from matts.domain import BadInputError
from matts.source.clock import pauses, periods, to_times
from matts.source.described import Described
from matts.source.settings import TimeSettings

Make = Callable[..., Described]

BERLIN = TimeSettings(zone="Europe/Berlin")
WRITTEN: dict[str, tuple[list[Any], dict[str, Any], str]] = {
    "ISO": (["2024-02-11 10:00:00"], {}, "2024-02-11 10:00"),
    "ISO with a T": (["2024-02-11T10:00"], {}, "2024-02-11 10:00"),
    "days before months": (["11.02.2024 10:00", "12.02.2024 10:00"], {}, "2024-02-11 10:00"),
    "a short year": (["11.02.24 10:00"], {}, "2024-02-11 10:00"),
    "months before days": (["02/11/2024 10:00", "02/12/2024 10:00"], {}, "2024-02-11 10:00"),
    "days, by how close they lie": (["11/02/2024", "12/02/2024"], {}, "2024-02-11"),
    "a historian": (["11-Feb-24 10:00:00", "Bad"], {}, "2024-02-11 10:00"),
    "noon and midnight": (["02/11/2024 12:00:00 AM", "02/13/2024 01:00:00 PM"], {}, "2024-02-11"),
    "in short": (["20240211100000"], {"format": "%Y%m%d%H%M%S"}, "2024-02-11 10:00"),
    "seconds": (["1707645600"], {"unit": "s"}, "2024-02-11 10:00"),
    "milliseconds": ([1707645600000], {"unit": "ms"}, "2024-02-11 10:00"),
    "off UTC": (["2024-02-11T11:00+01:00", "2024-07-11T11:00+02:00"], {}, "2024-02-11 10:00"),
    "Z": (["2024-02-11T10:00Z"], {"zone": "Europe/Berlin"}, "2024-02-11 10:00"),
    "a zone": (["2024-02-11 11:00"], {"zone": "Europe/Berlin"}, "2024-02-11 10:00"),
}


@pytest.mark.parametrize(("cells", "how", "first"), WRITTEN.values(), ids=WRITTEN)
def test_times_as_they_are_written(cells: list[Any], how: dict[str, Any], first: str) -> None:
    found = to_times(pd.Series(cells), TimeSettings.model_validate(how))
    assert found.iloc[0] == pd.Timestamp(first)


def test_numbers_count_unless_a_unit_says_since_when() -> None:
    found = to_times(pd.Series(["1", "2", "x"]), TimeSettings())
    np.testing.assert_array_equal(found, [1, 2, np.nan])


def local(start: str, periods: int) -> tuple[pd.DatetimeIndex, "pd.Series[str]"]:
    """Times and what a clock in Berlin shows at them, half an hour apart."""
    utc = pd.date_range(start, periods=periods, freq="30min", tz="UTC")
    shown = pd.Series(utc.tz_convert("Europe/Berlin").strftime("%d.%m.%Y %H:%M"))
    return utc.tz_localize(None), shown


@pytest.mark.parametrize(
    "start", ["2023-10-28 22:00", "2024-03-30 22:00"], ids=["autumn", "spring"]
)
def test_both_jumps_of_a_zone(start: str) -> None:
    utc, shown = local(start, 10)
    assert to_times(shown, BERLIN).tolist() == utc.tolist()


def test_the_hour_that_comes_twice_in_disorder_or_once_or_with_holes() -> None:
    utc, shown = local("2023-10-28 22:00", 10)
    mixed = [9, 0, 4, 2, 6, 1]
    assert to_times(shown[mixed], BERLIN).tolist() == utc[mixed].tolist()
    once = to_times(shown[[0, 1, 6, 7]], BERLIN)
    assert once.tolist() == utc[[0, 1, 6, 7]].tolist()
    with_hole = pd.concat([shown[:3], pd.Series([""]), shown[3:]], ignore_index=True)
    holes = to_times(with_hole, BERLIN)
    assert holes.dropna().tolist() == utc.tolist()


def test_the_newest_first_is_the_oldest_first_read_backwards() -> None:
    utc, shown = local("2023-10-28 22:00", 10)
    found = to_times(shown[::-1].reset_index(drop=True), BERLIN)
    assert found.tolist() == utc[::-1].tolist()
    once = to_times(shown[[7, 6, 1, 0]], BERLIN)
    assert once.tolist() == utc[[7, 6, 1, 0]].tolist()


def test_each_asset_has_its_own_order_of_the_hour() -> None:
    utc, shown = local("2023-10-28 22:00", 10)
    assets = pd.Series([0, 1] * 10)
    found = to_times(shown.repeat(2).reset_index(drop=True), BERLIN, assets)
    assert found[assets == 1].tolist() == utc.tolist()


def test_the_hour_that_no_clock_shows() -> None:
    found = to_times(pd.Series(["2024-03-31 01:30", "2024-03-31 02:30"]), BERLIN)
    assert found.tolist() == [pd.Timestamp("2024-03-31 00:30"), pd.Timestamp("2024-03-31 01:30")]


GAPS: dict[str, tuple[Any, list[bool]]] = {
    "auto": ("auto", [False] * 4 + [True]),
    "a span": ("2min", [False, False, False, True, True]),
    "seconds": (150, [False, False, False, True, True]),
    "never": (None, [False] * 5),
}


@pytest.mark.parametrize(("gap", "expected"), GAPS.values(), ids=GAPS)
def test_a_pause_breaks_a_segment(gap: Any, expected: list[bool]) -> None:
    minutes = pd.to_timedelta([0, 1, 2, 5, 60], unit="min")
    times = pd.Series(pd.Timestamp("2024-01-01") + minutes)
    assert pauses(times, pd.Series("a", times.index), TimeSettings(gap=gap)).tolist() == expected


def test_a_pause_between_numbers_needs_a_number() -> None:
    times, one = pd.Series([1.0, 2.0, 9.0]), pd.Series(["a"] * 3)
    assert pauses(times, one, TimeSettings(gap=3)).tolist() == [False, False, True]
    with pytest.raises(BadInputError, match=r"a time as 10min is needed, or a number .*'5min'"):
        pauses(times, one, TimeSettings(gap="5min"))
    with pytest.raises(BadInputError, match="got -1"):
        pauses(times, one, TimeSettings(gap=-1))
    apart = pd.Series(["a", "a", "b"])
    assert not pauses(times, apart, TimeSettings(gap=3)).any()


EVERY: dict[str, tuple[str, list[float]]] = {
    "last": ("last", [1, 3, 5]),
    "mean": ("mean", [1, 2.5, 4.5]),
    "first": ("first", [1, 2, 4]),
}


@pytest.mark.parametrize(("take", "expected"), EVERY.values(), ids=EVERY)
def test_one_reading_a_period(made: Make, take: str, expected: list[float]) -> None:
    lines = "\n".join(f"2024-01-01 00:{m:02},{m // 5 + 1}" for m in (0, 5, 10, 15, 20))
    time = {"column": "t", "every": "10min", "take": take}
    table = made(f"t,flow\n{lines}\n", time=time).table
    assert table["flow"].tolist() == expected
    assert table["time"].dt.minute.tolist() == [0, 10, 20]


def test_a_period_is_faulty_if_one_reading_in_it_is_and_known_if_all_are(made: Make) -> None:
    labels = {"kind": "class", "column": "c", "unknown": ["?"]}
    text = "t,flow,c\n1,1,0\n2,2,leak\n3,3,?\n4,4,0\n5,,0\n6,6,0\n"
    table = made(text, labels=labels, time={"column": "t", "every": 2}).table
    assert table["Anomaly_leak"].tolist() == [True, False, False]
    assert table["known"].tolist() == [True, False, True]
    assert table["time"].tolist() == [2, 4, 6]


def test_a_pause_within_a_period_leaves_one_reading(made: Make) -> None:
    text = "t,flow\n0,1\n1,2\n2,3\n9,4\n10,5\n11,6\n"
    table = made(text, time={"column": "t", "every": 20, "gap": 3}).table
    assert table.drop(columns="segment").to_dict("list") == {"time": [0, 20], "flow": [1, 6]}


def test_a_period_needs_times() -> None:
    with pytest.raises(ValidationError, match=r"every needs time.column"):
        TimeSettings(every="1min")


def test_offsets_in_some_cells_alone() -> None:
    cells = pd.Series(["2024-01-01 12:00", "2024-01-01 12:30+02:00", "2024-01-01T13:00Z"])
    found = to_times(cells, TimeSettings(zone="Europe/Berlin"))
    assert found.dt.strftime("%H:%M").tolist() == ["11:00", "10:30", "13:00"]
    days = pd.Series(["13-01-2024", "14-01-2024"])  # -2024 is no offset
    found = to_times(days, TimeSettings(zone="Europe/Berlin"))
    assert found.astype(str).tolist() == ["2024-01-12 23:00:00", "2024-01-13 23:00:00"]


def test_a_count_beyond_all_dates_is_missing() -> None:
    found = to_times(pd.Series(["1700000000", "1e30"]), TimeSettings(unit="s"))
    assert found.isna().tolist() == [False, True]


@pytest.mark.parametrize("wrong", [{"zone": "Europe/Berln"}, {"format": "%Q"}])
def test_a_clock_that_there_is_not(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"a zone as|bad directive"):
        TimeSettings.model_validate(wrong)


def test_a_period_of_nothing_is_refused(made: Make) -> None:
    with pytest.raises(BadInputError, match="or a number where times are numbers, got 0"):
        made("t,flow\n1,1\n2,2\n", time={"column": "t", "every": 0})


DAYS: dict[str, tuple[str, str, list[float]]] = {  # a zone, a start in UTC, hours of each day
    "spring": ("Europe/Berlin", "2024-03-29 23:00", [24, 23, 24]),
    "autumn": ("Europe/Berlin", "2023-10-27 22:00", [24, 25, 24]),
    "a midnight that comes twice": ("America/Havana", "2023-11-04 04:00", [24, 25, 24]),
    "a midnight that no clock shows": ("America/Havana", "2024-03-09 05:00", [24, 23, 24]),
}


@pytest.mark.parametrize(("zone", "start", "hours"), DAYS.values(), ids=DAYS)
def test_days_are_those_of_the_zone(zone: str, start: str, hours: list[float]) -> None:
    first = pd.Timestamp(start)
    utc = pd.Series(pd.date_range(first, periods=int(sum(hours)) * 2, freq="30min"))[1:]
    ends = periods(utc, TimeSettings(column="t", zone=zone, every="1D"))
    assert (ends >= utc).all()
    assert ends.is_monotonic_increasing
    own = [first + pd.Timedelta(hours=sum(hours[:n])) for n in (1, 2, 3)]
    assert sorted(set(ends)) == own


def test_shorter_periods_are_those_of_utc() -> None:
    utc = pd.Series(pd.date_range("2023-10-28 23:30", periods=6, freq="30min"))
    found = periods(utc, TimeSettings(column="t", zone="Europe/Berlin", every="1h"))
    assert found.tolist() == utc.dt.ceil("1h").tolist()
