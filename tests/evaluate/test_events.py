import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from matts.causes.explainer import Explainer
from matts.causes.healthy import Healthy
from matts.detect.pca import PcaDetector
from matts.diagnose.logistic import LogisticDiagnoser
from matts.diagnose.novelty import Novelty, NoveltySettings
from matts.evaluate.events import (
    COLUMNS,
    Told,
    by_component,
    in_words,
    listen,
    table_of,
    write_cards,
)
from matts.evaluate.runs import runs
from matts.evaluate.similar import PastEvents, recall, segments_of
from matts.groups import SensorSettings
from matts.windows import Split

STANDS = SensorSettings(component=r"(?P<channel>.+)_(?P<component>[1-5])")


@pytest.fixture(scope="module")
def told(split: Split) -> Told:
    """PCA and a logistic regression on the test part of the small mill."""
    detector = PcaDetector().fit(split.train, split.validation)
    diagnoser = LogisticDiagnoser().fit(split.train, split.validation)
    novelty = Novelty(NoveltySettings(rate=0.1)).fit(split.train, split.validation)
    scores = detector.score(split.test)
    alerts = scores > np.quantile(scores, 0.9)
    explainer = Explainer("error", detector, Healthy.of(detector, split.train))
    return listen(explainer, diagnoser, novelty, split.test, scores, alerts)


@pytest.fixture(scope="module")
def past(split: Split) -> PastEvents:
    novelty = Novelty().fit(split.train, split.validation)
    return recall(novelty.directions, split.train, split.validation)


def test_a_card_a_run_of_alerts_the_strongest_first(told: Told, past: PastEvents) -> None:
    cards = write_cards(told, past, STANDS)
    assert len(cards) == len(runs(told.alerts, segments_of(told.windows)))
    assert sum(card["readings"] for card in cards) == told.alerts.sum()
    peaks = [card["peak"] for card in cards]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[0] == told.scores.max()
    assert cards[0]["peak_reading"] == told.windows.positions[told.scores.argmax()]
    json.dumps(cards, allow_nan=False)


def test_a_card_says_what_its_readings_say(told: Told, past: PastEvents) -> None:
    for card in write_cards(told, past, STANDS):
        first, last = np.searchsorted(
            told.windows.positions, (card["first_reading"], card["last_reading"])
        )
        own = slice(first, last + 1)
        faults = told.windows.faults[own].any(axis=0)
        assert card["truth"] == list(np.array(told.windows.fault_names)[faults])
        chances = told.probabilities[own].mean(axis=0)
        assert card["likeliest"] == told.windows.fault_names[chances.argmax()]
        assert card["probability"] == chances.max()
        unknown = told.unknown[own].mean() > 0.5
        assert card["fault"] == ("unknown" if unknown else card["likeliest"])
        parts = np.maximum(told.parts[own].sum(axis=0), 0)
        assert next(iter(card["sensors"])) == told.windows.sensors[parts.argmax()]
        assert sum(card["components"].values()) == pytest.approx(1)
        assert len(card["similar"]) == 3


def test_some_events_are_known_and_some_are_not(told: Told, past: PastEvents) -> None:
    called = {card["fault"] == "unknown" for card in write_cards(told, past, STANDS)}
    assert called == {True, False}


def test_reasons_are_given_near_alerts_alone(told: Told) -> None:
    assert np.isfinite(told.parts[told.alerts]).all()
    assert np.isfinite(told.probabilities[told.alerts]).all()
    assert np.isnan(told.probabilities[~told.alerts]).all()
    first = int(told.alerts.argmax())
    near = np.isfinite(told.parts[:, 0])
    assert near[max(first - 4, 0) : first].all()
    assert not near[: max(first - 4, 0)].any()


def test_reasons_do_not_cross_a_segment(told: Told, split: Split) -> None:
    windows = replace(split.test, segments=np.arange(len(split.test.rows)))
    detector = PcaDetector().fit(split.train, split.validation)
    logistic = LogisticDiagnoser().fit(split.train, split.validation)
    novelty = Novelty().fit(split.train, split.validation)
    explainer = Explainer("error", detector, Healthy.of(detector, split.train))
    apart = listen(explainer, logistic, novelty, windows, told.scores, told.alerts)
    np.testing.assert_array_equal(np.isfinite(apart.parts[:, 0]), told.alerts)


def test_without_alerts_there_are_no_cards(told: Told, past: PastEvents) -> None:
    calm = told._replace(alerts=np.zeros_like(told.alerts))
    assert write_cards(calm, past, STANDS) == []
    assert list(table_of([]).columns) == COLUMNS


def test_components_are_named_by_the_dataset() -> None:
    shares = {"force_1": 0.5, "torque_1": 0.25, "width": 0.25}
    assert by_component(shares, STANDS) == {"1": 0.75, "": 0.25}
    assert by_component(shares, SensorSettings()) == {}


def test_the_table_says_the_same(told: Told, past: PastEvents) -> None:
    cards = write_cards(told, past, STANDS)
    table = table_of(cards)
    assert table["peak"].tolist() == [card["peak"] for card in cards]
    assert table["sensors"].tolist() == [in_words(card)["sensors"] for card in cards]
    assert isinstance(table, pd.DataFrame)
    words = {
        "truth": ["Electric", "Bearing"],
        "sensors": {"power_3": 0.41, "torque_3": 0.3},
        "components": {"3": 0.7, "": 0.3},
        "similar": [
            {
                "faults": ["Bearing"],
                "first_reading": 9481,
                "last_reading": 9490,
                "asset": "a",
                "distance": 0.314,
            }
        ],
    }
    assert in_words(words) == {
        "truth": "Electric and Bearing",
        "sensors": "power_3 41%, torque_3 30%",
        "components": "3 70%, whole machine 30%",
        "similar": "Bearing at 9,481-9,490 of a (0.31)",
    }
