"""Run an exported ONNX file on a table of readings: no torch, nothing fitted, nothing unpickled."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matts.domain import BadInputError, Bools, Floats, Windows
from matts.readings import same_sensors, to_readings
from matts.windows import WindowSettings, slide

BATCH = 4096  # windows that are judged at once
NEEDED = {"stage", "sensors", "window", "faults"}


@dataclass(frozen=True)
class Exported:
    """An exported detector or diagnoser, and the card that its file carries."""

    session: Any  # onnxruntime.InferenceSession
    card: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open a file that `kedro run --pipeline export` wrote."""
        session = _open(path)
        texts = session.get_modelmeta().custom_metadata_map
        if not texts.keys() >= NEEDED:
            msg = f"{path} needs a card with {', '.join(sorted(NEEDED))}, got {sorted(texts)}"
            raise BadInputError(msg)
        return cls(session, {name: json.loads(text) for name, text in texts.items()})

    def run(self, windows: Floats) -> dict[str, NDArray[Any]]:
        """Judge windows in the machine's own units: [N, T, F] -> each output by its name."""
        shape = (self.card["window"], len(self.card["sensors"]))
        if windows.shape[1:] != shape:
            msg = f"windows must be [N, {shape[0]}, {shape[1]}], got {list(windows.shape)}"
            raise BadInputError(msg)
        names = [output.name for output in self.session.get_outputs()]
        given = self.session.run(names, {"readings": np.asarray(windows, np.float64)})
        return dict(zip(names, given, strict=True))

    def windows(self, table: pd.DataFrame) -> Windows:
        """Every window of a table with named columns; a wrong sensor set is refused by name."""
        readings = same_sensors(to_readings(table), self.card["sensors"])
        return slide(readings, WindowSettings(length=self.card["window"]))

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """One row a reading; those before the first whole window have no score and no alert."""
        windows = self.windows(table)
        parts = [self.run(part.values) for part in windows.batches(BATCH)]
        found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        if self.card["stage"] == "diagnoser":
            columns = _columns("probability_", self.card["faults"], found["probabilities"])
        else:
            alerts = self.alerts(found["score"], windows.assets)
            columns = {"score": found["score"], "alert": alerts}
            columns |= _columns("contribution_", self.card["sensors"], found["contributions"])
        whole = pd.DataFrame(columns, windows.positions).reindex(pd.RangeIndex(len(table)))
        return whole.assign(alert=whole["alert"].eq(True)) if "alert" in whole else whole  # noqa: FBT003

    def alerts(self, scores: Floats, assets: NDArray[np.str_] | None = None) -> Bools:
        """Which scores are alerts, by the threshold of each asset where it has its own: [N]."""
        limit, own = self.card["threshold"], self.card["thresholds_by_asset"]
        if assets is None or not own:
            return np.asarray(scores >= limit)
        return np.asarray(scores >= np.array([own.get(str(asset), limit) for asset in assets]))


def _columns(prefix: str, names: list[str], values: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Columns of a table: [N, C] -> C named ones."""
    return {prefix + name: values[:, k] for k, name in enumerate(names)}


def _open(path: Path) -> Any:
    """A session of one thread: the network is too small to share out."""
    try:
        import onnxruntime  # noqa: PLC0415
    except ImportError:
        msg = "onnxruntime is needed, and it is not installed: pip install 'matts[export]'"
        raise BadInputError(msg) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    except Exception as error:
        msg = f"{path} is not an ONNX file that can be read: {error}"
        raise BadInputError(msg) from None
