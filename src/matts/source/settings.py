"""What a dataset file may say of where its readings come from and what they mean."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from matts.groups import Expression
from matts.simulate.machines import MachineSettings

Value = str | int | float | bool
Part = Literal["train", "validation", "test"]

MISSING = (  # what historians and spreadsheets write where there is no reading, in any case
    "|-|--|?|na|n/a|#n/a|nan|nat|null|none|inf|-inf|bad|bad input|no data|not connected"
    "|i/o timeout|under range|over range|error|#value!|#ref!|#div/0!"
)


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ReadSettings(_Settings):
    """How a file is written; null is found out from the file itself."""

    format: Literal["csv", "parquet", "whitespace"] | None = None  # null: by its ending
    separator: str | None = Field(None, min_length=1, max_length=1)
    encoding: str | None = None
    decimal: Literal[".", ","] | None = None
    columns: tuple[str, ...] = ()  # the names, where the file has no line with them
    missing: tuple[str, ...] = tuple(MISSING.split("|"))


class TimeSettings(_Settings):
    """When a reading was taken, which is also the order of the readings of an asset.

    A pause longer than `gap` begins a new segment: a time as `10min`, `auto` for ten usual steps,
    or null for never. `every` brings readings to one a period, the `take` of those in it.
    """

    column: str | None = None  # null: the readings are in order, and nobody knows when they were
    format: str | None = None  # as of strptime; null: found out
    unit: Literal["s", "ms", "us", "ns"] | None = None  # of numbers since 1970; null: they count
    zone: str | None = None  # of local times: a summer time begins and ends in some
    gap: str | float | None = "auto"
    every: str | None = None
    take: Literal["last", "mean", "first"] = "last"


class NameSettings(_Settings):
    """What names an asset or a segment: the text of columns, and the file or folder it is in."""

    columns: tuple[str, ...] = ()
    file: Literal["name", "folder"] | None = None


class ColumnSettings(_Settings):
    """Which columns are sensors, by their whole names; words may stand for numbers."""

    like: Expression = ".*"
    leave_out: tuple[Expression, ...] = ()
    words: dict[str, dict[str, float]] = Field(default_factory=dict)  # column: {word: number}


class MissingSettings(_Settings):
    """What becomes of missing readings: nothing, or the last known one for so many readings."""

    fill: Literal["none", "previous"] = "none"
    limit: int = Field(5, ge=1, le=1_000_000)


class Condition(_Settings):
    """A number from `from` on and below `below`."""

    from_: float | None = Field(None, alias="from")
    below: float | None = None


class PartRule(_Settings):
    """The part that a reading is of if every column named says so; `file` and `asset` are known."""

    part: Part
    where: dict[str, Value | tuple[Value, ...] | Condition] = Field(default_factory=dict)


class TruthColumn(_Settings):
    """A column that tells of one fault: by truth values, or by all that is not healthy."""

    column: str
    healthy: tuple[Value, ...] = (0, False, "no", "false", "normal", "healthy", "ok")


class ColumnLabels(_Settings):
    """A column a fault: named one by one, or by an expression with (?P<fault>...)."""

    kind: Literal["columns"] = "columns"
    columns: dict[str, str | TruthColumn] = Field(default_factory=dict)  # fault: column
    like: Expression | None = r"Anomaly_(?P<fault>.+?)(_\d+)?"

    @model_validator(mode="after")
    def _names_the_fault(self) -> Self:
        if self.like and "(?P<fault>" not in self.like:
            msg = f"like needs (?P<fault>...), got {self.like!r}"
            raise ValueError(msg)
        return self


class ClassLabels(_Settings):
    """One column with the class of each reading."""

    kind: Literal["class"]
    column: str
    healthy: tuple[Value, ...] = (0, "normal", "healthy", "ok")
    unknown: tuple[Value, ...] = ()  # nobody knows what these are: not judged, not learnt from
    names: dict[str, str] = Field(default_factory=dict)  # value: name of the fault


class Interval(_Settings):
    """A fault from one time to another, both included."""

    fault: str = "Fault"
    start: Value
    end: Value
    asset: str | None = None  # null: all of them


class IntervalLabels(_Settings):
    """Times at which something changed: listed here, or in a CSV with one line an interval."""

    kind: Literal["intervals"]
    given: tuple[Interval, ...] = ()
    file: str | None = None
    start: str = "start"
    end: str = "end"
    fault: str | None = "fault"  # the columns of that file
    asset: str | None = None


class FailureLabels(_Settings):
    """Every asset runs until it fails; `remaining` says how long those go on that were stopped.

    The first `healthy` share of a life is healthy, the `last` readings are faulty, and what lies
    between is neither learnt from nor judged. `remaining` maps the name of a file to a file with
    one number a line: the readings left after the last one of each asset there, in their order.
    """

    kind: Literal["run_to_failure"]
    fault: str = "Failure"
    healthy: float = Field(0.8, gt=0, le=1)
    last: int = Field(30, ge=1)
    remaining: dict[str, str] = Field(default_factory=dict)


class NoLabels(_Settings):
    """Nobody knows what was wrong, or when."""

    kind: Literal["none"]


Labels = Annotated[
    ColumnLabels | ClassLabels | IntervalLabels | FailureLabels | NoLabels,
    Field(discriminator="kind"),
]


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
