"""Which sensors a network sees: those that tell training faults best."""

import numpy as np
from scipy.stats import rankdata

from matts.domain import BadInputError, Bools, Floats, Windows
from matts.windows import Scaler


def scale_of(windows: Windows, share: float) -> Scaler:
    """The scale of training readings, in which that share of the sensors moves.

    A sensor that is left out has an endless spread: it is 0 in every window. So what keeps a
    scale, knows the choice too; a network is told every sensor and sees the chosen ones.
    """
    scaler = Scaler.fit(windows.rows)
    if share == 1:
        return scaler
    if not 0 < windows.faulty.sum() < len(windows):
        msg = "detector.sensors below 1 needs healthy and faulty training windows, got one kind"
        raise BadInputError(msg)
    worth = tell(windows.last_rows, windows.faulty)
    count = max(round(share * len(worth)), 1)
    left_out = np.argsort(-worth, kind="stable")[count:]
    spread = scaler.spread.copy()
    spread[left_out] = np.inf
    return Scaler(scaler.mean, spread)


def tell(rows: Floats, faulty: Bools) -> Floats:
    """How well each sensor alone ranks faulty readings, by value or distance from its median.

    It is the distance of the ROC-AUC from one half, the larger of the two: [N, F], [N] -> [F].

    >>> rows = np.array([[0.0, 5, 1], [1, 5, 9], [2, 5, 4], [8, 5, 5], [9, 5, 6]])
    >>> tell(rows, np.array([False, False, False, True, True])).round(2).tolist()
    [0.5, 0.0, 0.42]
    """
    centred = np.abs(rows - np.median(rows, axis=0))
    return np.asarray(np.maximum(_beyond_chance(rows, faulty), _beyond_chance(centred, faulty)))


def _beyond_chance(values: Floats, faulty: Bools) -> Floats:
    """|ROC-AUC - 1/2| of each column, from its ranks (Mann and Whitney, 1947)."""
    ranks, count = rankdata(values, axis=0)[faulty], faulty.sum()
    area = (ranks.mean(axis=0) - (count + 1) / 2) / (len(faulty) - count)
    return np.asarray(np.abs(area - 0.5))
