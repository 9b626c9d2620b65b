"""What every detector promises. A new one is tested here the moment it is registered."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from matts.detect import DETECTORS
from matts.detect.arima import ArimaDetector
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.combined import CombinedDetector
from matts.detect.controls import ConstantDetector, RandomDetector
from matts.detect.cva import CvaDetector, CvaSettings
from matts.detect.forest import ForestDetector
from matts.detect.isolation_forest import IsolationForestDetector, IsolationForestSettings
from matts.detect.kalman import KalmanDetector, KalmanSettings
from matts.detect.mean_shift import MeanShiftDetector, MeanShiftSettings
from matts.detect.objective import DetectorSettings
from matts.detect.one_sensor import OneSensorDetector
from matts.detect.pca import PcaDetector
from matts.detect.stacked_lstm import StackedLstmDetector, StackedLstmSettings
from matts.detect.supervised import SupervisedDetector
from matts.detect.vae import VaeDetector
from matts.detect.vae_objective import VaeSettings
from matts.detect.virtual_sensors import VirtualSensorsDetector
from matts.detect.zscore import MovingVarianceDetector, ZScoreDetector
from matts.domain import BadInputError, Detector, Floats, Readings, Windows
from matts.forest import ForestSettings
from matts.readings import to_readings
from matts.serve.artifacts import load_models, save_models
from matts.training import TrainingSettings
from matts.windows import Split, WindowSettings, slide, split_readings

SMALL: dict[str, Detector] = {  # each detector, small enough to fit in a second
    "autoencoder": AutoencoderDetector(
        DetectorSettings(score="reconstruction"),
        TrainingSettings(epochs=2, batch_size=128, learning_rate=0.01),
    ),
    "random": RandomDetector(),
    "constant": ConstantDetector(),
    "moving_variance": MovingVarianceDetector(),
    "zscore": ZScoreDetector(),
    "one_sensor": OneSensorDetector(),
    "pca": PcaDetector(),
    "isolation_forest": IsolationForestDetector(IsolationForestSettings(trees=20)),
    "arima": ArimaDetector(),
    "kalman": KalmanDetector(),
    "virtual_sensors": VirtualSensorsDetector(),
    "cva": CvaDetector(),
    "mean_shift": MeanShiftDetector(),
    "supervised": SupervisedDetector(),
    "forest": ForestDetector(ForestSettings(trees=10)),
    "vae": VaeDetector(VaeSettings(epochs=3, forecast=0.1, overlap=True)),
    "stacked_lstm": StackedLstmDetector(StackedLstmSettings(epochs=2, widths=(8, 4))),
    "combined": CombinedDetector(),
}
ALSO: dict[str, Detector] = {  # what a setting makes another detector of
    "kalman, multivariate": KalmanDetector(KalmanSettings(model="multivariate")),
    "mean_shift, all sensors": MeanShiftDetector(MeanShiftSettings(judge="all")),
    "forest, with a memory": ForestDetector(ForestSettings(trees=10, memory=4)),
    "cva, beyond the window": CvaDetector(CvaSettings(lags=8, smoothing=6)),
}
BLIND = (ConstantDetector, RandomDetector)  # the controls
CANNOT = (MovingVarianceDetector, ForestDetector)  # a valve shifts levels; no fault to learn there


@pytest.fixture(scope="module", params=[*SMALL, *ALSO])
def detector(request: pytest.FixtureRequest, split: Split) -> Detector:
    return {**SMALL, **ALSO}[request.param].fit(split.train, split.validation)


@pytest.fixture(scope="module")
def windows(split: Split) -> Windows:
    return split.test


def test_every_registered_detector_is_tested() -> None:
    assert SMALL.keys() == DETECTORS.keys()
    assert [type(detector) for detector in SMALL.values()] == [DETECTORS[name] for name in SMALL]


def test_one_finite_score_per_window(detector: Detector, windows: Windows) -> None:
    scores = detector.score(windows)
    assert scores.shape == (len(windows),)
    assert np.isfinite(scores).all()


def test_contributions_add_up_to_the_score(detector: Detector, windows: Windows) -> None:
    parts = detector.contributions(windows)
    assert parts.shape == (len(windows), len(windows.sensors))
    np.testing.assert_allclose(parts.sum(axis=1), detector.score(windows), rtol=1e-5)


def test_no_windows_no_scores(detector: Detector, windows: Windows) -> None:
    none = windows.where(np.zeros(len(windows), bool))
    assert detector.score(none).shape == (0,)
    assert detector.contributions(none).shape == (0, len(windows.sensors))


def test_obviously_strange_windows_score_higher(detector: Detector, split: Split) -> None:
    signs = np.random.default_rng(0).choice([-1, 1], split.test.rows.shape)
    off = split.test.rows + 20 * signs * split.train.rows.std(axis=0)
    strange, ordinary = detector.score(replace(split.test, rows=off)), detector.score(split.test)
    if isinstance(detector, BLIND):
        np.testing.assert_array_equal(strange, ordinary)
    else:
        assert strange.mean() > ordinary.mean()


def test_scoring_changes_neither_windows_nor_detector(detector: Detector, split: Split) -> None:
    windows = replace(split.test, rows=split.test.rows.copy())
    first, parts = detector.score(windows), detector.contributions(windows)
    np.testing.assert_array_equal(detector.score(windows), first)
    np.testing.assert_array_equal(detector.contributions(windows), parts)
    np.testing.assert_array_equal(windows.rows, split.test.rows)


def test_a_detector_from_its_state_scores_the_same(detector: Detector, windows: Windows) -> None:
    twin = type(detector).from_state(detector.state())
    np.testing.assert_array_equal(twin.score(windows), detector.score(windows))
    np.testing.assert_array_equal(twin.contributions(windows), detector.contributions(windows))


def test_fitting_again_gives_the_same_detector(detector: Detector, split: Split) -> None:
    before = detector.score(split.test)
    twin = type(detector).from_state(detector.state()).fit(split.train, split.validation)
    np.testing.assert_array_equal(twin.score(split.test), before)


def test_a_window_scores_the_same_alone(detector: Detector, windows: Windows) -> None:
    some = np.arange(len(windows)) % 5 == 0
    alone = [detector.score(window) for window in windows.where(some).batches(1)]
    np.testing.assert_allclose(np.concatenate(alone), detector.score(windows)[some], rtol=1e-6)


def test_the_order_of_the_windows_does_not_matter(detector: Detector, windows: Windows) -> None:
    order = np.random.default_rng(0).permutation(len(windows))
    shuffled = replace(windows, last=windows.last[order])
    np.testing.assert_allclose(detector.score(shuffled), detector.score(windows)[order], rtol=1e-6)


def test_only_the_window_itself_decides(detector: Detector, split: Split) -> None:
    rows = split.test.rows.copy()
    rows[100:] = 0
    cut = replace(split.test, rows=rows)
    early = np.arange(len(cut)) < 90
    np.testing.assert_allclose(
        detector.score(cut)[early], detector.score(split.test)[early], rtol=1e-6
    )


def test_a_sensor_that_never_moves_does_no_harm(detector: Detector, split: Split) -> None:
    def still(windows: Windows) -> Windows:
        rows = windows.rows.copy()
        rows[:, 3] = 0.1
        return replace(windows, rows=rows)

    twin = (
        type(detector).from_state(detector.state()).fit(still(split.train), still(split.validation))
    )
    assert np.isfinite(twin.score(still(split.test))).all()
    assert np.isfinite(twin.contributions(split.test)).all()


Spoiling = Callable[[Floats], None]


def spoil_cells(rows: Floats) -> None:
    rows[np.random.default_rng(0).random(rows.shape) < 0.05] = np.nan


def spoil_a_row(rows: Floats) -> None:
    rows[100] = np.nan


def spoil_a_sensor(rows: Floats) -> None:
    rows[:, 3] = np.nan


def spoil_all(rows: Floats) -> None:
    rows[:] = np.nan


def spoil_by_huge_values(rows: Floats) -> None:
    rows[100], rows[120, ::2], rows[140, 5] = 1e30, -1e30, 1e300


def spoil_by_endless_values(rows: Floats) -> None:
    rows[100, ::2], rows[100, 1::2], rows[140, 5] = np.inf, -np.inf, np.inf


SPOILED = pytest.mark.parametrize(
    "spoil",
    [
        *(spoil_cells, spoil_a_row, spoil_a_sensor, spoil_all),
        *(spoil_by_huge_values, spoil_by_endless_values),
    ],
)


def spoilt(windows: Windows, spoil: Spoiling) -> Windows:
    rows = windows.rows.copy()
    spoil(rows)
    return replace(windows, rows=rows)


def fitted_anew(detector: Detector, train: Windows, validation: Windows) -> Detector:
    """An equal detector, fitted to something else."""
    return type(detector).from_state(detector.state()).fit(train, validation)


def check(detector: Detector, windows: Windows) -> None:
    scores, parts = detector.score(windows), detector.contributions(windows)
    assert scores.shape == (len(windows),)
    assert np.isfinite(scores).all()
    assert np.isfinite(parts).all()
    slack = 1e-9 * np.abs(parts).sum(axis=1).max(initial=0)  # of parts that cancel out
    np.testing.assert_allclose(parts.sum(axis=1), scores, rtol=1e-5, atol=slack)


@SPOILED
def test_odd_readings_have_a_score_too(
    detector: Detector, windows: Windows, spoil: Spoiling
) -> None:
    check(detector, spoilt(windows, spoil))


@SPOILED
def test_odd_readings_do_not_reach_back(
    detector: Detector, windows: Windows, spoil: Spoiling
) -> None:
    late = windows.rows.copy()
    spoil(late[100:])
    before = windows.last < 100
    found = detector.score(replace(windows, rows=late))[before]
    np.testing.assert_allclose(found, detector.score(windows)[before], rtol=1e-6)


def test_a_huge_reading_is_strange(detector: Detector, windows: Windows) -> None:
    found = detector.score(spoilt(windows, spoil_by_huge_values))[windows.last == 100]
    usual = np.median(detector.score(windows))
    if not isinstance(detector, (*BLIND, AutoencoderDetector)):  # a head knows what it was taught
        assert found > usual


@pytest.mark.parametrize("spoil", [spoil_cells, spoil_a_row, spoil_a_sensor])
def test_training_forgives_missing_readings(
    detector: Detector, split: Split, spoil: Spoiling
) -> None:
    parts = (spoilt(part, spoil) for part in (split.train, split.validation))
    twin = fitted_anew(detector, *parts)
    check(twin, split.test)
    check(twin, spoilt(split.test, spoil))


def test_windows_of_one_reading_do(detector: Detector, readings: Readings) -> None:
    short = split_readings(readings, WindowSettings(length=1))
    check(fitted_anew(detector, short.train, short.validation), short.test)


def test_single_precision_does(detector: Detector, split: Split) -> None:
    single = [
        replace(part, rows=part.rows.astype(np.float32))
        for part in (split.train, split.validation, split.test)
    ]
    check(fitted_anew(detector, *single[:2]), single[2])
    check(detector, single[2])


def test_several_assets_and_segments_do(detector: Detector, readings: Readings) -> None:
    """Of two machines, each of three segments, no window knows what is beyond its own segment."""
    machines = np.where(np.arange(len(readings)) < 700, "north", "south")
    several = replace(readings, assets=machines, segments=np.arange(len(readings)) // 250)
    parts = split_readings(several, WindowSettings())
    twin = fitted_anew(detector, parts.train, parts.validation)
    check(twin, parts.test)
    assert parts.test.segments is not None
    segments, last = parts.test.segments, parts.test.last
    own = segments == segments[-1]
    elsewhere = replace(parts.test, rows=np.where(own[:, None], parts.test.rows, 1e3))
    inside = own[last]
    np.testing.assert_allclose(
        twin.score(elsewhere)[inside], twin.score(parts.test)[inside], rtol=1e-6
    )


def test_a_detector_from_its_file_scores_the_same(
    detector: Detector, windows: Windows, tmp_path: Path
) -> None:
    save_models(tmp_path / "models.safetensors", {"one/0": detector})
    twin = load_models(tmp_path / "models.safetensors")["one/0"]
    odd = spoilt(windows, spoil_cells)
    for given in (windows, odd):
        np.testing.assert_array_equal(twin.score(given), detector.score(given))
        np.testing.assert_array_equal(twin.contributions(given), detector.contributions(given))


NEED_FAULTS = (SupervisedDetector, ForestDetector)  # which say so where there is none to learn from


@pytest.mark.parametrize("name", [*SMALL, *ALSO])
def test_on_any_plants_data_a_detector_fits_or_says_why(name: str, hard_case: Split) -> None:
    unfitted = deepcopy({**SMALL, **ALSO}[name])
    if isinstance(unfitted, NEED_FAULTS) and not hard_case.train.faulty.any():
        with pytest.raises(BadInputError, match="needs faulty training windows"):
            unfitted.fit(hard_case.train, hard_case.validation)
        return
    fitted = unfitted.fit(hard_case.train, hard_case.validation)
    check(fitted, hard_case.test)
    twin = type(fitted).from_state(fitted.state())
    np.testing.assert_array_equal(twin.score(hard_case.test), fitted.score(hard_case.test))


ALL_ROWS = ("virtual_sensors", "forest", "autoencoder", "combined")  # also see what nobody judged


@pytest.mark.parametrize("name", [n for n in (*SMALL, *ALSO) if not n.startswith(ALL_ROWS)])
def test_what_nobody_knows_is_not_learnt_as_healthy(name: str, split: Split) -> None:
    unknown = np.arange(len(split.train.rows)) % 400 >= 340
    apart = ~np.array([unknown[k - split.train.length + 1 : k + 1].any() for k in split.train.last])
    train = replace(split.train.where(apart), row_known=~unknown)
    worn = replace(train, rows=np.where(unknown[:, None], train.rows + 1e3, train.rows))
    unfitted = [deepcopy({**SMALL, **ALSO}[name]) for _ in range(2)]
    scores = [
        each.fit(rows, split.validation).score(split.test)
        for each, rows in zip(unfitted, (train, worn), strict=True)
    ]
    np.testing.assert_allclose(scores[1], scores[0], rtol=1e-6)


SKAB = Path(__file__).parents[3] / "shared/data/skab/valve1"
UNLABELLED = 400  # rows of a file that are known to be healthy, by the leaderboard's protocol
LEAST = {  # above a constant's PR-AUC; one sensor, chosen without a label, may be the wrong one
    CvaDetector: 0.25,
    ZScoreDetector: 0.15,
    ArimaDetector: 0.15,
    OneSensorDetector: -0.05,
}


def valve(file: Path) -> Split:
    """One file: its first rows train, the last quarter of them validates, the rest tests."""
    table = pd.read_csv(file, sep=";").rename(columns={"anomaly": "Anomaly_Valve"})
    rows = to_readings(table.drop(columns=["datetime", "changepoint"]))
    parts = np.split(np.arange(len(rows)), [3 * UNLABELLED // 4, UNLABELLED])
    return Split(*(slide(rows.take(part), WindowSettings()) for part in parts))


@pytest.fixture(scope="module")
def valves() -> list[Split]:
    return [valve(file) for file in sorted(SKAB.glob("*.csv"))[::3]]


@pytest.mark.skipif(not SKAB.exists(), reason="needs valve1 of the Skoltech benchmark, SKAB")
def test_every_detector_runs_on_another_machine(detector: Detector, valves: list[Split]) -> None:
    """Nothing but the readings tells it which machine that is; no fault is there to learn from."""
    if isinstance(detector, NEED_FAULTS):
        with pytest.raises(BadInputError, match="needs faulty training windows"):
            fitted_anew(detector, valves[0].train, valves[0].validation)
        return
    gains = []
    for part in valves:
        twin = fitted_anew(detector, part.train, part.validation)
        check(twin, part.test)
        quality = average_precision_score(part.test.faulty, twin.score(part.test))
        gains.append(quality - part.test.faulty.mean())  # which is what a constant gets
    if isinstance(detector, BLIND):
        assert np.abs(gains).max() < 0.02
    elif not isinstance(detector, CANNOT):
        assert np.mean(gains) > LEAST.get(type(detector), 0.04)
