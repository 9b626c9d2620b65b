import io
import json
import logging
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

import matts
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.detect.pca import PcaDetector
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import BadInputError, Readings, Windows
from matts.export.forms import Forms, to_forms
from matts.export.graph import graph_of
from matts.training import TrainingSettings
from matts.windows import Split, WindowSettings, slide

Export = Any  # of conftest.py
Answers = tuple[NDArray[Any], ...]
Judge = Callable[[NDArray[Any]], Answers]

SHAPES: dict[str, dict[str, Any]] = {
    "large, deep": {"hidden": 32, "layers": 2, "dropout": 0.2},
    "projected, joint, by reconstruction": {
        "latent": 6,
        "joint": True,
        "score": "reconstruction",
    },
}


def assert_close(given: Any, expected: Any) -> None:
    """Equal to 1e-5, wherever the number stands."""
    np.testing.assert_allclose(given, expected, rtol=0, atol=1e-5)


def by_onnx(file: bytes) -> Judge:
    session = onnxruntime.InferenceSession(file)
    return lambda windows: tuple(session.run(None, {"readings": windows}))


def by_torch(module: Any) -> Judge:
    def judge(windows: NDArray[Any]) -> Answers:
        with torch.no_grad():
            given = module(torch.from_numpy(windows))
        return tuple(t.numpy() for t in (given if isinstance(given, tuple) else (given,)))

    return judge


def judges(forms: Forms) -> dict[str, Judge]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that TorchScript is deprecated
        script = torch.jit.load(io.BytesIO(forms.ts))  # type: ignore[no-untyped-call]
    program = torch.export.load(io.BytesIO(forms.pt2)).module()
    return {"onnx": by_onnx(forms.onnx), "pt2": by_torch(program), "ts": by_torch(script)}


def untaught(split: Split, **settings: Any) -> AutoencoderDetector:
    training = TrainingSettings(epochs=1, batch_size=256)
    return AutoencoderDetector(DetectorSettings(**settings), training).fit(
        split.train, split.validation
    )


@pytest.fixture(scope="module")
def every(readings: Readings) -> Windows:
    """Each window of the record, of training, validation and test."""
    return slide(readings, WindowSettings())


@pytest.fixture(scope="module")
def forms(export: Export) -> Forms:
    forms: Forms = export.detector
    return forms


def assert_equal_on_every_window(
    detector: AutoencoderDetector, limit: float, forms: Forms, every: Windows
) -> None:
    scores, parts = detector.score(every), detector.contributions(every)
    alerts = scores >= limit
    assert 0 < alerts.sum() < len(alerts)
    for judge in judges(forms).values():
        score, alert, contributions = judge(np.ascontiguousarray(every.values))
        assert_close(score, scores)
        np.testing.assert_array_equal(alert, alerts)
        assert_close(contributions, parts)


def test_every_form_scores_every_window_as_torch_does(
    export: Export, autoencoder: AutoencoderDetector, every: Windows
) -> None:
    assert_equal_on_every_window(autoencoder, export.limit, export.detector, every)


@pytest.mark.parametrize("settings", SHAPES.values(), ids=SHAPES)
def test_networks_of_any_shape_are_exported(
    settings: dict[str, Any], split: Split, every: Windows, export: Export
) -> None:
    detector = untaught(split, **settings)
    before = detector.score(every)
    limit = float(np.quantile(before, 0.9))
    forms = to_forms(graph_of(detector, limit), export.card)
    np.testing.assert_array_equal(detector.score(every), before)  # it is as it was
    assert_equal_on_every_window(detector, limit, forms, every)


def test_a_diagnoser_names_as_torch_does(
    export: Export, diagnoser: LatentDiagnoser, every: Windows
) -> None:
    expected = diagnoser.probabilities(every)
    for judge in judges(export.diagnoser).values():
        (given,) = judge(np.ascontiguousarray(every.values))
        assert_close(given, expected)
        np.testing.assert_allclose(given.sum(axis=1), 1)


