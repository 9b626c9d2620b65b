"""What a search varies, and between which limits."""

from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from matts.domain import BadInputError
from matts.search.recipe import Value

if TYPE_CHECKING:  # an extra
    from optuna.distributions import BaseDistribution

PATHS = {  # of the axes of a search, in the tree of parameters
    "length": "windows.length",
    "sensors": "detector.sensors",
    "hidden": "detector.hidden",
    "reconstruction": "detector.weights.reconstruction",
    "anomaly": "detector.weights.anomaly",
    "learning_rate": "training.learning_rate",
    "batch_size": "training.batch_size",
}


class Axis(BaseModel):
    """From low to high, evenly in the logarithm if that is asked for; or one of a few."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: float | None = Field(None, gt=0)
    high: float | None = Field(None, gt=0)
    log: bool = False
    among: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _either_limits_or_a_list(self) -> Self:
        limits = self.low is not None and self.high is not None
        if limits == bool(self.among) or (self.low is None) != (self.high is None):
            msg = f"either low and high or among is needed, got {self.model_dump()}"
            raise ValueError(msg)
        if self.low is not None and self.high is not None and self.low >= self.high:
            msg = f"low must lie below high, got {self.low:g} and {self.high:g}"
            raise ValueError(msg)
        return self

    def holds(self, value: Value) -> bool:
        """Whether a value lies on the axis.

        >>> Axis(low=1, high=3).holds(3), Axis(among=[1, 3]).holds(2)
        (True, False)
        """
        if self.low is None or self.high is None:
            return value in self.among
        return self.low <= value <= self.high


class WholeAxis(Axis):
    """The same for whole numbers."""

    low: int | None = Field(None, ge=1)
    high: int | None = Field(None, ge=1)
    among: tuple[int, ...] = ()


class SpaceSettings(BaseModel):
    """What is varied; null leaves a setting as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    length: WholeAxis | None = None
    sensors: Axis | None = None
    hidden: WholeAxis | None = None
    reconstruction: Axis | None = None
    anomaly: Axis | None = None
    learning_rate: Axis | None = None
    batch_size: WholeAxis | None = None

    @property
    def axes(self) -> dict[str, Axis]:
        """Each axis that is varied, by the path of its parameter."""
        chosen = {path: getattr(self, name) for name, path in PATHS.items()}
        return {path: axis for path, axis in chosen.items() if axis is not None}


class SearchSettings(BaseModel):
    """How long to search, and where."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    trials: int = Field(50, ge=1, le=100_000)
    epochs: int = Field(20, ge=1, le=100_000)
    batch: int = Field(4, ge=1, le=1024)
    startup: int = Field(10, ge=0)
    warmup: int = Field(3, ge=0)
    seed: int = Field(0, ge=0)
    storage: str
    space: SpaceSettings


def distributions(axes: dict[str, Axis]) -> "dict[str, BaseDistribution]":
    """The axes as Optuna knows them."""
    if not axes:
        msg = f"search.space must vary at least one of {', '.join(PATHS)}, got none"
        raise BadInputError(msg)
    return {path: _distribution(axis) for path, axis in axes.items()}


def _distribution(axis: Axis) -> "BaseDistribution":
    from optuna.distributions import (  # noqa: PLC0415
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if axis.low is None or axis.high is None:
        return CategoricalDistribution(axis.among)
    if isinstance(axis, WholeAxis):
        return IntDistribution(int(axis.low), int(axis.high), log=axis.log)
    return FloatDistribution(axis.low, axis.high, log=axis.log)


def tidy(value: Value, axis: Axis) -> Value:
    """A drawn number in three digits, within its axis: what is printed is what was tried.

    >>> tidy(0.00123456, Axis(low=1e-3, high=1e-2)), tidy(0.00100001, Axis(low=0.001, high=1))
    (0.00123, 0.001)
    """
    if isinstance(axis, WholeAxis) or axis.low is None or axis.high is None:
        return value
    return min(max(float(f"{value:.3g}"), axis.low), axis.high)
