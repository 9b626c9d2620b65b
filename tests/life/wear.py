"""Machines that wear out, for the tests of remaining life: what each sensor says is known."""

import numpy as np

from matts.domain import Floats, Windows
from matts.groups import SensorSettings
from matts.life.settings import LifeSettings

SENSORS = ("load", "heat", "hum", "still")
LENGTH = 5
QUICK = LifeSettings(
    cap=60,
    models={
        "ridge": {"spans": [10]},
        "boosting": {"spans": [5, 20], "trees": 60, "rate": 0.1, "least": 10},
        "cnn": {"window": 12, "epochs": 4, "hidden": 8, "batch_size": 32},
        "lstm": {"window": 8, "epochs": 3, "hidden": 8, "batch_size": 32},
    },
    folds=3,
    seeds=2,
)
SIX = SensorSettings.model_validate(
    {"groups": {"settings": {"like": "load", "given": True}}, "mode": ["settings"]}
)


def wearing(units: int, seed: int = 0, *, loads: int = 1, stopped: bool = False) -> Windows:
    """Units from new to failure, or stopped before it; their sensors depend on load and wear."""
    rng = np.random.default_rng(seed)
    parts = [_unit(rng, loads, stopped=stopped) for _ in range(units)]
    rows, life = (np.concatenate(each) for each in zip(*parts, strict=True))
    segments = np.repeat(np.arange(units), [len(own) for _, own in parts])
    last = np.arange(LENGTH - 1, len(rows))
    last = last[segments[last] == segments[last - LENGTH + 1]]
    none = np.zeros((len(rows), 1), bool)
    return Windows(
        rows,
        none,
        last,
        LENGTH,
        SENSORS,
        ("Failure",),
        segments=segments,
        row_assets=np.char.add("unit ", (segments + 100 * seed).astype(str)),
        row_life=life,
    )


def _unit(rng: np.random.Generator, loads: int, *, stopped: bool) -> tuple[Floats, Floats]:
    whole = int(rng.integers(70, 110))
    kept = int(rng.integers(30, whole - 5)) if stopped else whole
    left = np.arange(whole - 1, -1, -1.0)[:kept]
    wear, load = np.exp(-left / 20), rng.integers(0, loads, kept) * 10.0
    level = rng.normal(0, 0.3, 2)
    noise = rng.normal(0, 0.1, (kept, 2))
    heat, hum = 5 * load + 2 * wear + level[0] + noise[:, 0], load - wear + level[1] + noise[:, 1]
    return np.column_stack([load, heat, hum, np.ones(kept)]), left


TRAIN, VALIDATION = wearing(15), wearing(6, seed=1)
TEST = wearing(12, seed=2, stopped=True)
