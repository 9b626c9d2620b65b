"""Virtual sensors: each channel foreseen from those that cause it, on readings in good order.

The physics of a machine are ratios, so a sensor that is always positive is taken by its logarithm;
a ridge regression of each on its causes (Hoerl and Kennedy 1970) leaves a residual, in spreads of
the healthy ones. A bias that an operating mode always has is taken out by `recentring`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from matts.domain import BadInputError, Bools, Floats, Ints
from matts.groups import SensorSettings
from matts.recentring import Bias, Memory, recentre
from matts.windows import Scaler

NEAR = 8.0  # spreads: a cause farther out than that says no more
STILL = 1e-12  # spreads: rounding
FAR = 1e9  # spreads: the square of a residual stays a number
UNKNOWN = -1e300  # where a mode's sensor is missing
FOLDS = 5
FEW = 5  # modes: of fewer nobody knows how they differ
A_THIRD = 1 / 3  # what a bias then varies: as much as three readings tell
GAUSSIAN = 1.4826  # a normal distribution's standard deviation in median deviations

Assets = NDArray[np.str_] | None


@dataclass(frozen=True)
class Regression:
    """Each judged sensor as a linear function of its causes, all of them in spreads."""

    logs: Bools  # [F], taken by the logarithm
    floor: Floats  # [F], the least value that has one
    mean: Floats  # [F]
    spread: Floats  # [F]
    slopes: Floats  # [F, C]
    judged: Ints  # [C], which of the F sensors
    centre: Floats  # [C], of healthy residuals
    error: Floats  # [C], their spread

    @classmethod
    def fit(cls, rows: Floats, sensors: Sequence[str], settings: SensorSettings) -> Self:
        """Regress on healthy rows: [R, F]; a missing reading is as the mean."""
        known = np.isfinite(rows)
        logs = np.asarray(((rows > 0) | ~known).all(axis=0))
        lowest = np.where(known, rows, np.inf).min(axis=0)
        floor = np.where(logs & np.isfinite(lowest), lowest / 10, 1.0)
        taken = np.where(known, _take(rows, logs, floor), np.nan)
        scaler = Scaler.fit(taken)
        scaled = np.nan_to_num((taken - scaler.mean) / scaler.spread, nan=0.0)
        slopes, judged = _slopes(scaled, sensors, settings)
        left = scaled[:, judged] - np.clip(scaled, -NEAR, NEAR) @ slopes
        left[~known[:, judged]] = 0
        centre = np.median(left, axis=0)
        spread = robust_spread(left - centre)
        return cls(logs, floor, scaler.mean, scaler.spread, slopes, judged, centre, spread)

    def __call__(self, rows: Floats) -> Floats:
        """[R, F] readings -> [R, C] residuals; a missing reading leaves 0, and explains nothing."""
        scaled = (_take(rows, self.logs, self.floor) - self.mean) / self.spread
        causes = np.clip(np.nan_to_num(scaled, nan=0.0), -NEAR, NEAR)
        left = (scaled[:, self.judged] - _times(causes, self.slopes) - self.centre) / self.error
        return np.clip(np.nan_to_num(left, nan=0.0, posinf=FAR, neginf=-FAR), -FAR, FAR)

    def foresee(self, rows: Floats) -> Floats:
        """What the causes foresee of each sensor in its own units: [R, F] -> [R, F].

        NaN for a sensor that is not judged. The bias of an operating mode is left out.
        """
        scaled = (_take(rows, self.logs, self.floor) - self.mean) / self.spread
        causes = np.clip(np.nan_to_num(scaled, nan=0.0), -NEAR, NEAR)
        foreseen = np.full(rows.shape, np.nan)
        foreseen[:, self.judged] = _times(causes, self.slopes) + self.centre
        foreseen = foreseen * self.spread + self.mean
        with np.errstate(over="ignore"):  # of what is far beyond all that was learnt
            foreseen[:, self.logs] = np.exp(foreseen[:, self.logs])
        return foreseen


def _times(rows: Floats, slopes: Floats) -> Floats:
    """[R, F] @ [F, C], each row as if alone: BLAS rounds by how many come at once."""
    return np.asarray(np.einsum("rf,fc->rc", rows, slopes))


def _take(rows: Floats, logs: Bools, floor: Floats) -> Floats:
    """[R, F]: the logarithm of those that have one."""
    taken = rows.astype(np.float64)
    taken[:, logs] = np.log(np.maximum(taken[:, logs], floor[logs]))
    return taken


def _slopes(
    scaled: Floats, sensors: Sequence[str], settings: SensorSettings
) -> tuple[Floats, Ints]:
    """[F, C] and [C]: one ridge regression a group of sensors."""
    place = {name: column for column, name in enumerate(sensors)}
    known = np.clip(scaled, -NEAR, NEAR)
    slopes, judged = np.zeros((len(sensors), len(sensors))), []
    for own, causes in settings.foreseen_from(sensors).items():
        targets, by = [place[s] for s in own], [place[s] for s in causes]
        judged += targets
        if by:
            products = known[:, by].T @ known[:, by] + settings.virtual.ridge * np.eye(len(by))
            found = np.linalg.solve(products, known[:, by].T @ scaled[:, targets])
            slopes[np.ix_(by, targets)] = found
    columns = np.sort(np.array(judged, np.int64))
    return np.ascontiguousarray(slopes[:, columns]), columns


def robust_spread(values: Floats) -> Floats:
    """Spread of each column by its median deviation; by all where most are the same; or 1."""
    middle = GAUSSIAN * np.median(np.abs(values), axis=0)
    whole = values.std(axis=0)
    spread = np.where(middle < whole / 50, whole, middle)
    return np.where(spread <= STILL, 1.0, spread)


@dataclass(frozen=True)
class VirtualSensors:
    """A regression, and what is remembered of each operating mode's bias."""

    sensors: tuple[str, ...]  # [F]
    settings: SensorSettings
    regression: Regression
    unsure: Floats  # [C], the variance of the bias of a mode never seen
    memory: Memory

    @classmethod
    def fit(
        cls,
        rows: Floats,
        healthy: Bools,
        sensors: Sequence[str],
        settings: SensorSettings,
        assets: Assets = None,
    ) -> Self:
        """Fit on the healthy of [R, F] rows in the order of time; no bias is remembered yet."""
        usable = np.asarray(healthy & np.isfinite(rows).any(axis=1))
        if not usable.any():
            msg = f"virtual sensors need healthy readings, got none in {len(rows)}"
            raise BadInputError(msg)
        first = Regression.fit(rows[usable], sensors, settings)
        ordinary = usable & (np.abs(first(rows)) < settings.virtual.trim).all(axis=1)
        kept = ordinary if 2 * ordinary.sum() > usable.sum() else usable
        regression = Regression.fit(rows[kept], sensors, settings)
        modes = modes_of(rows, sensors, settings, assets)
        unsure: Floats = np.zeros(len(regression.judged))
        if modes:
            unsure = bias_of_the_unseen(rows[kept], sensors, settings, regression.error)
            centred = recentre(regression(rows), modes, {}, unsure, settings.virtual)
            spread = robust_spread(centred[kept])
            regression = replace(regression, error=regression.error * spread)
            unsure = unsure / np.square(spread)
        return cls(tuple(sensors), settings, regression, unsure, {})

    @property
    def channels(self) -> tuple[str, ...]:
        """[C]: the sensors that are judged."""
        return tuple(self.sensors[place] for place in self.regression.judged)

    def recall(self) -> Memory:
        """A copy of what is remembered, for readings that follow."""
        return dict(self.memory)

    def residuals(self, rows: Floats, assets: Assets, memory: Memory) -> Floats:
        """What each reading is off, in healthy spreads: [R, F] -> [R, C]; the memory goes on."""
        left = self.regression(rows)
        modes = modes_of(rows, self.sensors, self.settings, assets)
        if not modes:
            return left
        return recentre(left, modes, memory, self.unsure, self.settings.virtual)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All numbers by name."""
        biases, channels = list(self.memory.values()), len(self.channels)
        return {
            **vars(self.regression),
            "unsure": self.unsure,
            "biases": np.array([bias.mean for bias in biases]).reshape(-1, channels),
            "variances": np.array([bias.variance for bias in biases]).reshape(-1, channels),
        }

    @property
    def config(self) -> dict[str, Any]:
        """The rest of it."""
        return {
            "sensors": self.sensors,
            "settings": self.settings.model_dump(),
            "modes": list(self.memory),
        }

    @classmethod
    def rebuild(cls, arrays: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> Self:
        """From `arrays` and `config`."""
        regression = Regression(**{name: arrays[name] for name in Regression.__annotations__})
        known = zip(config["modes"], arrays["biases"], arrays["variances"], strict=True)
        memory: Memory = {tuple(mode): Bias(mean, variance) for mode, mean, variance in known}
        settings = SensorSettings.model_validate(config["settings"])
        return cls(tuple(config["sensors"]), settings, regression, arrays["unsure"], memory)


def bias_of_the_unseen(
    rows: Floats, sensors: Sequence[str], settings: SensorSettings, error: Floats
) -> Floats:
    """The mean squared bias of modes that a regression was fitted without, in `error`s: [C].

    Of each fifth of the modes in healthy rows [R, F], foreseen from the others.
    """
    modes = modes_of(rows, sensors, settings, None)
    numbers = np.unique(np.array([mode[1:] for mode in modes]), axis=0, return_inverse=True)[1]
    if numbers.max() + 1 < FEW:
        return np.full(len(error), A_THIRD)
    squares = []
    for others, unseen in GroupKFold(FOLDS).split(rows, groups=numbers):
        regression = Regression.fit(rows[others], sensors, settings)
        left, own = regression(rows[unseen]) * regression.error / error, numbers[unseen]
        biases = [np.median(left[own == mode], axis=0) for mode in np.unique(own)]
        squares += [np.square(bias) for bias in biases]
    return np.asarray(np.mean(squares, axis=0))


def modes_of(
    rows: Floats, sensors: Sequence[str], settings: SensorSettings, assets: Assets
) -> list[tuple[Any, ...]]:
    """[R]: asset and mode of each reading; none where no sensor tells the mode."""
    names = settings.mode_sensors(sensors)
    if not names:
        return []
    told = np.nan_to_num(rows[:, [sensors.index(name) for name in names]], nan=UNKNOWN)
    owners = [""] * len(rows) if assets is None else assets.tolist()
    return [(owner, *mode) for owner, mode in zip(owners, told.tolist(), strict=True)]
