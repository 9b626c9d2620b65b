"""What a dataset file may say of where its readings come from and what they mean."""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from matts.groups import Expression
from matts.simulate.machines import MachineSettings
from matts.source.label_settings import (
    ClassLabels,
    ColumnLabels,
    FailureLabels,
    Interval,
    IntervalLabels,
    Labels,
    NoLabels,
    NumberColumn,
    TargetSettings,
    TruthColumn,
    Value,
)
from matts.source.quality_settings import QualitySettings
from matts.source.time_settings import TimeSettings

__all__ = [
    "ClassLabels",
    "ColumnLabels",
    "FailureLabels",
    "Interval",
    "IntervalLabels",
    "Labels",
    "NoLabels",
    "NumberColumn",
    "SourceSettings",
    "TargetSettings",
    "TimeSettings",
    "TruthColumn",
    "Value",
]

Part = Literal["train", "validation", "test"]
Summary = Literal["mean", "sd", "slope", "min", "max", "median", "first", "last"]


def _in_order(limits: tuple[float | None, float | None]) -> tuple[float | None, float | None]:
    low, high = limits
    if low is not None and high is not None and low > high:
        msg = f"a range needs its lower end first, got {low:g} to {high:g}"
        raise ValueError(msg)
    return limits


Range = Annotated[tuple[float | None, float | None], AfterValidator(_in_order)]

MISSING = (  # what historians and spreadsheets write where there is no reading, in any case
    "|-|--|?|na|n/a|#n/a|nan|nat|null|none|inf|-inf|bad|bad input|no data|not connected"
    "|i/o timeout|under range|over range|error|#value!|#ref!|#div/0!"
)


class _Settings(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, coerce_numbers_to_str=True
    )


class BesideSettings(_Settings):
    """A file without a header beside the readings, with one line for each of theirs."""

    file: str
    columns: tuple[str, ...] = Field(min_length=1)


class ReadSettings(_Settings):
    """How a file is written; null is found out from the file itself.

    `cycles` are files of one sensor each with one line a cycle of the machine; each line becomes
    the figures of `summary`. What stands in `missing` is no reading, were it a number.
    """

    format: Literal["csv", "parquet", "whitespace", "cycles"] | None = None  # null: by its ending
    summary: tuple[Summary, ...] = Field(("mean", "sd", "slope"), min_length=1)
    beside: BesideSettings | None = None
    skip: int = Field(0, ge=0)  # lines before the header
    separator: str | None = Field(None, min_length=1, max_length=1)
    encoding: str | None = None
    decimal: Literal[".", ","] | None = None
    columns: tuple[str, ...] = ()  # the names, where the file has no line with them
    missing: tuple[str, ...] = tuple(MISSING.split("|"))


class NameSettings(_Settings):
    """What names an asset or a segment: the text of columns, and the file or folder it is in.

    `either` are the names that one more column may have, in one file or another.
    """

    columns: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    file: Literal["name", "folder"] | None = None

    def columns_in(self, names: Iterable[object]) -> tuple[str, ...]:
        """The columns that name, of a table with these.

        >>> NameSettings(either=("machine_id", "machine")).columns_in(["time", "machine"])
        ('machine',)
        """
        there = {str(name) for name in names}
        return (*self.columns, *[name for name in self.either if name in there][:1])

    @property
    def every(self) -> tuple[str, ...]:
        """All columns that may name; if a file has two of `either`, the second is no sensor."""
        return (*self.columns, *self.either)


class ColumnSettings(_Settings):
    """Which columns are sensors, by their whole names; words may stand for numbers.

    Each expression in `needed` must be the name of a sensor that has numbers in every file.
    """

    like: Expression = ".*"
    leave_out: tuple[Expression, ...] = ()
    needed: tuple[Expression, ...] = ()
    words: dict[str, dict[str, float]] = Field(default_factory=dict)  # column: {word: number}


class MissingSettings(_Settings):
    """What becomes of missing readings: nothing, or the last known one for so many readings."""

    fill: Literal["none", "previous"] = "none"
    limit: int = Field(5, ge=1, le=1_000_000)


class Condition(_Settings):
    """A number from `from` on and below `below`."""

    from_: float | None = Field(None, alias="from")
    below: float | None = None

    @model_validator(mode="after")
    def _has_numbers_in_it(self) -> Self:
        if self.from_ is not None and self.below is not None and self.from_ >= self.below:
            msg = f"below must be more than from, got from {self.from_:g} below {self.below:g}"
            raise ValueError(msg)
        return self


class PartRule(_Settings):
    """The part that a reading is of if every column named says so; `file` and `asset` are known."""

    part: Part
    where: dict[str, Value | tuple[Value, ...] | Condition] = Field(default_factory=dict)


class SourceSettings(_Settings):
    """Where the readings come from, and what their columns mean.

    `path` is a file, a folder, or an expression with * of either; on this machine, or anywhere
    that fsspec reaches. `files` are such expressions below a folder. The layouts `tcm5` and `plain`
    mean one CSV in which every cell is as it must be; `described` is all else.
    """

    path: str | tuple[str, ...]
    files: tuple[str, ...] = ("*.csv", "*.txt", "*.parquet")
    layout: Literal["described", "tcm5", "plain"] = "described"
    simulate: MachineSettings | None = None  # what to run where there is no file
    read: ReadSettings = ReadSettings()
    time: TimeSettings = TimeSettings()
    asset: NameSettings = NameSettings()
    segment: NameSettings = NameSettings()
    columns: ColumnSettings = ColumnSettings()
    missing: MissingSettings = MissingSettings()
    labels: Labels = ColumnLabels()
    targets: TargetSettings = TargetSettings()
    ranges: dict[Expression, Range] = Field(default_factory=dict)  # what else is no reading
    quality: QualitySettings = QualitySettings()
    parts: tuple[PartRule, ...] = ()  # the first that fits; none: `windows.split` alone decides

    @property
    def paths(self) -> tuple[str, ...]:
        """Where to look."""
        return (self.path,) if isinstance(self.path, str) else self.path

    @property
    def aside(self) -> tuple[str, ...]:
        """Files that tell of readings and hold none."""
        if isinstance(self.labels, FailureLabels):
            return tuple(self.labels.remaining.values())
        if isinstance(self.labels, IntervalLabels) and self.labels.file:
            return (self.labels.file,)
        return ()
