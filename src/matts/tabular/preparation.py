"""Columns as a model takes them: as they are, filled, or filled and scaled."""

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np

from matts.domain import BadInputError, Floats

Input = Literal["as_is", "complete", "scaled"]  # the first keeps NaN: some trees make use of it


@dataclass(frozen=True)
class Preparation:
    """The median of each column in training, put where it is missing, and centre and scale."""

    fill: Floats | None  # [C]; None: missing values stay
    centre: Floats | None  # [C]; None: columns stay as large as they are
    scale: Floats | None  # [C]

    @classmethod
    def fit(cls, x: Floats, kind: Input) -> Self:
        """Learn from training columns [n, C]; one that is never there is 0, one is never / 0."""
        if kind == "as_is":
            return cls(None, None, None)
        there = ~np.isnan(x).all(axis=0)
        fill = np.zeros(x.shape[1])
        fill[there] = np.nanmedian(x[:, there], axis=0)
        if kind == "complete":
            return cls(fill, None, None)
        complete = np.where(np.isnan(x), fill, x)
        spread = complete.std(axis=0)
        return cls(fill, complete.mean(axis=0), np.where(spread > 0, spread, 1.0))

    def __call__(self, x: Floats) -> Floats:
        """The prepared columns, float32: [n, C]."""
        prepared = np.asarray(x, np.float64)
        if self.fill is not None:
            prepared = np.where(np.isnan(prepared), self.fill, prepared)
        if self.centre is not None and self.scale is not None:
            prepared = (prepared - self.centre) / self.scale
        return np.asarray(prepared, np.float32, order="C")

    def as_json(self) -> dict[str, list[float] | None]:
        """All of it, to the last bit."""
        found = {"fill": self.fill, "centre": self.centre, "scale": self.scale}
        return {name: None if each is None else each.tolist() for name, each in found.items()}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Self:
        """What `as_json` gave."""
        return cls(**{n: None if v is None else np.asarray(v) for n, v in found.items()})


def refuse_infinite(x: Floats, names: tuple[str, ...]) -> None:
    """Refuse columns [n, C] that other programs cannot hold as float32, naming the first."""
    beyond = (np.abs(x) > np.finfo(np.float32).max).any(axis=0)
    if beyond.any():
        column = int(beyond.argmax())
        count = int((np.abs(x[:, column]) > np.finfo(np.float32).max).sum())
        msg = (
            f"a column needs finite numbers or nothing, "
            f"got {count} infinite or beyond 3.4e38 in {names[column]}"
        )
        raise BadInputError(msg)
