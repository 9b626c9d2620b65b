"""A small real service on a free port, and Chromium that looks at its page."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)

from benchmarks.control_room import CHROMIUM, QUIET, Room, open_room, reading
from matts.channels import Channels
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import calibrate_all
from matts.detect.threshold import ThresholdSettings
from matts.detect.zscore import ZScoreDetector
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import Detector, Floats, Readings
from matts.groups import SensorSettings
from matts.monitor.reference import TrainingReference
from matts.serve.batch import Deployed
from matts.serve.live.deployment import Deployment
from matts.windows import Split
from tests.serve.dashboard.scripts import WATCH

START = 1_700_000_000  # when the first reading was taken, in seconds since 1970
HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="session")
def deployment(
    autoencoder: AutoencoderDetector, diagnoser: LatentDiagnoser, split: Split
) -> Deployment:
    """The deployed detector and one beside it, calibrated as in training."""
    zscore = ZScoreDetector().fit(split.train, split.validation)
    detectors: dict[str, Detector] = {"matts/0": autoencoder, "zscore/0": zscore}
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

    def send(asset: str, count: int, first: int = 0, *, torn: bool = False) -> Any:
        away = np.array([0.5 * torn * name.startswith("torque") for name in deployment.inputs])
        rows = healthy[np.arange(first, first + count) % len(healthy)] * (1 + away)
        return room.push(
            reading(asset, START + first + at, deployment.inputs, row)
            for at, row in enumerate(rows)
        )

    return send


Tell = Callable[[str, str, Any], None]


@pytest.fixture
def tell(room: Room) -> Tell:
    """Tell the page an event of an asset, as the service would."""

    def tell(event: str, asset: str, tree: Any) -> None:
        room.service.hub.others.append((event, asset, tree))

    return tell


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*QUIET])
        yield browser
        browser.close()


Open = Callable[..., Page]
EXPECTED = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED", "willReadFrequently")


class Looker:
    """Opens the page as operators do, and keeps what it complains of or asks of anybody else."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(self, path: str = "", width: int = 1366, height: int = 768, **more: Any) -> Page:
        viewport: ViewportSize = {"width": width, "height": height}
        context = self.browser.new_context(viewport=viewport, **more)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.add_init_script(WATCH)
        page.add_init_script("localStorage.setItem('matts-operator', 'Ada')")
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.complain(str(error)))
        page.on("request", self.follow)
        page.goto(f"{self.url}/{path}")
        return page

    def complain(self, text: str) -> None:
        if not any(part in text for part in EXPECTED):
            self.complaints.append(text)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complain(message.text)

    def follow(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.complaints.append(request.url)


@pytest.fixture
def open_page(browser: Browser, room: Room) -> Iterator[Open]:
    """Open the page; at the end nothing may have been complained of or asked of anybody else."""
    looker = Looker(browser, room.url)
    yield looker.open
    for context in looker.contexts:
        context.close()
    assert not looker.complaints
