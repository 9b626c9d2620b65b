"""Take the pictures of the page in the docs: `python -m benchmarks.screenshots MODELS [FOLDER]`.

MODELS is a folder that training left, say data/06_models/6. Simulated mills send readings to a real
service; one of them is given a fault.
"""

import sys
import tempfile
from pathlib import Path
from time import time
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.control_room import CHROMIUM, QUIET, Room, open_room, reading, wait_for
from matts.readings import to_readings
from matts.serve.live.deployment import load_deployment
from matts.serve.live.settings import LiveSettings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill

COILS = 240  # that each mill sends
SHOTS = {  # name: path, width, height, theme
    "live-overview": ("", 1366, 768, "light"),
    "live-asset": ("#/asset/mill-3", 1366, 1150, "light"),
    "live-phone": ("#/asset/mill-3", 390, 844, "dark"),
}


def run_mills(room: Room) -> None:
    """Twelve mills: most run well, the torques of the third go off at the end."""
    for mill in range(1, 13):
        readings = to_readings(
            simulate_tandem_mill(MillSettings(coils=1000, seed=mill, faults=False)).readings
        )
        values = np.asarray(readings.values[:COILS], dtype=float)
        if mill == 3:  # noqa: PLR2004
            off = [name == "torque_3" for name in readings.sensors]
            values[-30:, off] *= 1.5
        start = time() - COILS
        room.push(
            reading(f"mill-{mill}", start + at, readings.sensors, row)
            for at, row in enumerate(values)
        )
    wait_for(lambda: room.client.get("/health").json()["lag"] == 0, 120)


def shoot(browser: Any, room: Room, folder: Path) -> None:
    """Each picture, once what it shows has been drawn."""
    for name, (path, width, height, theme) in SHOTS.items():
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme
        )
        page = context.new_page()
        page.goto(f"{room.url}/{path}")
        page.wait_for_selector(".alarm")
        page.wait_for_timeout(1500)
        page.screenshot(path=str(folder / f"{name}.png"))
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
