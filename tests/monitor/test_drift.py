import json
from typing import Any

import numpy as np
import pytest

from matts.detect.zscore import ZScoreDetector
from matts.domain import BadInputError, Floats, State, Windows
from matts.monitor.codebook import Codebook
from matts.monitor.drift import DriftMonitor, Heard
from matts.monitor.reference import TrainingReference
from matts.monitor.settings import DriftSettings
from matts.monitor.status import DriftChange

SENSORS = ("force", "speed", "power")


def make_rows(count: int, seed: int) -> Floats:
    """Force and speed at random, power their product's logarithm and a little noise."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, 3))
    rows[:, 2] = rows[:, 0] + rows[:, 1] + 0.5 * rows[:, 2]
    return rows


def make_reference(sensors: tuple[str, ...] = SENSORS) -> TrainingReference:
    """Three thousand such readings, with two latents and exponential scores."""
    rows = make_rows(3000, 0)
    none = np.zeros((3000, 1), bool)
    windows = Windows(rows, none, np.arange(1, 3000), 2, sensors, ("Bearing",))
    detector = ZScoreDetector().fit(windows, windows)
    found = TrainingReference.fit(windows, windows, detector)
    latents = rows[:2000, :2] @ np.array([[1, 1], [1, -1.0]])
    more = {"latents": latents, "latent_memory": np.ones(2), "scores": healthy_scores(2000, 9)}
    state = found.state()
    return TrainingReference.from_state(State({**state.arrays, **more}, state.config))


@pytest.fixture(scope="module")
def reference() -> TrainingReference:
    return make_reference()


def healthy_scores(count: int, seed: int) -> Floats:
    return np.random.default_rng(seed).exponential(size=count)


def see(monitor: DriftMonitor, rows: Floats, start: int = 0, **parts: Any) -> list[DriftChange]:
    """Show readings to a monitor, healthy but for what is said."""
    count = len(rows)
    numbers = np.arange(start, start + count)
    scores = parts.get("scores", healthy_scores(count, start))
    alerts = parts.get("alerts", np.zeros(count, bool))
    latents = parts.get("latents")
    return monitor.watch("mill", Heard(numbers * 1.0, rows, scores, latents, alerts, numbers))


def of_kind(changes: list[DriftChange], kind: str) -> list[str]:
    return [change.after for change in changes if change.kind == kind]


def test_twenty_healthy_assets_do_not_drift(reference: TrainingReference) -> None:
    for seed in range(20):
        monitor = DriftMonitor(reference, DriftSettings())
        changes = see(monitor, make_rows(2000, seed + 1), scores=healthy_scores(2000, seed + 50))
        assert [c for c in changes if c.after == "drift"] == [], seed


def test_a_step_is_found_and_names_its_sensor(reference: TrainingReference) -> None:
    """So it goes: ok, warning, drift, a new training asked for, and back."""
    monitor = DriftMonitor(reference, DriftSettings(lasting=100))
    assert see(monitor, make_rows(600, 1)) == []
    changes = see(monitor, make_rows(600, 2) + np.array([0, 1.5, 0]), 600)
    assert of_kind(changes, "input") == ["warning", "drift"]
    drift = next(change for change in changes if change.after == "drift")
    assert drift.sensors[0] == "speed"
    assert 600 < drift.time < 800
    asked = next(change for change in changes if change.kind == "retrain")
    assert asked.time == drift.time + 100
    status = monitor.status()["mill"]
    assert status.retrain
    assert (status.state, status.since) == ("drift", changes[0].time)
    back = see(monitor, make_rows(600, 3), 1200)
    assert of_kind(back, "input")[-1] == "ok"
    assert monitor.status()["mill"].to_tree()["state"] == "ok"
    assert not monitor.status()["mill"].retrain


def test_what_the_others_say_finds_a_bias_inside_the_range(reference: TrainingReference) -> None:
    """Half a spread is nothing beside what a sensor does, and much beside its causes."""
    monitor = DriftMonitor(reference, DriftSettings())
    changes = see(monitor, make_rows(400, 4) + np.array([0, 0, 0.5]))
    drift = next(change for change in changes if change.after == "drift")
    assert drift.kind == "input"
    assert drift.sensors[0] == "power"
    own = Codebook.fit(reference).compare(
        _codes(reference, make_rows(400, 4) + np.array([0, 0, 0.5])), 1
    )
    assert own.distance[5] > 1.5 * own.distance[2]


def _codes(reference: TrainingReference, rows: Floats) -> Any:
    book = Codebook.fit(reference)
    whole = np.column_stack([rows, reference.off_the_others(rows), np.full((len(rows), 2), np.nan)])
    return np.stack([book.encode(row) for row in whole])


@pytest.mark.parametrize("factor", [3.0, 0.2])
def test_scores_that_rise_or_fall_are_error_drift(
    reference: TrainingReference, factor: float
) -> None:
    monitor = DriftMonitor(reference, DriftSettings())
    see(monitor, make_rows(500, 1))
    changes = see(monitor, make_rows(500, 2), 500, scores=healthy_scores(500, 3) * factor)
    assert of_kind(changes, "error") == ["warning", "drift"]
    assert of_kind(changes, "input") == []
    off = monitor.status()["mill"].kinds["error"]["off"]
    assert np.sign(off) == np.sign(factor - 1)
    back = see(monitor, make_rows(500, 5), 1000)
    assert of_kind(back, "error")[-1] == "ok"


def test_latents_are_watched_where_there_are_any(reference: TrainingReference) -> None:
    rows = make_rows(500, 1)
    latents = rows[:, :2] @ np.array([[1, 1], [1, -1.0]])
    calm, moved = (DriftMonitor(reference, DriftSettings()) for _ in range(2))
    assert see(calm, rows, latents=latents) == []
    assert of_kind(see(moved, rows, latents=latents + np.array([0, 2])), "latent") == [
        "warning",
        "drift",
    ]
    assert moved.status()["mill"].kinds["latent"]["ranked"][0]["name"] == "latent_1"


def test_gaps_that_grow_are_missing_drift(reference: TrainingReference) -> None:
    rows = make_rows(600, 1)
    rows[np.random.default_rng(0).random(600) < 0.15, 0] = np.nan
    monitor = DriftMonitor(reference, DriftSettings())
    changes = see(monitor, rows)
    assert of_kind(changes, "missing")[-1] == "drift"
    assert {change.kind for change in changes if change.kind != "retrain"} == {"missing"}
    assert monitor.status()["mill"].sensors == ("force",)


def test_a_long_fault_teaches_nothing(reference: TrainingReference) -> None:
    """Alerts and their neighbours are left out, so nothing is seen of what they look like."""
    monitor = DriftMonitor(reference, DriftSettings(around=10))
    see(monitor, make_rows(300, 1))
    before = monitor.state()
    alerts = np.ones(1000, bool)
    assert see(monitor, make_rows(1000, 2) + 9, 300, alerts=alerts) == []
    ring = monitor.state().arrays["0.ring"]
    np.testing.assert_array_equal(ring, before.arrays["0.ring"])
    assert monitor.status()["mill"].left_out == 1010  # and ten before them
    without = DriftMonitor(reference, DriftSettings())
    assert of_kind(see(without, make_rows(1000, 2) + 9), "input") == ["warning", "drift"]


def test_any_cut_into_calls_and_any_restart_give_the_same(reference: TrainingReference) -> None:
    """Every finding, every code, every mean, to the last bit."""
    rng = np.random.default_rng(5)
    rows = make_rows(4000, 6) + np.linspace(0, 2, 4000)[:, None]
    rows[rng.random(rows.shape) < 0.02] = np.nan
    scores, alerts = (
        rng.exponential(size=4000) * (1 + 3 * (np.arange(4000) > 2000)),
        rng.random(4000) < 0.01,
    )
    scores[rng.random(4000) < 0.01] = np.nan
    settings = DriftSettings(lasting=50, thin=2)
    whole = DriftMonitor(reference, settings)
    changes = see(whole, rows, scores=scores, alerts=alerts)
    assert {change.kind for change in changes} >= {"input", "error", "retrain"}
    pieces, told, start = DriftMonitor(reference, settings), [], 0
    while start < 4000:
        some = slice(start, start + int(rng.integers(1, 300)))
        told += see(pieces, rows[some], start, scores=scores[some], alerts=alerts[some])
        start = min(some.stop, 4000)
        state, pieces = pieces.state(), DriftMonitor(reference, settings)
        pieces.restore(State(state.arrays, json.loads(json.dumps(state.config))))
    assert told == changes
    assert pieces.state().config == whole.state().config
    for name, array in whole.state().arrays.items():
        np.testing.assert_array_equal(pieces.state().arrays[name], array)
    assert see(pieces, rows[:500], 4000) == see(whole, rows[:500], 4000)


MOVED = {"thin": 3, "keep": 40, "every": 5, "least": 200, "confirm": 9, "alpha": 1e-12, "size": 5.0}


@pytest.mark.parametrize("name", [*MOVED, "kinds", "around"])
def test_every_option_of_the_comparison_takes_effect(
    reference: TrainingReference, name: str
) -> None:
    value: Any = {**MOVED, "kinds": ("error",), "around": 60}[name]
    rows = make_rows(500, 7) + np.linspace(0, 0.8, 500)[:, None]
    usual, other = (
        see(DriftMonitor(reference, settings), rows)
        for settings in (DriftSettings(), DriftSettings.model_validate({name: value}))
    )
    assert usual
    assert other != usual


@pytest.mark.parametrize(("name", "value"), [("level", 0.4), ("adwin", 1e-9), ("calm", 40)])
def test_every_option_of_the_scores_takes_effect(
    reference: TrainingReference, name: str, value: float
) -> None:
    quiet = {"page_hinkley": 1000} if name == "adwin" else {}
    scores = np.concatenate([healthy_scores(500, 1) * 2.5, healthy_scores(500, 2)])
    usual, other = (
        see(DriftMonitor(reference, DriftSettings(**given)), make_rows(1000, 8), scores=scores)
        for given in (quiet, {**quiet, name: value})
    )
    assert usual
    assert other != usual


def test_page_hinkley_speaks_beside_adwin(reference: TrainingReference) -> None:
    found = {}
    for threshold in (10.0, 1000.0):
        settings = DriftSettings(adwin=1e-300, page_hinkley=threshold)
        scores = np.append(healthy_scores(500, 1), healthy_scores(500, 2) * 20)
        changes = see(DriftMonitor(reference, settings), make_rows(1000, 8), scores=scores)
        found[threshold] = of_kind(changes, "error")
    assert found[10.0][:2] == ["warning", "drift"]
    assert found[10.0] != found[1000.0]


def test_missing_option_takes_effect(reference: TrainingReference) -> None:
    rows = make_rows(600, 1)
    rows[np.random.default_rng(0).random(600) < 0.15, 0] = np.nan
    assert see(DriftMonitor(reference, DriftSettings(missing=0.5)), rows) == []


def test_assets_know_nothing_of_each_other(reference: TrainingReference) -> None:
    monitor = DriftMonitor(reference, DriftSettings())
    quiet, numbers = np.zeros(400, bool), np.arange(400)
    rows, scores = make_rows(400, 3), healthy_scores(400, 1)
    monitor.watch("calm", Heard(numbers * 1.0, rows, scores, None, quiet, numbers))
    monitor.watch("moved", Heard(numbers * 1.0, rows + 3, scores, None, quiet, numbers))
    states = {name: status.state for name, status in monitor.status().items()}
    assert states == {"calm": "ok", "moved": "drift"}
    monitor.forget("moved")
    assert list(monitor.status()) == ["calm"]


def test_what_is_kept_of_an_asset_is_bounded(reference: TrainingReference) -> None:
    monitor = DriftMonitor(reference, DriftSettings())
    sizes = []
    for start in range(0, 9000, 3000):
        see(monitor, make_rows(3000, start), start)
        state = monitor.state()
        arrays = sum(array.nbytes for array in state.arrays.values())
        sizes.append((arrays, len(state.config["assets"]["mill"]["errors"][4])))
    assert sizes[0][0] == sizes[-1][0]
    assert max(count for _, count in sizes) <= 512


def test_another_number_of_sensors_is_refused(reference: TrainingReference) -> None:
    with pytest.raises(BadInputError, match=r"needs readings of 3 sensors, got \[5, 2\]"):
        see(DriftMonitor(reference, DriftSettings()), np.zeros((5, 2)))
    with pytest.raises(BadInputError, match=r"needs 2 latents a reading, got \[5, 1\]"):
        see(DriftMonitor(reference, DriftSettings()), np.zeros((5, 3)), latents=np.zeros((5, 1)))


def test_a_comparison_equals_that_of_scipy(reference: TrainingReference) -> None:
    """On cuts of 32 quantiles the distance is a little less, never more."""
    stats = pytest.importorskip("scipy.stats")
    rows = make_rows(256, 3) + np.array([0.3, 0, 0])
    moved = Codebook.fit(reference).compare(_codes(reference, rows), 1)
    for n in range(3):
        whole = stats.ks_2samp(rows[:, n], reference.rows[:, n])
        assert whole.statistic - 0.04 < moved.distance[n] <= whole.statistic + 0.02


@pytest.mark.parametrize("keep", [100, 512])
def test_other_settings_begin_anew_and_end_what_was(
    reference: TrainingReference, keep: int
) -> None:
    """A drift that stood when the settings were changed goes on until comparisons end it."""
    first = DriftMonitor(reference, DriftSettings())
    see(first, make_rows(600, 2) + np.array([0, 1.5, 0]))
    assert first.status()["mill"].state == "drift"
    other = DriftMonitor(reference, DriftSettings(keep=keep))
    other.restore(first.state())
    assert other.status()["mill"].state == "drift"
    assert other.status()["mill"].counted == 0
    assert not other.status()["mill"].retrain  # not before it is found to last
    changes = see(other, make_rows(600, 3), 600)
    assert [(change.kind, change.after) for change in changes] == [("input", "ok")]
