"""How long a reading takes to the screen: `python -m benchmarks.page MODELS [SECONDS]`.

A real service takes every sensor of a mill ten times a second by HTTP; a real browser shows them
all. The time of a reading is when it was sent; a frame is drawn once the frame after it begins.
"""

import os
import sys
import tempfile
from pathlib import Path
from threading import Event, Thread
from time import sleep, time
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.control_room import CHROMIUM, QUIET, Room, open_room, reading
from matts.readings import to_readings
from matts.serve.live.deployment import load_deployment
from matts.serve.live.settings import LiveSettings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill

RATE = 10  # readings a second
WATCH = """
window.lags = [];
new PerformanceObserver((list) => list.getEntries().forEach((mark) => requestAnimationFrame(() => {
  const now = Date.now() / 1000;
  if (mark.name === "drawn" && mark.detail) window.lags.push([mark.detail, now - mark.detail]);
}))).observe({ type: "mark" });
"""


def feed(room: Room, done: Event) -> None:
    """Send readings at the rate until told to stop."""
    run = to_readings(simulate_tandem_mill(MillSettings(coils=2000, faults=False)).readings)
    start, sent = time(), 0
    while not done.is_set():
        row = run.values[sent % len(run)]
        room.push([reading("mill", time(), run.sensors, row)])
        sent += 1
        sleep(max(0.0, start + sent / RATE - time()))


def browser_seconds() -> float:
    """CPU seconds that all processes below this one have used (Linux)."""
    tick, total, own = os.sysconf("SC_CLK_TCK"), 0, {os.getpid()}
    for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) in own:
            own.add(int(folder.name))
            total += int(fields[11]) + int(fields[12])
    return total / tick


def measure(page: Page, seconds: float) -> dict[str, float]:
    """What an operator's screen lags by, over some seconds."""
    page.wait_for_timeout(3000)
    page.evaluate("window.lags = []")
    before = browser_seconds()
    page.wait_for_timeout(seconds * 1000)
    used = browser_seconds() - before
    drawn = dict(page.evaluate("window.lags"))  # the last drawing of each reading
    lags = np.array(list(drawn.values())) * 1000
    return {
        "p50": float(np.percentile(lags, 50)),
        "p95": float(np.percentile(lags, 95)),
        "updates": len(drawn) / seconds,
        "cores": used / seconds,
    }


def watch(room: Room, seconds: float) -> tuple[int, dict[str, float]]:
    """Open the page of the mill that is fed, and measure it."""
    with sync_playwright() as playwright:
        browser: Any = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*QUIET])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.add_init_script(WATCH)
        page.goto(f"{room.url}/#/asset/mill")
        page.wait_for_selector(".sensor canvas")
        found = measure(page, seconds)
        sensors = page.locator(".sensor").count()
        browser.close()
    return sensors, found


def main(models: str, seconds: str = "20") -> None:
    """Serve, feed, look, print one line."""
    deployment, done = load_deployment(Path(models), LiveSettings()), Event()
    with (
        tempfile.TemporaryDirectory() as kept,
        open_room(deployment, Path(kept) / "journal.db") as room,
    ):
        feeder = Thread(target=feed, args=(room, done), daemon=True)
        feeder.start()
        sleep(2)
        sensors, found = watch(room, float(seconds))
        done.set()
        feeder.join(5)
    lag = f"lag p50 {found['p50']:.0f} ms, p95 {found['p95']:.0f} ms"
    rest = f"{found['updates']:.1f} updates/s, browser {found['cores']:.2f} cores"
    print(f"{sensors} sensors at {RATE} Hz: {lag}; {rest}")


if __name__ == "__main__":
    main(*sys.argv[1:])
