"""Small lessons: columns of a few machines, two of which tell the answer."""

import numpy as np

from matts.tabular.lesson import Lesson

NAMES = ("heat", "shake", "damp", "press", "energy", "hour")


def lesson(classes: int = 2, rows: int = 300, machines: int = 6, seed: int = 0) -> Lesson:
    """Examples of so many classes; 0 asks for numbers. Some values are missing."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, len(NAMES)))
    level = x[:, 0] + 0.5 * x[:, 1] + 0.1 * draw.normal(size=rows)
    limits = np.quantile(level, np.linspace(0, 1, max(classes, 1) + 1)[1:-1] ** 0.5)
    x[draw.random(x.shape) < 0.02] = np.nan
    groups = np.repeat([f"m{each}" for each in range(machines)], -(-rows // machines))[:rows]
    y = np.digitize(level, limits) if classes else level
    return Lesson(x, y, groups, NAMES, ("no", "yes", "leak", "wear")[:classes])
