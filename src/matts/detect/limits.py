"""The ways to a limit: each takes validation scores, or healthy ones, and returns one number.

A score equal to the limit is an alert.
"""

from typing import Any

import numpy as np
from scipy.stats import genpareto, norm
from sklearn.metrics import precision_recall_curve

from matts.detect.alarms import Scored, count_alarms
from matts.domain import Bools, Floats

NORMAL_MAD = 1.4826  # standard deviations in one MAD, where scores are normal
FEWEST_EXCESSES = 10  # below that a tail is not fitted
FAR_OFF = 2  # times the promised rate on the scores that a tail was fitted to


def percentile(scores: Floats, share: float) -> float:
    """The score that `share` % of the given ones stay below: [N]."""
    return float(np.percentile(scores, share))


def best_f1(scores: Floats, faulty: Bools) -> float:
    """The score with the best F1: [N], [N], some of them faulty."""
    precision, recall, limits = precision_recall_curve(faulty, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return float(limits[f1[:-1].argmax()])


def learnable(scores: Floats, faulty: Bools) -> float:
    """Climb the soft F1 of sigmoid((score - limit) / width), both on the scores' own range.

    The limit is lowest + (highest - lowest) * sigmoid(t), t from 0 by plain gradient ascent
    (200 steps, each of the gradient's sign and falling length, so that scale does not matter).
    """
    lowest, reach = scores.min(), scores.max() - scores.min()
    unit, truth = (scores - lowest) / reach, faulty.astype(float)
    t, width = 0.0, 0.05
    for step in np.geomspace(0.5, 0.005, 200):
        limit = 1 / (1 + np.exp(-t))
        soft = 1 / (1 + np.exp(np.clip((limit - unit) / width, -50, 50)))
        slope = -soft * (1 - soft) / width  # of each soft alert, by the limit
        hits, total = soft @ truth, soft.sum() + truth.sum()
        gradient = 2 * ((slope @ truth) * total - hits * slope.sum()) / total**2
        t += step * np.sign(gradient)
    return float(lowest + reach / (1 + np.exp(-t)))


def gaussian(scores: Floats, rate: float) -> float:
    """What a normal distribution with their mean and spread exceeds at this rate: [N] healthy.

    >>> round(gaussian(np.array([-1.0, 1.0]), rate=0.00135), 2)
    3.0
    """
    return above(scores.mean() + norm.isf(rate) * scores.std(), scores)


def mad(scores: Floats, rate: float) -> float:
    """The same from median and median absolute deviation, which a few faults do not move: [N]."""
    middle = np.median(scores)
    spread = NORMAL_MAD * np.median(np.abs(scores - middle))
    return above(middle + norm.isf(rate) * spread, scores)


def pot(scores: Floats, rate: float, tail: float) -> float:
    """Peaks over threshold: what a Pareto tail, fitted to the highest scores, exceeds: [N] healthy.

    The generalised Pareto distribution of the excesses over the start of the tail (Pickands, The
    Annals of Statistics 3, 1975), by maximum likelihood. Inside the data, with few excesses, or
    where the fit is far off the data, as with probabilities that all end at 1, it is the plain
    quantile.
    """
    start = np.quantile(scores, 1 - tail)
    excesses = np.asarray(scores[scores > start] - start, np.float64)
    share = len(excesses) / len(scores)
    plain = above(np.quantile(scores, 1 - rate), scores)
    if rate >= share or len(excesses) < FEWEST_EXCESSES:
        return plain
    shape, scale = pareto(excesses)
    limit = above(start + genpareto.isf(rate / share, shape, scale=scale), scores)
    return limit if (scores >= limit).mean() <= FAR_OFF * rate else plain


def pareto(excesses: Floats) -> tuple[float, float]:
    """Shape and scale of the generalised Pareto distribution of excesses, by likelihood: [M]."""
    unit = excesses.mean()
    with np.errstate(all="ignore"):
        shape, _, scale = genpareto.fit(excesses / unit, floc=0)
    return float(shape), float(unit * scale)


def needed_readings(budget: float) -> int:
    """Healthy readings that it takes to promise a budget of alarms per 1,000.

    >>> needed_readings(0.5)
    1999
    """
    return int(np.ceil(1000 / budget - 1e-9)) - 1


def within_budget(parts: tuple[Scored, ...], budget: float) -> float:
    """The lowest limit that keeps to so many alarms per 1,000 healthy readings, and all above it.

    With k alarms on n healthy readings the next reading raises one with a probability of at most
    (k + 1) / (n + 1), whatever the scores' distribution, if readings are exchangeable (Angelopoulos
    et al., Conformal risk control, ICLR 2024): k is the largest number that keeps that to the
    budget. Where even none is too many, the limit is just above every score.
    """
    levels = np.unique(np.concatenate([part.ordinary for part in parts]))
    readings = sum(int(part.quiet.sum()) for part in parts)
    allowed = int(budget / 1000 * (readings + 1) + 1e-9) - 1
    too_many = np.flatnonzero(count_alarms(parts, levels) > allowed)
    return above(levels[too_many[-1]], levels) if len(too_many) else float(levels[0])


def above(limit: float | np.floating[Any], scores: Floats) -> float:
    """The next number after a limit, in the scores' precision: an equal score is no alert then."""
    return float(np.nextafter(scores.dtype.type(limit), scores.dtype.type(np.inf)))
