"""From what was found in a batch of readings to a Judged of each."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from matts.domain import Floats
from matts.serve.live.deployment import Deployment
from matts.serve.live.judged import LATE, Judged
from matts.serve.live.jury import Jury, Reasons, Said
from matts.serve.live.kept import Chunk
from matts.serve.live.quality import GOOD, MISSING, TOO_LATE, Graded, Quality
from matts.serve.live.reading import Reading
from matts.virtual_sensors import Regression


class Turn(NamedTuple):
    """n readings whose turn it is."""

    readings: Sequence[Reading]
    given: Floats  # [n, F]
    graded: Graded


class Telling:
    """Puts what is known of a reading together."""

    def __init__(self, deployment: Deployment, quality: Quality, jury: Jury) -> None:
        self.deployment, self.quality, self.jury = deployment, quality, jury
        self.regression = _regression(deployment)
        self.unscored = dict.fromkeys(deployment.detectors, np.nan)
        self.fault_names = deployment.deployed.schema.fault_names

    def dropped(self, reading: Reading, note: str) -> Judged:
        """A reading that nothing is made of."""
        inputs = self.deployment.inputs
        given = np.array([reading.values.get(name) for name in inputs], np.float64)
        grades = np.where(np.isnan(given), MISSING, TOO_LATE if note == LATE else GOOD)
        return Judged(
            *(reading.asset, reading.time, reading.number),
            *(given, given, grades.astype(np.uint8)),
            *(self.unscored, self.unscored),
            alert=False,
            limit=self.jury.limit(reading.asset),
            note=note,
            end=reading.end,
        )

    def judged(self, turn: Turn, chunk: Chunk, said: Said) -> Iterator[Judged]:
        """Each reading with its scores, where it has some, and its reasons, where it alerts."""
        place = np.full(len(turn.readings), -1)
        place[chunk.judged] = np.arange(len(chunk.judged))
        reasons = self._reasons(chunk, said)
        foreseen = None if self.regression is None else self.regression.foresee(turn.graded.values)
        notes = self._notes(turn)
        scores, surprises = _by_window(said.scores), _by_window(said.surprises)
        for n, reading in enumerate(turn.readings):
            at = int(place[n])
            known = at >= 0
            fault, probabilities, shares = reasons.get(at, ("", {}, None))
            yield Judged(
                *(reading.asset, reading.time, reading.number),
                *(turn.graded.values[n], turn.given[n], turn.graded.grades[n]),
                scores[at] if known else self.unscored,
                surprises[at] if known else self.unscored,
                known and bool(said.alerts[at]),
                float(said.limits[at]) if known else self.jury.limit(reading.asset),
                *(fault, probabilities, shares),
                None if foreseen is None else foreseen[n],
                notes[n] if known or notes[n] else "filling",
                reading.end,
                said.latents[at] if known and said.latents.shape[1] else None,
            )

    def _reasons(self, chunk: Chunk, said: Said) -> dict[int, tuple[str, dict[str, float], Floats]]:
        """Fault, probabilities and shares of each alert, by its window."""
        alarmed = np.flatnonzero(said.alerts)
        if not len(alarmed):
            return {}
        own = said.scores[self.deployment.deployed_name][alarmed]
        found: Reasons = self.jury.explain(chunk.windows.where(said.alerts), own)
        told = zip(alarmed.tolist(), *found, strict=True)
        return {at: (fault, self._named(p), shares) for at, fault, p, shares in told}

    def _named(self, probabilities: Floats) -> dict[str, float]:
        """The probability of each fault by name; none without a diagnoser."""
        if np.isnan(probabilities).any():
            return {}
        return dict(zip(self.fault_names, probabilities.tolist(), strict=True))

    def _notes(self, turn: Turn) -> list[str]:
        """What is odd about each reading."""
        odd = self.quality.of_another_unit(turn.given)
        silent = np.asarray(np.isnan(turn.graded.values).all(axis=1))
        notes = ["empty" if each else "" for each in silent]
        for n in np.flatnonzero(odd.any(axis=1)):
            names = [self.deployment.inputs[f] for f in np.flatnonzero(odd[n])[:3]]
            notes[n] = f"another unit? {', '.join(names)}"
        return notes


def _by_window(columns: dict[str, Floats]) -> list[dict[str, float]]:
    """[N] by detector -> by detector, N times."""
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _regression(deployment: Deployment) -> Regression | None:
    """What foresees sensors from their causes, where anything that was trained does."""
    channels, shown = deployment.channels, deployment.detectors.get("virtual_sensors")
    if channels.virtual is not None:
        return channels.virtual.regression
    if shown is None or channels.reference is not None:
        return None
    return shown.virtual.regression  # type: ignore[attr-defined, no-any-return]
