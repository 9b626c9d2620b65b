import base64
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError
from matplotlib.figure import Figure
from plotly.graph_objects import Figure as PlotlyFigure

from matts.datasets import (
    CSV,
    JSON,
    PNG,
    Bytes,
    LongCSV,
    LongParquet,
    Models,
    Parquet,
    Plotly,
    RawInput,
    RawSource,
    Text,
    WindowsFile,
)
from matts.detect.pca import PcaDetector
from matts.domain import BadInputError
from matts.long_tables import RawFile
from matts.windows import Split

TABLE = pd.DataFrame({"force": [1.5, 2.5]})
KINDS: dict[str, tuple[Callable[..., Any], Any, Any]] = {  # a kind, what it keeps, what it cannot
    "JSON": (JSON, {"a": [1, 2]}, {"a": object()}),
    "Text": (Text, "words", 5),
    "Parquet": (Parquet, TABLE, pd.DataFrame([{"force": []}, {"force": 1}])),
    "CSV": (CSV, TABLE, "no table"),
    "LongParquet": (LongParquet, [TABLE, TABLE], [TABLE, "no table"]),
    "LongCSV": (LongCSV, [TABLE, TABLE], [TABLE, "no table"]),
    "PNG": (PNG, Figure(), "no figure"),
    "Bytes": (Bytes, b"\x00\xff", "no bytes"),
    "Plotly": (Plotly, PlotlyFigure(), "no figure"),
}


def entries(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize(("kind", "good", "bad"), KINDS.values(), ids=KINDS)
def test_a_file_is_whole_or_not_there(
    kind: Callable[..., Any], good: Any, bad: Any, tmp_path: Path
) -> None:
    dataset = kind(filepath=str(tmp_path / "below/file"))
    with pytest.raises(DatasetError):
        dataset.save(bad)
    assert not dataset.exists()
    dataset.save(good)
    before = (tmp_path / "below/file").read_bytes()
    assert before
    with pytest.raises(DatasetError):
        dataset.save(bad)
    assert (tmp_path / "below/file").read_bytes() == before
    assert entries(tmp_path) == ["below", "below/file"]


def test_an_old_file_stands_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.json"
    dataset = JSON(filepath=str(path))
    dataset.save({"run": 1})
    seen: list[Any] = []
    dump = json.dump

    def spy(*arguments: Any, **options: Any) -> None:
        dump(*arguments, **options)
        seen.append(json.loads(path.read_text()))

    monkeypatch.setattr(json, "dump", spy)
    dataset.save({"run": 2})
    assert seen == [{"run": 1}]
    assert dataset.load() == {"run": 2}


def test_results_must_be_strict_json(tmp_path: Path) -> None:
    dataset = JSON(filepath=str(tmp_path / "results.json"), save_args={"allow_nan": False})
    with pytest.raises(DatasetError, match="not JSON compliant"):
        dataset.save({"pr_auc": float("nan")})
    assert entries(tmp_path) == []


@pytest.mark.parametrize("kind", [JSON, Text, Parquet, LongParquet, LongCSV, WindowsFile, Models])
def test_a_file_that_nothing_has_written_is_named(kind: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "absent"
    with pytest.raises(DatasetError) as raised:
        kind(filepath=str(path)).load()
    assert isinstance(raised.value.__cause__, BadInputError)
    told = f"{path} is needed, and nothing has written it yet: run `--pipeline matts` first"
    assert str(raised.value.__cause__) == told


def raw(path: Path, content: bytes) -> pd.DataFrame | None:
    path.write_bytes(content)
    found = source(path).load()
    return found.tables[0].cells if found else None


def source(path: Path) -> RawSource:
    return RawSource(source={"path": str(path), "layout": "plain"})


def test_raw_cells_stay_as_they_came(tmp_path: Path) -> None:
    table = raw(tmp_path / "raw.csv", b"force,word\n007,NA\n,1e3\n")
    assert table is not None
    assert table.to_numpy().tolist() == [["007", "NA"], ["", "1e3"]]


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    table = raw(tmp_path / "raw.csv", "\ufeffforce,width\n1,2\n".encode())
    assert table is not None
    assert table.columns.tolist() == ["force", "width"]


def test_an_empty_file_is_a_table_without_rows(tmp_path: Path) -> None:
    table = raw(tmp_path / "raw.csv", b"")
    assert table is not None
    assert table.shape == (0, 0)


def test_no_file_is_no_table(tmp_path: Path) -> None:
    assert source(tmp_path / "absent.csv").load() is None


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n1,2,3,4\n", "größe\n1\n".encode("latin-1")], ids=["cells", "encoding"]
)
def test_what_is_no_csv_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DatasetError, match=r"raw\.csv is not a CSV that can be read") as raised:
        raw(tmp_path / "raw.csv", content)
    assert isinstance(raised.value.__cause__, BadInputError)


