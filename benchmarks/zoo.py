"""What each model of the tabular zoo costs and finds: `python -m benchmarks.zoo --rows 5000`.

On the simulated factory in its physical mode, folds by machine; `--rows 100000` takes every row.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, f1_score, log_loss, r2_score

from matts.domain import Floats
from matts.groups import SensorSettings
from matts.simulate.smart_factory import SmartFactorySettings, simulate_smart_factory
from matts.tabular.features import Features, FeatureSettings, engineer
from matts.tabular.folds import Fold, FoldSettings, folds_of
from matts.tabular.lesson import Lesson, Past, drawn
from matts.tabular.model import fit_model
from matts.tabular.rows import Rows, to_rows
from matts.tabular.tasks import TASKS, Examples, Task, examples_of
from matts.tabular.zoo import CLASSIFIERS, REGRESSORS

GIVEN = SensorSettings.model_validate(
    {"groups": {"history": {"like": "machine_age|since_maintenance", "given": True}}}
)
BINS = 10  # of equally many probabilities, that calibration is judged in
SMALL = SmartFactorySettings(machines=12, readings=1500)


class Data(NamedTuple):
    """The factory's rows with their columns."""

    rows: Rows
    features: Features


def factory(settings: SmartFactorySettings) -> Data:
    """Run it, and engineer its columns."""
    rows = to_rows(simulate_smart_factory(settings).readings, GIVEN)
    return Data(rows, engineer(rows, FeatureSettings()))


def question(data: Data, task: Task, count: int) -> tuple[Examples, Lesson]:
    """At most so many examples of a task, and the same as a lesson."""
    examples = examples_of(data.rows, task)
    at = examples.rows
    whole = Lesson(
        data.features.values[at],  # noqa: PD011 (an array)
        examples.y,
        data.rows.machines[at],
        data.features.names,
        examples.classes,
        past=Past(data.rows, at),
    )
    chosen = drawn(
        replace(whole, x=np.arange(len(at), dtype=np.float64)[:, None], names=("place",)), count
    )
    places = chosen.x[:, 0].astype(np.int64)
    return examples._replace(rows=at[places], y=examples.y[places]), whole.take(places)


def measure(kind: str, lesson: Lesson, folds: Sequence[Fold], settings: Any) -> dict[str, Any]:
    """Processor seconds of one fit and of its judging, and how good it is out of fold."""
    said: list[Floats] = []
    seconds = np.zeros(2)
    for fold in folds:
        started = time.process_time()
        model = fit_model(kind, settings, lesson.take(fold.train))
        fitted = time.process_time()
        judged = lesson.take(fold.test)
        ask = model.numbers if lesson.is_number else model.probabilities
        said.append(ask(judged.x, judged.past))
        seconds += [fitted - started, time.process_time() - fitted]
    truth = lesson.y[np.concatenate([fold.test for fold in folds])]
    cost = dict(zip(("fit s", "ask s"), seconds / len(folds), strict=True))
    return {"model": kind, **cost, **figures(truth, np.concatenate(said))}


def figures(truth: Any, said: Floats) -> dict[str, float]:
    """What was found, and how far probabilities are from frequencies."""
    if said.ndim == 1:
        return {"R2": r2_score(truth, said)}
    labels = np.arange(said.shape[1])
    said = np.clip(said, 1e-9, 1)
    event = truth > 0
    return {
        "PR-AUC": average_precision_score(event, 1 - said[:, 0]),
        "base": float(event.mean()),
        "macro F1": f1_score(truth, said.argmax(axis=1), labels=np.unique(truth), average="macro"),
        "log loss": log_loss(truth, said / said.sum(axis=1, keepdims=True), labels=labels),
        "ECE": calibration_error(event, 1 - said[:, 0]),
    }


def calibration_error(event: Any, probability: Floats) -> float:
    """The mean gap between what is said and what happens, in bins of equally many examples.

    >>> calibration_error(np.array([True, False] * 50), np.full(100, 0.75))
    0.25
    """
    bins = np.array_split(np.argsort(probability, kind="stable"), BINS)
    gaps = [abs(event[b].mean() - probability[b].mean()) * len(b) for b in bins if len(b)]
    return float(sum(gaps) / len(event))


def suite(data: Data, chosen: argparse.Namespace) -> Iterator[pd.DataFrame]:
    """A table for each task."""
    for name in chosen.tasks:
        task = Task(name, chosen.horizon)
        examples, lesson = question(data, task, chosen.rows)
        folds = folds_of(data.rows, examples, FoldSettings(count=chosen.folds))
        table = REGRESSORS if task.is_number else CLASSIFIERS
        asked = [kind for kind in table if not chosen.models or kind in chosen.models]
        several = len(examples.classes) > 2  # noqa: PLR2004
        kinds = [kind for kind in asked if not (several and table[kind].yes_no)]
        told = {kind: {"balance": chosen.balance} if table[kind].weighted else {} for kind in kinds}
        rows = [measure(kind, lesson, folds, told[kind]) for kind in kinds]
        yield pd.DataFrame({"task": task.key} | pd.DataFrame(rows).to_dict("series"))


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5000, help="examples of each task")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--horizon", type=int, default=0, help="minutes ahead; 0 is now")
    parser.add_argument("--tasks", nargs="+", default=TASKS, choices=TASKS)
    parser.add_argument("--models", nargs="+", default=(), choices=CLASSIFIERS)
    parser.add_argument(
        "--balance", type=float, default=0.0, help="class weights, where a model has them"
    )
    parser.add_argument("--small", action="store_true", help="a small factory, for a try")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> None:
    """Print each task's table, and what all of it costs."""
    chosen = arguments(given)
    data = factory(SMALL if chosen.small else SmartFactorySettings())
    tables = []
    for table in suite(data, chosen):
        tables.append(table)
        print(table.round(3).to_string(index=False), flush=True)
    every = pd.concat(tables)
    seconds = every[["fit s", "ask s"]].to_numpy().sum() * chosen.folds
    print(f"{len(every)} configurations x {chosen.folds} folds: {seconds:.1f} CPU seconds")


if __name__ == "__main__":
    main()
