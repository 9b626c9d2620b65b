"""What an operator may do, read from what came over the wire."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from matts.domain import BadInputError

OF_ALARMS = ("acknowledge", "shelve", "unshelve", "comment", "feedback", "undo_feedback")
OF_ASSETS = ("mode", "out_of_service", "in_service")
OF_EITHER = ("suppress", "unsuppress")
KINDS = (*OF_ALARMS, *OF_ASSETS, *OF_EITHER)
VERDICTS = ("false_alarm", "confirmed")
FARTHEST = 1e12  # seconds: no time is beyond
LONGEST = {"who": 128, "asset": 128, "text": 2000, "fault": 128, "mode": 128, "verdict": 32}


class Action(NamedTuple):
    """Something that somebody did to an alarm or an asset."""

    kind: str
    who: str
    time: float
    number: int = 0  # in the journal
    alarm: int | None = None
    asset: str | None = None
    until: float | None = None  # of a shelf
    text: str = ""
    verdict: str = ""
    fault: str = ""
    mode: str = ""


def read_action(tree: Any, who: str, received: float) -> Action:
    """An action from JSON, by that person at that time; a shelf has `minutes` or ends `until`.

    >>> read_action({"kind": "shelve", "alarm": 3, "minutes": 10}, "Ann", 60.0).until
    660.0

    Raises:
        BadInputError: a key is missing, unknown, too long or of the wrong kind.
    """
    if not isinstance(tree, Mapping):
        msg = f"an action needs an object with a kind, got {type(tree).__name__}"
        raise BadInputError(msg)
    _refuse_unknown(tree)
    kind = _text(tree, "kind", KINDS)
    alarm, asset = _place(tree, kind)
    return Action(
        kind=kind,
        who=_name({"who": who or tree.get("who", "")}, "who"),
        time=received,
        alarm=alarm,
        asset=asset,
        until=_until(tree, received),
        text=_needed(tree, "text", "comment", kind),
        verdict=_text(tree, "verdict", VERDICTS) if kind == "feedback" else "",
        fault=_line(tree, "fault"),
        mode=_line(tree, "mode"),
    )


def _refuse_unknown(tree: Mapping[str, Any]) -> None:
    known = {"kind", "alarm", "minutes", "until", *LONGEST}
    for name in tree:
        if name not in known:
            msg = f"an action has no {str(name)[:64]!r}: it may have {', '.join(sorted(known))}"
            raise BadInputError(msg)


def _place(tree: Mapping[str, Any], kind: str) -> tuple[int | None, str | None]:
    """The alarm or the asset that it is about."""
    if kind in OF_ALARMS or (kind in OF_EITHER and tree.get("alarm") is not None):
        return _id(tree), None
    return None, _name(tree, "asset")


def _id(tree: Mapping[str, Any]) -> int:
    alarm = tree.get("alarm")
    if isinstance(alarm, bool) or not isinstance(alarm, int) or alarm < 1:
        msg = f"an action needs the number of an alarm, got {str(alarm)[:64]!r}"
        raise BadInputError(msg)
    return alarm


def _until(tree: Mapping[str, Any], received: float) -> float | None:
    """When a shelf ends; None where nobody says."""
    if tree.get("until") is not None:
        return _number(tree, "until")
    if tree.get("minutes") is None:
        return None
    return received + 60 * _number(tree, "minutes")


def _number(tree: Mapping[str, Any], name: str) -> float:
    came = tree[name]
    good = isinstance(came, int | float) and not isinstance(came, bool)
    if not good or not abs(came) < FARTHEST:  # NaN is not, either
        msg = f"{name} needs a number, got {str(came)[:64]!r}"
        raise BadInputError(msg)
    return float(came)


def _text(tree: Mapping[str, Any], name: str, among: tuple[str, ...]) -> str:
    came = tree.get(name)
    if came not in among or not isinstance(came, str):
        msg = f"{name} needs to be one of {', '.join(among)}, got {str(came)[:64]!r}"
        raise BadInputError(msg)
    return came


def _needed(tree: Mapping[str, Any], name: str, needs: str, kind: str) -> str:
    """A text that one kind of action cannot do without."""
    text = _line(tree, name)
    if kind == needs and not text:
        msg = f"a {kind} needs a {name}, got none"
        raise BadInputError(msg)
    return text


def _name(tree: Mapping[str, Any], name: str) -> str:
    text = _line(tree, name)
    if not text or not text.isprintable():
        what = {"who": "the name of who does it", "asset": "the name of an asset"}[name]
        msg = f"an action needs {what}, got {text[:64]!r}"
        raise BadInputError(msg)
    return text


def _line(tree: Mapping[str, Any], name: str) -> str:
    """A bounded text without control characters but line breaks; empty where there is none."""
    came = tree.get(name)
    text = "" if came is None else came
    plain = isinstance(text, str) and text.replace("\n", " ").isprintable()
    if not plain or len(text) > LONGEST[name]:
        most, length = LONGEST[name], len(str(came))
        msg = f"{name} needs printable text of at most {most} characters, got {length} of them"
        raise BadInputError(msg)
    return str(text).strip()
