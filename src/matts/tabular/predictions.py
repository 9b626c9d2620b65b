"""What a configuration said of rows that it was not fitted on, and the file that keeps it."""

import io
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from matts.domain import Floats, Ints
from matts.files import replacing

NOT_JUDGED = -1  # the fold of an example that no fold tests


@dataclass(frozen=True)
class Cost:
    """What a configuration took: of fitting all folds, and of judging them."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    fitted_rows: tuple[int, ...] = ()  # of each fold


@dataclass(frozen=True)
class Predictions:
    """Out-of-fold predictions of one configuration.

    `values` are probabilities [N, C] or numbers [N], NaN where no fold tests; nothing where the
    configuration cannot answer, which `problem` says. One that `lacks_library` may answer once that
    is installed, and is not kept.
    """

    task: str
    model: str
    values: Floats
    folds: Ints  # [N] the fold that tests each example, NOT_JUDGED
    cost: Cost = Cost()
    control: bool = False
    problem: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    lacks_library: bool = False

    @property
    def judged(self) -> Ints:
        """The places of the examples that some fold tests."""
        return np.flatnonzero(self.folds != NOT_JUDGED)


TOLD = ("task", "model", "control", "problem", "settings")


def write_predictions(path: Path, found: Predictions) -> None:
    """Keep them in one file, whole or not at all."""
    told = {name: getattr(found, name) for name in TOLD} | {"cost": asdict(found.cost)}
    text = np.array(json.dumps(told))
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, values=found.values.astype(np.float32), folds=found.folds, told=text)


def read_predictions(path: Path) -> Predictions | None:
    """What is kept, if it is whole; None if nothing is."""
    try:
        whole = io.BytesIO(path.read_bytes())  # of a broken one nothing stays open
        with np.load(whole, allow_pickle=False) as file:
            told = json.loads(str(file["told"]))
            values, folds = file["values"], file["folds"]
    except (FileNotFoundError, ValueError, KeyError, BadZipFile, EOFError):
        return None
    cost = told.pop("cost")
    return Predictions(
        values=values,
        folds=folds,
        cost=Cost(cost["seconds"], cost["cpu_seconds"], tuple(cost["fitted_rows"])),
        **told,
    )
