"""Are the healthy readings of each asset still what training saw? Pure, and incremental.

Errors by ADWIN (Bifet and Gavalda 2007) and Page-Hinkley (Page 1954) on the ranks of the deployed
detector's scores; sensors and latents by Kolmogorov-Smirnov against training with Holm's correction
and the population stability index; gaps by a binomial test. Neighbouring readings are alike, so all
count as fewer than they are. Alerts and their neighbours are left out: a fault is no drift.
"""

from typing import Any, NamedTuple

import numpy as np

from matts.domain import BadInputError, Bools, Floats, Ints, State
from matts.monitor.asset import AssetDrift, Given, Measure
from matts.monitor.codebook import Codebook, rank
from matts.monitor.errors import means_of
from matts.monitor.reference import TrainingReference
from matts.monitor.settings import DriftSettings
from matts.monitor.status import DriftChange, DriftStatus

OF_ITS_MEMORY = 5  # readings are kept so much more often than they say something new


class Heard(NamedTuple):
    """n readings of one asset, and what the deployed detector makes of them."""

    times: Floats  # [n]
    given: Floats  # [n, F], as they came, NaN missing
    scores: Floats  # [n], NaN where the window is not full
    latents: Floats | None  # [n, H], NaN the same
    alerts: Bools  # [n]
    numbers: Ints  # [n]


class DriftMonitor:
    """Watches any number of assets against one training.

    >>> rng = np.random.default_rng(0)
    >>> rows, none = rng.normal(size=(2000, 2)), np.zeros((2000, 1), bool)
    >>> from matts.domain import Windows
    >>> from matts.detect.zscore import ZScoreDetector
    >>> windows = Windows(rows, none, np.arange(1, 2000), 2, ("force", "speed"), ("Bearing",))
    >>> detector = ZScoreDetector().fit(windows, windows)
    >>> monitor = DriftMonitor(TrainingReference.fit(windows, windows, detector), DriftSettings())
    >>> given, times = rng.normal(size=(500, 2)) + [0, 1], np.arange(500.0)
    >>> calm, quiet = np.full(500, np.nan), np.zeros(500, bool)
    >>> heard = Heard(times, given, calm, None, quiet, np.arange(500))
    >>> changes = monitor.watch("mill", heard)
    >>> [(change.kind, change.after, change.sensors) for change in changes]
    [('input', 'warning', ('speed',)), ('input', 'drift', ('speed',))]
    """

    def __init__(self, reference: TrainingReference, settings: DriftSettings) -> None:
        self.reference, self.settings = reference, settings
        self.measure = measure_of(reference, settings)
        self.assets: dict[str, AssetDrift] = {}

    def watch(self, asset: str, heard: Heard) -> list[DriftChange]:
        """Readings of one asset in their order, and what they changed."""
        rows = self._columns(heard.given, heard.latents)
        drift = self._drift_of(asset)
        readings = zip(heard.times, heard.numbers, rows, heard.scores, heard.alerts, strict=True)
        return [
            change
            for time, number, row, score, alert in readings
            for change in drift.watch(
                asset, Given(float(time), int(number), row, float(score), bool(alert))
            )
        ]

    def _columns(self, given: Floats, latents: Floats | None) -> Floats:
        """[n, C]: sensors, the same off the others, latents, missing where there are none."""
        wanted = len(self.measure.sensors)
        if given.ndim != 2 or given.shape[1] != wanted:  # noqa: PLR2004
            msg = f"drift needs readings of {wanted} sensors, got {list(given.shape)}"
            raise BadInputError(msg)
        hidden = len(self.measure.columns) - 2 * wanted
        if latents is None:
            latents = np.full((len(given), hidden), np.nan)
        if latents.shape != (len(given), hidden):
            msg = f"drift needs {hidden} latents a reading, got {list(latents.shape)}"
            raise BadInputError(msg)
        return np.concatenate([given, self.reference.off_the_others(given), latents], axis=1)

    def _drift_of(self, asset: str) -> AssetDrift:
        if asset not in self.assets:
            self.assets[asset] = AssetDrift(self.measure)
        return self.assets[asset]

    def status(self) -> dict[str, DriftStatus]:
        """How each asset stands."""
        return {asset: drift.status() for asset, drift in self.assets.items()}

    def forget(self, asset: str | None = None) -> None:
        """Begin anew with an asset, or with all."""
        for name in [asset] if asset is not None else list(self.assets):
            self.assets.pop(name, None)

    def state(self) -> State:
        """What was kept of every asset."""
        states = [drift.state() for drift in self.assets.values()]
        arrays = {
            f"{n}.{key}": array for n, s in enumerate(states) for key, array in s.arrays.items()
        }
        config = {name: s.config for name, s in zip(self.assets, states, strict=True)}
        return State(arrays, {"assets": config, "settings": self._settings})

    @property
    def _settings(self) -> dict[str, Any]:
        return self.settings.model_dump(mode="json")

    def restore(self, state: State) -> None:
        """Go on from there, to the last bit.

        With other settings what was kept says nothing any more: then only what each asset had come
        to goes on, until new comparisons confirm it or end it.
        """
        same = state.config["settings"] == self._settings
        self.assets = {}
        for n, (name, config) in enumerate(state.config["assets"].items()):
            arrays = {key: state.arrays[f"{n}.{key}"] for key in ("ring", "waiting")}
            restored = AssetDrift.restored if same else AssetDrift.resumed
            self.assets[name] = restored(self.measure, State(arrays, config))


def measure_of(reference: TrainingReference, settings: DriftSettings) -> Measure:
    """What every asset is measured by."""
    scores = np.sort(reference.scores)
    block = max(1, round(float(reference.score_memory[0])))
    places = np.array([rank(scores, float(score)) for score in reference.scores])
    latents = tuple(f"latent_{n}" for n in range(reference.latents.shape[1]))
    thin = settings.thin or max(1, round(float(np.median(reference.memory)) / OF_ITS_MEMORY))
    return Measure(
        settings,
        reference.sensors,
        (*reference.sensors, *reference.sensors, *latents),
        Codebook.fit(reference),
        scores,
        thin,
        block,
        means_of(places, block),
    )
