"""Numbers as one byte each: where a value lies among those of training, and how to compare them.

A few quantiles of training cut each column; a code says between which two a value lies, or on which
one. So 256 readings of 51 sensors are 13 kB, and a comparison is a count.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, kolmogorov

from matts.domain import Floats
from matts.monitor.reference import TrainingReference

CUTS = 32
CODES = 2 * CUTS + 1
GAP = 255
GROUPS = 10  # of the stability index, as it is customary

Codes = NDArray[np.uint8]


class Moved(NamedTuple):
    """How far each of C columns is from training."""

    distance: Floats  # [C], Kolmogorov-Smirnov: the largest difference of shares up to a value
    chance: Floats  # [C], of so large a one without drift, before any correction
    size: Floats  # [C], population stability index above what so few readings make of nothing
    higher: Floats  # [C], whether values have rather gone up (1), down (-1) or apart (0)


@dataclass(frozen=True)
class Codebook:
    """The cuts of C columns, and how training is spread over them."""

    cuts: Floats  # [C, CUTS], padded with infinity
    below: Floats  # [C, CODES], share of training up to each code
    memory: Floats  # [C]
    count: Floats  # [C], readings of training that tell as much as so many drawn alone
    gaps: Floats  # [F], share
    gap_memory: Floats  # [F]

    @classmethod
    def fit(cls, reference: TrainingReference) -> Self:
        """Cut sensors, then latents."""
        rows = np.column_stack([reference.rows, reference.latents])
        memory = np.append(reference.memory, reference.latent_memory)
        cuts = np.stack([_cuts(column) for column in rows.T])
        shares = _shares(_encode(cuts, rows))
        independent = reference.count[0] / memory
        below = np.cumsum(shares, axis=1)
        return cls(cuts, below, memory, independent, reference.missing, reference.gap_memory)

    def encode(self, row: Floats) -> Codes:
        """[C] -> [C]."""
        return np.asarray(_encode(self.cuts, row[None])[0])

    def compare(self, codes: Codes, thin: int) -> Moved:
        """[n, C] codes of every `thin`-th reading, against training."""
        shares, known = _shares(codes), (codes != GAP).sum(axis=0)
        apart = np.cumsum(shares, axis=1) - self.below
        distance = np.abs(apart).max(axis=1) * (known > 0)
        live = np.maximum(known * np.minimum(thin / self.memory, 1.0), 1e-9)
        pooled = live * self.count / (live + self.count)
        chance = kolmogorov((np.sqrt(pooled) + 0.12 + 0.11 / np.sqrt(pooled)) * distance)
        noise = (GROUPS - 1) / pooled
        size = np.maximum(_stability(shares, self.below, live) - noise, 0) * (known > 0)
        up, down = np.maximum(-apart.min(axis=1), 0), np.maximum(apart.max(axis=1), 0)
        return Moved(
            distance, chance, size, np.sign(up - down) * (np.abs(up - down) > distance / 2)
        )

    def gaps_in(self, codes: Codes, thin: int) -> tuple[Floats, Floats]:
        """How many more gaps each sensor has than in training, and the chance of it: [F], [F].

        One-sided binomial, its number of readings corrected for gaps that come in runs.
        """
        sensors = len(self.gaps)
        share = (codes[:, :sensors] == GAP).mean(axis=0)
        count = len(codes) * np.minimum(thin / self.gap_memory, 1.0)
        usual = np.maximum(self.gaps, 1 / self.count[:sensors])  # none seen is not none ever
        found = np.maximum(share * count, 1e-9)
        chance = np.where(share > 0, betainc(found, count - found + 1, np.minimum(usual, 1)), 1.0)
        return share - self.gaps, chance


def holm(chances: Floats) -> Floats:
    """[C]: chances corrected for their number (Holm 1979).

    >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(chances)
    factors = np.arange(len(chances), 0, -1)
    raised = np.maximum.accumulate(np.minimum(chances[order] * factors, 1.0))
    corrected = np.empty(len(chances))
    corrected[order] = raised
    return corrected


def _cuts(column: Floats) -> Floats:
    """[CUTS]: quantiles; a value that fills several of them is one cut."""
    known = column[np.isfinite(column)]
    found = np.full(CUTS, np.inf)
    if len(known):
        own = np.unique(np.quantile(known, np.linspace(0, 1, CUTS), method="nearest"))
        found[: len(own)] = own
    return found


def _encode(cuts: Floats, rows: Floats) -> Codes:
    """[n, C] -> [n, C]: cuts below a value, and again those that it reaches."""
    values = rows[:, :, None]
    codes = (cuts < values).sum(axis=2) + (cuts <= values).sum(axis=2)
    return np.where(np.isfinite(rows), codes, GAP).astype(np.uint8)


def _shares(codes: Codes) -> Floats:
    """[n, C] -> [C, CODES]: the share of each code among the readings that there are."""
    columns = codes.shape[1]
    places = codes.astype(np.int64) + 256 * np.arange(columns)
    counts = np.bincount(places.ravel(), minlength=256 * columns).reshape(columns, 256)[:, :CODES]
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))


def _stability(shares: Floats, below: Floats, count: Floats) -> Floats:
    """[C]: population stability index over tenths of training."""
    usual = np.diff(below, axis=1, prepend=0)
    group = np.minimum((below - usual / 2) * GROUPS, GROUPS - 1).astype(np.int64)
    place = (group + GROUPS * np.arange(len(group))[:, None]).ravel()
    size = GROUPS * len(group)
    least = 0.5 / np.maximum(count, 1)[:, None]  # half a reading where there is none
    live, old = (
        np.maximum(np.bincount(place, each.ravel(), size).reshape(-1, GROUPS), least)
        for each in (shares, usual)
    )
    return np.asarray(((live - old) * np.log(live / old)).sum(axis=1))


def rank(sorted_scores: Floats, score: float) -> float:
    """Where a score lies among healthy ones: 0 below all, 1 above all, the middle of equals."""
    left, right = (np.searchsorted(sorted_scores, score, side) for side in _SIDES)
    return float(left + right) / (2 * len(sorted_scores))


_SIDES: tuple[Any, Any] = ("left", "right")
