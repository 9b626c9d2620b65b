"""Have the scores of healthy readings moved? ADWIN and Page-Hinkley, as river has them."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from matts.domain import Floats
from matts.extras import extra
from matts.monitor.settings import DriftSettings

MOST = 512  # means that are remembered; then the older half is forgotten
RECENT = 20  # means that say where the scores are now
SPREAD = 0.29  # of a rank, which is spread evenly between 0 and 1
HALF_A_SPREAD = 0.5  # what Page-Hinkley lets pass


class ErrorWatch:
    """Follows the ranks of scores among healthy ones: one half is as in training.

    Neighbouring scores are alike, so their means over `block` readings are judged. What river's
    detectors hold is a function of the means fed to them, so those are what is saved.
    """

    def __init__(self, settings: DriftSettings, block: int, fed: Sequence[float]) -> None:
        self.settings, self.block = settings, block
        self.sum, self.count, self.since = 0.0, 0, 0  # since: means of this asset alone
        self.moved = False  # a detector has said so, and the scores have not come back
        self._start(fed)

    def _start(self, fed: Sequence[float]) -> None:
        self.fed = list(fed)
        self.detectors = _detectors(self.settings)
        for mean in self.fed:
            self._update(mean)

    def hear(self, place: float) -> None:
        """The rank of one more score."""
        self.sum, self.count = self.sum + place, self.count + 1
        if self.count < self.block:
            return
        mean, self.sum, self.count = self.sum / self.block, 0.0, 0
        if len(self.fed) >= MOST:
            self._start(self.fed[MOST // 2 :])
        self.fed.append(mean)
        self.since += 1
        self.moved = self._update(mean) or self.moved

    def _update(self, mean: float) -> bool:
        adwin, hinkley = self.detectors
        adwin.update(mean)
        hinkley.update((mean - 0.5) / SPREAD)
        return bool(adwin.drift_detected or hinkley.drift_detected)

    @property
    def off(self) -> float:
        """How far the mean rank of the last scores is above one half; 0 while they are few."""
        own = self.fed[-min(RECENT, self.since) :] if self.since else []
        return float(np.mean(own)) - 0.5 if len(own) >= RECENT // 2 else 0.0

    def found(self) -> bool:
        """Whether a detector spoke and the scores are off still; near one half it is forgotten."""
        if abs(self.off) < self.settings.level / 2:
            self.moved = False
        return self.moved and abs(self.off) >= self.settings.level

    def state(self) -> list[Any]:
        """What it has heard, as JSON holds it."""
        return [self.sum, self.count, self.since, self.moved, self.fed]

    @classmethod
    def restored(cls, settings: DriftSettings, block: int, state: list[Any]) -> Self:
        """The same again, by feeding the means anew."""
        watch = cls(settings, block, state[4])
        watch.sum, watch.count, watch.since, watch.moved = state[:4]
        return watch


def means_of(places: Floats, block: int) -> list[float]:
    """Means of the ranks over blocks of readings; what is left over is left out."""
    whole = len(places) // block * block
    return [float(mean) for mean in places[:whole].reshape(-1, block).mean(axis=1)][-MOST // 2 :]


def _detectors(settings: DriftSettings) -> tuple[Any, Any]:
    with extra("live", "drift of the scores needs river"):
        from river.drift import ADWIN, PageHinkley  # noqa: PLC0415
    hinkley = PageHinkley(
        min_instances=RECENT // 2, delta=HALF_A_SPREAD, threshold=settings.page_hinkley
    )
    adwin: Any = ADWIN
    return adwin(delta=settings.adwin, clock=1), hinkley
