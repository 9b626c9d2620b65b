"""Several models as one: their mean, or a model of what they say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import Field
from sklearn.linear_model import LogisticRegression

from matts.domain import BadInputError, Floats
from matts.tabular.fitting import Entry, Fitted, ModelSettings, fit_entry, settings_of
from matts.tabular.kept import load_fitted, save_fitted
from matts.tabular.learners.scikit import evidence, load_estimator, save_estimator
from matts.tabular.lesson import Lesson, Past, folds_by_machine

JUDGE = "judge.skops"
LEAST = 1e-6  # probability, before its logarithm is taken
MEMBERS: dict[str, dict[str, Any]] = {
    "logistic_regression": {"most_rows": 20_000},
    "extra_trees": {"trees": 50, "most_rows": 20_000},
    "lightgbm": {"rounds": 100, "most_rows": 20_000},
}


class CommitteeSettings(ModelSettings):
    """The members by name, each with its settings."""

    members: dict[str, dict[str, Any]] = Field(MEMBERS, min_length=1)


class StackingSettings(CommitteeSettings):
    """The members, and how many parts of other machines they are asked about for training."""

    folds: int = Field(3, ge=2, le=10)
    freedom: float = Field(1.0, gt=0)  # of the model of what they say


class Members:
    """Models that are fitted, asked and kept together."""

    fitted: dict[str, Fitted]

    def __init__(self, chosen: dict[str, dict[str, Any]], table: Mapping[str, Entry]) -> None:
        unknown = [name for name in chosen if name not in table]
        if unknown:
            msg = f"a committee has members of {', '.join(table)}, got {', '.join(unknown)}"
            raise BadInputError(msg)
        self.entries = {name: table[name] for name in chosen}
        self.settings = {n: settings_of(n, table[n], settings) for n, settings in chosen.items()}

    def fit(self, lesson: Lesson) -> Self:
        """Fit every member to a lesson."""
        self.fitted = {
            name: fit_entry(entry, self.settings[name], lesson)
            for name, entry in self.entries.items()
        }
        return self

    def probabilities(self, x: Floats, past: Past | None) -> Floats:
        """What each member says: [M, n, K]."""
        return np.stack([each.probabilities(x, past) for each in self.fitted.values()])

    def save(self, folder: Path) -> None:
        """Each member in a folder of its own name."""
        for name, fitted in self.fitted.items():
            save_fitted(fitted, {"kind": name}, folder / name)

    def load(self, folder: Path) -> Self:
        """From their folders."""
        self.fitted = {
            name: load_fitted(entry, self.settings[name], folder / name)
            for name, entry in self.entries.items()
        }
        return self


class Voting:
    """The mean of its members' probabilities (soft voting)."""

    def __init__(self, settings: CommitteeSettings, table: Mapping[str, Entry]) -> None:
        self.members = Members(settings.members, table)

    def fit(self, lesson: Lesson) -> Self:
        """Fit every member."""
        self.members.fit(lesson)
        return self

    def predict(self, x: Floats, past: Past | None) -> Floats:
        """Log of the mean probability: [n, K]."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.members.probabilities(x, past).mean(axis=0)))

    def save(self, folder: Path) -> None:
        """A folder for each member."""
        self.members.save(folder)

    def load(self, folder: Path) -> Self:
        """From the folders."""
        self.members.load(folder)
        return self


class Stacking:
    """A logistic regression on what its members say of machines that they did not learn.

    Wolpert (1992), with folds by machine; the members are then fitted to all.
    """

    judge: LogisticRegression

    def __init__(self, settings: StackingSettings, table: Mapping[str, Entry]) -> None:
        self.settings, self.table = settings, table
        self.members = Members(settings.members, table)

    def fit(self, lesson: Lesson) -> Self:
        """Ask members about machines held out, fit the judge to it, and members to all."""
        said = self._out_of_fold(lesson)
        self.judge = LogisticRegression(C=self.settings.freedom, solver="newton-cholesky")
        self.judge.fit(said, lesson.y)
        self.members.fit(lesson)
        return self

    def predict(self, x: Floats, past: Past | None) -> Floats:
        """Evidence of the second of two classes [n], of each of more [n, k]."""
        return evidence(self.judge, _as_columns(self.members.probabilities(x, past)))

    def save(self, folder: Path) -> None:
        """The judge, and a folder for each member."""
        save_estimator(self.judge, folder / JUDGE)
        self.members.save(folder)

    def load(self, folder: Path) -> Self:
        """From the folders."""
        self.judge = load_estimator(folder / JUDGE)
        self.members.load(folder)
        return self

    def _out_of_fold(self, lesson: Lesson) -> Floats:
        """What members say of each example, fitted without its machine: [n, M * (K - 1)].

        Where there is one machine, without a block of its time.
        """
        count, every = self.settings.folds, np.arange(len(lesson))
        said = np.zeros((len(lesson), len(self.members.entries) * (len(lesson.classes) - 1)))
        for part in folds_by_machine(lesson, count) or np.array_split(every, count):
            others = lesson.take(np.setdiff1d(every, part))
            members = Members(self.settings.members, self.table).fit(others)
            own = lesson.take(part)
            said[part] = _as_columns(members.probabilities(own.x, own.past))
        return said


def _as_columns(probabilities: Floats) -> Floats:
    """Log-odds of each class against the first, by each member: [M, n, K] to [n, M * (K - 1)]."""
    logs = np.log(np.maximum(probabilities, LEAST))
    odds = logs[..., 1:] - logs[..., :1]
    return np.asarray(np.concatenate(list(odds), axis=1))
