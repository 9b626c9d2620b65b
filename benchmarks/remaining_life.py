"""What each part brings to boosted trees that foresee remaining life; no test unit is read.

python -m benchmarks.remaining_life ../shared/data/cmapss_fd001
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matts.domain import Windows
from matts.evaluate.life import even_rmse
from matts.features import FEATURES
from matts.formats import table
from matts.groups import SensorSettings
from matts.life.settings import LifeSettings
from matts.life.study import fit_lives

SENSORS = ("setting1", "setting2", "setting3", *(f"s{k}" for k in range(1, 22)))
RAW = ("last", "mean", "slope", "ewma")
LENGTH = 30
FIRST = 85  # units that are called the training part
Tree = dict[str, Any]

VARIANTS: dict[str, Tree] = {  # of boosted trees alone: what each differs in
    "as they are": {},
    "without the unit's start": {"features": RAW},
    "one span of 30 readings": {"spans": (30,)},
    "every feature": {"features": tuple(FEATURES)},
    "a tree sees 7 readings in 10": {"share": 0.7},
}
CHANNELS: dict[str, Tree] = {"without age": {"age": False}, "without health": {"health": False}}


def read(folder: Path) -> tuple[Windows, Windows]:
    """The training units of FD001, from new to failure; they are folded together again."""
    file = folder / "train_FD001.txt"
    raw = pd.read_csv(file, sep=r"\s+", header=None, names=["unit", "cycle", *SENSORS])
    raw["life"] = raw.groupby("unit")["cycle"].transform("max") - raw["cycle"]
    early = raw["unit"] <= FIRST
    return _windows(raw[early]), _windows(raw[~early])


def _windows(raw: pd.DataFrame) -> Windows:
    rows, unit = raw[list(SENSORS)].to_numpy(np.float64), raw["unit"].to_numpy()
    last = np.arange(LENGTH - 1, len(rows))
    return Windows(
        rows=rows,
        row_faults=np.zeros((len(rows), 1), bool),
        last=last[unit[last] == unit[last - LENGTH + 1]],
        length=LENGTH,
        sensors=SENSORS,
        fault_names=("Failure",),
        segments=unit,
        row_assets=unit.astype(str),
        row_life=raw["life"].to_numpy(np.float64),
    )


def measure(parts: tuple[Windows, Windows], **settings: Any) -> dict[str, float]:
    """RMSE over all readings of held-out units, each unit alike, by model."""
    chosen = LifeSettings(seeds=1, **settings)
    _, held_out = fit_lives(*parts, chosen, SensorSettings())
    return {name: even_rmse(held_out, name) for name in chosen.models}


def main(folder: Path) -> None:
    """Print the table; each row as it comes on standard error."""
    parts = read(folder)
    trees = [
        *((name, {"models": {"boosting": values}}) for name, values in VARIANTS.items()),
        *((name, {"models": {"boosting": {}}, **values}) for name, values in CHANNELS.items()),
    ]
    rows = []
    for name, values in trees:
        rows.append([name, f"{measure(parts, **values)['boosting']:.2f}"])
        print(f"{rows[-1][0]}: {rows[-1][1]}", file=sys.stderr, flush=True)
    print(table(["boosted trees", "RMSE, held-out units"], rows))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/cmapss_fd001"))
