"""How urgent an alarm is."""

from matts.serve.alarms.alarm import PRIORITIES
from matts.serve.alarms.settings import PrioritySettings


def priority_of(asset: str, key: str, fault: str, excess: float, rules: PrioritySettings) -> str:
    """The priority of an alarm whose peak is `excess` above its limit.

    >>> priority_of("mill", "anomaly", "Bearing", 1.1, PrioritySettings())
    'high'
    """
    ruled = rules.faults.get(fault) or rules.keys.get(key)  # type: ignore[call-overload]
    return higher(ruled or _by_height(excess, rules), rules.assets.get(asset, "low"))


def higher(one: str, other: str) -> str:
    """The more urgent of two priorities."""
    return max(one, other, key=PRIORITIES.index)


def _by_height(excess: float, rules: PrioritySettings) -> str:
    reached = sum(excess >= limit for limit in (rules.medium, rules.high, rules.critical))
    return PRIORITIES[reached]
