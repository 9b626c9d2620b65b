"""What a detector is worth on machines, or at times, that it has not seen."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matts.domain import Floats, Ints
from matts.tabular.answers import figure_of
from matts.tabular.asking import ask, lesson_of, read_examples
from matts.tabular.features import engineer
from matts.tabular.folds import Fold, FoldSettings, folds_of
from matts.tabular.guard import refuse_leaks
from matts.tabular.question import Question
from matts.tabular.tables import Given
from matts.tabular.tasks import Examples, Task

Split = tuple[Ints, Ints]  # rows of a table: those that train, those that test


@dataclass(frozen=True)
class Evaluation:
    """Out-of-fold answers, each of a model that has not seen the row's machine or its time."""

    task: Task
    model: str
    classes: tuple[str, ...]
    rows: Ints  # [n], of the table, in which a fold was judged
    machines: NDArray[np.str_]  # [n]
    y: NDArray[Any]  # [n], class numbers or numbers
    told: Floats  # [n, K] probabilities, or [n] numbers
    folds: int

    @property
    def figures(self) -> dict[str, float]:
        """What it is worth; beside each figure what is had for nothing."""
        if self.task.is_number:
            off = self.told - self.y
            return {
                "r2": self._figure(),
                "rmse": float(np.sqrt(np.square(off).mean())),
                "mae": float(np.abs(off).mean()),
                "mae_of_the_mean": float(np.abs(self.y - self.y.mean()).mean()),
            }
        right = float((self.told.argmax(axis=1) == self.y).mean())
        name = "f1_macro" if len(self.classes) > 2 or self._is_failure else "pr_auc"  # noqa: PLR2004
        common = float(np.bincount(self.y).max() / len(self.y))
        found = {name: self._figure(), "accuracy": right, "accuracy_of_the_commonest": common}
        return found if self._is_failure else found | {"base_rate": float((self.y == 1).mean())}

    @property
    def _is_failure(self) -> bool:
        return self.task.name == "failure_type"

    def _figure(self) -> float:
        return figure_of(self.task, self.y, self.told)

    def by_machine(self) -> pd.DataFrame:
        """How far off each machine's answers are on average, the worst first."""
        if self.task.is_number:
            off = np.abs(self.told - self.y)
        else:
            off = 1 - self.told[np.arange(len(self.y)), self.y]
        table = pd.DataFrame({"machine": self.machines, "rows": 1, "off": off})
        found = table.groupby("machine").agg({"rows": "sum", "off": "mean"})
        return found.sort_values("off", ascending=False)

    def report(self) -> str:
        """The same in Markdown."""
        lines = [f"# {self.task.key}, {self.model}", ""]
        lines += [f"{len(self.y):,} rows judged out of fold, {self.folds} folds.", ""]
        lines += ["| figure | value |", "|---|---:|"]
        lines += [f"| {name} | {value:.4g} |" for name, value in self.figures.items()]
        lines += ["", "| machine, the worst first | rows | off |", "|---|---:|---:|"]
        worst = self.by_machine().head(5)
        lines += [f"| {row.Index} | {row.rows:,} | {row.off:.3g} |" for row in worst.itertuples()]
        return "\n".join(lines) + "\n"

    def plot(self, path: str | Path | None = None) -> Any:
        """A figure of precision and recall, of what is taken for what, or of numbers told."""
        import matplotlib.pyplot as plt  # noqa: PLC0415

        figure, axis = plt.subplots(figsize=(5, 4))
        draw = _draw_numbers if self.task.is_number else _draw_curve
        (_draw_confusion if self._is_failure else draw)(self, axis)
        axis.set_title(f"{self.task.key}, {self.model}")
        figure.tight_layout()
        if path is not None:
            figure.savefig(path)
        return figure


def _draw_numbers(found: Evaluation, axis: Any) -> None:
    axis.scatter(found.y, found.told, s=4, alpha=0.3)
    axis.axline((0, 0), slope=1, color="black", linewidth=1)
    axis.set(xlabel="remaining life", ylabel="as told")


def _draw_curve(found: Evaluation, axis: Any) -> None:
    from sklearn.metrics import precision_recall_curve  # noqa: PLC0415

    precision, recall, _ = precision_recall_curve(found.y, found.told[:, 1])
    axis.step(recall, precision, where="post", label=found.model)
    axis.axhline((found.y == 1).mean(), color="black", linestyle="--", label="base rate")
    axis.set(xlabel="recall", ylabel="precision", ylim=(0, 1.02))
    axis.legend()


def _draw_confusion(found: Evaluation, axis: Any) -> None:
    from sklearn.metrics import ConfusionMatrixDisplay  # noqa: PLC0415

    ConfusionMatrixDisplay.from_predictions(
        found.y,
        found.told.argmax(axis=1),
        labels=np.arange(len(found.classes)),
        display_labels=found.classes,
        ax=axis,
        xticks_rotation=45,
        colorbar=False,
        cmap="Blues",
    )


def evaluate(question: Question, table: pd.DataFrame, y: Any, settings: FoldSettings) -> Evaluation:
    """Fit a model of the kind that is asked for each fold, and ask it about the rest."""
    about = question.describe()
    given, examples = read_examples(table, y, about)
    rows = given.rows
    features = engineer(rows, about.features)
    refuse_leaks(features, rows, (about.task,), about.guard)
    shape = (len(examples.y), *([len(examples.classes)] if examples.classes else []))
    told, folds = np.full(shape, np.nan), folds_of(rows, examples, settings)
    for fold in folds:
        lesson = lesson_of(rows, features, examples, fold.train, question.seed)
        told[fold.test] = ask(question.fit(lesson), features, rows, examples.rows[fold.test])
    known = ~np.isnan(told.reshape(len(told), -1)).any(axis=1)
    at = examples.rows[known]
    return Evaluation(
        task=about.task,
        model=question.model,
        classes=examples.classes,
        rows=given.places[at],
        machines=rows.machines[at],
        y=examples.y[known],
        told=told[known],
        folds=len(folds),
    )


def machine_splits(given: Given, examples: Examples, settings: FoldSettings) -> list[Split]:
    """All rows of the machines of each fold by machine, in the order of the table."""
    machines = given.rows.machines
    every = np.arange(given.total)

    def split(fold: Fold) -> Split:
        test = np.isin(machines, machines[examples.rows[fold.test]])
        return np.setdiff1d(every, given.places[test]), np.sort(given.places[test])

    return [split(fold) for fold in folds_of(given.rows, examples, settings)]
