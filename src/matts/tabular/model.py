"""One fitted model of the suite: raw feature columns in, probabilities or numbers out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from threadpoolctl import threadpool_limits

from matts.domain import BadInputError, Floats
from matts.tabular.fitting import Entry, Fitted, ModelSettings, fit_entry, settings_of
from matts.tabular.kept import load_fitted, read_about, save_fitted
from matts.tabular.lesson import Lesson, Past
from matts.tabular.zoo import CLASSIFIERS, REGRESSORS


@dataclass(frozen=True)
class TabularModel:
    """A model of the zoo with all it needs: columns, classes, scale, settings."""

    kind: str
    settings: ModelSettings
    fitted: Fitted
    seed: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it takes, in this order: [C]."""
        return self.fitted.names

    @property
    def classes(self) -> tuple[str, ...]:
        """Its answers: [K]; () for a number."""
        return self.fitted.classes

    def probabilities(self, x: Floats, past: Past | None = None) -> Floats:
        """The probability of each class for rows [n, C]: [n, K], 0 where training lacked it."""
        if not self.classes:
            msg = f"{self.kind} foretells a number: ask for numbers, not for probabilities"
            raise BadInputError(msg)
        self._check(x)
        with threadpool_limits(1):
            return self.fitted.probabilities(x, past)

    def numbers(self, x: Floats, past: Past | None = None) -> Floats:
        """The number foretold for rows [n, C]: [n]."""
        if self.classes:
            msg = f"{self.kind} tells classes apart: ask for probabilities, not for numbers"
            raise BadInputError(msg)
        self._check(x)
        with threadpool_limits(1):
            return self.fitted.numbers(x, past)

    def save(self, folder: Path) -> None:
        """Write model.json and native files or skops; nothing is pickled."""
        about = {"kind": self.kind, "settings": self.settings.model_dump(), "seed": self.seed}
        save_fitted(self.fitted, about, folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; it says the same to the last bit."""
        about = read_about(folder)
        entry = entry_of(about["kind"], is_number=not about["classes"])
        settings = settings_of(about["kind"], entry, about["settings"])
        return cls(about["kind"], settings, load_fitted(entry, settings, folder), about["seed"])

    def _check(self, x: Floats) -> None:
        if x.ndim != 2 or x.shape[1] != len(self.names):  # noqa: PLR2004
            msg = f"rows must be [n, {len(self.names)}], got {list(x.shape)}"
            raise BadInputError(msg)


def fit_model(kind: str, settings: dict[str, Any], lesson: Lesson) -> TabularModel:
    """Fit a model of the zoo, on one thread."""
    entry = entry_of(kind, is_number=lesson.is_number)
    chosen = settings_of(kind, entry, settings)
    with threadpool_limits(1):
        return TabularModel(kind, chosen, fit_entry(entry, chosen, lesson), lesson.seed)


def entry_of(kind: str, *, is_number: bool) -> Entry:
    """The row of the zoo."""
    table = REGRESSORS if is_number else CLASSIFIERS
    if kind not in table:
        answers = "a number" if is_number else "classes"
        msg = f"models of {answers} are {', '.join(table)}, got {kind}"
        raise BadInputError(msg)
    return table[kind]
