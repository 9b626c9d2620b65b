import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from matts.causes.explainer import Explainer
from matts.causes.healthy import Healthy
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.detect.pca import PcaDetector
from matts.detect.threshold import Threshold
from matts.diagnose.novelty import Novelty, NoveltySettings
from matts.domain import BadInputError, Detector, Floats, Windows
from matts.serve.batch import Deployed, Schema
from matts.serve.rings import NumbaRing, NumpyRing, WindowRing, choose_ring
from matts.serve.stream import Fleet, Stream, Verdict
from matts.training import TrainingSettings
from matts.windows import Split, schema_of

NEVER = Threshold(limit=1e9)
SHAPES: dict[str, dict[str, Any]] = {
    "head": {},
    "wide": {"hidden": 24},
    "deep": {"layers": 2},
    "projected": {"latent": 5},
    "reconstruction": {"score": "reconstruction"},
}


@dataclass
class LastFault:
    """A diagnoser to which everything is the last fault."""

    faults: int

    def probabilities(self, windows: Windows) -> Floats:
        return np.eye(self.faults)[[-1] * len(windows)]


@pytest.fixture(scope="module")
def schema(split: Split) -> Schema:
    return Schema.read(schema_of(split.test))


@pytest.fixture(scope="module", params=[*SHAPES, "pca"])
def detector(request: pytest.FixtureRequest, split: Split) -> Detector:
    if request.param == "pca":
        return PcaDetector().fit(split.train, split.validation)
    training = TrainingSettings(epochs=2, batch_size=64, learning_rate=0.01)
    settings = DetectorSettings.model_validate(SHAPES[request.param])
    return AutoencoderDetector(settings, training).fit(split.train, split.validation)


