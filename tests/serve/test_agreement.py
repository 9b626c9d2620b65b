"""What compiled code has trained has one score, whichever code computes it."""

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
