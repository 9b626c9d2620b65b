"""What a model learns from, and what every model of the zoo promises."""

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

from matts.domain import BadInputError, Floats, Ints

if TYPE_CHECKING:
    from matts.tabular.rows import Rows


@dataclass(frozen=True)
class Past:
    """Where examples stand among rows in time, for models that look back by themselves."""

    rows: "Rows"
    at: Ints  # [n]

    def take(self, places: Ints) -> "Past":
        """That of these examples."""
        return Past(self.rows, self.at[places])


@dataclass(frozen=True)
class Lesson:
    """Examples of one task: their columns, their answers, and the machine of each.

    `classes` names the answers 0, 1, …; without classes the answers are numbers.
    """

    x: Floats  # [n, C], NaN where missing
    y: NDArray[Any]  # [n] class numbers, or numbers
    groups: NDArray[np.str_]  # [n]
    names: tuple[str, ...]  # [C]
    classes: tuple[str, ...] = ()
    seed: int = 0
    past: Past | None = None
    weights: Floats | None = None  # [n] what each counts; None: all alike

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or self.x.shape[1] != len(self.names):  # noqa: PLR2004
            msg = f"examples must be [n, {len(self.names)}], got {list(self.x.shape)}"
            raise BadInputError(msg)
        if not 0 < len(self.x) == len(self.y) == len(self.groups):
            msg = (
                "a model needs at least 1 example, each with an answer and a machine, "
                f"got {len(self.x)}, {len(self.y)} and {len(self.groups)}"
            )
            raise BadInputError(msg)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def is_number(self) -> bool:
        """Whether the answers are numbers, not classes."""
        return not self.classes

    def take(self, places: Ints) -> Self:
        """The examples at these places."""
        return replace(
            self,
            x=self.x[places],
            y=self.y[places],
            groups=self.groups[places],
            past=self.past and self.past.take(places),
            weights=None if self.weights is None else self.weights[places],
        )


class Learner(Protocol):
    """A model of the zoo, on prepared columns: float32, scaled or filled as its entry says.

    Answers of a lesson are numbered among the classes that it has. Everything runs on one thread.
    """

    def fit(self, lesson: Lesson) -> Self:
        """Learn; equal lessons make equal models."""
        ...

    def predict(self, x: Floats, past: Past | None) -> Floats:
        """Numbers [n], or evidence of classes: log-probabilities up to a constant [n, k].

        Of two classes it may be that of the second against the first: [n].
        """
        ...

    def save(self, folder: Path) -> None:
        """Write it into a folder that exists, without pickle."""
        ...

    def load(self, folder: Path) -> Self:
        """Read into a fresh learner of the same settings what `save` wrote."""
        ...


def folds_by_machine(lesson: Lesson, count: int) -> list[Ints]:
    """Places of each of up to `count` parts, alike in classes; [] where there is one machine."""
    parts = min(count, len(np.unique(lesson.groups)))
    if parts < 2:  # noqa: PLR2004
        return []
    kind = GroupKFold if lesson.is_number else StratifiedGroupKFold
    splitter = kind(parts, shuffle=True, random_state=lesson.seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        try:
            found = list(splitter.split(lesson.x, lesson.y, lesson.groups))
        except ValueError:  # no class has as many examples as there are parts
            return []
    return [np.asarray(part, np.int64) for _, part in found if len(part)]


def held_out(lesson: Lesson, count: int = 5, *, every_class: bool) -> tuple[Lesson, Lesson] | None:
    """Examples to learn from, and a `count`-th, of other machines, to check by; None: impossible.

    No class may be lost to learning; with `every_class` none may be lacking in the check either.
    """
    for part in folds_by_machine(lesson, count):
        kept = np.setdiff1d(np.arange(len(lesson)), part)
        needed = [kept, part] if every_class else [kept]
        if all(_has_all(lesson, places) for places in needed):
            return lesson.take(kept), lesson.take(part)
    return None


def _has_all(lesson: Lesson, places: Ints) -> bool:
    return len(places) > 0 and (
        lesson.is_number or len(np.unique(lesson.y[places])) == len(lesson.classes)
    )


def drawn(lesson: Lesson, most: int | None) -> Lesson:
    """At most so many examples: evenly from every machine and class, and over the time of each.

    >>> x, y, machines = np.arange(6.0)[:, None], np.array([0, 0, 0, 0, 1, 1]), np.full(6, "a")
    >>> drawn(Lesson(x, y, machines, ("x",), ("no", "yes")), 3).y.tolist()
    [0, 0, 1]
    """
    if most is None or len(lesson) <= most:
        return lesson
    answers = np.zeros(len(lesson)) if lesson.is_number else lesson.y
    by_machine_and_class = np.lexsort((answers, lesson.groups))  # stable: in time within each
    start = np.random.default_rng(lesson.seed).random()
    picks = ((np.arange(most) + start) * (len(lesson) / most)).astype(np.int64)
    return lesson.take(np.sort(by_machine_and_class[picks]))
