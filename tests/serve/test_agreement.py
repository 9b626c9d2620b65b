"""What compiled code has trained has one score, whichever code computes it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.detect.threshold import Threshold
from matts.domain import Floats, Windows
from matts.export.forms import to_forms
from matts.export.graph import graph_of
from matts.serve.batch import Schema
from matts.serve.rings import NumbaRing
from matts.serve.stream import Stream
from matts.training import TrainingSettings
from matts.windows import Split, schema_of

NEVER = Threshold(limit=2)


def by_torch(detector: AutoencoderDetector, windows: Windows) -> Floats:
    """The network as torch runs it, nothing shared between windows."""
    with torch.no_grad():
        _, _, logit = detector.network(torch.from_numpy(detector.scaler(windows.values)))
    return np.asarray(logit.double().sigmoid())


def by_stream(detector: AutoencoderDetector, windows: Windows) -> Floats:
    """Reading by reading through the compiled ring."""
    stream = Stream(detector, NEVER, Schema.read(schema_of(windows)))
    assert isinstance(stream.fleet.ring, NumbaRing)
    return np.array([stream.push(row).score for row in windows.rows])[windows.last]


def by_onnx(detector: AutoencoderDetector, windows: Windows, card: dict[str, Any]) -> Floats:
    """The exported file on readings in the machine's own units."""
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(to_forms(graph_of(detector, NEVER.limit), card).onnx)
    given: Floats = session.run(["score"], {"readings": np.ascontiguousarray(windows.values)})[0]
    return given


def test_batch_torch_stream_and_onnx_agree_on_every_test_window(split: Split, export: Any) -> None:
    pytest.importorskip("numba")
    training = TrainingSettings(epochs=3, batch_size=8, learning_rate=0.005, engine="compiled")
    detector = AutoencoderDetector(DetectorSettings(monitor="pr_auc"), training)
    windows = split.test
    batch = detector.fit(split.train, split.validation).score(windows)
    assert batch.std() > 0.05  # it has learnt to tell them apart
    others = {
        "torch": by_torch(detector, windows),
        "stream": by_stream(detector, windows),
        "onnx": by_onnx(detector, windows, export.card),
    }
    for name, scores in others.items():
        np.testing.assert_allclose(scores, batch, rtol=0, atol=1e-5, err_msg=name)


def test_every_form_takes_odd_readings_alike(
    autoencoder: AutoencoderDetector, split: Split, export: Any
) -> None:
    """A missing reading is the mean, a huge one is cut; only live it begins the windows again."""
    rows, last = split.test.rows[:60].copy(), np.arange(4, 60)
    rows[20, 3], rows[25] = np.nan, np.nan
    rows[40, 5], rows[45] = 1e300, -1e30
    windows = replace(split.test, rows=rows, row_numbers=None, segments=None, last=last)
    batch, parts = autoencoder.score(windows), autoencoder.contributions(windows)
    assert np.isfinite(parts).all()
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(export.detector.onnx)
    given = {"readings": np.ascontiguousarray(windows.values)}
    scores, shares = session.run(["score", "contributions"], given)
    np.testing.assert_allclose(scores, batch, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(shares, parts, rtol=1e-4, atol=1e-5)
    stream = Stream(autoencoder, NEVER, Schema.read(schema_of(windows)))
    live = np.array([stream.push(row).score for row in rows])[last]
    filling = (last >= 20) & (last < 30)
    assert np.isnan(live[filling]).all()
    np.testing.assert_allclose(live[~filling], batch[~filling], rtol=1e-5, atol=1e-5)
