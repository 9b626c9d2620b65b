"""Detection on C-MAPSS FD001, from healthy cycles alone: `python -m benchmarks.turbofan`.

Units are dealt into five folds. Each fold tests once: its neighbour sets the threshold, the other
three train. Detectors see healthy cycles only, the first 80 % of each life; what they have to find
are the last 30 cycles, and what lies between is left out. A cycle of both, in a short life, is one
of the last. The limit is one that a healthy cycle of the neighbouring fold reaches once in 1,000;
beside it stands what one of the test fold's own healthy cycles would find, which compares detectors
on one footing. Judging begins with the 21st cycle.

The file is NASA's: unit, cycle, three settings and 21 sensors in a row, blanks between.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from tqdm import tqdm

from matts.detect.limits import above
from matts.detect.roster import build
from matts.domain import Bools, Floats, Ints, Windows
from matts.evaluate.report import table
from matts.features import ages

FILE = Path(__file__).parents[2] / "shared/data/cmapss_fd001/train_FD001.txt"
SENSORS = tuple([f"setting{k}" for k in range(1, 4)] + [f"s{k}" for k in range(1, 22)])
FOLDS, SEED = 5, 0
HEALTHY, EVENT = 0.8, 30  # share of a life, cycles at its end
START = 20  # cycles of a unit that are its reference, and not judged
LENGTH = 10  # cycles a window
SPAN = 10  # cycles of the moving average
RATE = 0.001  # healthy cycles that may be alerts

Method = tuple[str, dict[str, object]]  # registered name, settings
METHODS: dict[str, Method] = {  # all but those that learn from faults
    "random": ("random", {}),
    "constant": ("constant", {}),
    "moving_variance": ("moving_variance", {}),
    "one_sensor": ("one_sensor", {}),
    "zscore": ("zscore", {}),
    "pca": ("pca", {}),
    "isolation_forest": ("isolation_forest", {}),
    "virtual_sensors": ("virtual_sensors", {}),
    "arima": ("arima", {}),
    "kalman": ("kalman", {}),
    "cva": ("cva", {}),
    "autoencoder": ("autoencoder", {"score": "reconstruction"}),
    "vae": ("vae", {}),
    "stacked_lstm, untrained": ("stacked_lstm", {"epochs": 0}),
    "stacked_lstm": ("stacked_lstm", {}),
}
CHANNELS = ("raw", "reference", "smoothed")


class Fleet(NamedTuple):
    """The cycles of all units, one after the other: R rows."""

    rows: Floats  # [R, F]
    unit: Ints  # [R]
    cycle: Ints  # [R], from 1 on
    left: Ints  # [R], cycles until failure, 0 at the last

    @property
    def failing(self) -> Bools:
        """[R]: the last cycles of each life."""
        return np.asarray(self.left < EVENT)

    @property
    def healthy(self) -> Bools:
        """[R]: the first share of each life."""
        return np.asarray((self.cycle <= HEALTHY * (self.cycle + self.left)) & ~self.failing)

    def take(self, keep: Bools | Ints) -> Self:
        """These cycles alone."""
        rows, unit, cycle, left = (
            self.rows[keep],
            self.unit[keep],
            self.cycle[keep],
            self.left[keep],
        )
        return type(self)(rows, unit, cycle, left)


class Found(NamedTuple):
    """What a detector finds in one test fold."""

    cycles: float  # share of the last cycles alerted
    units: float  # share of the units with an alert in them
    false: int  # healthy cycles alerted …
    healthy: int  # … of so many


def load(path: Path = FILE) -> Fleet:
    """Read the units."""
    names = ["unit", "cycle", *SENSORS]
    cells = pd.read_csv(path, sep=r"\s+", header=None, names=names)
    left = cells.groupby("unit")["cycle"].transform("max") - cells["cycle"]
    rows = cells[[*SENSORS]].to_numpy(np.float64)
    return Fleet(rows, cells["unit"].to_numpy(), cells["cycle"].to_numpy(), left.to_numpy())


def channels_of(fleet: Fleet, channels: str) -> Fleet:
    """Sensors as they are, off the mean of the unit's own first cycles, or that smoothed."""
    if channels == "raw":
        return fleet
    rows, first = pd.DataFrame(fleet.rows), fleet.cycle <= START
    means = rows[first].groupby(fleet.unit[first]).mean()
    off = rows - means.loc[fleet.unit].to_numpy()
    if channels == "smoothed":
        off = off.groupby(fleet.unit).transform(lambda own: own.ewm(span=SPAN).mean())
    return fleet._replace(rows=off.to_numpy())


def windows_of(fleet: Fleet) -> Windows:
    """Every window of each unit, faulty where its last cycle is one of the last of the life."""
    last = np.flatnonzero(fleet.cycle >= LENGTH)
    faults = fleet.failing[:, None]
    return Windows(fleet.rows, faults, last, LENGTH, SENSORS, ("Failing",), segments=fleet.unit)


