"""Signs that a sensor knows what nobody could know at its time: looked for in every run.

They prove nothing; what they find is told in the report, for somebody to say whether it is so.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from matts.domain import Bools, Floats, Windows
from matts.evaluate.runs import runs
from matts.evaluate.similar import segments_of

ALMOST = 0.999  # ROC-AUC: no honest sensor ranks so well by itself
FEWEST = 5  # events: fewer are ranked by luck
AHEAD = 1  # readings: how far a sensor may look before it is noticed
STEPS = 20  # changes of a sensor: fewer are equal by luck

Tree = dict[str, Any]


def look(train: Windows) -> Tree:
    """Sensors that tell a label by themselves, and those that show another's next reading."""
    return {"tells_the_label": tells_the_label(train), "shows_the_next": shows_the_next(train)}


def tells_the_label(windows: Windows) -> list[Tree]:
    """Each sensor that alone ranks the windows of a fault above or below the healthy ones.

    By its last reading; `ahead` is 1 where it so ranks those that are faulty a reading later.
    """
    found = []
    rows, segments = windows.last_rows, segments_of(windows)
    for k, fault in enumerate(windows.fault_names):
        own, judged = windows.faults[:, k], windows.faults[:, k] | ~windows.faulty
        if len(runs(own, segments)) < FEWEST or own.all():
            continue
        joined = (segments[1:] == segments[:-1]) & (np.diff(windows.last) == AHEAD)
        follows = np.flatnonzero(judged[1:] & joined)
        now = roc_aucs(rows[judged], own[judged])
        later = roc_aucs(rows[follows], own[follows + 1])
        for column, sensor in enumerate(windows.sensors):
            ahead = int(later[column] > now[column])
            best = max(now[column], later[column])
            if best >= ALMOST:
                entry = {"sensor": sensor, "fault": fault, "roc_auc": float(best)}
                found.append({**entry, "ahead": ahead * AHEAD})
    return found


def roc_aucs(rows: Floats, faulty: Bools) -> Floats:
    """How well each sensor alone ranks faulty rows, upwards or downwards: [N, F], [N] -> [F].

    From ranks (Mann and Whitney, 1947); a missing reading is as the median, and 0.5 tells nothing.

    >>> rows = np.array([[1.0, 5.0], [2.0, 5.0], [9.0, 5.0]])
    >>> roc_aucs(rows, np.array([False, False, True])).tolist()
    [1.0, 0.5]
    """
    count, others = int(faulty.sum()), int((~faulty).sum())
    if not count or not others:
        return np.full(rows.shape[1], 0.5)
    there = pd.DataFrame(rows).replace([np.inf, -np.inf], np.nan)
    known = there.fillna(there.median()).fillna(0.0).to_numpy()
    ranks = rankdata(known, axis=0)[faulty]
    area = (ranks.mean(axis=0) - (count + 1) / 2) / others
    return np.asarray(np.maximum(area, 1 - area))


def shows_the_next(windows: Windows) -> list[Tree]:
    """Each sensor whose readings are those that another one has a reading later."""
    segments = windows.segments
    joined = np.ones(len(windows.rows) - 1, np.bool_)
    if segments is not None:
        joined = np.asarray(segments[1:] == segments[:-1])
    now, later = windows.rows[:-1][joined], windows.rows[1:][joined]
    found = []
    for column, sensor in enumerate(windows.sensors):
        moving = now[:, column] != later[:, column]
        if moving.sum() < STEPS:
            continue
        same = (now[moving, column, None] == later[moving]).mean(axis=0) >= ALMOST
        others = [windows.sensors[k] for k in np.flatnonzero(same) if k != column]
        found += [{"sensor": sensor, "shows": other} for other in others]
    return found
