import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from matts.domain import HEALTHY, BadInputError, Readings, Windows


@pytest.fixture
def windows() -> Windows:
    """Six windows of three readings from ten rows; the rows count upwards."""
    faults = np.zeros((10, 2), bool)
    faults[4, 1] = faults[5] = True  # Bearing, then Electric and Bearing at once
    return Windows(
        rows=np.arange(20.0).reshape(10, 2),
        row_faults=faults,
        last=np.arange(2, 8),
        length=3,
        sensors=("force", "speed"),
        fault_names=("Electric", "Bearing"),
        row_numbers=np.arange(100, 110),
    )


def by_hand(windows: Windows) -> list[list[list[float]]]:
    """The values of each window, cut out one by one."""
    rows, length = windows.rows, windows.length
    return [rows[last - length + 1 : last + 1].tolist() for last in windows.last]


def test_windows_that_follow_one_another_are_not_copied(windows: Windows) -> None:
    assert np.shares_memory(windows.values, windows.rows)
    assert windows.values.tolist() == by_hand(windows)


@pytest.mark.parametrize("last", [[2, 4, 9], [2, 4, 3, 5], [7, 6, 5], [4], []])
def test_windows_come_in_the_order_asked_for(windows: Windows, last: list[int]) -> None:
    chosen = replace(windows, last=np.array(last, np.int64))
    assert chosen.values.shape == (len(last), 3, 2)
    assert chosen.values.tolist() == by_hand(chosen)


def test_a_choice_looks_into_the_same_rows(windows: Windows) -> None:
    some = windows.where(windows.last % 2 == 0)
    assert some.rows is windows.rows
    assert some.last.tolist() == [2, 4, 6]


def test_a_window_is_judged_at_its_last_reading(windows: Windows) -> None:
    np.testing.assert_array_equal(windows.last_rows, windows.values[:, -1])
    np.testing.assert_array_equal(windows.faults, windows.row_faults[2:8])


def test_two_faults_at_once_are_both_kept(windows: Windows) -> None:
    assert windows.faults[3].tolist() == [True, True]
    assert windows.classes.tolist() == [HEALTHY, HEALTHY, 2, 1, HEALTHY, HEALTHY]
    assert windows.faulty.tolist() == (windows.classes != HEALTHY).tolist()
    assert windows.healthy.last.tolist() == [2, 3, 6, 7]


def test_positions_count_from_the_start_of_the_record(windows: Windows) -> None:
    assert windows.positions.tolist() == [102, 103, 104, 105, 106, 107]


def test_batches_are_the_windows_in_their_order(windows: Windows) -> None:
    batches = list(windows.batches(4))
    assert [len(batch) for batch in batches] == [4, 2]
    np.testing.assert_array_equal(
        np.concatenate([batch.values for batch in batches]), windows.values
    )


def test_assets_are_those_of_the_last_readings(windows: Windows) -> None:
    machines = np.array([f"pump {number}" for number in range(10)])
    named = replace(windows, row_assets=machines).where(windows.last > 5)
    assert named.assets is not None
    assert named.assets.tolist() == ["pump 6", "pump 7"]
    assert windows.assets is None


@pytest.mark.parametrize("last", [[1], [2, 10], [-1]])
def test_a_window_outside_the_rows_is_refused(windows: Windows, last: list[int]) -> None:
    with pytest.raises(BadInputError, match="a window of 3 readings must lie within 10 rows"):
        replace(windows, last=np.array(last))


def test_rows_that_do_not_fit_the_sensors_are_refused(windows: Windows) -> None:
    with pytest.raises(BadInputError, match=r"rows must be \[R, 3\], got \[10, 2\]"):
        replace(windows, sensors=("force", "speed", "gap"))


def test_a_part_of_the_readings_is_a_part_of_every_column() -> None:
    numbers = np.arange(5)
    readings = Readings(
        values=numbers[:, None] * 1.0,
        faults=numbers[:, None] > 2,
        segments=numbers // 2,
        sensors=("force",),
        fault_names=("Bearing",),
        assets=numbers.astype(str),
    )
    part = readings.take(np.arange(2, 4))
    assert part.values.tolist() == [[2.0], [3.0]]
    assert part.faults.tolist() == [[False], [True]]
    assert part.segments.tolist() == [1, 1]
    assert part.assets is not None
    assert part.assets.tolist() == ["2", "3"]
    assert part.places.tolist() == [2, 3]


def test_the_core_loads_neither_the_shell_nor_a_plotter() -> None:
    script = (
        "import sys, matts.domain, matts.detect, matts.diagnose\n"
        "print({'kedro', 'mlflow', 'matplotlib', 'plotly'} & {*sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_rows_that_nobody_knows_are_not_healthy(windows: Windows) -> None:
    assert np.flatnonzero(~windows.row_healthy).tolist() == [4, 5]
    known = np.arange(10) != 7
    assert np.flatnonzero(~replace(windows, row_known=known).row_healthy).tolist() == [4, 5, 7]


def test_tight_windows_are_the_same_in_fewer_rows(windows: Windows) -> None:
    some = replace(windows, last=np.array([4, 6]), row_known=np.arange(10) != 5)
    tight = some.tight()
    assert len(tight.rows) == 5
    np.testing.assert_array_equal(tight.values, some.values)
    np.testing.assert_array_equal(tight.faults, some.faults)
    np.testing.assert_array_equal(tight.positions, some.positions)
    np.testing.assert_array_equal(tight.row_healthy, some.row_healthy[2:7])
