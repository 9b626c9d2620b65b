import json
import pickle
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.isolation_forest import IsolationForestDetector, IsolationForestSettings
from matts.detect.pca import PcaDetector
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.diagnose.logistic import LogisticDiagnoser
from matts.domain import BadInputError, State
from matts.serve import artifacts
from matts.serve.artifacts import (
    load_models,
    load_states,
    save_models,
    save_states,
    windows_from_state,
    windows_to_state,
)
from matts.training import TrainingSettings
from matts.windows import Split


@pytest.fixture(scope="module")
def models(autoencoder: AutoencoderDetector, split: Split) -> dict[str, Any]:
    """Detectors and diagnosers under names as the stages give them."""
    parts = (split.train, split.validation)
    training = TrainingSettings(epochs=1, batch_size=64)
    return {
        "matts/0": autoencoder,
        "matts_reconstruction/0": autoencoder.rescored("reconstruction"),
        "pca/0": PcaDetector().fit(*parts),
        "a:b": IsolationForestDetector(IsolationForestSettings(trees=3)).fit(*parts),
        "latent": LatentDiagnoser(autoencoder.network.encoder, autoencoder.scaler, training).fit(
            *parts
        ),
        "logistic": LogisticDiagnoser().fit(*parts),
    }


@pytest.fixture
def path(tmp_path: Path, models: dict[str, Any]) -> Path:
    path = tmp_path / "new" / "models.safetensors"
    save_models(path, models)
    return path


def test_models_come_back_as_they_went(path: Path, models: dict[str, Any], split: Split) -> None:
    loaded = load_models(path)
    assert loaded.keys() == models.keys()
    for name, model in models.items():
        assert type(loaded[name]) is type(model)
        judge = "score" if hasattr(model, "score") else "probabilities"
        np.testing.assert_array_equal(
            getattr(loaded[name], judge)(split.test), getattr(model, judge)(split.test)
        )


def test_a_loaded_model_saves_to_the_same_file(path: Path, tmp_path: Path) -> None:
    save_models(tmp_path / "again", load_models(path))
    again, before = load_states(tmp_path / "again"), load_states(path)
    for name, state in before.items():
        assert again[name].config == state.config
        if name != "a:b":  # skops stamps its archive
            assert {k: v.tobytes() for k, v in again[name].arrays.items()} == {
                k: v.tobytes() for k, v in state.arrays.items()
            }


def test_states_without_arrays_and_odd_arrays_survive(tmp_path: Path) -> None:
    odd = {
        "none": np.zeros((0, 3)),
        "flags": np.array([True, False]),
        "turned": np.arange(6.0).reshape(2, 3).T,
        "endless": np.array([-np.inf]),
    }
    save_states(tmp_path / "x", {"bare": State({}, {"a": [1, None]}), "odd": State(odd, {})})
    loaded = load_states(tmp_path / "x")
    assert loaded["bare"] == State({}, {"a": [1, None]})
    for name, array in odd.items():
        np.testing.assert_array_equal(loaded["odd"].arrays[name], array)
        assert loaded["odd"].arrays[name].dtype == array.dtype


def test_there_is_no_pickle_in_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = load_file(path)
    assert {array.dtype.kind for array in arrays.values()} <= set("fiub")
    with ZipFile(BytesIO(arrays["a:b:forest"].tobytes())) as forest:
        members = {name: forest.read(name) for name in forest.namelist()}
    json.loads(members.pop("schema.json"))
    assert all(np.load(BytesIO(each), allow_pickle=False).size for each in members.values())
    for loader in ("load", "loads", "Unpickler", "_Unpickler"):
        monkeypatch.delattr(pickle, loader)
    load_models(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"gone\.x is not a file of matts models"):
        load_models(tmp_path / "gone.x")


@pytest.mark.parametrize("kept", [0, 5, 300, -1])
def test_a_cut_file_is_refused(path: Path, kept: int) -> None:
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BadInputError, match="is not a file of matts models"):
        load_models(path)


@pytest.mark.parametrize(
    ("arrays", "header", "sentence"),
    [
        ({"weight": np.zeros(3)}, None, "is not a file of matts models"),
        ({}, {"model": "not json"}, "is not a file of matts models"),
        ({}, {"model": "{}"}, "needs a kind of model for 'model', got None"),
        ({}, {"model": '{"kind": "os.system"}'}, "for 'model', got 'os.system'"),
    ],
)
def test_a_file_of_something_else_is_refused(
    tmp_path: Path, arrays: dict[str, Any], header: dict[str, str] | None, sentence: str
) -> None:
    save_file(arrays, tmp_path / "x", header)
    with pytest.raises(BadInputError, match=sentence):
        load_models(tmp_path / "x")


def test_a_write_cut_short_leaves_the_old_file_whole(
    path: Path, models: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies_half_way(_arrays: object, partial: Path, _header: object) -> None:
        partial.write_bytes(b"half")
        raise KeyboardInterrupt

    before = path.read_bytes()
    monkeypatch.setattr(artifacts, "save_file", dies_half_way)
    with pytest.raises(KeyboardInterrupt):
        save_models(path, models)
    assert path.read_bytes() == before
    assert [*path.parent.iterdir()] == [path]


def test_any_reader_of_safetensors_can_read_the_arrays(path: Path, models: dict[str, Any]) -> None:
    arrays = load_file(path)
    np.testing.assert_array_equal(arrays["pca/0:index"], models["pca/0"].index)


@pytest.mark.parametrize("machines", [None, ["north", "south"]])
def test_windows_come_back_as_they_went(
    split: Split, tmp_path: Path, machines: list[str] | None
) -> None:
    rows = len(split.test.rows)
    assets = None if machines is None else np.resize(machines, rows)
    known = np.arange(rows) % 3 > 0
    windows = replace(split.test, row_assets=assets, row_known=known).where(split.test.faulty)
    save_states(tmp_path / "x", {"test": windows_to_state(windows)})
    loaded = windows_from_state(load_states(tmp_path / "x")["test"])
    np.testing.assert_array_equal(loaded.values, windows.values)
    np.testing.assert_array_equal(loaded.faults, windows.faults)
    np.testing.assert_array_equal(loaded.positions, windows.positions)
    np.testing.assert_array_equal(loaded.segments, windows.segments)
    np.testing.assert_array_equal(loaded.assets, windows.assets)
    np.testing.assert_array_equal(loaded.row_healthy, windows.row_healthy)
    assert (loaded.sensors, loaded.fault_names) == (windows.sensors, windows.fault_names)
