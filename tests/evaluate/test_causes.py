import numpy as np
import pandas as pd
import pytest

from matts.causes.explainer import Explainer
from matts.causes.healthy import Healthy
from matts.detect.pca import PcaDetector
from matts.detect.zscore import ZScoreDetector
from matts.domain import Detector, Windows
from matts.evaluate.causes import Truth, judge_causes, marks_of, truth_of_windows
from matts.groups import SensorSettings
from matts.readings import to_readings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.windows import Split, WindowSettings, split_readings

SENSORS = ("force_1", "torque_1", "force_2", "torque_2", "width")
STANDS = SensorSettings(component=r"(?P<channel>.+)_(?P<component>\d)")
ROWS = np.zeros((10, 5))
WINDOWS = Windows(ROWS, np.zeros((10, 1), bool), np.arange(1, 10), 2, SENSORS, ("Bearing",))
EPISODES = pd.DataFrame(
    {
        "fault": ["Bearing", "Bearing", "Roll", "Unknown"],
        "first_coil": [2, 8, 3, 5],
        "last_coil": [3, 8, 4, 6],
        "sensors": [["torque_1"], ["torque_2"], ["force_2", "torque_2"], []],
    }
)


def test_the_truth_of_windows() -> None:
    truth = truth_of_windows(WINDOWS, EPISODES)
    found = {
        place: [SENSORS[f] for f in np.flatnonzero(row)]
        for place, row in zip(WINDOWS.positions, truth.sensors, strict=True)
        if row.any()
    }
    both = ["torque_1", "force_2", "torque_2"]  # two faults at once
    assert found == {2: ["torque_1"], 3: both, 4: ["force_2", "torque_2"], 8: ["torque_2"]}
    where = {name: WINDOWS.positions[m].tolist() for name, m in truth.faults.items()}
    assert where == {"Bearing": [2, 3, 8], "Roll": [3, 4]}


def test_the_residual_of_a_guilty_sensor_is_guilty() -> None:
    channels = ("torque_1", "torque_1 residual", "force_2 residual")
    windows = Windows(ROWS[:, :3], np.zeros((10, 1), bool), np.arange(1, 10), 2, channels, ("B",))
    assert truth_of_windows(windows, EPISODES).sensors[1].tolist() == [True, True, False]


def test_marks_worked_out_by_hand() -> None:
    sensors = np.zeros((4, 5), bool)
    sensors[[0, 1, 2], 1] = sensors[3] = True  # torque_1, and all of them
    parts = np.array(
        [
            [1.0, 6, 1, 1, 1],
            [3.0, 2, 1, 0, 4],  # the third, at the right stand
            [2.0, 0, 3, 4, 1],
            [1.0, 1, 1, 1, 1],
        ]
    )
    marks = marks_of(parts, Truth(sensors, {}), SENSORS, STANDS)
    assert marks["hit_1"].tolist() == [1, 0, 0, 1]
    assert marks["hit_3"].tolist() == [1, 1, 0, 1]
    np.testing.assert_allclose(marks["share"], [0.6, 0.2, 0.0, 1.0])
    np.testing.assert_array_equal(marks["component"], [1, 1, 0, np.nan])
    none = marks_of(parts, Truth(sensors, {}), SENSORS, SensorSettings())["component"]
    assert np.isnan(none).all()


@pytest.fixture(scope="module")
def mill() -> tuple[Split, pd.DataFrame]:
    run = simulate_tandem_mill(MillSettings(dataset=4, coils=3000, seed=0))
    return split_readings(to_readings(run.readings), WindowSettings()), run.episodes


def test_methods_are_judged_on_alerts_and_on_all_faults(mill: tuple[Split, pd.DataFrame]) -> None:
    split, episodes = mill
    kinds: dict[str, Detector] = {"error:pca": PcaDetector(), "error:zscore": ZScoreDetector()}
    explainers = {}
    for name, kind in kinds.items():
        detector = kind.fit(split.train, split.validation)
        explainers[name] = Explainer("error", detector, Healthy.of(detector, split.train))
    alerts = np.arange(len(split.test)) % 2 == 0
    judged = judge_causes(explainers, split.test, alerts, episodes, STANDS)
    assert judged is not None
    for entry in judged.values():
        counts = entry["faulty"]
        assert counts["all"]["windows"] == split.test.faulty.sum()
        assert entry["alerted"]["all"]["windows"] == (split.test.faulty & alerts).sum()
        for k, fault in enumerate(split.test.fault_names):
            assert counts.get(fault, {"windows": 0})["windows"] == split.test.faults[:, k].sum()
        assert counts["all"]["hit_1"] <= counts["all"]["hit_3"]
        assert entry["microseconds"] > 0
    better, worse = (judged[name]["faulty"]["all"] for name in kinds)
    assert better["hit_1"] > worse["hit_1"] + 0.2
    assert better["share"] > worse["share"]


def test_where_nobody_knows_nothing_is_judged(mill: tuple[Split, pd.DataFrame]) -> None:
    split, episodes = mill
    unknown = episodes.assign(sensors=pd.Series([()] * len(episodes)))
    alerts = np.ones(len(split.test), bool)
    assert judge_causes({}, split.test, alerts, unknown, STANDS) is None
