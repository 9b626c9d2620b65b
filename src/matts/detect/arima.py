"""ARIMA: each sensor forecast from its own past, one reading ahead, at the same cost for ever."""

from itertools import product
from typing import ClassVar, NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.linalg import solve_discrete_lyapunov

from matts.detect.hannan_rissanen import Arma, steady, sums_of
from matts.detect.innovations import (
    EachAlone,
    Series,
    healthy_scale,
    healthy_series,
    judge,
    shared,
    steady_scale,
)
from matts.detect.state_space import DIFFUSE, Model
from matts.domain import Floats, Ints, State, Windows
from matts.windows import Scaler


class ArimaSettings(BaseModel):
    """The largest orders that are tried; Akaike's criterion chooses for each sensor."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    ar: int = Field(2, ge=0, le=5)
    differences: int = Field(1, ge=0, le=2)
    ma: int = Field(2, ge=0, le=5)


class Arima(NamedTuple):
    """One ARIMA(p, d, q) a sensor, coefficients beyond its order 0."""

    orders: Ints  # [F, 3]: p, d, q
    ar: Floats  # [F, most p]
    ma: Floats  # [F, most q]
    variance: Floats  # [F], of an error, in squared spreads


class ArimaDetector:
    """Score a window by how little its last reading was foreseen from those of its segment.

    The score is the mean over the sensors of v²/f, with v the innovation and f its variance: near
    1 where all is as in training. Coefficients come from healthy training readings, by Hannan
    and Rissanen's regressions; the order by the likelihood that the filter gives them, less
    Akaike's penalty (IEEE Transactions on Automatic Control 19, 1974).
    """

    Settings: ClassVar = ArimaSettings
    scaler: Scaler
    arima: Arima
    model: Model  # the same as a state space

    def __init__(self, settings: ArimaSettings | None = None) -> None:
        self.settings = settings or ArimaSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Find the order of each sensor, and its coefficients."""
        self.scaler = healthy_scale(windows)
        self._set(choose(healthy_series(windows, self.scaler), self.settings))
        return self

    def _set(self, arima: Arima) -> None:
        self.arima, self.model = arima, model_of(arima)

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return np.asarray(self.contributions(windows).sum(axis=1))

    def contributions(self, windows: Windows) -> Floats:
        """What each sensor adds to the score: [N, F]."""
        return shared(self.filter().squares, self.scaler, windows)

    def filter(self) -> EachAlone:
        """What foresees the readings of one machine, before the first of them."""
        return EachAlone(self.model)

    def state(self) -> State:
        """Scale, orders and coefficients."""
        arrays = {**self.scaler.arrays, **self.arima._asdict()}
        return State(arrays, {"settings": self.settings.model_dump()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from scale, orders and coefficients."""
        detector = cls(ArimaSettings(**state.config["settings"]))
        detector.scaler = Scaler.from_arrays(state.arrays)
        detector._set(Arima(*(state.arrays[name] for name in Arima._fields)))
        return detector


def choose(series: Series, settings: ArimaSettings) -> Arima:
    """For each sensor the order of least AIC = 2 (p + q + 1) - 2 log-likelihood.

    All orders are judged on the same readings, so that differenced ones compare.
    """
    tried: list[Arima] = []
    criteria = []
    for d in range(settings.differences + 1):
        sums = sums_of(*series, d, settings.ar, settings.ma)
        for p, q in product(range(settings.ar + 1), range(settings.ma + 1)):
            found = _arima((p, d, q), sums.arma(p, q))
            fit = judge(model_of(found), series, settings.differences)
            tried.append(found._replace(variance=steady_scale(fit.scale, series)))
            penalty = np.where(found.orders[:, 0] == p, p + q + 1, np.inf)
            criteria.append(2 * (penalty - fit.log_likelihood))
    return _pick(tried, np.argmin(criteria, axis=0))


def _arima(order: tuple[int, int, int], arma: Arma) -> Arima:
    """That order for each sensor, or (-1, d, 0) where it would grow without end."""
    fine = steady(arma.ar) & steady(-arma.ma)
    orders = np.where(fine[:, None], order, (-1, order[1], 0))
    ar, ma = (np.where(fine[:, None], part, 0.0) for part in arma)
    return Arima(orders, ar, ma, np.ones(len(fine)))


def _pick(tried: list[Arima], best: Ints) -> Arima:
    """The best of them for each sensor, as wide as the largest order chosen."""
    orders, variance = (
        np.stack([getattr(each, name) for each in tried])[best, np.arange(len(best))]
        for name in ("orders", "variance")
    )
    ar, ma = np.zeros((len(best), orders[:, 0].max())), np.zeros((len(best), orders[:, 2].max()))
    for sensor, chosen in enumerate(best):
        p, _, q = orders[sensor]
        ar[sensor, :p], ma[sensor, :q] = tried[chosen].ar[sensor], tried[chosen].ma[sensor]
    return Arima(orders, ar, ma, variance)


def model_of(arima: Arima) -> Model:
    """The state space form: d sums of what came before, then the ARMA part in Harvey's form."""
    most = int(arima.orders[:, 1].max())
    each = zip(arima.orders[:, 1].tolist(), *arima[1:], strict=True)
    parts = [_one(d, most, ar, ma, variance) for d, ar, ma, variance in each]
    return Model(*(np.stack(part) for part in zip(*parts, strict=True)))


def _one(d: int, most: int, ar: Floats, ma: Floats, variance: float) -> tuple[Floats, ...]:
    """The state space form of one sensor, with as many states as `most` differences need."""
    arma = max(len(ar), len(ma) + 1)
    inner, own = slice(d, d + arma), slice(0, d + 1)
    transition = np.zeros((most + arma, most + arma))
    transition[own, own] = np.triu(np.ones((d + 1, d + 1)))
    transition[inner, inner] = np.eye(arma, k=1)
    transition[d : d + len(ar), d] = ar
    selection = np.zeros(most + arma)
    selection[inner][: len(ma) + 1] = 1.0, *ma
    added = variance * np.outer(selection, selection)
    start = np.diag(np.where(np.arange(most + arma) < d, DIFFUSE, 0.0))
    start[inner, inner] = solve_discrete_lyapunov(transition[inner, inner], added[inner, inner])
    design = np.where(np.arange(most + arma) <= d, 1.0, 0.0)
    return design, transition, added, np.array(0.0), start
