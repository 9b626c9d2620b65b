import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.threshold import Threshold
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import BadInputError, Readings
from matts.serve.batch import Schema
from matts.serve.exported import Exported
from matts.serve.registered import RegisteredDetector, RegisteredDiagnoser
from matts.windows import Split, schema_of

PAGE = Path(__file__).parents[2] / "docs/how-to/export.md"
ALONE = """
import sys
assert not {"matts", "torch", "pandas"} & set(sys.modules)
np.savez("given.npz", score=score, alert=alert, parts=contributions, named=probabilities)
"""


def assert_close(given: Any, expected: Any) -> None:
    """Equal to 1e-5, wherever the number stands."""
    np.testing.assert_allclose(given, expected, rtol=0, atol=1e-5)


@pytest.fixture(scope="module")
def folder(export: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both ONNX files."""
    folder = tmp_path_factory.mktemp("exported")
    (folder / "detector.onnx").write_bytes(export.detector.onnx)
    (folder / "diagnoser.onnx").write_bytes(export.diagnoser.onnx)
    return folder


@pytest.fixture(scope="module")
def detector(folder: Path) -> Exported:
    return Exported.read(folder / "detector.onnx")


@pytest.fixture(scope="module")
def schema(split: Split) -> Schema:
    return Schema.read(schema_of(split.train))


@pytest.fixture
def table(readings: Readings) -> pd.DataFrame:
    return pd.DataFrame(readings.values, columns=list(readings.sensors))


def test_a_detector_judges_a_table_as_matts_does(
    detector: Exported, autoencoder: AutoencoderDetector, schema: Schema, table: pd.DataFrame
) -> None:
    own = RegisteredDetector(autoencoder, Threshold(limit=detector.card["threshold"]), schema)
    expected, given = own.predict(table), detector.predict(table)
    assert_close(given["score"], expected["score"])
    np.testing.assert_array_equal(given["alert"], expected["alert"])
    assert given["alert"].dtype == np.bool_
    parts = given.filter(regex="^contribution_").to_numpy()
    expected_parts = autoencoder.contributions(detector.windows(table))
    assert_close(parts[4:], expected_parts)


def test_a_diagnoser_judges_a_table_as_matts_does(
    folder: Path, diagnoser: LatentDiagnoser, schema: Schema, table: pd.DataFrame
) -> None:
    expected = RegisteredDiagnoser(diagnoser, schema).predict(table)
    given = Exported.read(folder / "diagnoser.onnx").predict(table)
    pd.testing.assert_frame_equal(given, expected, rtol=0, atol=1e-5)


def test_labels_and_the_order_of_columns_do_not_matter(
    detector: Exported, table: pd.DataFrame
) -> None:
    other = table[table.columns[::-1]].assign(Anomaly_Bearing_1=True)
    pd.testing.assert_frame_equal(detector.predict(other), detector.predict(table))


def test_each_asset_has_its_own_windows_and_its_own_threshold(
    detector: Exported, table: pd.DataFrame
) -> None:
    first, second = table[:100].assign(asset="fan"), table[100:200].assign(asset="pump")
    card = {**detector.card, "thresholds_by_asset": {"pump": -1.0}}
    given = Exported(detector.session, card).predict(pd.concat([first, second]))
    fan, pump = given[:100], given[100:]
    assert pump["alert"].tolist() == [False] * 4 + [True] * 96
    np.testing.assert_array_equal(fan["alert"], fan["score"] >= card["threshold"])
    assert not fan["alert"].all()


def test_wrong_sensors_are_refused_by_name(detector: Exported, table: pd.DataFrame) -> None:
    message = "missing: force_3; unknown: forces_3"
    with pytest.raises(BadInputError, match=message):
        detector.predict(table.rename(columns={"force_3": "forces_3"}))


def test_too_few_readings_are_refused(detector: Exported, table: pd.DataFrame) -> None:
    with pytest.raises(BadInputError, match="a window of 5 readings needs at least 5, got 3"):
        detector.predict(table[:3])


@pytest.mark.parametrize("shape", [(2, 4, 51), (2, 5, 50), (5, 51)])
def test_windows_of_another_shape_are_refused(detector: Exported, shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInputError, match=r"windows must be \[N, 5, 51\], got \["):
        detector.run(np.zeros(shape))


def test_what_is_no_export_of_matts_is_refused(folder: Path, tmp_path: Path) -> None:
    model = onnx.load(folder / "detector.onnx")
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "bare.onnx")
    (tmp_path / "words.onnx").write_text("not a graph")
    with pytest.raises(BadInputError, match=r"bare.onnx needs a card with faults, .*got \[\]"):
        Exported.read(tmp_path / "bare.onnx")
    for name in ("words.onnx", "absent.onnx"):
        with pytest.raises(BadInputError, match=f"{name} is not an ONNX file that can be read"):
            Exported.read(tmp_path / name)


def test_onnxruntime_is_named_where_it_is_not_installed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(BadInputError, match=r"onnxruntime is needed.*'matts\[export\]'"):
        Exported.read(folder / "detector.onnx")


def run_alone(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A process of its own, without what this one has imported."""
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_an_export_runs_without_torch(folder: Path) -> None:
    source = str(Path(__file__).parents[2] / "src")
    code = f"""
import sys
sys.path.insert(0, {source!r})
from pathlib import Path
from matts.serve.exported import Exported
Exported.read(Path("detector.onnx"))
assert "torch" not in sys.modules
"""
    done = run_alone(code, folder)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def plain(folder: Path, split: Split) -> Path:
    """The test readings as a file, with labels, and columns in another order."""
    rows = pd.DataFrame(split.test.rows, columns=list(split.test.sensors))
    rows = rows[rows.columns[::-1]].assign(Anomaly_Bearing_1=True)
    rows.to_csv(folder / "readings.csv", index=False)
    return folder


def example() -> str:
    """The first block of Python on the page."""
    found = re.search(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_the_example_judges_every_test_window_with_numpy_and_onnxruntime_alone(
    plain: Path, autoencoder: AutoencoderDetector, diagnoser: LatentDiagnoser, split: Split
) -> None:
    done = run_alone(example() + ALONE, plain)
    assert done.returncode == 0, done.stderr
    given = np.load(plain / "given.npz")
    scores = autoencoder.score(split.test)
    limit = Exported.read(plain / "detector.onnx").card["threshold"]
    assert_close(given["score"], scores)
    np.testing.assert_array_equal(given["alert"], scores >= limit)
    assert_close(given["parts"], autoencoder.contributions(split.test))
    assert_close(given["named"], diagnoser.probabilities(split.test))
    alerts = np.flatnonzero(scores >= limit)
    assert len(done.stdout.splitlines()) == len(alerts) > 0
    assert done.stdout.startswith(f"reading {alerts[0] + 4}: {scores[alerts[0]]:.3f}, ")


def test_the_example_names_sensors_that_are_missing(plain: Path) -> None:
    lines = (plain / "readings.csv").read_text().replace("force_3", "forces_3", 1)
    (plain / "readings.csv").write_text(lines)
    done = run_alone(example(), plain)
    assert done.returncode == 1
    assert done.stderr == f"readings.csv lacks force_3{os.linesep}"


def test_a_card_is_json_in_every_value(detector: Exported) -> None:
    texts = detector.session.get_modelmeta().custom_metadata_map
    assert {name: json.loads(text) for name, text in texts.items()} == detector.card
