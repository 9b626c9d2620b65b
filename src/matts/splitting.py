"""Which readings train, which validate, which test: by time, by asset, or as was declared."""

from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from matts.domain import BadInputError, Ints, Readings

Rows = tuple[Ints, Ints, Ints]  # to train, validate and test with, each in order

PARTS = ("train", "validation", "test")
SEVERAL = 5  # assets from which on whole ones validate


class SplitSettings(BaseModel):
    """How the record is split, and the shares of its parts.

    time: the shares of each asset, the past first. readings: of each asset the first `train`
    readings train, the next `validation` ones validate, the others test. asset: whole assets, drawn
    by `seed` so that each part has its share of those with the same faults. given: as the source
    declares; where it names no validation part, the share of `validation` to `train` is taken from
    what trains, by whole assets if there are at least 5, else from the end of each one's time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    by: Literal["time", "readings", "asset", "given"] = "time"
    train: float = Field(0.7, gt=0)
    validation: float = Field(0.1, gt=0)
    test: float = Field(0.2, ge=0)
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _shares_are_a_whole(self) -> Self:
        total = self.train + self.validation + self.test
        if self.by == "readings":
            if min(self.train, self.validation) < 1:
                msg = "by readings train and validation need to be numbers of them, got shares"
                raise ValueError(msg)
        elif abs(total - 1) > 1e-6 or not self.test:  # noqa: PLR2004
            msg = f"the shares of train, validation and test must add up to 1, got {total:.4g}"
            raise ValueError(msg)
        return self

    @property
    def held_out(self) -> float:
        """The share of what is not for the test that validates."""
        return self.validation / (self.train + self.validation)


def rows_of_parts(readings: Readings, settings: SplitSettings, length: int) -> Rows:
    """The rows of each part; no row is in two, so that no windows overlap.

    Where an asset is cut in time, a gap of one reading less than a window lies between its parts;
    parts that the source declares are taken as they are, without one.

    Raises:
        BadInputError: a part has fewer readings than a window.
    """
    ways = {"time": _by_time, "readings": _by_time, "asset": _by_asset, "given": _as_given}
    gap = length - 1
    parts = ways[settings.by](readings, settings, gap)
    for name, rows in zip(PARTS, parts, strict=True):
        if len(rows) <= gap:
            needed = f"a window of {gap + 1} readings needs at least {gap + 1}"
            msg = f"{needed}, got {len(rows)} in the part {name} (windows.split)"
            raise BadInputError(msg)
    return parts


def _by_time(readings: Readings, settings: SplitSettings, gap: int) -> Rows:
    pieces = [
        _cut(rows, *_borders(len(rows), settings), gap)
        for rows in _rows_of_assets(readings, np.arange(len(readings)))
    ]
    return _join(pieces)


def _borders(count: int, settings: SplitSettings) -> tuple[int, int]:
    """How many readings of an asset train, and how many come before the test."""
    whole = 1 if settings.by == "readings" else count
    before = settings.train + settings.validation
    return round(whole * settings.train), round(whole * before)


def _cut(rows: Ints, first: int, second: int, gap: int) -> Rows:
    return rows[:first], rows[first + gap : second], rows[second + gap :]


def _join(pieces: list[Rows]) -> Rows:
    train, validation, test = (np.concatenate(part) for part in zip(*pieces, strict=True))
    return train, validation, test


def _rows_of_assets(readings: Readings, rows: Ints) -> list[Ints]:
    """Some rows, those of each asset by themselves, in the order of time."""
    if readings.assets is None:
        return [rows]
    assets = readings.assets[rows]
    order = np.argsort(assets, kind="stable")
    _, starts = np.unique(assets[order], return_index=True)
    return [np.sort(own) for own in np.split(rows[order], starts[1:])]


def _by_asset(readings: Readings, settings: SplitSettings, _gap: int) -> Rows:
    own = _rows_of_assets(readings, np.arange(len(readings)))
    if len(own) < len(PARTS):
        msg = f"a split by asset needs at least {len(PARTS)} of them, got {len(own)}"
        raise BadInputError(msg)
    drawn = _deal(readings, own, (settings.train, settings.validation), settings.seed)
    return _join([_whole(rows, part) for rows, part in zip(own, drawn, strict=True)])


def _whole(rows: Ints, part: int) -> Rows:
    train, validation, test = (rows if part == each else rows[:0] for each in range(3))
    return train, validation, test


def _deal(readings: Readings, own: list[Ints], shares: tuple[float, ...], seed: int) -> list[int]:
    """The part of each asset, 0 first: those with the same faults are dealt by the shares.

    Each part has at least one; the last has what the shares leave.
    """
    random = np.random.default_rng(seed)
    kinds: dict[bytes, list[int]] = {}
    for i in random.permutation(len(own)):
        kinds.setdefault(readings.faults[own[i]].any(axis=0).tobytes(), []).append(int(i))
    counts = np.array([max(1, round(share * len(own))) for share in (*shares, 1 - sum(shares))])
    counts[0] += len(own) - counts.sum()
    if counts[0] < 1:  # the others were rounded up
        counts[counts.argmax()] += counts[0] - 1
        counts[0] = 1
    parts, given = [0] * len(own), np.zeros(len(counts))
    for turn, i in enumerate(np.concatenate([*kinds.values()]), start=1):
        due = counts * turn / len(own) - given
        parts[i] = int(np.where(given < counts, due, -np.inf).argmax())
        given[parts[i]] += 1
    return parts


def _as_given(readings: Readings, settings: SplitSettings, gap: int) -> Rows:
    if readings.parts is None:
        msg = "windows.split.by=given needs the parts that source.parts declares, and has none"
        raise BadInputError(msg)
    train, validation, test = (np.flatnonzero(readings.parts == part) for part in PARTS)
    if len(validation) or not len(train):
        return train, validation, test
    own = _rows_of_assets(readings, train)
    if len(own) >= SEVERAL:
        drawn = _deal(readings, own, (1 - settings.held_out,), settings.seed)
        pieces = [_whole(rows, part) for rows, part in zip(own, drawn, strict=True)]
    else:
        firsts = [round(len(rows) * (1 - settings.held_out)) for rows in own]
        pieces = [_cut(r, k, len(r), gap) for r, k in zip(own, firsts, strict=True)]
    train, validation, _ = _join(pieces)
    return train, validation, test
