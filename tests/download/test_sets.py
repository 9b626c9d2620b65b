import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import pytest

from matts.domain import BadInputError
from matts.download.catalogue import MILLS, PUBLIC, find_set, how_to_get
from matts.download.command import main

ROOT = Path(__file__).parents[2]
Members = dict[str, bytes]
Pack = Callable[[Members], bytes]


class Mirror(Protocol):
    """Files on a server by their names, and what it was asked for."""

    files: Members
    asked: list[str]
    url: str

    def put(self, dataset: str, content: bytes) -> None: ...


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "01_raw"


def fetch(mirror: Mirror, folder: Path, *typed: str) -> None:
    main([*typed, "--folder", str(folder), "--base-url", mirror.url])


def refusal(mirror: Mirror, folder: Path, capsys: pytest.CaptureFixture[str], *typed: str) -> str:
    """The one line on stderr of a call that exits with 1."""
    with pytest.raises(SystemExit) as stop:
        fetch(mirror, folder, *typed)
    assert stop.value.code == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def files(folder: Path) -> dict[str, bytes]:
    found = folder.rglob("*") if folder.exists() else ()
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found if p.is_file()}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_set_comes_with_its_checksums(
    mirror: Mirror,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    pack: Pack,
    published: dict[str, Members],
) -> None:
    mirror.put(name, pack(published[name]))
    fetch(mirror, folder, name)
    there = files(folder)
    checksums = json.loads(there.pop("checksums.json"))
    assert checksums == {path: sha256(content).hexdigest() for path, content in there.items()}
    assert all(path.startswith(f"{name}/") for path in there)
    said = capsys.readouterr().out
    assert f"was downloaded: {len(there)} file" in said
    assert f"licence: {PUBLIC[name].licence}" in said
    assert f"next: kedro run --pipeline matts --params dataset={PUBLIC[name].runs[0]}\n" in said
    fetch(mirror, folder, name)
    assert len(mirror.asked) == 1
    assert "is already there, unchanged" in capsys.readouterr().out


def test_only_what_is_looked_for_is_kept(
    mirror: Mirror, folder: Path, pack: Pack, published: dict[str, Members]
) -> None:
    mirror.put("skab", pack(published["skab"]))
    fetch(mirror, folder, "skab")
    assert set(files(folder / "skab")) == {
        *("valve1/0.csv", "valve1/1.csv", "valve2/0.csv", "other/1.csv"),
        "anomaly-free/anomaly-free.csv",
    }


def test_an_archive_within_an_archive(
    mirror: Mirror, folder: Path, pack: Pack, published: dict[str, Members]
) -> None:
    mirror.put("cmapss", pack(published["cmapss"]))
    fetch(mirror, folder, "cmapss_fd003")
    assert len(files(folder / "cmapss")) == 12
    assert (folder / "cmapss/RUL_FD002.txt").read_text() == "112 \n"


def test_a_run_is_named_as_it_was_asked_for(
    mirror: Mirror,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    pack: Pack,
    published: dict[str, Members],
) -> None:
    mirror.put("cmapss", pack(published["cmapss"]))
    fetch(mirror, folder, "cmapss_fd003")
    assert "dataset=cmapss_fd003\n" in capsys.readouterr().out


def test_the_process_is_one_table(
    mirror: Mirror, folder: Path, pack: Pack, published: dict[str, Members]
) -> None:
    mirror.put("tep", pack(published["tep"]))
    fetch(mirror, folder, "tep")
    table = pd.read_parquet(folder / "tep/tep_braatz.parquet")
    assert table.shape == (22 * (60 + 170), 4 + 52)
    assert table.columns[[0, 4, 44, 45, 55]].tolist() == [
        *("split", "XMEAS_1", "XMEAS_41", "XMV_1", "XMV_11")
    ]
    values = np.random.default_rng(0).normal(size=(60, 52)).round(4)  # of the first run
    first = table[(table["split"] == "train") & (table["fault_run"] == 0)]
    assert np.abs(first.iloc[:, 4:].to_numpy() - values).max() < 1e-6
    tested = table[(table["split"] == "test") & (table["fault_run"] == 7)]
    assert tested["label"].tolist() == [0] * 160 + [7] * 10
    assert table.loc[(table["split"] == "train") & (table["fault_run"] == 7), "label"].eq(7).all()
    assert table.dtypes[["fault_run", "sample", "label", "XMV_3"]].astype(str).tolist() == [
        *("int8", "int64", "int8", "float32")
    ]


def test_the_robot_is_one_table(
    mirror: Mirror, folder: Path, pack: Pack, published: dict[str, Members]
) -> None:
    mirror.put("robot_failures", pack(published["robot_failures"]))
    fetch(mirror, folder, "robot_failures")
    table = pd.read_csv(folder / "robot_failures/robot_failures.csv")
    assert len(table) == 5 * 2 * 15
    case = table[(table["problem"] == "lp4") & (table["case"] == 2)]
    assert case["label"].unique().tolist() == ["collision"]
    assert case["t"].tolist() == [*range(15)]
    assert case.iloc[1, 4:].tolist() == [-10, -11, -12, -13, -14, -15]


