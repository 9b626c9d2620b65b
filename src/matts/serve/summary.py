"""What was found in a file of readings, and how right it was where the file has labels."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from matts.diagnose.novelty import UNKNOWN
from matts.domain import Bools, Floats, Ints, Readings
from matts.evaluate.detection import detection_metrics
from matts.evaluate.diagnosis import diagnosis_metrics
from matts.long_tables import StoredTable
from matts.readings import to_readings
from matts.serve.batch import CONTRIBUTION, PROBABILITY, Schema

VERDICT = ("score", "alert", "fault", "likeliest")


class Judged(NamedTuple):
    """What metrics look at, of the N readings that have a score."""

    scores: Floats  # [N]
    alerts: Bools  # [N]
    named: Ints  # [N], the class that each was given: HEALTHY, or 1 + its likeliest fault
    unknown: Bools  # [N], alerts like no known fault
    faulty: Bools  # [N], by faults unknown to the models, too
    truth: Bools  # [N, K], by the faults that they know
    segments: Ints  # [N]


def summarise_stored(verdicts: StoredTable, schema: Schema) -> dict[str, Any]:
    """Counts of what was found in a long file; with known faults, how right it was."""
    bulky = (CONTRIBUTION, PROBABILITY)
    beside = [name for name in verdicts.names if not name.startswith(bulky)]
    beside = [name for name in beside if name not in {"reading", *VERDICT}]
    result = _count(verdicts.chunks(VERDICT), schema)
    if to_readings(verdicts.head(2)[beside]).labelled:
        read = verdicts.read  # what it gives must be gone before the metrics are taken
        known = _join(read(VERDICT), to_readings(read(beside), with_assets=False), schema)
        result |= _compare(known, schema)
    return result


def summarise(verdicts: pd.DataFrame, readings: Readings, schema: Schema) -> dict[str, Any]:
    """The same of verdicts in memory."""
    result = _count([verdicts], schema)
    if readings.labelled:
        result |= _compare(_join(verdicts, readings, schema), schema)
    return result


def _count(tables: Iterable[pd.DataFrame], schema: Schema) -> dict[str, Any]:
    result: dict[str, Any] = {"readings": 0, "scored": 0, "alerts": 0}
    faults = dict.fromkeys((*schema.fault_names, UNKNOWN), 0)
    for verdicts in tables:
        alerts = verdicts["alert"].to_numpy(np.bool_)
        found = verdicts.loc[alerts, "fault"].value_counts()
        faults = {name: count + int(found.get(name, 0)) for name, count in faults.items()}
        result["readings"] += len(verdicts)
        result["scored"] += int(verdicts["score"].count())
        result["alerts"] += int(alerts.sum())
    return {**result, "faults": faults}


def in_one_sentence(result: Mapping[str, Any]) -> str:
    """What was found in a file.

    >>> faults = {"Electric": 2, "Bearing": 0}
    >>> in_one_sentence({"readings": 9, "scored": 5, "alerts": 2, "faults": faults})
    '9 readings, 5 of them scored, 2 alerts: 2 Electric, 0 Bearing.'
    """
    faults = ", ".join(f"{count:,} {name}" for name, count in result["faults"].items())
    return (
        f"{result['readings']:,} readings, {result['scored']:,} of them scored, "
        f"{result['alerts']:,} alerts: {faults}."
    )


def _join(verdicts: pd.DataFrame, readings: Readings, schema: Schema) -> Judged:
    """Verdicts and labels, no wider than metrics need them: a file may have millions of rows."""
    scored = verdicts["score"].notna().to_numpy()[readings.places]
    rows = readings.places[scored]
    classes = {name: k for k, name in enumerate(("", *schema.fault_names))}
    return Judged(
        verdicts["score"].to_numpy(np.float64)[rows],
        verdicts["alert"].to_numpy(np.bool_)[rows],
        np.asarray(verdicts["likeliest"].map(classes), np.int64)[rows],
        np.asarray(verdicts["fault"] == UNKNOWN)[rows],
        np.asarray(readings.faults.any(axis=1))[scored],
        _in_order(readings, schema)[scored],
        readings.segments[scored],
    )


def _compare(judged: Judged, schema: Schema) -> dict[str, Any]:
    """Metrics against the labels in the file; naming is judged by the likeliest fault."""
    scores, alerts, named, unknown, faulty, truth, segments = judged
    nameless = alerts.any() and not named.any()  # there is no diagnoser
    return {
        "detection": detection_metrics(scores, alerts, faulty, segments),
        "end_to_end": None
        if nameless
        else diagnosis_metrics(named, truth, schema.fault_names, with_healthy=True),
        "unknown": _count_unknown(unknown, faulty, truth),
    }


def _count_unknown(unknown: Bools, faulty: Bools, truth: Bools) -> dict[str, int]:
    """How many alerts were called unknown, by what they truly were."""
    known = np.asarray(truth.any(axis=1))
    return {
        "known_faults": int((unknown & known).sum()),
        "other_faults": int((unknown & faulty & ~known).sum()),
        "healthy": int((unknown & ~faulty).sum()),
    }


def _in_order(readings: Readings, schema: Schema) -> Bools:
    """[R, K]: the true faults, in the order that the models know them; unknown faults drop out."""
    where = {name: k for k, name in enumerate(readings.fault_names)}
    absent = np.zeros(len(readings), np.bool_)
    known = [readings.faults[:, where[n]] if n in where else absent for n in schema.fault_names]
    return np.array(known, np.bool_).reshape(len(known), len(readings)).T
