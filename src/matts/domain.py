"""The nouns of matts, in the order the data meets them.

    readings -> Windows -> scores -> alerts -> faults

A *reading* is one row: every sensor of one asset at one instant (in a mill: one coil).
A *window* is a few readings in a row; it is judged at its last reading.
A *score* says how strange a window is: higher is stranger.
A *threshold* turns a score into an alert, and a *fault* is the cause it is given.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

HEALTHY = 0  # the fault class of a window without a fault


class BadInputError(ValueError):
    """What somebody handed us cannot be used; the message says what is needed and what came."""


@dataclass(frozen=True)
class Readings:
    """Checked readings in the order they came: R rows of F sensors, with their K possible faults.

    A segment is an unbroken run of readings of one asset; no window crosses its border.
    """

    values: Floats  # [R, F]
    faults: Bools  # [R, K], several at once where faults overlap
    segments: Ints  # [R], the same number for every reading of a segment
    sensors: tuple[str, ...]  # [F]
    fault_names: tuple[str, ...]  # [K], without the healthy class
    labelled: bool = True  # False where nobody knows the faults
    assets: NDArray[np.str_] | None = None  # [R] the machine of each reading; None: there is one
    numbers: Ints | None = None  # [R] its place in the record; None: they are in the record's order
    known: Bools | None = None  # [R] False where nobody says if it is healthy; None: all are known
    life: Floats | None = None  # [R] readings left until the asset fails, NaN unknown; None: all
    parts: NDArray[np.str_] | None = None  # [R] train, validation, test as declared; None: nowhere

    def __len__(self) -> int:
        return len(self.values)

    @property
    def healthy(self) -> Bools:
        """[R]: which readings somebody knows to be healthy."""
        healthy = np.asarray(~self.faults.any(axis=1))
        return healthy if self.known is None else healthy & self.known

    @property
    def places(self) -> Ints:
        """[R]: the place of each reading in the record."""
        return np.arange(len(self)) if self.numbers is None else self.numbers

    def take(self, rows: Ints) -> Self:
        """The readings of these rows."""
        return replace(
            self,
            values=self.values[rows],
            faults=self.faults[rows],
            segments=self.segments[rows],
            assets=_some(self.assets, rows),
            numbers=self.places[rows],
            known=_some(self.known, rows),
            life=_some(self.life, rows),
            parts=_some(self.parts, rows),
        )


def _some(column: NDArray[Any] | None, rows: Ints) -> NDArray[Any] | None:
    return None if column is None else column[rows]


@dataclass(frozen=True)
class Windows:
    """N windows of T readings from F sensors, held as the last row of each: nothing is copied.

    >>> rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    >>> faults = np.array([[False], [False], [True]])
    >>> windows = Windows(rows, faults, np.array([1, 2]), 2, ("force", "speed"), ("Bearing",))
    >>> windows.values[1].tolist()
    [[2.0, 3.0], [4.0, 5.0]]
    >>> windows.classes.tolist(), len(windows.healthy)
    ([0, 1], 1)
    """

    rows: Floats  # [R, F], the readings that the windows look into
    row_faults: Bools  # [R, K], the faults that each window is given at its last row
    last: Ints  # [N], the row of each window's last reading
    length: int  # T
    sensors: tuple[str, ...]  # [F]
    fault_names: tuple[str, ...]  # [K]
    row_numbers: Ints | None = None  # [R], the place of each row in the record; None: as they stand
    segments: Ints | None = None  # [R], which unbroken run each row is of; None: there is one
    row_assets: NDArray[np.str_] | None = None  # [R], the machine of each row; None: there is one
    row_life: Floats | None = None  # [R], readings left until it fails, NaN unknown; None: all
    row_known: Bools | None = None  # [R], False where nobody says if it is healthy; None: all are

    def __post_init__(self) -> None:
        if self.rows.shape[1:] != (len(self.sensors),):
            msg = f"rows must be [R, {len(self.sensors)}], got {list(self.rows.shape)}"
            raise BadInputError(msg)
        if len(self.last) and not self.length - 1 <= self.last.min() <= self.last.max() < len(
            self.rows
        ):
            msg = f"a window of {self.length} readings must lie within {len(self.rows)} rows"
            raise BadInputError(msg)

    def __len__(self) -> int:
        return len(self.last)

    @property
    def values(self) -> Floats:
        """[N, T, F]: a view where the windows follow one another, else a copy."""
        every = sliding_window_view(self.rows, self.length, axis=0).transpose(0, 2, 1)
        first = self.last - (self.length - 1)
        if len(first) and (np.diff(first) == 1).all():
            return every[first[0] : first[-1] + 1]
        return every[first]

    @property
    def last_rows(self) -> Floats:
        """[N, F]: the reading that each window is judged at."""
        return self.rows[self.last]

    @property
    def faults(self) -> Bools:
        """[N, K]: every fault of each window."""
        return self.row_faults[self.last]

    @property
    def faulty(self) -> Bools:
        """[N]: whether a window has any fault."""
        return np.asarray(self.faults.any(axis=1))

    @property
    def row_healthy(self) -> Bools:
        """[R]: which rows somebody knows to be healthy; what nobody knows may be worn."""
        healthy = np.asarray(~self.row_faults.any(axis=1))
        return healthy if self.row_known is None else healthy & self.row_known

    @property
    def classes(self) -> Ints:
        """[N]: HEALTHY, or 1 + the first of a window's faults."""
        return np.asarray(np.column_stack([~self.faulty, self.faults]).argmax(axis=1))

    @property
    def row_places(self) -> Ints:
        """[R]: the place of each row in the record."""
        return np.arange(len(self.rows)) if self.row_numbers is None else self.row_numbers

    @property
    def positions(self) -> Ints:
        """[N]: the place of each window's last reading in the record."""
        return self.row_places[self.last]

    @property
    def assets(self) -> NDArray[np.str_] | None:
        """[N]: the machine of each window, where there are several."""
        return None if self.row_assets is None else self.row_assets[self.last]

    @property
    def life(self) -> Floats | None:
        """[N]: the readings left after each window until its asset fails, where any is known."""
        return None if self.row_life is None else self.row_life[self.last]

    @property
    def healthy(self) -> Self:
        """The windows without a fault."""
        return self.where(~self.faulty)

    def where(self, keep: Bools) -> Self:
        """The windows marked true, looking into the same rows."""
        return replace(self, last=self.last[keep])

    def tight(self) -> Self:
        """The same windows with no row before their first one or behind their last."""
        if not len(self):
            return self
        own = np.arange(self.last.min() - self.length + 1, self.last.max() + 1)
        return replace(
            self,
            rows=self.rows[own],
            row_faults=self.row_faults[own],
            last=self.last - own[0],
            row_numbers=_some(self.row_numbers, own),
            segments=_some(self.segments, own),
            row_assets=_some(self.row_assets, own),
            row_life=_some(self.row_life, own),
            row_known=_some(self.row_known, own),
        )

    def batches(self, size: int) -> Iterator[Self]:
        """The windows in their order, at most `size` at a time."""
        for start in range(0, len(self), size):
            yield replace(self, last=self.last[start : start + size])