def test_raw_data_is_never_written(tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    with pytest.raises(DatasetError, match="is raw data and is not written to"):
        source(path).save(TABLE)
    assert not path.exists()


def test_a_long_file_is_read_in_chunks(tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    assert RawInput(filepath=str(path), source={"path": "", "layout": "plain"}).load() is None
    path.write_text("force\n1.5\n2.5\n")
    dataset = RawInput(filepath=str(path), source={"path": "", "layout": "plain"})
    raw = dataset.load()
    assert isinstance(raw, RawFile)
    pd.testing.assert_frame_equal(pd.concat(raw), TABLE, check_index_type=False)
    with pytest.raises(DatasetError, match="is raw data and is not written to"):
        dataset.save([TABLE])


def test_a_long_table_comes_back_in_chunks(tmp_path: Path) -> None:
    for dataset in (
        LongParquet(filepath=str(tmp_path / "long.parquet")),
        LongCSV(filepath=str(tmp_path / "long.csv")),
    ):
        dataset.save(iter([TABLE, TABLE]))
        again = pd.concat(dataset.load(), ignore_index=True)
        pd.testing.assert_frame_equal(again, pd.concat([TABLE, TABLE], ignore_index=True))
    preview = LongParquet(filepath=str(tmp_path / "long.parquet")).preview(nrows=1)
    assert preview["data"] == [[1.5]]


def test_our_own_files_need_a_path() -> None:
    with pytest.raises(DatasetError, match="Models needs a path, got none"):
        Models(filepath=None).load()


def test_windows_come_back_as_they_went(split: Split, tmp_path: Path) -> None:
    dataset = WindowsFile(filepath=str(tmp_path / "below/test_windows.safetensors"))
    dataset.save(split.test)
    again = dataset.load()
    np.testing.assert_array_equal(again.values, split.test.values)
    np.testing.assert_array_equal(again.faults, split.test.faults)
    np.testing.assert_array_equal(again.positions, split.test.positions)
    assert (again.sensors, again.fault_names) == (split.test.sensors, split.test.fault_names)


def test_models_come_back_as_they_went(split: Split, tmp_path: Path) -> None:
    dataset = Models(filepath=str(tmp_path / "below/detectors.safetensors"))
    detector = PcaDetector().fit(split.train, split.validation)
    dataset.save({"pca/0": detector})
    again = dataset.load()
    assert again.keys() == {"pca/0"}
    np.testing.assert_array_equal(again["pca/0"].score(split.test), detector.score(split.test))


def test_models_are_rebuilt_once_for_all_nodes_of_a_run(split: Split, tmp_path: Path) -> None:
    dataset = Models(filepath=str(tmp_path / "detectors.safetensors"))
    detector = PcaDetector().fit(split.train, split.validation)
    dataset.save({"pca/0": detector})
    first = dataset.load()["pca/0"]
    assert dataset.load()["pca/0"] is first
    dataset.release()
    assert dataset.load()["pca/0"] is not first
    Models(filepath=str(dataset.path)).save({"pca/1": detector})  # another run writes the file
    assert dataset.load().keys() == {"pca/1"}


def test_pictures_come_back_for_kedro_viz(tmp_path: Path) -> None:
    figure = PlotlyFigure({"data": [{"type": "bar", "x": [1, 2], "y": [3, 4]}]})
    moving = Plotly(filepath=str(tmp_path / "scores.plotly.json"))
    moving.save(figure)
    assert moving.load() == figure
    assert moving.preview()["data"][0]["type"] == "bar"
    still = PNG(filepath=str(tmp_path / "scores.png"))
    still.save(Figure())
    assert base64.b64decode(still.preview()).startswith(b"\x89PNG")
    assert still.load().startswith(b"\x89PNG")
    names = [inspect.signature(each.preview).return_annotation.__name__ for each in (moving, still)]
    assert names == ["PlotlyPreview", "ImagePreview"]  # by which it tells them apart
