"""Score a whole file of readings with what was trained; nothing is fitted, nothing is drawn."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matts.causes.explainer import CauseSettings, Explainer, pick
from matts.detect.calibration import Calibration, fingerprint
from matts.detect.threshold import Threshold
from matts.diagnose.novelty import UNKNOWN, Novelty
from matts.domain import BadInputError, Bools, Detector, Diagnoser, Floats, Readings, Windows
from matts.readings import context_and_labels, same_sensors, to_readings
from matts.windows import WindowSettings, cut, refuse_none, slide

CONTRIBUTION, PROBABILITY = "contribution_", "probability_"


@dataclass(frozen=True)
class Schema:
    """What the trained models expect: sensors, in this order, and readings a window."""

    sensors: tuple[str, ...]
    fault_names: tuple[str, ...]
    window: int

    @classmethod
    def read(cls, tree: Mapping[str, Any]) -> Self:
        """From its JSON form."""
        return cls(tuple(tree["sensors"]), tuple(tree["fault_names"]), tree["window"])

    def windows(self, readings: Readings) -> Windows:
        """Every window of the readings; a wrong sensor set is refused by name."""
        settings = WindowSettings(length=self.window)
        return _told(slide(same_sensors(readings, self.sensors), settings))

    def cut(self, readings: Readings) -> Windows:
        """The same of a chunk, which may be too short for a window."""
        settings = WindowSettings(length=self.window)
        return _told(cut(same_sensors(readings, self.sensors), settings))


class Diagnosis(NamedTuple):
    """Which fault each of A alerts is of."""

    probabilities: Floats  # [A, K], NaN without a diagnoser
    likeliest: NDArray[np.object_]  # [A], of the known faults; empty without a diagnoser
    fault: NDArray[np.object_]  # [A], the same, or unknown


@dataclass(frozen=True)
class Deployed:
    """The detector, its threshold and the diagnoser that go into the plant.

    Without a diagnoser, for there was no fault to train one on, no fault is named. Without an
    explainer the detector itself says which sensors its score is of.
    """

    detector: Detector
    threshold: Threshold
    diagnoser: Diagnoser | None
    schema: Schema
    novelty: Novelty | None = None  # without it every fault is one of the known
    explainer: Explainer | None = None  # without it the detector explains itself

    @classmethod
    def choose(
        cls,
        detectors: Mapping[str, Detector],
        diagnosers: Mapping[str, Diagnoser],
        calibration: Mapping[str, Any],
        novelty: Novelty | None = None,
    ) -> Self:
        """The best seed on validation windows, and the diagnoser behind it.

        What different runs left behind, say one that was killed, is refused.
        """
        decided = Calibration.join(calibration)
        name = decided.best_seed("matts")
        detector, diagnoser = detectors.get(name), diagnosers.get("latent/" + name.split("/")[1])
        absent = diagnosers and not diagnoser  # of this seed alone
        if not detector or absent or not _belong(detector, diagnoser, decided, name):
            msg = "detector, threshold and diagnoser are of different runs: train again"
            raise BadInputError(msg)
        decided.thresholds[name].refuse_to_move()
        schema = Schema.read(decided.expects)
        return cls(detector, decided.thresholds[name], diagnoser, schema, novelty)

    def explained_by(self, explainers: Mapping[str, Explainer], settings: CauseSettings) -> Self:
        """The same, with the method that says which sensors are to blame."""
        explainer = pick(explainers, settings)
        if explainer.beside != fingerprint(self.detector):
            msg = "the detector and what explains its alerts are of different runs: train again"
            raise BadInputError(msg)
        return replace(self, explainer=explainer)

    def parts(self, windows: Windows, scores: Floats) -> Floats:
        """Each sensor's part of the scores [N] of windows: [N, F]."""
        if self.explainer is None:
            return self.detector.contributions(windows)
        return self.explainer.parts(windows, scores)

    def judge(self, readings: Readings) -> pd.DataFrame:
        """One row a reading: score, alert, fault, probabilities and contributions.

        The first readings of a segment fill a window and have no score yet, nor has one of which
        every sensor is missing. The fault is named only where there is an alert; probabilities are
        given there alone.
        """
        return self._judge(self.schema.windows(readings), len(readings))

    def judge_chunks(self, tables: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """The verdicts on the chunks of a long table, equal to those on the whole of it.

        The last readings of each asset, one fewer than a window has, are carried on. What the table
        holds beside the sensors is passed on.
        """
        carried, done, scored = pd.DataFrame(), 0, 0
        for table in tables:
            known = pd.concat([carried, table], ignore_index=True)
            readings = to_readings(known)
            verdicts = self._judge(self.schema.cut(readings), len(readings))[len(carried) :]
            verdicts["reading"] += done - len(carried)
            yield _with(verdicts, context_and_labels(table))
            done, scored = done + len(table), scored + int(verdicts["score"].count())
            carried = _last_of_each_asset(known, self.schema.window - 1)
        refuse_none(scored, done, self.schema.window)

    def _judge(self, windows: Windows, count: int) -> pd.DataFrame:
        scores = self.detector.score(windows)
        alerts = self.threshold.alerts(scores, windows.assets)
        alarmed = windows.where(alerts)
        probabilities = np.full((len(windows), len(self.schema.fault_names)), np.nan)
        likeliest = np.array([""] * len(windows), dtype=object)
        fault = likeliest.copy()
        probabilities[alerts], likeliest[alerts], fault[alerts] = self.diagnose(alarmed)
        verdicts = {"score": scores, "alert": alerts, "fault": fault, "likeliest": likeliest}
        table = pd.DataFrame(verdicts)
        for k, name in enumerate(self.schema.fault_names):
            table[PROBABILITY + name] = probabilities[:, k]
        parts = self.parts(windows, scores)
        columns = [CONTRIBUTION + sensor for sensor in self.schema.sensors]
        table = pd.concat([table, pd.DataFrame(parts, columns=columns)], axis=1)
        return _one_row_a_reading(table.set_index(windows.positions), count)

    def diagnose(self, alarmed: Windows) -> Diagnosis:
        """Name the fault of each of A alerts."""
        probabilities = np.full((len(alarmed), len(self.schema.fault_names)), np.nan)
        likeliest = np.array([""] * len(alarmed), dtype=object)
        if self.diagnoser:
            probabilities = self.diagnoser.probabilities(alarmed)
            likeliest[:] = np.array(self.schema.fault_names)[probabilities.argmax(axis=1)]
        return Diagnosis(
            probabilities, likeliest, np.where(self._unknown(alarmed), UNKNOWN, likeliest)
        )

    def _unknown(self, alarmed: Windows) -> Bools:
        """[A]: which alerts are like no known fault."""
        if self.novelty is None:
            return np.zeros(len(alarmed), np.bool_)
        return self.novelty.unknown(alarmed)


def _told(windows: Windows) -> Windows:
    """The windows whose last reading says anything, as none does that a level is learnt from."""
    silent = np.isnan(windows.rows[:, 0])
    silent[silent] = np.isnan(windows.rows[silent]).all(axis=1)
    return windows.where(~silent[windows.last]) if silent.any() else windows


def _last_of_each_asset(table: pd.DataFrame, count: int) -> pd.DataFrame:
    """The last rows of a table, or of each asset in it, in their order."""
    return table.groupby("asset").tail(count) if "asset" in table else table.tail(count)


def _with(verdicts: pd.DataFrame, beside: pd.DataFrame) -> pd.DataFrame:
    """Verdicts with what their readings had beside the sensors, in the last columns."""
    return pd.concat([verdicts, beside.set_index(verdicts.index)], axis=1)


def _belong(
    detector: Detector, diagnoser: Diagnoser | None, decided: Calibration, name: str
) -> bool:
    """Whether threshold and diagnoser, if there is one, were made for this detector."""
    ours, theirs = detector.state().arrays, diagnoser.state().arrays if diagnoser else {}
    encoder = [key for key in theirs if key.startswith("encoder.")]
    same = all(np.array_equal(theirs[key], ours[f"network.{key}"]) for key in encoder)
    return same and decided.fingerprints[name] == fingerprint(detector)


def _one_row_a_reading(table: pd.DataFrame, count: int) -> pd.DataFrame:
    """Readings without a window get no score and no alert."""
    whole = table.reindex(pd.RangeIndex(count, name="reading"))
    whole["alert"] = whole["alert"].eq(True)  # noqa: FBT003
    whole[["fault", "likeliest"]] = whole[["fault", "likeliest"]].fillna("")
    return whole.reset_index()
