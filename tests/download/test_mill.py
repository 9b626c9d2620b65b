import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from pooch import downloaders

from matts.download.command import main
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill

NAME = "tcm5_dataset_6.csv"


@dataclass
class Site:
    """What the test server holds, and what it was asked for."""

    content: bytes | None
    promised: int = 0  # bytes announced beyond the content
    asked: int = 0
    begun: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)  # a reply that is cut short waits for this
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    def __init__(self, site: Site, *rest: object) -> None:
        self.site = site
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.site.asked += 1
        if self.site.content is None or not self.path.endswith(NAME):
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.site.content) + self.site.promised))
        self.end_headers()
        self.wfile.write(self.site.content)
        self.wfile.flush()
        self.site.begun.set()
        if self.site.promised:
            self.site.released.wait(20)
        return None

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def mill_file() -> bytes:
    run = simulate_tandem_mill(MillSettings(coils=100, seed=1))
    return run.readings.to_csv(index=False).encode()


@pytest.fixture
def site(mill_file: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    site = Site(mill_file)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, site)) as server:
        site.url = f"http://127.0.0.1:{server.server_port}/files"
        thread = Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        yield site
        site.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "01_raw"


def fetch(site: Site, folder: Path, *more: str) -> None:
    main(["6", "--folder", str(folder), "--base-url", site.url, *more])


def refusal(site: Site, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """The one line on stderr of a call that exits with 1."""
    with pytest.raises(SystemExit) as stop:
        fetch(site, folder, *more)
    assert stop.value.code == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_comes_with_its_checksum(
    site: Site, folder: Path, mill_file: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(site, folder)
    assert (folder / NAME).read_bytes() == mill_file
    digest = sha256(mill_file).hexdigest()
    assert json.loads((folder / "checksums.json").read_text()) == {NAME: digest}
    assert names(folder) == {NAME, "checksums.json"}
    assert f"{NAME} was downloaded: 100 readings, sha256 {digest}" in capsys.readouterr().out


def test_a_second_call_does_nothing(
    site: Site, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(site, folder)
    before = (folder / NAME).stat().st_mtime_ns
    fetch(site, folder)
    assert site.asked == 1
    assert (folder / NAME).stat().st_mtime_ns == before
    assert "is already there, unchanged" in capsys.readouterr().out


def test_a_damaged_file_is_fetched_again(site: Site, folder: Path, mill_file: bytes) -> None:
    fetch(site, folder)
    (folder / NAME).write_bytes(mill_file[:-100])
    fetch(site, folder)
    assert (folder / NAME).read_bytes() == mill_file


def test_a_file_put_there_by_hand_is_checked_and_remembered(
    site: Site, folder: Path, mill_file: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(mill_file)
    fetch(site, folder)
    assert site.asked == 0
    assert NAME in json.loads((folder / "checksums.json").read_text())
    assert "was already there: 100 readings" in capsys.readouterr().out


def test_changed_content_is_refused_until_accepted(
    site: Site, folder: Path, mill_file: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(site, folder)
    (folder / NAME).unlink()
    site.content = b"\n".join(mill_file.splitlines()[:-1])
    said = refusal(site, folder, capsys)
    assert sha256(site.content).hexdigest() in said
    assert sha256(mill_file).hexdigest() in said
    assert "--replace" in said
    assert names(folder) == {"checksums.json"}
    fetch(site, folder, "--replace")
    assert (folder / NAME).read_bytes() == site.content
    fetch(site, folder)
    assert site.asked == 3


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "the server answers 404 Not Found"),
        (b"<html>\nmoved\nelsewhere\n", "missing: all 67; unknown: <html>"),
        (b"", "is no mill data: No columns to parse"),
        (b"\xff\xfe\x00", "is no mill data: 'utf-8' codec can't decode"),
        (b"a,b\n1,2\n1,2,3\n", "is no mill data: Error tokenizing data"),
    ],
)
def test_wrong_content_leaves_nothing_behind(
    site: Site,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    sentence: str,
) -> None:
    site.content = content
    assert sentence in refusal(site, folder, capsys)
    assert names(folder) == set()


def test_wrong_content_leaves_the_old_file_alone(
    site: Site, folder: Path, mill_file: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(site, folder)
    site.content = mill_file.replace(b"force_3", b"forse_3")
    assert "did you mean force_3?" in refusal(site, folder, capsys, "--replace")
    assert (folder / NAME).read_bytes() == mill_file


def test_a_broken_connection_leaves_nothing_behind(
    site: Site, folder: Path, mill_file: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    site.content, site.promised = mill_file[:5000], 5000
    site.released.set()
    assert "the connection fails" in refusal(site, folder, capsys)
    assert names(folder) == set()


def test_a_file_cut_within_a_row_is_refused(
    site: Site, folder: Path, mill_file: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    site.content = mill_file[:-300]
    assert "in data row 100 (line 101 of the file) needs" in refusal(site, folder, capsys)
    assert names(folder) == set()


def test_no_network(site: Site, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.url = "http://127.0.0.1:9"
    assert "cannot be downloaded: the connection fails" in refusal(site, folder, capsys)


def test_an_unknown_address(site: Site, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.url = "gopher://mill"
    assert "cannot be downloaded: Unrecognized URL protocol" in refusal(site, folder, capsys)


def test_broken_checksums_are_not_thrown_away(
    site: Site, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.mkdir(parents=True)
    (folder / "checksums.json").write_text("{")
    assert "must hold one JSON object" in refusal(site, folder, capsys)
    assert (folder / "checksums.json").read_text() == "{"


def test_the_address_may_come_from_the_environment(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATTS_DATA_URL", f"{site.url}/")
    main(["6", "--folder", str(folder)])
    assert (folder / NAME).exists()


@pytest.mark.parametrize("number", ["7", "0", "six"])
def test_there_are_six_files(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([number])
    assert "argument dataset" in capsys.readouterr().err


def test_pooch_resolves_the_doi(
    site: Site, folder: Path, mill_file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    zenodo = "https://zenodo.org/records/11469702"
    files = [{"key": NAME, "links": {"self": f"{site.url}/{NAME}"}}]
    monkeypatch.delenv("MATTS_DATA_URL", raising=False)
    pages = {"10.5281/zenodo.11469702": zenodo}
    monkeypatch.setattr(downloaders, "doi_to_url", lambda doi, **_: pages[doi])
    monkeypatch.setattr(downloaders.ZenodoRepository, "api_response", {"files": files})
    main(["6", "--folder", str(folder)])
    assert (folder / NAME).read_bytes() == mill_file


def test_a_killed_download_leaves_no_file_under_its_name(
    site: Site, folder: Path, mill_file: bytes
) -> None:
    site.content, site.promised = mill_file[: len(mill_file) // 2], len(mill_file)
    command = [sys.executable, "-m", "matts.download", "6"]
    with subprocess.Popen([*command, "--folder", str(folder), "--base-url", site.url]) as process:
        assert site.begun.wait(30)
        process.kill()
    assert any(folder.glob(".download-*"))
    assert not (folder / NAME).exists()
    assert not (folder / "checksums.json").exists()
    site.promised, site.content = 0, mill_file
    fetch(site, folder)
    assert (folder / NAME).read_bytes() == mill_file
