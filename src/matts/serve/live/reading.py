"""One reading as it comes from outside: whose, when, and what each sensor says."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from matts.domain import BadInputError

LONGEST_NAME = 128  # characters
MOST_SENSORS = 4096
DAY = 86_400.0  # seconds that a clock may be ahead of ours
KEYS = ("asset", "time", "values", "end")


class Reading(NamedTuple):
    """Every sensor of one asset at one instant, as it came; None where a sensor says nothing."""

    asset: str
    time: float  # seconds since 1970, UTC
    values: Mapping[str, float | None]
    number: int = 0  # in the journal
    received: float = 0.0  # seconds since 1970, UTC
    source: str = ""
    end: bool = False  # the last one of this unit, which is then completed


def read_reading(tree: Any, received: float) -> Reading:
    """A reading from its JSON form; without a time it is of the moment when it was received.

    >>> read_reading({"asset": "mill", "time": "1970-01-01T00:01:00Z", "values": {"f": 2}}, 9.0)[:3]
    ('mill', 60.0, {'f': 2.0})

    Raises:
        BadInputError: one sentence about the first thing wrong.
    """
    if not isinstance(tree, Mapping):
        msg = f"a reading needs an object with asset and values, got {_short(tree)}"
        raise BadInputError(msg)
    for key in tree:
        if key not in KEYS:
            msg = f"a reading has {', '.join(KEYS)}, got {_short(key)}"
            raise BadInputError(msg)
    end = tree.get("end", False)
    if not isinstance(end, bool):
        msg = f"end needs true or false, got {_short(end)}"
        raise BadInputError(msg)
    time = read_time(tree.get("time"), received)
    asset, values = _name(tree.get("asset"), "asset"), _values(tree.get("values"))
    return Reading(asset, time, values, received=received, end=end)


def read_time(given: Any, received: float) -> float:
    """Seconds since 1970 from seconds or ISO 8601 (without a zone: UTC); None is `received`."""
    if given is None:
        return received
    time = _seconds(given)
    if not math.isfinite(time) or time < 0:
        msg = f"time needs seconds since 1970 or ISO 8601, got {_short(given)}"
        raise BadInputError(msg)
    if time > received + DAY:
        msg = f"time may be a day ahead of the service's clock at most, got {_short(given)}"
        raise BadInputError(msg)
    return time


def _seconds(given: Any) -> float:
    """The time, or nan where it is none."""
    if isinstance(given, str):
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            return math.nan
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return _number(given)


def _number(given: Any) -> float:
    """A JSON number as a float; nan where it is none, or too large for one."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        return math.nan
    try:
        return float(given)
    except OverflowError:
        return math.nan


def _name(given: Any, what: str) -> str:
    """A name that can be shown on one line."""
    if isinstance(given, str) and 0 < len(given) <= LONGEST_NAME and given.isprintable():
        return given
    msg = f"{what} needs a name of 1 to {LONGEST_NAME} printable characters, got {_short(given)}"
    raise BadInputError(msg)


def _values(given: Any) -> dict[str, float | None]:
    """What the sensors say."""
    if not isinstance(given, Mapping) or not 0 < len(given) <= MOST_SENSORS:
        came = f"{len(given)} of them" if isinstance(given, Mapping) else _short(given)
        msg = f"values needs an object of 1 to {MOST_SENSORS} sensors with a number, got {came}"
        raise BadInputError(msg)
    return {_name(name, "sensor"): _value(name, value) for name, value in given.items()}


def _value(name: str, given: Any) -> float | None:
    if given is None:
        return None
    value = _number(given)
    if not math.isfinite(value):
        msg = f"sensor {name} needs a finite number or null, got {_short(given)}"
        raise BadInputError(msg)
    return value


def _short(given: Any) -> str:
    """What came, on one line of bearable length."""
    text = repr(given) if not isinstance(given, dict | list) else f"a {type(given).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004
