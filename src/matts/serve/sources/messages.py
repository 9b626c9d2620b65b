"""What a message of a broker says: JSON as the API takes it, or metrics as Sparkplug names them."""

import json
import math
from collections.abc import Mapping
from typing import Any

from matts.domain import BadInputError
from matts.serve.live.reading import Reading, read_reading

MILLISECONDS = 1000.0


def read_message(
    topic: str, payload: bytes, received: float, longest: int
) -> tuple[list[Reading], list[BadInputError]]:
    """The readings of one message, and what is wrong with those of its list that are none.

    The asset that a reading does not name is the topic's.

    >>> sparkplug = b'{"timestamp": 60000, "metrics": [{"name": "force", "value": 2.5}]}'
    >>> good, wrong = read_message("matts/m/reading", sparkplug, 99.0, 999)
    >>> [(r.asset, r.time, r.values) for r in good], wrong
    ([('m', 60.0, {'force': 2.5})], [])

    Raises:
        BadInputError: one sentence about why nothing of it can be read.
    """
    if len(payload) > longest:
        msg = f"a message of {longest} bytes at most is needed, got {len(payload)}"
        raise BadInputError(msg)
    try:
        tree = json.loads(payload, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        msg = f"a message needs JSON, got {payload[:40]!r} ({error})"
        raise BadInputError(msg) from None
    good, wrong = [], []
    for each in tree if isinstance(tree, list) else [tree]:
        try:
            good.append(read_reading(_with_asset(each, asset_of(topic)), received))
        except BadInputError as error:
            wrong.append(error)
    return good, wrong


def _refuse(constant: str) -> float:
    msg = f"{constant} is no number in JSON"
    raise ValueError(msg)


def asset_of(topic: str) -> str:
    """The asset that a topic is about: a device of Sparkplug, else its second level.

    >>> asset_of("matts/mill_3/reading"), asset_of("spBv1.0/plant/DDATA/edge/mill_3")
    ('mill_3', 'mill_3')
    """
    levels = topic.split("/")
    if levels[0].startswith("spBv1"):
        return levels[-1]
    return levels[1] if len(levels) > 1 else levels[0]


def _with_asset(tree: Any, asset: str) -> Any:
    """The tree of a reading, with the asset of its topic if it names none."""
    if isinstance(tree, Mapping) and "metrics" in tree:
        return {"asset": asset, **_from_metrics(tree)}
    return {"asset": asset, **tree} if isinstance(tree, Mapping) else tree


def _from_metrics(tree: Mapping[str, Any]) -> dict[str, Any]:
    """A reading's tree from metrics: words and truth values are no sensors, null is a gap."""
    metrics = tree["metrics"]
    if not isinstance(metrics, list) or not all(_is_metric(each) for each in metrics):
        msg = "metrics needs a list of objects with name and value"
        raise BadInputError(msg)
    stamps = [tree.get("timestamp"), *(each.get("timestamp") for each in metrics)]
    known = [stamp for stamp in stamps if _is_number(stamp)]
    values = {
        each["name"]: each.get("value")
        for each in metrics
        if each.get("value") is None or _is_number(each["value"])
    }
    return {"values": values} | ({"time": _seconds(max(known))} if known else {})


def _seconds(stamp: float) -> float:
    """Of milliseconds, which JSON may have larger than any float."""
    try:
        return stamp / MILLISECONDS
    except OverflowError:
        msg = "timestamp needs milliseconds since 1970, got a number beyond all times"
        raise BadInputError(msg) from None


def _is_metric(given: Any) -> bool:
    return isinstance(given, Mapping) and isinstance(given.get("name"), str)


def _is_number(given: Any) -> bool:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return False
    return isinstance(given, int) or math.isfinite(given)
