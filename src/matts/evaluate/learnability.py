"""Which faults can be learnt: each class beside controls that know nothing of the sensors."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from matts.detect.calibration import Calibration
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import HEALTHY, Bools, Diagnoser, Floats, Ints, State, Windows
from matts.evaluate.bootstrap import count_hits, f1_of, spread_of, units_of
from matts.evaluate.diagnosis import diagnosis_metrics
from matts.evaluate.tables import alerts_of, fault_names, models_in, truth_of

Tree = dict[str, Any]

GUESSES = 20  # of a random control, of which the mean is taken
FEWEST = 5  # events: with none found of 5, the chance to find one may still be 45 %
WIDEST = 0.5  # an interval that holds half of all values tells nothing

LEARNT = "learnt"
CONFUSED = "found, but not told from other faults"
NEVER = "cannot be learnt from these sensors, by what was tried"
FEW = "too few to tell"
UNTAUGHT = "never in training"


class View(NamedTuple):
    """What was named on N rows, and what controls would name: classes from 0, healthy."""

    named: Ints  # [N]
    controls: Mapping[str, Ints]  # [G, N] of each, several guesses
    truth: Bools  # [N, K]
    units: Ints  # [N], which rows belong together


class Naming(NamedTuple):
    """What the best diagnoser says of the test part, and what it would say without knowledge."""

    named: Ints  # [N]
    by_chance: Ints  # [N], trained on shuffled labels
    alerts: Bools  # [N], of the best detector
    truth: Bools  # [N, K]
    units: Ints  # [N]
    shares: Floats  # [1 + K], of the classes in training


def best_diagnoser(diagnoses: pd.DataFrame) -> str | None:
    """The full name of the diagnoser with the best macro F1 on validation, if there is any."""
    held_out, names = diagnoses[diagnoses["part"] == "validation"], fault_names(diagnoses)
    truth, worth = truth_of(held_out), {}
    for name in models_in(diagnoses):
        judged = diagnosis_metrics(held_out[name].to_numpy(), truth, names, with_healthy=False)
        worth[name] = judged["f1_macro"] or 0.0
    return max(worth, key=worth.__getitem__, default=None)


def shuffled(windows: Windows, seed: int = 0) -> Windows:
    """The same windows, with the faults of the faulty ones dealt out anew among them."""
    faulty = windows.last[windows.faulty]
    rows = windows.row_faults.copy()
    rows[faulty] = rows[np.random.default_rng(seed).permutation(faulty)]
    return replace(windows, row_faults=rows)


def name_by_chance(
    diagnosers: Mapping[str, Diagnoser],
    diagnoses: pd.DataFrame,
    train: Windows,
    validation: Windows,
    test: Windows,
) -> Ints:
    """What the best diagnoser would say of test windows, had its labels been shuffled: [N].

    Nothing, [0], where there is no diagnoser.
    """
    name = best_diagnoser(diagnoses)
    if name is None:
        return np.zeros(0, np.int64)
    fitted = untaught(diagnosers[name]).fit(shuffled(train), shuffled(validation))
    return 1 + np.asarray(fitted.probabilities(test).argmax(axis=1))


def untaught(diagnoser: Diagnoser) -> Diagnoser:
    """An equal one that can be fitted; what was trained along with stage one would take it over."""
    state = diagnoser.state()
    if isinstance(diagnoser, LatentDiagnoser):
        state = State(state.arrays, {**state.config, "joint": False})
    return type(diagnoser).from_state(state)


def judge_learnability(
    scores: pd.DataFrame,
    diagnoses: pd.DataFrame,
    calibration: Calibration,
    by_chance: Ints,
    train: Windows,
) -> Tree | None:
    """Every fault, named by the best diagnoser behind the best detector, both by validation.

    None where there is no diagnoser.
    """
    diagnoser = best_diagnoser(diagnoses)
    if diagnoser is None:
        return None
    worth = {name: each or 0.0 for name, each in calibration.validation_pr_auc.items()}
    detector = max(worth, key=worth.__getitem__)
    test, named = (table[table["part"] == "test"] for table in (scores, diagnoses))
    alerts = alerts_of(test, detector, calibration.thresholds[detector])
    naming = Naming(
        named[diagnoser].to_numpy(),
        by_chance,
        alerts,
        truth_of(test),
        units_of(test),
        shares_of(train),
    )
    classes = judge_faults(naming, train)
    return {"detector": detector, "diagnoser": diagnoser, "classes": classes}


def shares_of(train: Windows) -> Floats:
    """How often each class is in training, healthy first: [1 + K]."""
    counts = np.append((~train.faulty).sum(), train.faults.sum(axis=0))
    return np.asarray(counts / counts.sum())


def judge_faults(naming: Naming, train: Windows) -> dict[str, Tree]:
    """One entry a fault: figures, controls, and what they say together."""
    whole, anomalies = _figures(end_to_end(naming)), _figures(on_anomalies(naming))
    taught = train.faults.sum(axis=0).tolist()
    entries = {}
    for k, name in enumerate(train.fault_names):
        events = len(np.unique(naming.units[naming.truth[:, k]]))
        entry = {"training_windows": taught[k], "events": events}
        entry |= {"end_to_end": whole[k], "on_anomalies": anomalies[k]}
        several = int((naming.truth.any(axis=0)).sum()) > 1
        entries[name] = {**entry, "verdict": verdict(entry, several=several)}
    return entries


def end_to_end(naming: Naming) -> View:
    """All rows, named where there is an alert; controls alert and name by chance."""
    rng, count = np.random.default_rng(0), len(naming.named)
    size = (GUESSES, count)
    alerts = rng.permuted(np.tile(naming.alerts, (GUESSES, 1)), axis=1)
    controls = {
        "majority": np.full((1, count), naming.shares.argmax()),
        "random": rng.choice(len(naming.shares), size, p=naming.shares),
        "shuffled labels": np.where(alerts, naming.by_chance, HEALTHY),
    }
    flagged = np.where(naming.alerts, naming.named, HEALTHY)
    return View(flagged, controls, naming.truth, naming.units)


def on_anomalies(naming: Naming) -> View:
    """The faulty rows alone, each of them named; controls name by chance."""
    rows = np.asarray(naming.truth.any(axis=1))
    faults = naming.shares[1:] / naming.shares[1:].sum()
    size = (GUESSES, int(rows.sum()))
    controls = {
        "majority": np.full((1, size[1]), 1 + faults.argmax()),
        "random": 1 + np.random.default_rng(0).choice(len(faults), size, p=faults),
        "shuffled labels": naming.by_chance[None, rows],
    }
    units = np.unique(naming.units[rows], return_inverse=True)[1]
    return View(naming.named[rows], controls, naming.truth[rows], units)


def _figures(view: View) -> list[Tree]:
    """F1, its interval, and what each control reaches: a tree for each of K faults."""
    faults = range(view.truth.shape[1])
    if not len(view.named):
        return [{"f1": None, "low": None, "high": None, "controls": {}} for _ in faults]
    spread = spread_of(count_hits(view.named, view.truth, view.units))
    controls = {name: _mean_f1(guesses, view.truth) for name, guesses in view.controls.items()}
    return [
        {
            **{name: _known(values[1 + k]) for name, values in spread._asdict().items()},
            "controls": {name: float(values[1 + k]) for name, values in controls.items()},
        }
        for k in faults
    ]


def _mean_f1(guesses: Ints, truth: Bools) -> Floats:
    """The mean F1 of each class over the guesses, 0 where none names it: [G, N], [N, K] -> [C]."""
    one = np.zeros(len(truth), np.int64)
    each = [f1_of(count_hits(guess, truth, one)[0]) for guess in guesses]
    return np.asarray(np.nan_to_num(np.array(each)).mean(axis=0))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def verdict(entry: Tree, *, several: bool) -> str:
    """What the figures of a class say; naming is judged where there are several faults to name."""
    whole = entry["end_to_end"]
    if not entry["training_windows"]:
        return UNTAUGHT
    if entry["events"] < FEWEST:
        return FEW
    if not beats(whole):
        return FEW if whole["high"] - whole["low"] > WIDEST else NEVER
    return LEARNT if beats(entry["on_anomalies"]) or not several else CONFUSED


def beats(figures: Tree) -> bool:
    """Whether the interval lies above every control."""
    return bool(figures["low"] > max(figures["controls"].values()))