@pytest.mark.parametrize("count", [1, 2, 3, 4096])
def test_any_number_of_windows_goes_in(
    count: int, forms: Forms, autoencoder: AutoencoderDetector, every: Windows
) -> None:
    which = np.arange(count) % len(every)
    expected = autoencoder.score(every)[which]
    for judge in judges(forms).values():
        assert_close(judge(every.values[which])[0], expected)


def test_large_readings_with_a_small_spread_keep_their_digits(export: Export) -> None:
    """Which they do not in single precision: a reading near 1e7 then moves in steps of 1."""
    rows = np.random.default_rng(0).normal(1e7, 0.5, (400, 3))
    faults = np.arange(400)[:, None] % 9 == 0
    windows = Windows(rows, faults, np.arange(4, 400), 5, ("a", "b", "c"), ("Bearing",))
    detector = AutoencoderDetector(training=TrainingSettings(epochs=1)).fit(windows, windows)
    card = {**export.card, "sensors": windows.sensors}
    judge = by_onnx(to_forms(graph_of(detector, 0.5), card).onnx)
    values, scores = np.ascontiguousarray(windows.values), detector.score(windows)
    assert_close(judge(values)[0], scores)
    rounded = values.astype(np.float32).astype(np.float64)
    assert np.abs(judge(rounded)[0] - scores).max() > 1e-3


def test_every_form_carries_its_card(forms: Forms, export: Export) -> None:
    card = export.card
    texts = onnxruntime.InferenceSession(forms.onnx).get_modelmeta().custom_metadata_map
    assert {name: json.loads(text) for name, text in texts.items()} == card
    kept = {"card.json": ""}
    torch.export.load(io.BytesIO(forms.pt2), extra_files=kept)
    assert json.loads(kept["card.json"]) == card
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.load(io.BytesIO(forms.ts), _extra_files=kept)  # type: ignore[no-untyped-call]
    assert json.loads(kept["card.json"]) == card


def test_a_file_tells_nothing_of_the_machine_that_wrote_it(forms: Forms) -> None:
    folders = {Path(module.__file__ or "").parents[1] for module in (matts, torch)}
    for file in forms:
        assert not [folder for folder in folders if str(folder).encode() in file]
    assert b"pkg.torch" not in forms.onnx  # which node of torch's each node was


def test_no_pickle_is_in_the_forms_that_last(forms: Forms) -> None:
    with zipfile.ZipFile(io.BytesIO(forms.pt2)) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".pkl")]
        heads = {archive.read(name)[:2] for name in archive.namelist()}
    assert not heads & {b"\x80\x02", b"PK"}  # a pickle, or a file of torch's with one inside


def test_the_same_model_gives_the_same_onnx(
    export: Export, autoencoder: AutoencoderDetector
) -> None:
    again = to_forms(graph_of(autoencoder, export.limit), export.card)
    assert again.onnx == export.detector.onnx


def test_the_graph_says_what_goes_in_and_what_comes_out(forms: Forms) -> None:
    model = onnx.load_model_from_string(forms.onnx)
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    }
    assert shapes == {
        "readings": ["windows", 5, 51],
        "score": ["windows"],
        "alert": ["windows"],
        "contributions": ["windows", 51],
    }
    assert (model.producer_name, model.producer_version) == ("matts", matts.__version__)
    assert [node.op_type for node in model.graph.node].count("LSTM") == 2


def test_an_export_leaves_warnings_and_loggers_as_they_were(forms: Forms) -> None:
    assert forms
    assert logging.getLogger("torch.onnx").level != logging.ERROR
    with pytest.raises(UserWarning, match="still told"):
        warnings.warn("still told", UserWarning, stacklevel=1)


@pytest.mark.parametrize("package", ["onnx", "onnxscript"])
def test_what_is_not_installed_is_named(
    package: str,
    autoencoder: AutoencoderDetector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(BadInputError, match=rf"{package} is needed.*pip install 'matts\[export\]'"):
        to_forms(graph_of(autoencoder, 0.5), {})


def test_only_networks_are_exported(split: Split) -> None:
    with pytest.raises(BadInputError, match="a network that matts trained, got PcaDetector"):
        graph_of(PcaDetector().fit(split.train, split.validation))
