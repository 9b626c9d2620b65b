"""What came of a tabular study, as tables: figures, results by task, predictions by row."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from matts.evaluate.tabular import CHOSEN, Judged, Verdict
from matts.tabular.controls import is_told
from matts.tabular.predictions import Predictions
from matts.tabular.study import Study, Subject, tell_folds

Tree = dict[str, Any]
Frames = dict[str, pd.DataFrame]


def figures_table(verdicts: Sequence[Verdict], found: Sequence[Predictions]) -> pd.DataFrame:
    """One row a figure: task, model, control, metric, value, low, high."""
    rows = [
        (verdict.task, judged.model, judged.control, metric, *spread[:3])
        for verdict in verdicts
        for judged in verdict.judged.values()
        for metric, spread in judged.figures.items()
    ]
    rows += [
        (each.task, each.model, each.control, metric, getattr(each.cost, metric), np.nan, np.nan)
        for each in found
        for metric in ("seconds", "cpu_seconds")
        if not each.problem
    ]
    columns = ["task", "model", "control", "metric", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def results_by_task(verdicts: Sequence[Verdict], found: Sequence[Predictions]) -> Frames:
    """One table a task, one row a configuration: the best by the lead figure first.

    What a model said is the same whoever looks; so a problem in place of figures is a row, too.
    """
    asked = {(each.task, each.model): each for each in found}
    return {verdict.task: _results(verdict, asked) for verdict in verdicts}


def _results(verdict: Verdict, asked: Mapping[tuple[str, str], Predictions]) -> pd.DataFrame:
    rows = [
        _row(verdict, judged, asked.get((verdict.task, name)))
        for name, judged in verdict.judged.items()
    ]
    rows += [{"model": n, "control": False, "problem": p} for n, p in verdict.problems.items()]
    table = pd.DataFrame(rows)
    return table.sort_values(verdict.lead, ascending=False, kind="stable", ignore_index=True)


def _row(verdict: Verdict, judged: Judged, asked: Predictions | None) -> Tree:
    told: Tree = {
        "model": judged.model,
        "control": judged.control,
        "best": judged.model == verdict.best,
        "beats_all_controls": None if judged.control else not judged.unbeaten,
        "not_surely_better_than": ", ".join(judged.unbeaten),
        "problem": None,
    }
    for metric, spread in judged.figures.items():
        told[metric] = spread.value
        if not np.isnan(spread.low):
            told |= {f"{metric}_low": spread.low, f"{metric}_high": spread.high}
    if asked:
        told |= {"seconds": asked.cost.seconds, "cpu_seconds": asked.cost.cpu_seconds}
        told |= {"fitted_rows": ", ".join(map(str, asked.cost.fitted_rows))}
    thresholds = ", ".join(f"{value:.3g}" for value in judged.thresholds.values())
    own = json.dumps(asked.settings) if asked else ""
    return told | {"thresholds": thresholds, "settings": own}


def predictions_by_task(study: Study, found: Sequence[Predictions]) -> Frames:
    """One table a task, one row a judged example: whose it is, the truth, what each model said.

    A model's column is the number that it foresaw, or the probability of yes; of more classes it
    has one of each.
    """
    return {
        key: _said(study, subject, [e for e in found if e.task == key and not e.problem])
        for key, subject in study.subjects.items()
    }


def _said(study: Study, subject: Subject, found: Sequence[Predictions]) -> pd.DataFrame:
    at = found[0].judged
    place = _place(study, subject, at, found[0])
    columns = {name: column for each in found for name, column in _columns(subject, each, at)}
    return pd.DataFrame(place | columns)


def _columns(subject: Subject, said: Predictions, at: Any) -> Iterator[tuple[str, Any]]:
    told, classes = said.values, subject.examples.classes  # noqa: PD011
    values = told[at].astype(np.float32)
    if not classes:
        yield said.model, values
    elif len(classes) == 2:  # noqa: PLR2004
        yield said.model, values[:, 1]
    else:
        yield from ((f"{said.model}/{name}", values[:, k]) for k, name in enumerate(classes))


def _place(study: Study, subject: Subject, at: Any, said: Predictions) -> Tree:
    """Row of the file, machine, time, fold and truth of some examples."""
    examples, rows = subject.examples, study.rows
    own, truth = examples.rows[at], examples.y[at]
    told = {
        "row": rows.numbers[own],
        "machine": rows.machines[own],
        "fold": said.folds[at],
        "truth": np.array(examples.classes)[truth] if examples.classes else truth,
    }
    return told if rows.times is None else told | {"time": rows.times[own]}


def best_by_task(study: Study, verdicts: Sequence[Verdict], found: Sequence[Predictions]) -> Frames:
    """What the best model of each task said of each judged example: classes by their names."""
    asked = {(each.task, each.model): each for each in found}
    return {
        verdict.task: _best(study, verdict, asked[verdict.task, verdict.best])
        for verdict in verdicts
    }


def _best(study: Study, verdict: Verdict, said: Predictions) -> pd.DataFrame:
    subject, named = study.subjects[verdict.task], verdict.judged[verdict.best].named
    classes = subject.examples.classes
    told: Tree = {"model": verdict.best} | _place(study, subject, said.judged, said)
    told["predicted"] = np.array(classes)[named] if classes else named
    values = said.values[said.judged]  # noqa: PD011
    told |= {f"p/{name}": values[:, k] for k, name in enumerate(classes)}
    return pd.DataFrame(told)


def summarise(
    study: Study, verdicts: Sequence[Verdict], found: Sequence[Predictions], told: Tree
) -> Tree:
    """The whole study as JSON can hold it: best models, figures, folds, costs."""
    answered = [each for each in found if not each.problem]
    return {
        **told,
        "rows": len(study.rows),
        "machines": len(np.unique(study.rows.machines)),
        "features": len(study.features.names),
        "configurations": sum(not each.control for each in answered),
        "controls": sum(each.control for each in answered),
        "cpu_seconds": sum(each.cost.cpu_seconds for each in answered),
        "seconds": sum(each.cost.seconds for each in answered),
        "tasks": {each.task: _summary(each, study.subjects[each.task]) for each in verdicts},
        "left_out": study.left_out,
        "folds": list(tell_folds(study)),
    }


def _summary(verdict: Verdict, subject: Subject) -> Tree:
    best, chosen = verdict.judged[verdict.best], verdict.judged[CHOSEN]
    controls = [each for each in verdict.judged.values() if each.control]
    return {
        "examples": len(subject.examples.rows),
        "classes": list(subject.examples.classes),
        "lead": verdict.lead,
        "best": verdict.best,
        "figures": {name: _spread(best, name) for name in best.figures},
        "thresholds": list(best.thresholds.values()),
        "not_surely_better_than": list(best.unbeaten),
        "chosen_by_other_folds": {
            "models": list(chosen.picked.values()),
            verdict.lead: _spread(chosen, verdict.lead),
        },
        "controls": {each.model: _spread(each, verdict.lead) for each in controls},
        "told_controls": [e.model for e in controls if is_told(e.model, subject.task)],
        "problems": verdict.problems,
    }


def _spread(judged: Judged, name: str) -> Tree:
    """A figure and its interval, None where there is none."""
    value, low, high, _ = judged.figures[name]
    return {
        key: None if np.isnan(each) else float(each)
        for key, each in (("value", value), ("low", low), ("high", high))
    }
