"""One asset's drift: what is kept of it, and what each kind has come to."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from matts.domain import Floats, State
from matts.monitor.codebook import Codebook, holm, rank
from matts.monitor.errors import ErrorWatch
from matts.monitor.hysteresis import Finding, worst
from matts.monitor.recent import Recent, Waiting
from matts.monitor.settings import DriftSettings
from matts.monitor.status import DriftChange, DriftStatus

SHOWN = 10  # sensors at most


class Measure(NamedTuple):
    """What every asset is measured by."""

    settings: DriftSettings
    sensors: tuple[str, ...]  # [F]
    columns: tuple[str, ...]  # [C], sensors, the same off the others, latents
    codebook: Codebook
    scores: Floats  # [V], in order of size
    thin: int
    block: int  # readings
    fed: Sequence[float]  # means of validation scores, what ADWIN starts from


class Given(NamedTuple):
    """One reading as it came."""

    time: float
    number: int
    row: Floats  # [C], NaN missing
    score: float
    alert: bool


class AssetDrift:
    """Follows one asset; equal readings give equal findings, however they are cut into calls."""

    def __init__(self, measure: Measure) -> None:
        self.measure = measure
        self.recent = Recent(measure.settings, len(measure.columns))
        self.errors = ErrorWatch(measure.settings, measure.block, measure.fed)
        self.findings = {kind: Finding() for kind in measure.settings.kinds}
        self.retrain, self.drifting = False, 0  # since how many counted readings it drifts

    def watch(self, asset: str, given: Given) -> list[DriftChange]:
        """One more reading, and what it changed."""
        ready = self._take(given)
        if ready is None:
            return []
        if np.isfinite(ready.place):
            self.errors.hear(ready.place)
        changes = self._compare(asset, given) if self._due(ready) else []
        return [*changes, *self._ask(asset, given)]

    def _take(self, given: Given) -> Waiting | None:
        if given.alert:
            self.recent.alert()
            return None
        if self.recent.after_alert():
            return None
        keep = self.recent.came % self.measure.thin == 0
        self.recent.came += 1
        codes = self.measure.codebook.encode(given.row) if keep else None
        known = np.isfinite(given.score)
        place = rank(self.measure.scores, given.score) if known else np.nan
        return self.recent.take(Waiting(codes, place))

    def _due(self, ready: Waiting) -> bool:
        kept, settings = self.recent.kept, self.measure.settings
        return ready.codes is not None and kept >= settings.least and kept % settings.every == 0

    def _compare(self, asset: str, given: Given) -> list[DriftChange]:
        """Compare with training, and hear what came of it."""
        found = {**self._inputs(), **self._missing(), **self._error()}
        changes, settings = [], self.measure.settings
        for kind, finding in self.findings.items():
            before = finding.state
            sensors, finding.detail = found[kind]
            hit = finding.detail.pop("found")
            finding.hear(hit, given.time, settings.confirm, settings.calm)
            finding.sensors = sensors if finding.state != "ok" else []
            if finding.state != before:
                text = _say(kind, finding)
                what = (asset, given.time, given.number, kind, before, finding.state)
                changes.append(DriftChange(*what, tuple(finding.sensors), text))
        return changes

    def _inputs(self) -> dict[str, tuple[list[str], dict[str, Any]]]:
        """Sensors and latents, each corrected for their own number."""
        measure, split = self.measure, 2 * len(self.measure.sensors)
        moved = measure.codebook.compare(self.recent.codes, measure.thin)
        found = {}
        for kind, part in (("input", slice(split)), ("latent", slice(split, None))):
            chance = holm(moved.chance[part])
            far = (chance <= measure.settings.alpha) & (moved.size[part] >= measure.settings.size)
            by = ("shift", "distance", "size")
            values = {name: getattr(moved, name)[part] for name in by}
            found[kind] = _tell(measure.columns[part], far, chance, values)
        return found

    def _missing(self) -> dict[str, tuple[list[str], dict[str, Any]]]:
        measure = self.measure
        more, chance = measure.codebook.gaps_in(self.recent.codes, measure.thin)
        chance = holm(chance)
        far = (chance <= measure.settings.alpha) & (more >= measure.settings.missing)
        return {"missing": _tell(measure.sensors, far, chance, {"more": more})}

    def _error(self) -> dict[str, tuple[list[str], dict[str, Any]]]:
        return {"error": ([], {"found": self.errors.found(), "off": round(self.errors.off, 4)})}

    def _ask(self, asset: str, given: Given) -> list[DriftChange]:
        """Ask for a new training once a drift has lasted; take it back when all is well."""
        state = worst([finding.state for finding in self.findings.values()])
        compared = self.recent.kept >= self.measure.settings.least
        self.drifting = self.drifting + 1 if state == "drift" and compared else 0
        due = self.drifting > self.measure.settings.lasting
        before, self.retrain = self.retrain, due or (self.retrain and state != "ok")
        if before or not self.retrain:
            return []
        text = f"drift has lasted {self.drifting - 1} readings: a new training is needed"
        what = (asset, given.time, given.number, "retrain", state, state)
        return [DriftChange(*what, self.status().sensors, text)]

    def status(self) -> DriftStatus:
        """How it stands."""
        findings = self.findings.values()
        sensors = dict.fromkeys(name for finding in findings for name in finding.sensors)
        starts = [finding.since for finding in findings if finding.since is not None]
        return DriftStatus(
            worst([finding.state for finding in findings]),
            {kind: finding.to_tree() for kind, finding in self.findings.items()},
            tuple(name for name in sensors if name in self.measure.sensors),
            min(starts, default=None),
            self.retrain,
            self.recent.counted,
            self.recent.left_out,
        )

    def state(self) -> State:
        """All of it."""
        arrays, recent = self.recent.state()
        config = {
            "recent": recent,
            "errors": self.errors.state(),
            "findings": {kind: finding.state_tree() for kind, finding in self.findings.items()},
            "retrain": [self.retrain, self.drifting],
        }
        return State(dict(arrays), config)

    @classmethod
    def restored(cls, measure: Measure, state: State) -> Self:
        """The same again."""
        asset, config = cls.resumed(measure, state), state.config
        asset.recent = Recent.restored(measure.settings, state.arrays, config["recent"])
        asset.errors = ErrorWatch.restored(measure.settings, measure.block, config["errors"])
        asset.retrain, asset.drifting = config["retrain"]
        return asset

    @classmethod
    def resumed(cls, measure: Measure, state: State) -> Self:
        """What it had come to, with nothing kept to compare."""
        asset, trees = cls(measure), state.config["findings"]
        known = asset.findings.keys() & trees.keys()
        asset.findings |= {kind: Finding.from_tree(trees[kind]) for kind in sorted(known)}
        return asset


def _tell(
    names: Sequence[str], far: Any, chance: Floats, values: Mapping[str, Floats]
) -> tuple[list[str], dict[str, Any]]:
    """The names that moved, the farthest first, and figures of those that moved most."""
    first = next(iter(values.values()))
    order = np.argsort(-np.abs(first), kind="stable")
    ranked = [
        {"name": names[n], "chance": float(chance[n])}
        | {key: round(float(value[n]), 4) for key, value in values.items()}
        for n in order[:SHOWN]
    ]
    moved = dict.fromkeys(names[n] for n in order if far[n])
    return list(moved)[:SHOWN], {"found": bool(far.any()), "ranked": ranked}


def _say(kind: str, finding: Finding) -> str:
    where = f" of {', '.join(finding.sensors[:3])}" if finding.sensors else ""
    return f"{kind} drift{where}: {finding.state}"
