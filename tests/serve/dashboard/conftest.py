"""A small real service on a free port, and Chromium that looks at its page."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.control_room import CHROMIUM, QUIET, Room, open_room, reading
from matts.channels import Channels
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import calibrate_all
from matts.detect.threshold import ThresholdSettings
from matts.detect.zscore import ZScoreDetector
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import Floats, Readings
from matts.groups import SensorSettings
from matts.monitor.reference import TrainingReference
from matts.serve.batch import Deployed
from matts.serve.live.deployment import Deployment
from matts.windows import Split

HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="session")
def deployment(
    autoencoder: AutoencoderDetector, diagnoser: LatentDiagnoser, split: Split
) -> Deployment:
    """The deployed detector and one beside it, calibrated as in training."""
    zscore = ZScoreDetector().fit(split.train, split.validation)
    detectors = {"matts/0": autoencoder, "zscore/0": zscore}
    decided = calibrate_all(detectors, split.validation, ThresholdSettings(), split.train)
    deployed = Deployed.choose(
        {"matts/0": autoencoder}, {"latent/0": diagnoser}, decided.model_dump(mode="json")
    )
    return Deployment(
        name="mill",
        version="0" * 12,
        deployed=deployed,
        detectors={"matts": autoencoder, "zscore": zscore},
        calibration=decided,
        channels=Channels("raw"),
        sensors=SensorSettings(),
        reference=TrainingReference.fit(split.train, split.validation, autoencoder),
    )


@pytest.fixture(scope="session")
def healthy(readings: Readings) -> Floats:
    """Readings without a fault."""
    return np.asarray(readings.values[readings.healthy][:400], dtype=float)


Send = Callable[..., Any]


@pytest.fixture
def room(deployment: Deployment, tmp_path: Path) -> Iterator[Room]:
    with open_room(deployment, tmp_path / "journal.db") as room:
        yield room


@pytest.fixture
def send(room: Room, deployment: Deployment, healthy: Floats) -> Send:
    """Send readings of an asset, numbered from `first`; `torn`: its torques are far off."""
    start = 1_700_000_000.0

    def send(asset: str, count: int, first: int = 0, *, torn: bool = False) -> Any:
        away = np.array([0.5 * torn * name.startswith("torque") for name in deployment.inputs])
        rows = healthy[np.arange(first, first + count) % len(healthy)] * (1 + away)
        return room.push(
            reading(asset, start + first + at, deployment.inputs, row)
            for at, row in enumerate(rows)
        )

    return send


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"the page is looked at in {CHROMIUM}, which is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*QUIET])
        yield browser
        browser.close()


WATCH = """
window.drawn = [];  // what is written on any canvas
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.drawn.push(text);
  return write.call(this, text, ...rest);
};
"""

Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, room: Room) -> Iterator[Open]:
    """Open the page; at the end nothing may have been complained of or asked of anybody else."""
    contexts, complaints = [], []
    expected = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED", "Failed to load resource")

    def complain(text: str) -> None:
        if not any(part in text for part in expected):
            complaints.append(text)

    def look(page: Page) -> None:
        page.on("console", lambda m: m.type in {"error", "warning"} and complain(m.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda r: r.url.startswith((room.url, "data:", "blob:")) or complaints.append(r.url),
        )

    def open_page(path: str = "", width: int = 1366, height: int = 768, **more: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.add_init_script(WATCH)
        page.add_init_script("localStorage.setItem('matts-operator', 'Ada')")
        look(page)
        page.goto(f"{room.url}/{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints
