"""What the measured ratios must come to."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.timing import Ratio


@dataclass(frozen=True)
class Required:
    """A row's least ratio, and the one to reach for."""

    name: str
    least: float
    stretch: float

    def judge(self, rows: Sequence[Ratio]) -> list[str]:
        """Name, least, stretch, measured, and whether that is enough.

        >>> row = Ratio("a", 2.0, 1.9, 2.1, "times faster", "")
        >>> Required("a", 1.5, 3).judge([row]), Required("b", 1.5, 2).judge([row])[3:]
        (['a', '1.5', '3', '2.0', 'ok'], ['-', 'not measured'])
        """
        found = [row.ratio for row in rows if row.name == self.name]
        wanted = [self.name, f"{self.least:g}", f"{self.stretch:g}"]
        if not found:
            return [*wanted, "-", "not measured"]
        grade = "ok" if found[0] >= self.least else "not ok"
        return [*wanted, f"{found[0]:.1f}", "stretch" if found[0] >= self.stretch else grade]


REQUIRED = (
    Required("training step, hidden 16: compiled", 40, 60),
    Required("training step, hidden 32: compiled", 28, 45),
    Required("training step, hidden 16: torch", 1.5, 2),
    Required("scoring with the part of each sensor", 25, 45),
    Required("scoring by encoder and head", 100, 170),
    Required("one reading: the stream instead of a forward", 15, 30),
    Required("scoring a point: ARIMA instead of statsmodels", 100, 150),
    Required("scoring a point: Kalman instead of statsmodels", 100, 150),
    Required("67 columns of a row: compiled", 10, 15),
    Required("two trainings: two cores instead of one", 1.8, 1.95),
)