@dataclass(frozen=True)
class State:
    """All that makes a fitted model: its arrays, and settings that JSON can hold."""

    arrays: dict[str, NDArray[Any]]
    config: dict[str, Any]


class Detector(Protocol):
    """Stage one: how strange is a window? Every detector, deep or classical, fits this."""

    def fit(self, windows: Windows, validation: Windows) -> Self:
        """Learn from training windows; use validation windows to know when to stop."""
        ...

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N], higher is stranger."""
        ...

    def contributions(self, windows: Windows) -> Floats:
        """Split each score over the sensors: [N, F], each row adds up to its score."""
        ...

    def state(self) -> State:
        """All that `from_state` needs to build an equal detector."""
        ...

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild a fitted detector; nothing is fitted again."""
        ...


class Diagnoser(Protocol):
    """Stage two: which fault made this window strange?

    One that has learnt what healthy windows look like says so: `knows_healthy = True`, and
    `with_healthy(windows)` gives [N, 1 + K], health first. Such a one can do without stage one.
    """

    def fit(self, windows: Windows, validation: Windows) -> Self:
        """Learn to tell the faults apart, from anomalous windows only."""
        ...

    def probabilities(self, windows: Windows) -> Floats:
        """Give each fault a probability: [N, K], each row adds up to one."""
        ...

    def state(self) -> State:
        """All that `from_state` needs to build an equal diagnoser."""
        ...

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild a fitted diagnoser; nothing is fitted again."""
        ...
