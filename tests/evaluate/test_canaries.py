from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from matts.domain import Floats, Windows
from matts.evaluate.canaries import look, roc_aucs, shows_the_next, tells_the_label
from matts.windows import Split


def with_sensor(windows: Windows, values: Floats, column: int = 7) -> Windows:
    rows = windows.rows.copy()
    rows[:, column] = values
    return replace(windows, rows=rows)


def label(windows: Windows) -> Floats:
    return windows.row_faults[:, 0].astype(float)


def test_honest_sensors_are_not_suspected(long_split: Split) -> None:
    assert look(long_split.train) == {"tells_the_label": [], "shows_the_next": []}


@pytest.mark.parametrize("sign", [1, -1])
def test_a_sensor_that_tells_the_label_is_named(long_split: Split, sign: int) -> None:
    train = long_split.train
    [found] = tells_the_label(with_sensor(train, sign * label(train)))
    assert found == {
        "sensor": train.sensors[7],
        "fault": train.fault_names[0],
        "roc_auc": 1.0,
        "ahead": 0,
    }


def test_a_sensor_that_tells_the_next_label_is_named(long_split: Split) -> None:
    train = long_split.train
    [found] = tells_the_label(with_sensor(train, np.append(label(train)[1:], 0.0)))
    assert (found["sensor"], found["ahead"], found["roc_auc"]) == (train.sensors[7], 1, 1.0)


def test_a_window_some_readings_later_is_not_the_next(long_split: Split) -> None:
    train = long_split.train
    shifted = with_sensor(train, np.append(label(train)[3:], np.zeros(3)))
    apart = replace(shifted, last=shifted.last[::3])
    assert tells_the_label(apart) == []


def test_a_few_events_are_ranked_by_luck(long_split: Split) -> None:
    train = long_split.train
    early = train.where(np.cumsum(train.faults[:, 0]) < 2)
    assert early.faults[:, 0].any()
    assert tells_the_label(with_sensor(early, label(early))) == []


def test_a_sensor_that_shows_the_next_reading_of_another_is_named(long_split: Split) -> None:
    train = long_split.train
    shifted = with_sensor(train, np.append(train.rows[1:, 11], 0.0))
    assert shows_the_next(shifted) == [{"sensor": train.sensors[7], "shows": train.sensors[11]}]
    cut = replace(shifted, segments=np.arange(len(train.rows)))
    assert shows_the_next(cut) == []  # nothing follows anything


def test_areas_are_those_of_scikit_learn_whatever_is_missing() -> None:
    rng = np.random.default_rng(0)
    rows, faulty = rng.normal(size=(200, 4)).round(1), rng.random(200) < 0.3
    rows[:, 1] += faulty
    rows[:, 3] = np.nan
    areas = [roc_auc_score(faulty, rows[:, k]) for k in range(3)]
    expected = [max(area, 1 - area) for area in areas] + [0.5]
    assert roc_aucs(rows, faulty) == pytest.approx(expected)
    rows[::9, 1] = np.nan
    assert 0.6 < roc_aucs(rows, faulty)[1] < areas[1]
    assert (roc_aucs(rows, np.zeros(200, bool)) == 0.5).all()