@pytest.mark.parametrize(
    ("name", "member", "content", "said"),
    [
        ("tep", "d05.dat", b"1 2 3\n4 5 6\n", "d05.dat needs 52 numbers a line, got 3"),
        ("tep", "d05.dat", b"Bad\n", "d05.dat needs numbers alone"),
        ("tep", "d05.dat", None, "needs 44 files d00.dat to d21_te.dat, got 43"),
        ("robot_failures", "lp2.data", b"normal\n1 2 3\n", "lp2.data needs 15 lines of 6 whole"),
        ("robot_failures", "lp2.data", None, "needs 5 files lp1.data to lp5.data, got 4"),
        ("ai4i2020", "ai4i2020.csv", b"<html>\n", "ai4i2020.csv is no file of AI4I 2020"),
        ("skab", "valve2/0.csv", None, "valve2/*.csv is needed, and it is not there"),
        ("hydraulic", "VS1.txt", b"\n", "VS1.txt is no file of A hydraulic test rig"),
    ],
)
def test_wrong_content_leaves_nothing_behind(  # noqa: PLR0913, PLR0917
    mirror: Mirror,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    member: str,
    content: bytes | None,
    said: str,
    pack: Pack,
    published: dict[str, Members],
) -> None:
    members = published[name]
    (whole,) = (each for each in members if each.endswith(member))
    members = {each: text for each, text in members.items() if each != whole}
    mirror.put(name, pack(members if content is None else {**members, whole: content}))
    told = refusal(mirror, folder, capsys, name)
    assert said in told
    assert PUBLIC[name].archive in told
    assert files(folder) == {}


BAD: dict[str, Callable[[Pack, Members], bytes | None]] = {
    "is no zip archive that can be read: File is not a zip file": lambda *_: b"<html>moved</html>",
    "is no zip archive that can be read": lambda pack, good: pack(good)[:-300],
    "holds no file that is looked for": lambda pack, _: pack({"notes.txt": b"?"}),
    "'../../etc/passwd' leads out": lambda pack, good: pack({"../../etc/passwd": b"?", **good}),
    "'/etc/passwd' leads out": lambda pack, good: pack({"/etc/passwd": b"?", **good}),
    "windows' leads out": lambda pack, good: pack({"C:\\windows": b"?", **good}),
    "the server answers 404 Not Found": lambda *_: None,
}


@pytest.mark.parametrize("said", BAD)
def test_a_bad_archive_costs_one_sentence(
    mirror: Mirror,
    folder: Path,
    pack: Pack,
    published: dict[str, Members],
    capsys: pytest.CaptureFixture[str],
    said: str,
) -> None:
    content = BAD[said](pack, published["skab"])
    if content is not None:
        mirror.put("skab", content)
    assert said in refusal(mirror, folder, capsys, "skab")
    assert files(folder) == {}


def test_changed_content_is_refused_until_accepted(
    mirror: Mirror,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    pack: Pack,
    published: dict[str, Members],
) -> None:
    mirror.put("skab", pack(published["skab"]))
    fetch(mirror, folder, "skab")
    before = files(folder)
    changed = {name: text.replace(b"1.5", b"1.6") for name, text in published["skab"].items()}
    mirror.put("skab", pack(changed))
    (folder / "skab/valve1/0.csv").unlink()
    said = refusal(mirror, folder, capsys, "skab")
    assert "--replace" in said
    assert before["checksums.json"] == (folder / "checksums.json").read_bytes()
    assert not (folder / "skab/valve1/0.csv").exists()
    fetch(mirror, folder, "skab", "--replace")
    assert b"1.6" in (folder / "skab/valve1/0.csv").read_bytes()
    fetch(mirror, folder, "skab")
    assert len(mirror.asked) == 3


def test_a_damaged_file_is_fetched_again(
    mirror: Mirror, folder: Path, pack: Pack, published: dict[str, Members]
) -> None:
    mirror.put("skab", pack(published["skab"]))
    fetch(mirror, folder, "skab")
    before = files(folder)
    (folder / "skab/notes.txt").write_text("mine")
    (folder / "skab/valve1/0.csv").write_text("damaged")
    fetch(mirror, folder, "skab")
    assert files(folder) == {**before, "skab/notes.txt": b"mine"}


def test_a_set_put_there_by_hand_is_checked_and_remembered(
    mirror: Mirror, folder: Path, capsys: pytest.CaptureFixture[str], published: dict[str, Members]
) -> None:
    (folder / "ai4i2020").mkdir(parents=True)
    (folder / "ai4i2020/ai4i2020.csv").write_bytes(published["ai4i2020"]["ai4i2020.csv"])
    fetch(mirror, folder, "ai4i2020")
    assert mirror.asked == []
    assert "was already there: 1 file" in capsys.readouterr().out
    assert list(json.loads((folder / "checksums.json").read_text())) == ["ai4i2020/ai4i2020.csv"]


def test_several_sets_at_once(
    mirror: Mirror, folder: Path, pack: Pack, published: dict[str, Members]
) -> None:
    for name in ("ai4i2020", "robot_failures"):
        mirror.put(name, pack(published[name]))
    fetch(mirror, folder, "ai4i2020", "robot_failures")
    kept = json.loads((folder / "checksums.json").read_text())
    assert set(kept) == {"ai4i2020/ai4i2020.csv", "robot_failures/robot_failures.csv"}


def test_an_unknown_set_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["skub"])
    assert "argument dataset" in capsys.readouterr().err
    with pytest.raises(
        BadInputError, match=r"no public data set 'skub' here: choose from 1, .*skab"
    ):
        find_set("skub")


def test_every_set_says_where_it_is_from() -> None:
    page = (ROOT / "docs/how-to/real-data.md").read_text()
    for name, entry in PUBLIC.items():
        assert entry.url.startswith("https://")
        for word in (f"DATASET={name}", entry.licence.split(" (")[0], entry.page):
            assert word in page
    assert list(MILLS) == [*"123456"]


def test_how_to_get_a_path() -> None:
    assert how_to_get("data/01_raw/tep/tep_braatz.parquet").endswith("DATASET=tep` downloads it")
    assert how_to_get("../shared/data/tep") == ""
    assert how_to_get("data/01_raw/tepid") == ""
