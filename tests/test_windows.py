from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from matts.domain import BadInputError, Readings
from matts.splitting import SplitSettings
from matts.windows import (
    FARTHEST,
    Scaler,
    Split,
    WindowSettings,
    count_faults,
    describe,
    schema_of,
    slide,
    split_readings,
)


def counting(segments: list[int], faults: list[list[bool]] | None = None) -> Readings:
    """Readings of one sensor that count upwards: [R] segments, [R, K] faults."""
    truth = np.zeros((len(segments), 1), bool) if faults is None else np.array(faults)
    names = tuple(f"fault {k}" for k in range(truth.shape[1]))
    values = np.arange(len(segments), dtype=float)[:, None]
    return Readings(values, truth, np.array(segments), ("count",), names)


@pytest.mark.parametrize(("length", "stride", "count"), [(5, 1, 1496), (5, 5, 300), (1500, 1, 1)])
def test_how_many_windows_fit(readings: Readings, length: int, stride: int, count: int) -> None:
    windows = slide(readings, WindowSettings(length=length, stride=stride))
    assert len(windows) == count
    assert set(np.diff(windows.last)) <= {stride}


def test_sliding_copies_no_reading(readings: Readings) -> None:
    windows = slide(readings, WindowSettings())
    assert windows.rows is readings.values
    assert np.shares_memory(windows.values, readings.values)


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    length=st.integers(1, 5),
    stride=st.integers(1, 3),
)
def test_no_window_crosses_a_segment_and_none_is_lost(
    lengths: list[int], length: int, stride: int
) -> None:
    segments = [number for number, count in enumerate(lengths) for _ in range(count)]
    ends = range(length - 1, len(segments), stride)
    whole = [end for end in ends if len(set(segments[end - length + 1 : end + 1])) == 1]
    settings = WindowSettings(length=length, stride=stride)
    if whole:
        assert slide(counting(segments), settings).last.tolist() == whole
    else:
        with pytest.raises(BadInputError):
            slide(counting(segments), settings)


def test_a_window_has_the_faults_of_its_last_reading_or_of_any() -> None:
    electric, bearing, none = [True, False], [False, True], [False, False]
    readings = counting([0] * 5, [none, electric, bearing, none, none])
    last = slide(readings, WindowSettings(length=3, label="last"))
    any_ = slide(readings, WindowSettings(length=3, label="any"))
    assert last.faults.tolist() == [bearing, none, none]
    assert any_.faults.tolist() == [[True, True], [True, True], bearing]


def test_no_label_comes_from_another_segment() -> None:
    readings = counting([0, 0, 1, 1], [[True], [True], [False], [False]])
    assert slide(readings, WindowSettings(length=2, label="any")).faults.tolist() == [
        [True],
        [False],
    ]


def test_two_faults_at_once_stay_two(readings: Readings, split: Split) -> None:
    assert (readings.faults.sum(axis=1) > 1).any()
    np.testing.assert_array_equal(split.train.faults, readings.faults[4:1050])


def test_too_few_readings_say_so(readings: Readings) -> None:
    with pytest.raises(BadInputError, match="a window of 5 readings needs at least 5, got 3"):
        slide(readings.take(np.arange(3)), WindowSettings())
    with pytest.raises(BadInputError, match="needs at least 5, got"):
        split_readings(readings.take(np.arange(40)), WindowSettings())


def test_segments_that_are_all_too_short_say_so() -> None:
    with pytest.raises(BadInputError, match="a window of 3 readings fits into none"):
        slide(counting([0, 0, 1, 1]), WindowSettings(length=3))


@pytest.mark.parametrize("length", [1, 5, 20])
def test_the_parts_follow_in_time_with_a_gap_between(readings: Readings, length: int) -> None:
    settings = WindowSettings(length=length)
    split = split_readings(readings, settings)
    parts = [split.train, split.validation, split.test]
    seen = [(int(part.positions[0]) - length + 1, int(part.positions[-1])) for part in parts]
    assert seen[0][0] == 0
    assert seen[-1][1] == len(readings) - 1
    gaps = [after[0] - before[1] - 1 for before, after in pairwise(seen)]
    assert gaps == [length - 1] * 2


def test_positions_find_the_same_reading_in_the_record(readings: Readings, split: Split) -> None:
    for part in (split.train, split.validation, split.test):
        np.testing.assert_array_equal(part.last_rows, readings.values[part.positions])


def test_the_shares_of_the_split_take_effect(readings: Readings) -> None:
    half = SplitSettings(train=0.5, validation=0.25, test=0.25)
    split = split_readings(readings, WindowSettings(length=1, split=half))
    assert [len(part) for part in (split.train, split.validation, split.test)] == [750, 375, 375]


