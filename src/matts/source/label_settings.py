"""How a dataset file says which readings are faulty, and what else is to be foretold."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from matts.groups import Expression

Value = str | int | float | bool
HEALTHY: tuple[Value, ...] = (  # what truth columns hold where there is no fault
    *(0, False, "no", "n", "f", "normal", "healthy", "ok", "good", "no failure"),
)


class _Settings(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, coerce_numbers_to_str=True
    )


class TruthColumn(_Settings):
    """A column that tells of one fault: by truth values, or by all that is not healthy.

    Any other value than `healthy` and `faulty` is refused, if there are `faulty` ones.
    """

    column: str
    faulty: tuple[Value, ...] = ()
    healthy: tuple[Value, ...] = HEALTHY


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
    """One column with the class of each reading; `only` refuses those that `names` has not."""

    kind: Literal["class"]
    column: str
    only: bool = False
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
    """Times at which something changed: listed here, or in a CSV with one line an interval.

    One whose fault is `healthy` is of readings that somebody found nothing wrong with.
    """

    kind: Literal["intervals"]
    given: tuple[Interval, ...] = ()
    file: str | None = None
    start: str = "start"
    end: str = "end"
    fault: str | None = "fault"  # the columns of that file
    asset: str | None = None
    healthy: tuple[Value, ...] = ("", "normal", "healthy", "ok")


class FailureLabels(_Settings):
    """Every asset runs until it fails; `remaining` says how long those go on that were stopped.

    The first `healthy` share of a life is healthy, the `last` readings are faulty, and what lies
    between is neither learnt from nor judged. `remaining` maps the name of a file to a file with
    one number a line: the readings left after the last one of each asset there, in their order.
    A life is counted in readings as they came, even where `time.every` leaves fewer of them.
    """

    kind: Literal["run_to_failure"]
    fault: str = "Failure"
    healthy: float = Field(0.8, gt=0, le=1)
    last: int = Field(30, ge=1)
    remaining: dict[str, str] = Field(default_factory=dict)


class NoLabels(_Settings):
    """Nobody knows what was wrong, or when."""

    kind: Literal["none"]


class NumberColumn(_Settings):
    """A column of numbers that are a truth, not a reading."""

    column: str


class TargetSettings(_Settings):
    """The columns of what is to be foretold beside faults, none of which is a sensor.

    The first three are truth columns, the last a number: the time left until failure, in the unit
    that the file counts it in. An empty cell is a reading of which nobody knows the truth.
    """

    anomaly: str | TruthColumn | None = None
    maintenance: str | TruthColumn | None = None
    downtime: str | TruthColumn | None = None
    remaining_life: str | NumberColumn | None = None

    @property
    def truths(self) -> dict[str, TruthColumn]:
        """The truth columns that there are, by target."""
        every = {
            "anomaly": self.anomaly,
            "maintenance": self.maintenance,
            "downtime": self.downtime,
        }
        return {
            name: each if isinstance(each, TruthColumn) else TruthColumn(column=each)
            for name, each in every.items()
            if each is not None
        }

    @property
    def numbers(self) -> dict[str, str]:
        """The columns of numbers that there are, by target."""
        life = self.remaining_life
        if life is None:
            return {}
        return {"remaining_life": life if isinstance(life, str) else life.column}

    @property
    def columns(self) -> dict[str, str]:
        """Every column that there is, by target."""
        return {name: each.column for name, each in self.truths.items()} | self.numbers


Labels = Annotated[
    ColumnLabels | ClassLabels | IntervalLabels | FailureLabels | NoLabels,
    Field(discriminator="kind"),
]
