"""A web server on this machine, and archives that look like the published ones."""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote

import numpy as np
import pytest

from matts.download.catalogue import CYCLES, PUBLIC

Pack = Callable[[Mapping[str, bytes]], bytes]


def to_zip(members: Mapping[str, bytes]) -> bytes:
    """An archive of files by their names."""
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return file.getvalue()


@dataclass
class Mirror:
    """Files on the server by their names, and how often somebody asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def put(self, dataset: str, content: bytes) -> None:
        self.files[PUBLIC[dataset].archive] = content


class Handler(BaseHTTPRequestHandler):
    def __init__(self, mirror: Mirror, *rest: object) -> None:
        self.mirror = mirror
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        name = unquote(self.path.rsplit("/", 1)[-1])
        self.mirror.asked.append(name)
        content = self.mirror.files.get(name)
        if content is None:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        return None

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    mirror = Mirror()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, mirror)) as server:
        mirror.url = f"http://127.0.0.1:{server.server_port}/sets"
        thread = Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        yield mirror
        server.shutdown()
        thread.join()


def skab() -> dict[str, bytes]:
    header = "datetime;Current;Pressure;anomaly;changepoint\n"
    row = "2020-03-09 10:14:33;1.5;0.05;0.0;0.0\n"
    files = {f"valve1/{n}.csv": header + row for n in range(2)}
    files |= {"valve2/0.csv": header + row, "other/1.csv": header + row}
    files["anomaly-free/anomaly-free.csv"] = "datetime;Current;Pressure\n2020-02-08;1;2\n"
    root = "SKAB-b2c0d46"
    members = {f"{root}/data/{name}": text.encode() for name, text in files.items()}
    return {**members, f"{root}/README.md": b"SKAB", f"{root}/data/README.md": b"data"}


def process() -> dict[str, bytes]:
    """44 runs of few readings; that without a fault has its rows for columns, as published."""
    rng = np.random.default_rng(0)
    members = {"tennessee-0643318/README.md": b"TEP"}
    for run in range(22):
        for ending, length in (("", 60), ("_te", 170)):
            values = rng.normal(size=(length, 52)).round(4)
            values = values.T if (run, ending) == (0, "") else values
            lines = "\n".join("  ".join(f"{x: .4e}" for x in row) for row in values)
            members[f"tennessee-0643318/d{run:02d}{ending}.dat"] = lines.encode()
    return members


def turbofans() -> dict[str, bytes]:
    row = " ".join(["1", "1", *["0.5"] * 24]) + "  \n"
    inner = {
        f"{kind}_FD00{n}.txt": (b"112 \n" if kind == "RUL" else row.encode())
        for kind in ("train", "test", "RUL")
        for n in range(1, 5)
    }
    inner["readme.txt"] = b"C-MAPSS"
    return {"6. Turbofan Engine/CMAPSSData.zip": to_zip(inner)}


def rows_of_a_machine() -> dict[str, bytes]:
    header = "UDI,Product ID,Type,Torque [Nm],Machine failure,TWF,HDF,PWF,OSF,RNF\n"
    return {"ai4i2020.csv": (header + "1,M14860,M,42.8,0,0,0,0,0,0\n").encode()}


def robot() -> dict[str, bytes]:
    def case(sign: int) -> str:
        return "\n".join(
            "\t" + "\t".join(str(sign * (t * 10 + f)) for f in range(6)) for t in range(15)
        )

    text = f"normal\n{case(1)}\n\n\ncollision\n{case(-1)}\n\n"
    return {f"lp{n}.data": text.encode() for n in range(1, 6)} | {"Index": b"", "lp.info": b"?"}


def rig() -> dict[str, bytes]:
    members = {f"{name}.txt": b"151.47\t151.45\t1.5e2\n3\t100\t0\n" for name in CYCLES}
    return {**members, "documentation.txt": b"Cycles of a minute"}


@pytest.fixture(scope="session")
def pack() -> Pack:
    """Makes an archive of files by their names."""
    return to_zip


@pytest.fixture(scope="session")
def published() -> dict[str, dict[str, bytes]]:
    """What the archive of each set holds."""
    return {name: make() for name, make in LOOKALIKES.items()}


LOOKALIKES = {
    "skab": skab,
    "tep": process,
    "cmapss": turbofans,
    "ai4i2020": rows_of_a_machine,
    "robot_failures": robot,
    "hydraulic": rig,
}
