"""What every configuration of a tabular study is worth, and which are worth more than a guess."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matts.domain import BadInputError, Floats, Ints
from matts.evaluate.bootstrap import TAILS
from matts.evaluate.tabular_choice import choose_by_fold, lead_of, name_classes
from matts.evaluate.tabular_figures import Figures, class_figures, number_figures
from matts.evaluate.unit_draws import units_of
from matts.parallel import run_all
from matts.tabular.controls import is_told
from matts.tabular.predictions import Predictions
from matts.tabular.study import Study, Subject

CHOSEN = "chosen"  # the best model of each fold, by the other folds
Tree = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """One configuration: its figures, and the controls that it does not surely beat."""

    model: str
    control: bool
    figures: Figures
    named: Ints | Floats  # what each judged example was called, or the number foreseen
    unbeaten: tuple[str, ...] = ()
    thresholds: dict[int, float] = field(default_factory=dict)
    picked: dict[int, str] = field(default_factory=dict)  # of CHOSEN: the model of each fold


@dataclass(frozen=True)
class Verdict:
    """All that is known of one task."""

    task: str
    lead: str  # the figure that ranks
    judged: dict[str, Judged]
    best: str  # the model of the highest lead figure
    problems: dict[str, str]


@dataclass(frozen=True)
class _Judged:
    """The examples that some fold tests."""

    at: Ints  # [J] their places among all
    truth: Ints | Floats  # [J]
    folds: Ints  # [J]
    units: Ints  # [J]
    classes: tuple[str, ...]
    by_time: bool


def judge_study(
    study: Study, found: Sequence[Predictions], *, by_time: bool, workers: int
) -> list[Verdict]:
    """Judge each task of a study."""
    tasks = [
        (subject, [each for each in found if each.task == key])
        for key, subject in study.subjects.items()
    ]
    judge = partial(_judge_pair, study.rows.machines, by_time)
    return run_all(judge, tasks, workers, "tasks judged")


def _judge_pair(
    machines: NDArray[np.str_],
    by_time: bool,  # noqa: FBT001 (run_all gives what is left by place)
    pair: tuple[Subject, list[Predictions]],
) -> Verdict:
    return judge_task(*pair, machines[pair[0].examples.rows], by_time=by_time)


def judge_task(
    subject: Subject,
    found: Sequence[Predictions],
    machines: NDArray[np.str_],
    *,
    by_time: bool,
) -> Verdict:
    """Figures of each configuration and of the choice among them, and what each is better than.

    Only examples that some fold tests are judged; machines [N] are drawn for the intervals.

    Raises:
        BadInputError: no model answered; each says why.
    """
    answered = [each for each in found if not each.problem]
    rows = _rows_of(subject, answered[0].folds, machines, by_time=by_time)
    said = {each.model: np.asarray(each.values[rows.at], np.float64) for each in answered}
    controls = {each.model for each in answered if each.control}
    models = {name: values for name, values in said.items() if name not in controls}
    problems = {each.model: each.problem for each in found if each.problem}
    if not models:
        msg = f"no model could answer {subject.task.key}: {'; '.join(problems.values())}"
        raise BadInputError(msg)
    judged = {n: _judge(n, values, rows, control=n in controls) for n, values in said.items()}
    values, picked = choose_by_fold(models, rows.truth, rows.folds, by_time=by_time)
    judged[CHOSEN] = replace(_judge(CHOSEN, values, rows, control=False), picked=picked)
    lead = lead_of(len(subject.examples.classes))
    fair = [judged[name] for name in controls if not is_told(name, subject.task)]
    judged = {name: _compare(each, fair, lead) for name, each in judged.items()}
    best = max(models, key=lambda name: judged[name].figures[lead].value)
    return Verdict(subject.task.key, lead, judged, best, problems)


def _rows_of(
    subject: Subject, folds: Ints, machines: NDArray[np.str_], *, by_time: bool
) -> _Judged:
    at = np.flatnonzero(folds >= 0)
    truth, classes = subject.examples.y[at], subject.examples.classes
    return _Judged(at, truth, folds[at], units_of(machines[at]), classes, by_time)


def _judge(name: str, values: Floats, rows: _Judged, *, control: bool) -> Judged:
    """The figures of what was said of the judged examples."""
    if not rows.classes:
        numbers = np.asarray(rows.truth, np.float64)
        return Judged(name, control, number_figures(values, numbers, rows.units), values)
    truth = np.asarray(rows.truth, np.int64)
    named, thresholds = name_classes(values, truth, rows.folds, by_time=rows.by_time)
    figures = class_figures(values, named, truth, rows.units, rows.classes)
    return Judged(name, control, figures, named, thresholds=thresholds)


def _compare(judged: Judged, controls: Sequence[Judged], lead: str) -> Judged:
    """Which controls a model does not surely beat: the same machines are drawn for both.

    It beats one if its lead figure is higher in 97.5 % of the draws.
    """
    if judged.control:
        return judged
    own = judged.figures[lead].draws
    unbeaten = [each.model for each in controls if not _low(own - each.figures[lead].draws) > 0]
    return replace(judged, unbeaten=tuple(sorted(unbeaten)))


def _low(draws: Floats) -> float:
    known = draws[~np.isnan(draws)]
    return float(np.percentile(known, TAILS[0])) if len(known) else np.nan
