"""Files of one sensor with one line a cycle: each cycle becomes a few figures."""

import io
from collections.abc import Callable

import numpy as np
import pandas as pd

from matts.domain import Floats
from matts.source.settings import ReadSettings, Summary


def summarise(text: str, name: str, settings: ReadSettings) -> pd.DataFrame:
    r"""The figures of each cycle, a column each: a line holds the samples of one cycle.

    >>> summarise("1 2 3\n2 2 2\n", "PS1", ReadSettings(summary=("mean", "slope")))
       PS1 mean  PS1 slope
    0       2.0        2.0
    1       2.0        0.0
    """
    separator = settings.separator or r"\s+"
    samples = pd.read_csv(io.StringIO(text), sep=separator, header=None, skiprows=settings.skip)
    values = samples.to_numpy(np.float64)
    return pd.DataFrame({f"{name} {each}": FIGURES[each](values) for each in settings.summary})


def _slope(values: Floats) -> Floats:
    """How much the straight line through each row rises from its start to its end: [R, S] -> [R].

    Ordinary least squares.
    """
    if values.shape[1] == 1:
        return np.zeros(len(values))
    since = np.linspace(-0.5, 0.5, values.shape[1])
    rises: Floats = (values - values.mean(axis=1, keepdims=True)) @ since / (since @ since)
    return rises


FIGURES: dict[Summary, Callable[[Floats], Floats]] = {
    "mean": lambda values: values.mean(axis=1),
    "sd": lambda values: values.std(axis=1),
    "slope": _slope,
    "min": lambda values: values.min(axis=1),
    "max": lambda values: values.max(axis=1),
    "median": lambda values: np.median(values, axis=1),
    "first": lambda values: values[:, 0],
    "last": lambda values: values[:, -1],
}
