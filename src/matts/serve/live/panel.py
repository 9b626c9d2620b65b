"""Every detector on the readings of many assets, as they come. No clock, no web, no chance.

readings -> their order -> their quality -> channels -> windows -> scores -> Judged
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from matts.detect.combined import reach_of
from matts.domain import Bools, Floats, Ints, State
from matts.serve.live.deployment import Deployment
from matts.serve.live.judged import CROWDED, STRANGE, Judged
from matts.serve.live.jury import Jury
from matts.serve.live.kept import Kept, Order
from matts.serve.live.live_channels import LiveChannels
from matts.serve.live.ordering import Arrival, Ordering
from matts.serve.live.places import Places
from matts.serve.live.quality import Graded, Quality
from matts.serve.live.reading import Reading
from matts.serve.live.settings import LiveSettings
from matts.serve.live.states import joined, parted
from matts.serve.live.telling import Telling, Turn

STRANGERS = 1000  # names of unknown sensors that are counted


class Part(NamedTuple):
    """Readings, what was judged once they were there, and whose place is then given on."""

    readings: Sequence[Reading]
    judged: list[Judged]
    leaver: str


class Panel:
    """The live view of many assets: readings in any order and company, a verdict on each."""

    def __init__(self, deployment: Deployment, settings: LiveSettings) -> None:
        self.deployment, self.settings = deployment, settings
        schema = deployment.deployed.schema
        self.ordering = Ordering(settings)
        self.quality = Quality(deployment.reference, deployment.missing, settings)
        self.channels = LiveChannels(deployment.channels)
        reach = max(reach_of(each, schema.window) for each in deployment.detectors.values())
        self.kept = Kept(schema.sensors, schema.window, reach)
        self.jury = Jury(deployment)
        self.telling = Telling(deployment, self.quality, self.jury)
        self.inputs = frozenset(deployment.inputs)
        self.places = Places(settings.assets)
        self.names = np.zeros(0, np.str_)  # by slot
        self.renamed = False  # whether places were taken since
        self.strangers: dict[str, int] = {}  # how often each unknown sensor came

    @classmethod
    def deploy(cls, deployment: Deployment, settings: LiveSettings) -> Self:
        """What training left, put to work."""
        return cls(deployment, settings)

    def judge(self, readings: Sequence[Reading]) -> list[Judged]:
        """Judge readings of any assets, in the order in which they were accepted.

        There is a Judged for each that has its turn now, or is dropped; one that waits for earlier
        ones comes out later.
        """
        found, arrivals = list[Judged](), list[Arrival]()
        for reading in readings:
            if leaver := self._leaver(reading, self.places):
                found += self._judge(arrivals)
                self.forget(leaver)
                arrivals = []
            arrivals += self._arrive(reading)
        return found + self._judge(arrivals)

    def follow(self, readings: Sequence[Reading]) -> Iterator[Part]:
        """The same, cut before each reading whose asset gets the place of another."""
        start = 0
        for place, leaver in self._leavers(readings):
            yield Part(readings[start:place], self.judge(readings[start:place]), leaver)
            start = place
        yield Part(readings[start:], self.judge(readings[start:]), "")

    def _leavers(self, readings: Sequence[Reading]) -> list[tuple[int, str]]:
        """At which readings whose place is given on."""
        if all(each.asset in self.places for each in readings):
            return []
        found, places = [], self.places.copy()
        for k, each in enumerate(readings):
            if leaver := self._leaver(each, places):
                found.append((k, leaver))
            if places.admits(each.asset) and not self._strange(each):
                places.take(each)
        return found

    def release(self, now: float) -> list[Judged]:
        """Judge what has waited long enough, though nothing else comes."""
        return self._judge(list(self.ordering.release(now)))

    def flush(self) -> list[Judged]:
        """Judge all that waits."""
        return self._judge(list(self.ordering.flush()))

    def leave_out(self, reading: Reading, note: str) -> Judged:
        """What is told of a reading that nothing is made of, and why."""
        return self.telling.dropped(reading, note)

    def _arrive(self, reading: Reading) -> Iterator[Arrival]:
        """The readings whose turn it is, once this one is there."""
        unknown = reading.values.keys() - self.inputs
        for name in unknown:
            if name in self.strangers or len(self.strangers) < STRANGERS:
                self.strangers[name] = self.strangers.get(name, 0) + 1
        if self._strange(reading):
            yield Arrival(reading, STRANGE)
        elif not self.places.admits(reading.asset):
            yield Arrival(reading, CROWDED)
        else:
            self.renamed |= reading.asset not in self.places
            self.places.take(reading)
            yield from self.ordering.take([reading])

    def _strange(self, reading: Reading) -> bool:
        """Whether no sensor of a reading is known."""
        return self.inputs.isdisjoint(reading.values)

    def _leaver(self, reading: Reading, places: Places) -> str:
        """Whose place the asset of a reading gets, if anybody's."""
        return "" if self._strange(reading) else places.leaver(reading.asset)

    def _widen(self) -> None:
        """Make room for all assets that have a slot."""
        if self.renamed:
            self.names = np.array(self.places.names, np.str_)
            self.kept.widen(len(self.names))
            self.quality.widen(len(self.names))
            self.renamed = False

    def _judge(self, arrivals: list[Arrival]) -> list[Judged]:
        self._widen()
        judged = iter(self._judge_turns([each for each in arrivals if not each.dropped]))
        return [
            self.leave_out(each.reading, each.dropped) if each.dropped else next(judged)
            for each in arrivals
        ]

    def _judge_turns(self, arrivals: list[Arrival]) -> Iterable[Judged]:
        """Judge readings whose turn it is."""
        if not arrivals:
            return []
        readings = [each.reading for each in arrivals]
        own = np.array([self.places.slots[reading.asset] for reading in readings])
        breaks = np.array([each.breaks for each in arrivals])
        given, owners = given_of(readings, self.deployment.inputs), self.names[own]
        graded = self._grade(own, given, breaks)
        rows = self.channels(graded.values, owners)
        names = self.names if self.deployment.assets else None
        chunk = self.kept.take(own, rows, breaks, names)
        chunk = chunk.where(np.asarray(~np.isnan(chunk.windows.last_rows).all(axis=1)))
        said = self.jury.hear(chunk, self.names, owners[chunk.judged])
        return self.telling.judged(Turn(readings, given, graded), chunk, said)

    def _grade(self, own: Ints, given: Floats, breaks: Bools) -> Graded:
        """Grade n readings, those of one asset after each other."""
        order = Order.of(own)
        values, grades = np.empty_like(given), np.zeros(given.shape, np.uint8)
        rounds = np.argsort(order.rank, kind="stable")
        for part in np.split(rounds, np.cumsum(np.bincount(order.rank))[:-1]):
            these = order.sorted[part]
            values[these], grades[these] = self.quality.grade(
                own[these], given[these], breaks[these]
            )
        return Graded(values, grades)

    def shift(self, asset: str, surprise: float) -> None:
        """Move an asset's limit of the deployed detector by so much surprise; 0: as trained."""
        self.jury.shifts[asset] = surprise
        if not surprise:
            del self.jury.shifts[asset]

    def similar(self, asset: str, count: int = 3) -> list[dict[str, Any]]:
        """The past events that went most like the asset's last reading, the nearest first."""
        novelty = self.deployment.deployed.novelty
        slot = self.places.slots.get(asset)
        if novelty is None or slot is None or slot >= len(self.names) or not self.kept.ages[slot]:
            return []
        ways = novelty.directions(self.kept.latest(slot))
        return self.deployment.similar(ways, count)[0]

    def forget(self, asset: str | None) -> None:
        """Forget the readings of an asset, or of all; shifts of limits stay."""
        self._widen()
        assets = [each for each in self.places.names if asset in (None, each)]
        slots = [self.places.slots[each] for each in assets]
        for each in assets:
            self.ordering.forget(each)
            self.places.forget(each)
        self.kept.forget(np.array(slots, np.int64))
        self.quality.forget(np.array(slots, np.int64))
        self.channels.forget(set(assets))
        self.jury.forget(slots, self.names)

    def state(self) -> State:
        """All that is remembered, so that another panel goes on from here to the last bit."""
        self._widen()
        parts = {name: getattr(self, name).state() for name in PARTS}
        held = {"assets": self.places.names, "idle": list(self.places.idle)}
        own = State({}, {**held, "strangers": self.strangers})
        return joined({**parts, "own": own})

    def restore(self, state: State) -> None:
        """Go on from such a state, of a panel of the same deployment and settings."""
        states = parted(state)
        own = states["own"].config
        self.names, self.strangers = np.array(own["assets"], np.str_), dict(own["strangers"])
        for name in PARTS:
            getattr(self, name).restore(states[name])
        newest = self.ordering.newest()
        idle = own.get("idle", [name for name in own["assets"] if self.ordering.idle(name)])
        self.places = Places.of(self.settings.assets, own["assets"], idle, newest)


PARTS = ("ordering", "quality", "channels", "kept", "jury")


def given_of(readings: Sequence[Reading], inputs: Sequence[str]) -> Floats:
    """What n readings say of the sensors asked for: [n, F], NaN missing."""
    cells = [[reading.values.get(name) for name in inputs] for reading in readings]
    return np.array(cells, np.float64).reshape(len(readings), len(inputs))
