import numpy as np
import pytest

from matts.life.intervals import Interval, cover

RNG = np.random.default_rng(0)


def drawn(units: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The error grows with what is foreseen, and is the same within a unit by half."""
    names = np.repeat(np.arange(units), 30)
    foreseen = RNG.uniform(0, 100, len(names))
    shared = np.repeat(RNG.normal(size=units), 30)
    noise = 0.7 * shared + 0.7 * RNG.normal(size=len(names))
    return foreseen, foreseen + (1 + foreseen / 10) * noise, names


def test_new_units_are_covered_as_promised() -> None:
    found = []
    for _ in range(40):
        interval = Interval.fit(*drawn(60), 0.9, 1000.0)
        foreseen, truth, _ = drawn(60)
        found.append(cover(np.maximum(truth, 0), *interval(foreseen)).mean())
    assert 0.89 < np.mean(found) < 0.94


@pytest.mark.parametrize("units", [19, 40, 100])
def test_one_reading_of_each_of_few_units_is_enough_to_keep_the_promise(units: int) -> None:
    found, said = [], np.full(units, 500.0)
    for _ in range(300):
        known = said + RNG.normal(size=units)
        low, high = Interval.fit(said, known, np.arange(units), 0.9, 1000.0)(said)
        found.append(cover(said + RNG.normal(size=units), low, high).mean())
    assert np.mean(found) > 0.89


def test_an_interval_is_as_wide_as_errors_are_there() -> None:
    low, high = Interval.fit(*drawn(100), 0.9, 1000.0)(np.array([5.0, 95.0]))
    width = high - low
    assert 4 < width[1] / width[0] < 12


def test_few_units_make_it_wider() -> None:
    foreseen, truth, names = drawn(200)
    few = np.array([40.0, 60.0])
    many = Interval.fit(foreseen, truth, names, 0.9, 1000.0)(few)
    scarce = Interval.fit(foreseen, truth, names % 10, 0.9, 1000.0)(few)
    assert ((scarce[1] - scarce[0]) > 1.2 * (many[1] - many[0])).all()


def test_more_confidence_is_wider_and_nothing_leaves_the_range() -> None:
    known, said = drawn(100), np.array([1.0, 50.0, 99.0])
    sure, unsure = (Interval.fit(*known, c, 100.0)(said) for c in (0.95, 0.6))
    assert ((sure[1] - sure[0]) >= (unsure[1] - unsure[0])).all()
    assert sure[0].min() >= 0
    assert sure[1].max() <= 100
    assert ((sure[0] <= said) & (said <= sure[1])).all()


def test_before_anything_is_known_everything_is_possible() -> None:
    low, high = Interval.unknown(60.0)(np.array([10.0, 60.0]))
    assert low.tolist() == [0, 0]
    assert high.tolist() == [60, 60]
