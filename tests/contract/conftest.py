"""Data as other plants have them, for detectors and diagnosers alike."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from matts.domain import Readings
from matts.windows import Split, WindowSettings, slide, split_readings

Change = Callable[[Readings], Readings]


def plant(faults: int = 2, readings: int = 600, seed: int = 0) -> Readings:
    """Six sensors that wander together; every fault moves two of them, five readings long."""
    rng = np.random.default_rng(seed)
    load = np.cumsum(rng.normal(size=(readings, 2)), axis=0) / 10
    values = load @ rng.normal(size=(2, 6)) + rng.normal(size=(readings, 6)) * 0.2
    truth = np.zeros((readings, faults), np.bool_)
    for event, start in enumerate(range(10, readings - 5, 20)):
        fault = event % max(faults, 1)
        if faults:
            truth[start : start + 5, fault] = True
            values[start : start + 5, [fault % 6, (fault + 1) % 6]] += 3.0
    names = tuple(f"Fault{k}" for k in range(faults))
    segments = np.zeros(readings, np.int64)
    return Readings(values, truth, segments, tuple("abcdef"), names, labelled=bool(faults))


def lacking(given: Readings) -> Readings:
    """A fifth of the cells is missing."""
    holes = np.random.default_rng(1).random(given.values.shape) < 0.2
    return replace(given, values=np.where(holes, np.nan, given.values))


def still(given: Readings) -> Readings:
    """One sensor never moves, one is never there."""
    fixed = given.values.copy()
    fixed[:, 2], fixed[:, 4] = 7.0, np.nan
    return replace(given, values=fixed)


def cases(given: Readings) -> Readings:
    """Forty machines, each fifteen readings long."""
    numbers = np.arange(len(given)) // 15
    return replace(given, segments=numbers, assets=np.char.mod("case %d", numbers))


def by_case(given: Readings, length: int) -> Split:
    """Whole cases train, validate and test."""
    numbers = given.segments % 5
    rows = (np.flatnonzero(part) for part in (numbers < 3, numbers == 3, numbers == 4))
    return Split(*(slide(given.take(part), WindowSettings(length=length)) for part in rows))


def without_training_faults(split: Split) -> Split:
    return replace(split, train=split.train.healthy, validation=split.validation.healthy)


def blank(split: Split) -> Split:
    """The same without faults in the rows of what is learnt from."""
    train, validation = (
        replace(part, row_faults=np.zeros_like(part.row_faults))
        for part in (split.train, split.validation)
    )
    return replace(split, train=train, validation=validation)


SPLITS: dict[str, Callable[[], Split]] = {
    "no labels at all": lambda: split_readings(plant(0), WindowSettings()),
    "no fault in training": lambda: blank(split_readings(plant(), WindowSettings())),
    "one reading": lambda: split_readings(plant(), WindowSettings(length=1)),
    "one window a case": lambda: by_case(cases(plant()), 15),
    "one reading a case": lambda: by_case(replace(plant(), segments=np.arange(600)), 1),
    "a fifth missing": lambda: split_readings(lacking(plant()), WindowSettings()),
    "still and absent sensors": lambda: split_readings(still(plant()), WindowSettings()),
    "one fault": lambda: split_readings(plant(1), WindowSettings()),
    "22 faults": lambda: split_readings(plant(22, 1400), WindowSettings()),
    "one sensor": lambda: split_readings(alone(plant()), WindowSettings()),
}


def alone(given: Readings) -> Readings:
    return replace(given, values=given.values[:, :1], sensors=given.sensors[:1])


@pytest.fixture(scope="module", params=SPLITS)
def hard_case(request: pytest.FixtureRequest) -> Split:
    """Each of them."""
    return SPLITS[request.param]()
