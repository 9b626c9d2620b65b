"""Take the pictures of the page in the docs: `python -m benchmarks.screenshots MODELS [FOLDER]`.

MODELS is a folder that training left, say data/06_models/6. Simulated mills send readings to a real
service; one of them ends in a fault.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.control_room import CHROMIUM, QUIET, Room, open_room, reading, wait_for
from matts.domain import Bools, Ints
from matts.readings import to_readings
from matts.serve.live.deployment import load_deployment
from matts.serve.live.settings import LiveSettings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill

FAULTY_MILL = 3
COILS = 120  # that each mill sends
FAULTY = 8  # of them, at the end, in the third
SHOTS = {  # name: path, width, height, theme
    "live-overview": ("", 1366, 768, "light"),
    "live-asset": ("#/asset/mill-3", 1366, 1150, "light"),
    "live-phone": ("#/asset/mill-3", 390, 844, "dark"),
}


LATEST: dict[str, Any] = {}  # reading of the third mill


def run_mills(room: Room) -> None:
    """Stretches of a mill as mills of their own: all run well, but the third ends in a fault."""
    run = to_readings(simulate_tandem_mill(MillSettings()).readings)
    later = np.arange(len(run) * 4 // 5, len(run))
    stops = [*ends(run.healthy, later)][:12]
    stops[FAULTY_MILL - 1] = next(ends(np.asarray(run.faults.any(axis=1)), later, least=FAULTY))
    for mill, stop in enumerate(stops, 1):
        start = time() - COILS
        room.push(
            reading(f"mill-{mill}", start + at, run.sensors, row)
            for at, row in enumerate(run.values[stop - COILS : stop])
        )
        if mill == FAULTY_MILL:
            LATEST.update(reading("mill-3", time(), run.sensors, run.values[stop - 1]))
    wait_for(lambda: room.client.get("/health").json()["lag"] == 0, 120)


def ends(these: Bools, rows: Ints, least: int = COILS) -> Iterator[int]:
    """The ends of stretches of at least so many of these readings, among the rows."""
    length = 0
    for row in rows:
        length = length + 1 if these[row] else 0
        if length == least:
            yield int(row) + 1
            length = 0


def shoot(browser: Any, room: Room, folder: Path) -> None:
    """Each picture, once what it shows has been drawn."""
    for name, (path, width, height, theme) in SHOTS.items():
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme
        )
        page = context.new_page()
        page.goto(f"{room.url}/{path}")
        page.wait_for_selector(".alarm")
        page.wait_for_timeout(1000)
        room.push([{**LATEST, "time": time()}])
        page.wait_for_timeout(1000)
        page.screenshot(path=str(folder / f"{name}.png"))
        with Image.open(folder / f"{name}.png") as picture:
            picture.convert("RGB").quantize(256, kmeans=1).save(
                folder / f"{name}.png", optimize=True
            )
        context.close()


def main(models: str, folder: str = "docs/images") -> None:
    """Serve, send, take the pictures."""
    deployment = load_deployment(Path(models), LiveSettings())
    with (
        tempfile.TemporaryDirectory() as kept,
        open_room(deployment, Path(kept) / "journal.db") as room,
        sync_playwright() as playwright,
    ):
        run_mills(room)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*QUIET])
        shoot(browser, room, Path(folder))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
