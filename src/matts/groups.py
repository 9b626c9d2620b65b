"""Which sensors belong together: what causes what, like parts of a machine, operating modes."""

import re
from collections.abc import Sequence
from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class GroupSettings(BaseModel):
    """The sensors whose whole names are like a regular expression, and what they come after."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    like: str
    after: tuple[str, ...] = ()  # groups that cause this one, directly

    @field_validator("like")
    @classmethod
    def _is_an_expression(cls, like: str) -> str:
        _compile(like)
        return like


class Place(NamedTuple):
    """What a sensor measures, and on which of several like components."""

    channel: str
    component: str


class SensorSettings(BaseModel):
    """What is known of a machine's sensors; nothing has to be.

    `groups` may say in which order cause leads to effect, `component` finds like parts of the
    machine by a regular expression with the groups (?P<channel>) and (?P<component>), `mode` names
    the groups whose readings say what the machine is working on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: dict[str, GroupSettings] = Field(default_factory=dict)
    component: str | None = None
    mode: tuple[str, ...] = ()

    @field_validator("component")
    @classmethod
    def _names_channel_and_component(cls, component: str | None) -> str | None:
        if component and not {"channel", "component"} <= _compile(component).groupindex.keys():
            msg = f"needs (?P<channel>...) and (?P<component>...), got {component!r}"
            raise ValueError(msg)
        return component

    @model_validator(mode="after")
    def _groups_are_known(self) -> Self:
        for name, group in self.groups.items():
            for other in group.after:
                if other not in self.groups:
                    msg = f"groups.{name}.after: there is no group {other!r}"
                    raise ValueError(msg)
            if name in self.causes(name):
                msg = f"groups.{name} comes after itself"
                raise ValueError(msg)
        for name in self.mode:
            if name not in self.groups:
                msg = f"mode: there is no group {name!r}"
                raise ValueError(msg)
        return self

    def causes(self, name: str) -> set[str]:
        """Every group that a group comes after, near or far."""
        found: set[str] = set()
        near = list(self.groups[name].after)
        while near:
            other = near.pop()
            if other not in found:
                found.add(other)
                near.extend(self.groups[other].after)
        return found

    def group_of(self, sensor: str) -> str | None:
        """The first group that a sensor is in."""
        return next((n for n, g in self.groups.items() if re.fullmatch(g.like, sensor)), None)

    def members(self, sensors: Sequence[str]) -> dict[str, list[str]]:
        """The sensors of each group; one that is in none stands for itself.

        >>> settings = SensorSettings(groups={"rolls": {"like": "roll_.*"}})
        >>> settings.members(["roll_1", "roll_2", "force"])
        {'rolls': ['roll_1', 'roll_2'], 'force': ['force']}
        """
        found: dict[str, list[str]] = {}
        for sensor in sensors:
            found.setdefault(self.group_of(sensor) or sensor, []).append(sensor)
        return found

    def place_of(self, sensor: str) -> Place | None:
        r"""What a sensor measures on which component; None: it belongs to the whole machine.

        >>> settings = SensorSettings(component=r"(?P<channel>.+)_(?P<component>\d)")
        >>> settings.place_of("force_3"), settings.place_of("width")
        (Place(channel='force', component='3'), None)
        """
        match = re.fullmatch(self.component, sensor) if self.component else None
        return Place(match["channel"], match["component"]) if match else None


def _compile(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        msg = f"needs a regular expression, got {expression!r} ({error})"
        raise ValueError(msg) from None
