"""What is said of one reading."""

from typing import NamedTuple

from matts.domain import Floats
from matts.serve.live.quality import Grades

LATE, DUPLICATE, STRANGE, CROWDED = "late", "duplicate", "no known sensor", "too many assets"
FAILED = "failed"  # no detector could judge it
DROPPED = (LATE, DUPLICATE, STRANGE, CROWDED, FAILED)  # notes of what nothing is made of


class Judged(NamedTuple):
    """What matts makes of a reading of F sensors, or why it makes nothing of it."""

    asset: str
    time: float
    number: int
    values: Floats  # [F], as judged: NaN where nothing stands for what is missing
    given: Floats  # [F], as it came, NaN missing
    grades: Grades  # [F], codes of quality.GRADES
    scores: dict[str, float]  # by detector, NaN where the window is not full
    surprises: dict[str, float]  # the same on the one axis
    alert: bool
    limit: float  # of the deployed detector, as a surprise, shift included
    fault: str = ""  # only where there is an alert
    probabilities: dict[str, float] = {}  # noqa: RUF012 (of each fault, the same; never changed)
    contributions: Floats | None = None  # [F], shares of the score, the same
    expected: Floats | None = None  # [F], what its causes foresee of each sensor, in its own units
    note: str = ""  # why there is no score, or what is odd about the reading
    end: bool = False
    latent: Floats | None = None  # [H], how the deployed detector sees the window

    @property
    def dropped(self) -> bool:
        """Whether nothing is made of it: neither scores nor drift know of it."""
        return self.note in DROPPED
