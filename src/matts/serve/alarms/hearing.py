"""What one reading does to an alarm: it comes, comes again, stands, or returns."""

from dataclasses import replace

from matts.serve.alarms.alarm import MOST_COMINGS, Alarm, Record, Signal
from matts.serve.alarms.ledger import Ledger
from matts.serve.alarms.points import Point
from matts.serve.alarms.priority import higher, priority_of


def step(ledger: Ledger, point: Point, signal: Signal) -> list[Record]:
    """Hear one reading at its point, and write down what follows."""
    settings = ledger.settings
    what = point.step(signal, settings.point(signal.key), settings.chattering)
    found: list[Record] = []
    if what == "came":
        found += _come(ledger, point, signal)
    elif what == "returned":
        found += _return(ledger, point, signal)
    elif point.standing:
        found += _stand(ledger, point, signal)
    if point.find_chatter(signal.time, settings.chattering):
        found += _chatter(ledger, point, signal)
    return found


def _come(ledger: Ledger, point: Point, signal: Signal) -> list[Record]:
    """A new alarm, or one that is not over once more; then all that looks at comings."""
    old = ledger.alarm(point.alarm) if point.alarm else None
    kind = "again" if old else "raised"
    alarm = ledger.update(
        _once_more(ledger, old, point, signal) if old else _new(ledger, point, signal)
    )
    found = [record(signal, alarm, kind, f"{change(old, alarm)}, {alarm.priority}")]
    if alarm.state != "unacknowledged":
        return found  # nobody is told, so it neither floods nor leads
    ledger.flooding.add(signal.time)
    if ledger.flooding.turn(signal.time):
        found.append(record(signal, None, "flood", f"{len(ledger.flooding.comings)} alarms"))
    alarm = ledger.update(replace(alarm, flood=ledger.flooding.on))
    return found if old else [*found, *_lead(ledger, alarm, signal)]


def _new(ledger: Ledger, point: Point, signal: Signal) -> Alarm:
    point.alarm = ledger.number()
    alarm = Alarm(
        id=point.alarm,
        asset=signal.asset,
        key=signal.key,
        state="unacknowledged",
        priority="low",
        raised=signal.time,
        number=signal.number,
        began=point.above_since,
        chattering=point.chattering,
        announced=False,
    )
    return _told(ledger, alarm, point, signal)


def _once_more(ledger: Ledger, alarm: Alarm, point: Point, signal: Signal) -> Alarm:
    """It comes again before it was over: the same alarm, which nobody has acknowledged yet."""
    again = replace(
        alarm,
        returned=None,
        acknowledged=None,
        acknowledged_by="",
        stale=False,
        count=alarm.count + 1,
        began=point.above_since,
        earlier=(*alarm.earlier, (alarm.began, alarm.last))[-MOST_COMINGS:],
    )
    return _told(ledger, again, point, signal)


def _told(ledger: Ledger, alarm: Alarm, point: Point, signal: Signal) -> Alarm:
    """The alarm with all that readings say of it; its priority never falls."""
    excess, fault = point.peak - signal.limit, point.fault
    own = priority_of(alarm.asset, alarm.key, fault, excess, ledger.settings.priority)
    return replace(
        alarm,
        priority=higher(alarm.priority, own),
        fault=fault,
        sensors=point.sensors,
        value=signal.value,
        limit=signal.limit,
        peak=point.peak,
        last=signal.time,
        text=signal.text,
    )


def _lead(ledger: Ledger, alarm: Alarm, signal: Signal) -> list[Record]:
    """If it follows another of its group, that one was first."""
    group = ledger.settings.group_of(alarm.asset)
    first = ledger.firsts.follow(group, alarm.id, signal.time)
    if not first or not ledger.has(first) or ledger.alarm(first).first_out:
        return []
    leader = ledger.update(replace(ledger.alarm(first), first_out=True))
    return [record(signal, leader, "first_out", f"before alarm {alarm.id}")]


def _return(ledger: Ledger, point: Point, signal: Signal) -> list[Record]:
    old = ledger.alarm(point.alarm)
    alarm = ledger.update(replace(old, returned=signal.time))
    return [record(signal, alarm, "returned", change(old, alarm))]


def _stand(ledger: Ledger, point: Point, signal: Signal) -> list[Record]:
    """It stands: only what an operator would want to know anew is told."""
    old = ledger.alarm(point.alarm)
    found = []
    if signal.value >= signal.limit:
        alarm = _told(ledger, old, point, signal)
        if (alarm.peak, alarm.fault) == (old.peak, old.fault):
            ledger.note(replace(old, last=signal.time))
        else:
            ledger.update(alarm)
            found += _changes(old, alarm, signal)
    if signal.time - point.came >= ledger.settings.stale_seconds and not old.stale:
        alarm = ledger.update(replace(ledger.alarm(point.alarm), stale=True))
        found.append(record(signal, alarm, "stale", f"since {point.came:.0f}"))
    return found


def _changes(old: Alarm, new: Alarm, signal: Signal) -> list[Record]:
    pairs = {"priority": (old.priority, new.priority), "fault": (old.fault, new.fault)}
    return [
        record(signal, new, kind, f"{before or 'none'} -> {after}")
        for kind, (before, after) in pairs.items()
        if before != after
    ]


def _chatter(ledger: Ledger, point: Point, signal: Signal) -> list[Record]:
    """Mark the alarm that chatters, or take the mark away."""
    if not point.alarm:
        return []
    alarm = ledger.update(replace(ledger.alarm(point.alarm), chattering=point.chattering))
    kind = "chattering" if point.chattering else "steady"
    return [record(signal, alarm, kind, f"came {len(point.comings)} times lately")]


def record(signal: Signal, alarm: Alarm | None, kind: str, text: str = "") -> Record:
    """A line of the audit trail that a reading wrote; of no alarm, it is of the plant."""
    number, asset = (alarm.id, alarm.asset) if alarm else (None, "")
    return Record(signal.number, signal.time, number, asset, kind, "", text)


def change(old: Alarm | None, new: Alarm) -> str:
    """From which state to which.

    >>> from matts.serve.alarms.alarm import Alarm
    >>> change(None, Alarm(1, "mill", "anomaly", "unacknowledged", "high", 0.0, 1))
    'normal -> unacknowledged'
    """
    return f"{old.state if old else 'normal'} -> {new.state}"
