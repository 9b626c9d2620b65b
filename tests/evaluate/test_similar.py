from dataclasses import replace

import numpy as np
import pytest

from matts.diagnose.directions import Directions
from matts.domain import Windows
from matts.evaluate.similar import PastEvents, mean_ways, nearest, recall, segments_of
from matts.windows import Split


@pytest.fixture(scope="module")
def past(split: Split) -> PastEvents:
    return recall(Directions.fit(split.train), split.train, split.validation)


def test_every_labelled_event_of_the_past_is_known(past: PastEvents, split: Split) -> None:
    readings = sum(each["last_reading"] - each["first_reading"] + 1 for each in past.events)
    assert readings == split.train.faulty.sum() + split.validation.faulty.sum()
    assert max(each["last_reading"] for each in past.events) < split.test.row_places[0]
    assert past.ways.shape == (len(past.events), len(split.train.sensors))


def test_an_event_is_most_like_itself(past: PastEvents) -> None:
    found = nearest(past, past.ways, count=2)
    assert [each[0]["first_reading"] for each in found] == [
        event["first_reading"] for event in past.events
    ]
    assert all(each[0]["distance"] < 1e-6 < each[1]["distance"] for each in found)


def test_the_nearest_event_mostly_has_the_same_fault(long_split: Split) -> None:
    directions = Directions.fit(long_split.train)
    past = recall(directions, long_split.train, long_split.validation)
    new = recall(directions, long_split.test)
    found = nearest(past, new.ways, count=1)
    hits = [
        bool({*event["faults"]} & {*likes[0]["faults"]})
        for event, likes in zip(new.events, found, strict=True)
    ]
    assert np.mean(hits) > 0.85


def test_with_nothing_to_remember_nothing_is_similar(past: PastEvents) -> None:
    nothing = PastEvents([], past.ways[:0])
    assert nearest(nothing, past.ways[:2]) == [[], []]
    assert nearest(past, past.ways[:0]) == []
    few = PastEvents(past.events[:2], past.ways[:2])
    assert [len(likes) for likes in nearest(few, past.ways[:3])] == [2, 2, 2]


def test_an_event_names_its_machine(split: Split) -> None:
    rows = np.array(["mill b"] * len(split.test.rows))
    (event, *_) = recall(Directions.fit(split.train), replace(split.test, row_assets=rows)).events
    assert event["asset"] == "mill b"


def test_the_way_of_an_event_is_that_of_its_readings() -> None:
    ways = np.array([[0.0, 1], [1, 0], [3, 3]])
    assert mean_ways(ways, np.array([[0, 2], [2, 3]])).tolist() == [[0.5, 0.5], [3, 3]]
    assert mean_ways(ways, np.empty((0, 2), np.int64)).shape == (0, 2)


def test_without_segments_there_is_one() -> None:
    rows = np.zeros((3, 1))
    windows = Windows(rows, rows > 0, np.arange(3), 1, ("force",), ("Leak",))
    assert segments_of(windows).tolist() == [0, 0, 0]
