"""Where detectors meet: the windows of one dataset, as a run of it alone would cut them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

import numpy as np

from matts.channels import Channels
from matts.domain import BadInputError, Windows
from matts.ingest import get_readings, grade
from matts.leaderboard.settings import Recipe
from matts.readings import to_readings
from matts.source.files import read
from matts.windows import Split, split_readings

log = logging.getLogger(__name__)

LEFT_OUT = "%s is left out: %s"


@dataclass(frozen=True)
class Arena:
    """A dataset that is there: its windows, its settings, and where its readings come from."""

    split: Split
    recipe: Recipe
    origin: str
    digest: str  # of all that a detector sees of it, or is judged by

    @classmethod
    def of(cls, recipe: Recipe) -> Self:
        """Read or simulate, check, leave out sensors that nothing is learnt from, and cut.

        Raises:
            BadInputError: the files are not there, or are of no use.
        """
        source, windows, sensors = recipe.source, recipe.windows, recipe.sensors
        ingested, _ = grade(get_readings(read(source), source), source, windows, sensors)
        maker = Channels.fit(ingested.readings, windows, sensors)
        channels = to_readings(maker.from_start(ingested.readings))
        split = split_readings(channels, windows)
        return cls(split, recipe, ingested.source, digest_of(split))


@dataclass(frozen=True)
class Arenas:
    """The datasets that are there by name, and why the others are not."""

    ready: dict[str, Arena]
    left_out: dict[str, str]


def open_arenas(parameters: Mapping[str, Mapping[str, Any]]) -> Arenas:
    """Every dataset from its merged parameters; one that cannot be used is left out, and said."""
    ready, left_out = {}, {}
    for name, tree in parameters.items():
        try:
            ready[name] = Arena.of(Recipe.model_validate(tree))
        except BadInputError as error:
            left_out[name] = str(error)
            log.warning(LEFT_OUT, name, error)
    if not ready:
        msg = f"a leaderboard needs one dataset that is there: {'; '.join(left_out.values())}"
        raise BadInputError(msg)
    return Arenas(ready, left_out)


def digest_of(split: Split) -> str:
    """The sha256 of the windows of all parts: equal content, equal digests."""
    digest = sha256()
    for part in (split.train, split.validation, split.test):
        digest.update(repr((part.length, part.sensors, part.fault_names)).encode())
        for array in _arrays(part):
            if array is not None:
                digest.update(repr((array.dtype.str, array.shape)).encode())
                digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _arrays(part: Windows) -> tuple[np.ndarray[Any, Any] | None, ...]:
    """All that windows hold."""
    return (
        part.rows,
        part.row_faults,
        part.last,
        part.segments,
        part.row_assets,
        part.row_known,
    )