def test_shares_that_are_no_whole_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"must add up to 1, got 1\.2"):
        SplitSettings(train=0.9)


def test_segments_and_assets_go_with_the_windows(readings: Readings) -> None:
    machines = np.where(np.arange(len(readings)) < 1200, "north", "south")
    split = split_readings(replace(readings, assets=machines), WindowSettings())
    assert split.test.assets is not None
    np.testing.assert_array_equal(split.test.assets, machines[split.test.positions])
    np.testing.assert_array_equal(split.test.segments, readings.segments[-len(split.test.rows) :])


def test_the_scale_knows_nothing_of_the_future(readings: Readings) -> None:
    values = readings.values.copy()
    values[1050:] *= 1e3
    other = split_readings(replace(readings, values=values), WindowSettings())
    for part in (split_readings(readings, WindowSettings()), other):
        scaler = Scaler.fit(part.train.rows)
        np.testing.assert_array_equal(scaler.mean, readings.values[:1050].mean(axis=0))
        np.testing.assert_array_equal(scaler.spread, readings.values[:1050].std(axis=0))


def test_scaled_training_readings_have_mean_0_and_spread_1(split: Split) -> None:
    scaled = Scaler.fit(split.train.rows)(split.train.rows)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.mean(axis=0, dtype=float), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0, dtype=float), 1, atol=1e-5)


@pytest.mark.parametrize("level", [0.0, 0.1, -3e8])
def test_a_sensor_that_never_moves_is_scaled_by_one(level: float) -> None:
    scaler = Scaler.fit(np.full((97, 1), level))
    assert scaler.spread.tolist() == [1.0]
    assert scaler(np.array([[level + 2.0]])).tolist() == [[pytest.approx(2.0)]]


def test_a_sensor_that_hardly_moves_is_still_seen() -> None:
    rows = 1e6 + np.array([[0.0], [0.01]] * 50)
    assert Scaler.fit(rows).spread == pytest.approx([0.005], rel=1e-6)


def test_what_is_missing_or_endless_gives_no_scale() -> None:
    rows = np.array([[1.0, np.nan, 5.0], [np.nan, np.nan, np.inf], [3.0, np.nan, 5.0]])
    scaler = Scaler.fit(rows)
    assert scaler.mean.tolist() == [2.0, 0.0, 5.0]
    assert scaler.spread.tolist() == [1.0, 1.0, 1.0]
    assert scaler(rows).tolist() == [[-1, 0, 0], [0, 0, FARTHEST], [1, 0, 0]]


def test_a_scale_has_64_bits_and_bears_32() -> None:
    rows = np.array([[1e7], [1e7 + 1]] * 500, np.float32)
    scaler = Scaler.fit(rows)
    assert (scaler.mean.tolist(), scaler.spread.tolist()) == ([1e7 + 0.5], [0.5])
    assert scaler(
        np.array(
            [
                [
                    1e30,
                ],
                [-1e30],
            ],
            np.float32,
        )
    ).tolist() == [[FARTHEST], [-FARTHEST]]


def test_a_sensor_left_out_stays_out() -> None:
    scaler = Scaler(np.zeros(1), np.array([np.inf]))
    assert scaler(np.array([[5.0], [np.nan], [np.inf], [1e300]])).tolist() == [[0]] * 4


def test_no_readings_give_no_scale() -> None:
    with pytest.raises(BadInputError, match="a scale needs readings to be measured on, got none"):
        Scaler.fit(np.zeros((0, 3)))


def test_a_scale_survives_as_arrays(split: Split) -> None:
    scaler = Scaler.fit(split.train.rows)
    twin = Scaler.from_arrays(scaler.arrays)
    np.testing.assert_array_equal(twin(split.test.rows), scaler(split.test.rows))


def test_faults_are_counted_and_overlaps_counted_twice(split: Split) -> None:
    counts = count_faults(split.train)
    overlaps = int(split.train.faults.sum() - split.train.faulty.sum())
    assert list(counts) == ["Healthy", *split.train.fault_names]
    assert overlaps > 0
    assert sum(counts.values()) == len(split.train) + overlaps


def test_the_split_tells_what_is_in_it(split: Split) -> None:
    told = describe(split)
    assert [told[part]["first_reading"] for part in told] == [0, 1054, 1204]
    assert [told[part]["last_reading"] for part in told] == [1049, 1199, 1499]
    assert told["train"]["several_faults"] == (split.train.faults.sum(axis=1) > 1).sum()
    assert told["test"]["classes"] == count_faults(split.test)


def test_the_schema_names_what_a_model_expects(split: Split) -> None:
    schema = schema_of(split.train)
    assert (len(schema["sensors"]), schema["window"]) == (51, 5)
    assert schema["fault_names"] == ["Reduction", "Electric", "Bearing", "WorkRoll"]
