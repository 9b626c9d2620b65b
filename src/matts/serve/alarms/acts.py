"""What each action of an operator does to the ledger."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from matts.domain import BadInputError
from matts.serve.alarms.actions import Action
from matts.serve.alarms.alarm import Alarm, Record
from matts.serve.alarms.hearing import change
from matts.serve.alarms.ledger import Ledger


def acknowledge(ledger: Ledger, action: Action) -> list[Record]:
    """Somebody has seen it."""
    old = _standing(ledger, action)
    if old.acknowledged is not None:
        msg = f"alarm {old.id} was acknowledged by {old.acknowledged_by}"
        raise BadInputError(msg)
    return _alter(ledger, action, acknowledged=action.time, acknowledged_by=action.who)


def shelve(ledger: Ledger, action: Action) -> list[Record]:
    """Out of sight for a while; never for good."""
    old, longest = _standing(ledger, action), ledger.settings.longest_shelf_seconds
    usual = action.time + min(ledger.settings.shelf_seconds, longest)
    until = usual if action.until is None else action.until
    if not action.time < until <= action.time + longest:
        minutes = (until - action.time) / 60
        msg = f"a shelf needs to end within {longest / 60:g} minutes from now, got {minutes:g}"
        raise BadInputError(msg)
    return _alter(ledger, action, shelved_until=until, note=f"until {until:.0f}", of=old)


def unshelve(ledger: Ledger, action: Action) -> list[Record]:
    """Back in sight before its time."""
    old = _standing(ledger, action)
    if old.shelved_until is None:
        msg = f"alarm {old.id} is not shelved: it is {old.state}"
        raise BadInputError(msg)
    return _alter(ledger, action, shelved_until=None)


def comment(ledger: Ledger, action: Action) -> list[Record]:
    """A word for those who come after; the alarm stays as it is."""
    return [_record(action, _alarm(ledger, action), action.text)]


def feedback(ledger: Ledger, action: Action) -> list[Record]:
    """Whether it was right; `Feedback` moves the limit by it."""
    old = _alarm(ledger, action)
    if old.feedback == action.verdict and not action.fault:
        msg = f"alarm {old.id} is said to be {old.feedback} already"
        raise BadInputError(msg)
    note = f"{old.feedback or 'none'} -> {action.verdict}"
    return _alter(
        ledger, action, feedback=action.verdict, note=" ".join([note, action.fault]).strip()
    )


def undo_feedback(ledger: Ledger, action: Action) -> list[Record]:
    """As if nobody had said whether it was right."""
    old = _alarm(ledger, action)
    if not old.feedback:
        msg = f"nobody has said whether alarm {old.id} was right, so there is nothing to undo"
        raise BadInputError(msg)
    return _alter(ledger, action, feedback="", note=f"{old.feedback} -> none")


def mode(ledger: Ledger, action: Action) -> list[Record]:
    """The asset is in another operating mode, which may suppress by design."""
    asset, known = _asset(action), ledger.settings.modes
    if action.mode and action.mode not in known:
        msg = f"a mode needs to be one of {', '.join(known)}, or empty to run, got {action.mode!r}"
        raise BadInputError(msg)
    before = ledger.hushing.modes.pop(asset, "")
    if action.mode:
        ledger.hushing.modes[asset] = action.mode
    return _renew(ledger, action, f"{before or 'running'} -> {action.mode or 'running'}")


def suppress(ledger: Ledger, action: Action) -> list[Record]:
    """Suppress one kind of alarm of an asset, or all of them."""
    return _hush(ledger, action, add=True)


def unsuppress(ledger: Ledger, action: Action) -> list[Record]:
    """Take a suppression back; that of a mode stays."""
    return _hush(ledger, action, add=False)


def out_of_service(ledger: Ledger, action: Action) -> list[Record]:
    """The asset is out of service: none of its alarms is told."""
    ledger.hushing.out.add(_asset(action))
    return _renew(ledger, action, "")


def in_service(ledger: Ledger, action: Action) -> list[Record]:
    """The asset is back."""
    if _asset(action) not in ledger.hushing.out:
        msg = f"{action.asset} is in service already"
        raise BadInputError(msg)
    ledger.hushing.out.discard(_asset(action))
    return _renew(ledger, action, "")


ACTS: dict[str, Callable[[Ledger, Action], list[Record]]] = {
    act.__name__: act
    for act in (
        *(acknowledge, shelve, unshelve, comment, feedback, undo_feedback),
        *(mode, suppress, unsuppress, out_of_service, in_service),
    )
}


def _hush(ledger: Ledger, action: Action, *, add: bool) -> list[Record]:
    alarm = None if action.alarm is None else _alarm(ledger, action)
    place = (alarm.asset, alarm.key) if alarm else (_asset(action), "")
    if not add and place not in ledger.hushing.suppressed:
        msg = f"{' '.join(place).strip()} is not suppressed by hand"
        raise BadInputError(msg)
    (ledger.hushing.suppressed.add if add else ledger.hushing.suppressed.discard)(place)
    return _renew(ledger, action._replace(asset=place[0]), place[1] or "every kind")


def _renew(ledger: Ledger, action: Action, text: str) -> list[Record]:
    """What became of the asset, and the alarms of it whose state that changes."""
    at = (action.number, action.time)
    found = [Record(*at, None, _asset(action), action.kind, action.who, text)]
    for old in ledger.live(action.asset):
        new = ledger.update(old)
        if new.state != old.state:
            hidden = new.state in ("suppressed", "out_of_service")
            kind = new.state if hidden else "released"
            found.append(Record(*at, new.id, new.asset, kind, action.who, change(old, new)))
    return found


def _alter(
    ledger: Ledger, action: Action, *, note: str = "", of: Alarm | None = None, **fields: Any
) -> list[Record]:
    """Change an alarm, and write down from which state to which."""
    old = of or _alarm(ledger, action)
    new = ledger.update(replace(old, **fields))
    told = ", ".join(filter(None, [change(old, new), note, action.text]))
    return [_record(action, new, told)]


def _record(action: Action, alarm: Alarm, text: str) -> Record:
    at = (action.number, action.time)
    return Record(*at, alarm.id, alarm.asset, action.kind, action.who, text)


def _alarm(ledger: Ledger, action: Action) -> Alarm:
    if action.alarm is None:
        msg = f"{action.kind} needs the number of an alarm, got none"
        raise BadInputError(msg)
    return ledger.alarm(action.alarm)


def _standing(ledger: Ledger, action: Action) -> Alarm:
    """An alarm that is not over."""
    alarm = _alarm(ledger, action)
    if alarm.state == "normal":
        msg = f"alarm {alarm.id} is over: there is nothing left to {action.kind}"
        raise BadInputError(msg)
    return alarm


def _asset(action: Action) -> str:
    if not action.asset:
        msg = f"{action.kind} needs the name of an asset, got none"
        raise BadInputError(msg)
    return action.asset