def deal(fleet: Fleet) -> Ints:
    """[R]: the fold of each cycle, the same for all of a unit."""
    units = np.unique(fleet.unit)
    folds = np.random.default_rng(SEED).permutation(len(units)) % FOLDS
    return np.asarray(folds[np.searchsorted(units, fleet.unit)])


class Scores(NamedTuple):
    """What the judged windows of a test fold score, and the healthy ones that set the limit."""

    fleet: Fleet  # N cycles
    test: Floats  # [N]
    calm: Floats  # [M]


Scoring = Callable[[Windows, Windows], Callable[[Windows], Floats]]  # training, held out -> scores


def learnt(method: Method) -> Scoring:
    """Scores of a registered detector."""
    return lambda train, calm: build(*method).fit(train, calm).score


def age(windows: Windows) -> Floats:
    """A control that looks at no sensor: the number of the cycle, [N]."""
    return ages(windows)[windows.last].astype(np.float64)


def judged(fleet: Fleet) -> Windows:
    """The windows that end after a unit's reference."""
    windows = windows_of(fleet)
    return windows.where(fleet.cycle[windows.last] > START)


def score(fleet: Fleet, fold: Ints, k: int, scoring: Scoring) -> Scores:
    """Fit to healthy cycles of three folds; score the test fold and its neighbour."""
    beside = fold == (k + 1) % FOLDS
    calm, test = fleet.take(beside & fleet.healthy), fleet.take(fold == k)
    train = fleet.take((fold != k) & ~beside & fleet.healthy)
    scores = scoring(windows_of(train), windows_of(calm))
    own = judged(test)
    return Scores(test.take(own.last), scores(own), scores(judged(calm)))


def limit_of(calm: Floats) -> float:
    """The lowest limit that keeps the rate on a new healthy cycle (conformal risk control)."""
    allowed = max(int(RATE * (len(calm) + 1)) - 1, 0)
    return above(np.sort(calm)[-1 - allowed], calm)


def find(scores: Scores, limit: float) -> Found:
    """Count what lies at or above the limit."""
    fleet, alerts = scores.fleet, scores.test >= limit
    seen = pd.Series(alerts[fleet.failing]).groupby(fleet.unit[fleet.failing]).any()
    false = int(alerts[fleet.healthy].sum())
    return Found(float(alerts[fleet.failing].mean()), seen.mean(), false, int(fleet.healthy.sum()))


def detect(fleet: Fleet, scoring: Scoring) -> tuple[list[Found], list[Found]]:
    """What is found in each fold: by a limit of the neighbouring fold, and of the fold itself."""
    fold = deal(fleet)
    folds = [score(fleet, fold, k, scoring) for k in range(FOLDS)]
    own = [find(each, limit_of(each.test[each.fleet.healthy])) for each in folds]
    return [find(each, limit_of(each.calm)) for each in folds], own


def cells_of(found: Sequence[Found], own: Sequence[Found]) -> list[str]:
    """Recall of cycles with the worst and the best fold, of units, and false alarms per 1,000."""
    cycles = [each.cycles for each in found]
    false = 1000 * sum(each.false for each in found) / sum(each.healthy for each in found)
    return [
        f"{np.mean(cycles):.3f}",
        f"{min(cycles):.2f} to {max(cycles):.2f}",
        f"{np.mean([each.units for each in found]):.2f}",
        f"{false:.2f}",
        f"{np.mean([each.cycles for each in own]):.3f}",
    ]


def measure(fleet: Fleet, channels: str, names: Sequence[str]) -> str:
    """The table of one kind of channels, as Markdown: a row a detector."""
    own = channels_of(fleet, channels)
    methods: dict[str, Scoring] = {name: learnt(METHODS[name]) for name in names}
    every = tqdm(methods.items(), desc=channels, disable=None, leave=False)
    rows = [[name, *cells_of(*detect(own, scoring))] for name, scoring in every]
    rows.append(["age alone", *cells_of(*detect(own, lambda *_: age))])
    heads = ["cycles found", "worst to best fold", "units found", "false alarms per 1,000"]
    return table([channels, *heads, "cycles found, own limit"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Detection on C-MAPSS FD001.")
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("--detectors", choices=METHODS, nargs="+", default=[*METHODS])
    parser.add_argument("--channels", choices=CHANNELS, nargs="+", default=CHANNELS)
    chosen = parser.parse_args(arguments)
    if not chosen.file.exists():
        parser.error(f"--file needs the training units of FD001, got no file at {chosen.file}")
    fleet = load(chosen.file)
    for channels in chosen.channels:
        print(measure(fleet, channels, chosen.detectors), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