def without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the extra `fast` is not installed."""
    monkeypatch.delitem(sys.modules, "matts.serve.ring_kernel", raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)


@pytest.mark.parametrize("numba", [True, False])
def test_a_stream_scores_as_the_batch_does(
    detector: Detector,
    split: Split,
    schema: Schema,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    numba: bool,
) -> None:
    if numba:
        pytest.importorskip("numba")
    else:
        without_numba(monkeypatch)
    rows, expected = split.test.rows, detector.score(split.test)
    stream = Stream(detector, NEVER, schema)
    scores = [stream.push(row).score for row in rows]
    assert np.isnan(scores[:4]).all()
    np.testing.assert_allclose(scores[4:], expected, rtol=1e-5, atol=1e-6)
    quick = isinstance(stream.fleet.ring, NumbaRing)
    assert ("pip install 'matts[fast]'" in caplog.text) == (
        not numba
        and choose_ring(detector, schema.sensors, 5).__class__ is NumpyRing
        and flat(detector)
    )
    assert not (quick and not numba)


def flat(detector: Detector) -> bool:
    """Whether the compiled ring fits a detector."""
    return (
        isinstance(detector, AutoencoderDetector)
        and detector.settings.layers == 1
        and detector.settings.latent is None
    )


@pytest.mark.parametrize("shape", ["head", "deep", "reconstruction"])
def test_the_fastest_ring_that_fits_is_chosen(split: Split, schema: Schema, shape: str) -> None:
    pytest.importorskip("numba")
    settings = DetectorSettings.model_validate(SHAPES[shape])
    born = AutoencoderDetector(settings, TrainingSettings(epochs=0))
    born.fit(split.train, split.validation)
    kinds = {"head": NumbaRing, "deep": NumpyRing, "reconstruction": WindowRing}
    assert type(choose_ring(born, schema.sensors, 5)) is kinds[shape]
    many = WindowRing if shape == "reconstruction" else NumpyRing
    assert type(choose_ring(born, schema.sensors, 5, assets=3)) is many


def test_a_fleet_scores_each_asset_as_the_batch_does(
    detector: Detector, split: Split, schema: Schema
) -> None:
    rows, expected = split.test.rows, detector.score(split.test)
    starts = np.array([0, 17, 100])
    fleet = Fleet(detector, NEVER, schema, ["a", "b", "c"])
    for step in range(30):
        scores = fleet.push(rows[starts + step]).scores
        if step < 4:
            assert np.isnan(scores).all()
        else:
            at = starts + step - 4
            np.testing.assert_allclose(scores, expected[at], rtol=1e-5, atol=1e-6)


def test_a_gap_begins_the_window_again(detector: Detector, split: Split, schema: Schema) -> None:
    rows, expected = split.test.rows, detector.score(split.test)
    stream, fleet = Stream(detector, NEVER, schema), Fleet(detector, NEVER, schema, ["a", "b"])
    odd = rows[20].copy()
    odd[3] = np.nan
    for k, row in enumerate([*rows[:12], odd, *rows[30:42]]):
        if k == 7:
            stream.restart()
            fleet.restart(np.array([True, False]))
        scores = np.array([stream.push(row).score, *fleet.push(np.stack([row, row])).scores])
        filling = k < 4 or 12 <= k < 17
        assert np.isnan(scores).tolist() == [filling or 7 <= k < 11] * 2 + [filling]
        known = expected[k - 4] if k < 12 else expected[max(k - 13 + 30 - 4, 0)]
        np.testing.assert_allclose(scores[~np.isnan(scores)], known, rtol=1e-5, atol=1e-6)


def test_an_alert_is_explained(autoencoder: AutoencoderDetector, split: Split) -> None:
    schema, diagnoser = Schema.read(schema_of(split.test)), LastFault(len(split.test.fault_names))
    scores, parts = autoencoder.score(split.test), autoencoder.contributions(split.test)
    limits = Threshold(limit=1e9, by_asset={"b": float(np.median(scores))})
    stream = Stream(autoencoder, limits, schema, diagnoser, asset="b")  # type: ignore[arg-type]
    verdicts = [stream.push(row) for row in split.test.rows[:60]][4:]
    assert 0 < sum(verdict.alert for verdict in verdicts) < len(verdicts)
    for k, verdict in enumerate(verdicts):
        if not verdict.alert:
            assert verdict == Verdict(verdict.score, alert=False)
            continue
        assert verdict.score >= limits.by_asset["b"]
        assert verdict.fault == schema.fault_names[-1]
        np.testing.assert_array_equal(verdict.contributions, parts[k])


def test_an_alert_is_explained_by_the_method_of_the_settings(
    autoencoder: AutoencoderDetector, split: Split
) -> None:
    schema, diagnoser = Schema.read(schema_of(split.test)), LastFault(len(split.test.fault_names))
    pca = PcaDetector().fit(split.train, split.validation)
    explainer = Explainer("error", pca, Healthy.of(pca, split.train))
    everything = Threshold(limit=0)
    deployed = Deployed(autoencoder, everything, diagnoser, schema, explainer=explainer)  # type: ignore[arg-type]
    stream, fleet = Stream.deploy(deployed), Fleet.deploy(deployed, ["a"])
    for row in split.test.rows[:8]:
        verdict = stream.push(row)
        fleet.push(row[None])
    assert verdict.contributions is not None
    expected = explainer.parts(split.test, autoencoder.score(split.test))[3]
    np.testing.assert_allclose(verdict.contributions, expected, rtol=1e-6)
    np.testing.assert_allclose(fleet.explain(0)[1], expected, rtol=1e-6)
    own = autoencoder.contributions(split.test)[3]
    assert np.abs(expected - own).max() > 0.1 * own.max()


def test_an_alert_like_no_known_fault_is_called_unknown(
    autoencoder: AutoencoderDetector, split: Split
) -> None:
    schema, diagnoser = Schema.read(schema_of(split.test)), LastFault(len(split.test.fault_names))
    novelty = Novelty(NoveltySettings(rate=0.2)).fit(split.train, split.validation)
    deployed = Deployed(autoencoder, Threshold(limit=-1), diagnoser, schema, novelty)  # type: ignore[arg-type]
    stream = Stream.deploy(deployed)
    named = [stream.push(row).fault for row in split.test.rows][4:]
    unknown = novelty.unknown(split.test)
    assert 0 < unknown.sum() < len(unknown)
    assert named == np.where(unknown, "unknown", schema.fault_names[-1]).tolist()


def test_each_asset_has_its_own_threshold(autoencoder: AutoencoderDetector, split: Split) -> None:
    schema = Schema.read(schema_of(split.test))
    fleet = Fleet(autoencoder, Threshold(limit=2, by_asset={"b": 0}), schema, ["a", "b"])
    pushed = [fleet.push(np.stack([row, row])).alerts.tolist() for row in split.test.rows[:6]]
    assert pushed == [[False, False]] * 4 + [[False, True]] * 2


def test_a_threshold_that_moves_is_refused(autoencoder: AutoencoderDetector, split: Split) -> None:
    schema = Schema.read(schema_of(split.test))
    with pytest.raises(BadInputError, match="needs a threshold that does not move"):
        Stream(autoencoder, Threshold(limit=2, memory=100, spreads=3), schema)


def test_readings_of_another_shape_are_refused(
    autoencoder: AutoencoderDetector, schema: Schema
) -> None:
    with pytest.raises(BadInputError, match=r"a reading must be \[51\], got \[50\]"):
        Stream(autoencoder, NEVER, schema).push(np.zeros(50))
    with pytest.raises(BadInputError, match=r"must be \[2, 51\], got \[1, 51\]"):
        Fleet(autoencoder, NEVER, schema, ["a", "b"]).push(np.zeros((1, 51)))


def test_large_numbers_stay_within_float32(
    autoencoder: AutoencoderDetector, schema: Schema
) -> None:
    stream, fleet = (
        Stream(autoencoder, NEVER, schema),
        Fleet(autoencoder, NEVER, schema, ["a", "b"]),
    )
    for sign in (1, -1, 1, -1, 1, -1):
        far = np.full(51, sign * 1e9)
        alone, together = stream.push(far).score, fleet.push(np.stack([far, far])).scores
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)
    assert np.isfinite(alone)
