"""Which sensors belong together: what causes what, like parts of a machine, operating modes."""

import re
from collections.abc import Sequence
from typing import Annotated, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

RESIDUAL = " residual"  # the name of a sensor's residual is its own and this
OFF_LEVEL = " off level"  # the same of what it is off the asset's own level


def _compile(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        msg = f"needs a regular expression, got {expression!r} ({error})"
        raise ValueError(msg) from None


def _is_expression(text: str) -> str:
    _compile(text)
    return text


Expression = Annotated[str, AfterValidator(_is_expression)]


class GroupSettings(BaseModel):
    """The sensors whose whole names are like a regular expression, and what they come after."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    like: Expression
    after: tuple[str, ...] = ()  # groups that cause this one, directly
    given: bool = False  # set from outside: it explains others and is not judged itself


class VirtualSettings(BaseModel):
    """How sensors are foreseen from others, and how the bias of a mode is learnt.

    Readings farther than `trim` spreads from what is foreseen are left out of a second fit. The
    bias of a mode is learnt from its past residuals, each cut at `clip` spreads, and in the long
    run from about `memory` of them. A residual beyond `freeze` spreads teaches nothing, and takes
    one lesson back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    ridge: float = Field(1.0, gt=0)
    trim: float = Field(6.0, gt=0)
    memory: float = Field(200.0, ge=1)
    clip: float = Field(3.5, gt=0)
    freeze: float = Field(6.0, gt=0)


class Place(NamedTuple):
    """What a sensor measures, and on which of several like components."""

    channel: str
    component: str


class SensorSettings(BaseModel):
    """What is known of a machine's sensors; nothing has to be.

    `groups` may say in which order cause leads to effect, `component` finds like parts of the
    machine by a regular expression with the groups (?P<channel>) and (?P<component>), `mode` names
    the groups whose readings say what the machine is working on. A residual is where its sensor is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: dict[str, GroupSettings] = Field(default_factory=dict)
    component: str | None = None
    mode: tuple[str, ...] = ()
    units: dict[Expression, str] = Field(default_factory=dict)  # of sensors, by their whole names
    virtual: VirtualSettings = VirtualSettings()

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
        name = sensor_of(sensor)
        return next((n for n, g in self.groups.items() if re.fullmatch(g.like, name)), None)

    def unit_of(self, sensor: str) -> str | None:
        """The unit of a sensor by the first expression that its name is like; None: nobody says.

        >>> SensorSettings(units={"force_.*": "kN"}).unit_of("force_3")
        'kN'
        """
        return next((unit for like, unit in self.units.items() if re.fullmatch(like, sensor)), None)

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
        name = sensor_of(sensor)
        match = re.fullmatch(self.component, name) if self.component else None
        kind = sensor[len(name) :]
        return Place(match["channel"] + kind, match["component"]) if match else None

    def foreseen_from(self, sensors: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
        """Sensors that are judged, by the group, and those that foresee them: [] for none.

        A group is foreseen from all groups that cause it; a sensor in no group from all others.
        """
        members = self.members(sensors)
        found = {}
        for name, own in members.items():
            if name not in self.groups:
                found[tuple(own)] = [each for each in sensors if each not in own]
            elif not self.groups[name].given:
                causes = self.causes(name)
                found[tuple(own)] = [s for n in members if n in causes for s in members[n]]
        return found

    def mode_sensors(self, sensors: Sequence[str]) -> list[str]:
        """The sensors whose readings say what the machine is working on."""
        return [each for each in sensors if self.group_of(each) in self.mode]

    def like_components(self, sensors: Sequence[str]) -> tuple[list[str], list[list[str]]]:
        """The channels that every component has, and the sensor of each: [C], [S][C].

        >>> settings = SensorSettings(component="(?P<channel>.)(?P<component>[12])")
        >>> settings.like_components(["a1", "b1", "a2", "b2", "c1"])
        (['a', 'b'], [['a1', 'b1'], ['a2', 'b2']])
        """
        by_component: dict[str, dict[str, str]] = {}
        for sensor in sensors:
            if place := self.place_of(sensor):
                by_component.setdefault(place.component, {})[place.channel] = sensor
        parts = list(by_component.values())
        channels = [c for c in (parts[0] if parts else {}) if all(c in part for part in parts)]
        return channels, [[part[c] for c in channels] for part in parts] if channels else []


def sensor_of(channel: str) -> str:
    """The sensor that a channel is made of.

    >>> sensor_of("force_3 residual off level")
    'force_3'
    """
    return channel.removesuffix(OFF_LEVEL).removesuffix(RESIDUAL)
