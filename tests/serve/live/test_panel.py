from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from matts.causes.healthy import squared_residuals
from matts.detect.arima import ArimaDetector
from matts.detect.calibration import Calibration
from matts.detect.cva import CvaDetector, CvaSettings
from matts.detect.virtual_sensors import VirtualSensorsDetector, VirtualSensorsSettings
from matts.domain import BadInputError, Detector
from matts.serve.live.judged import CROWDED, Judged
from matts.serve.live.panel import Panel
from matts.serve.live.quality import GRADES
from matts.serve.live.reading import Reading
from matts.serve.live.settings import LiveSettings
from matts.source.settings import MissingSettings
from tests.plants import MODES, Plant, live, moved, table_of, trained


@pytest.fixture(scope="module")
def plant() -> Plant:
    bare = trained("raw", {})
    train, validation = bare.split.train, bare.split.validation
    virtual = VirtualSensorsDetector(VirtualSensorsSettings(sensors=MODES))
    shown: dict[str, Detector] = {
        "arima": ArimaDetector().fit(train, validation),
        "virtual_sensors": virtual.fit(train, validation),
    }
    return trained("raw", shown)


@pytest.fixture(scope="module")
def readings(plant: Plant) -> list[Reading]:
    """Of asset a."""
    return live("a", table_of(7, 60), plant.deployment.inputs)


def panel_of(plant: Plant, **changes: Any) -> Panel:
    return Panel.deploy(plant.deployment, LiveSettings.model_validate(changes))


def same(one: Judged, other: Judged) -> None:
    """Equal, whatever company they were judged in."""
    assert (one.time, one.alert, one.fault, one.note) == (
        other.time,
        other.alert,
        other.fault,
        other.note,
    )
    for name, score in one.scores.items():
        np.testing.assert_allclose(score, other.scores[name], rtol=1e-6)


CHANGES = st.sampled_from(["keep", "keep", "keep", "drop a sensor", "twice", "earlier", "huge"])


def spoilt(reading: Reading, change: str, sensor: str) -> list[Reading]:
    """A reading of asset b as nobody wants it."""
    values = dict(reading.values)
    if change == "drop a sensor":
        del values[sensor]
    if change == "huge":
        values[sensor] = -1e300
    changed = reading._replace(asset="b", values=values)
    if change == "earlier":
        return [changed._replace(time=changed.time - 20.5)]
    return [changed] * (2 if change == "twice" else 1)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_nothing_that_comes_of_one_asset_changes_another(
    plant: Plant, readings: list[Reading], data: st.DataObject
) -> None:
    wait = data.draw(st.sampled_from([0.0, 3.0]))
    alone = panel_of(plant, wait=wait)
    expected = alone.judge(readings) + alone.flush()
    other = [
        bad
        for each in readings
        for bad in spoilt(each, data.draw(CHANGES), data.draw(st.sampled_from("abcde")))
    ]
    other = data.draw(st.permutations(other[:12])) + other[12:]
    turns = data.draw(st.permutations(["a"] * len(readings) + ["b"] * len(other)))
    each = {"a": iter(readings), "b": iter(other)}
    mixed = [next(each[name]) for name in turns]
    panel, found, sizes = panel_of(plant, wait=wait), [], st.integers(1, 30)
    while mixed:
        size = data.draw(sizes)
        found += panel.judge(mixed[:size])
        mixed = mixed[size:]
    found += panel.flush()
    assert len(found) == len(readings) + len(other)  # each is told of once
    for one, twin in zip([each for each in found if each.asset == "a"], expected, strict=True):
        same(one, twin)


def test_odd_readings_are_told_and_do_no_harm(plant: Plant, readings: list[Reading]) -> None:
    panel = panel_of(plant, assets=2)
    first, *_ = readings
    odd = [
        first,
        first,
        first._replace(time=-5),
        Reading("a", 1.0, {"x": 1.0}),
        Reading("a", 1.0, {"a": None}),
        Reading("a", 2.0, {"a": 21.0, "x": 1.0}),
        Reading("b", 2.0, dict(first.values)),
        Reading("c", 2.0, dict(first.values)),
    ]
    notes = ["filling", "duplicate", "late", "no known sensor", "empty", *["filling"] * 2]
    judged = panel.judge(odd)
    assert [each.note for each in judged] == [*notes, "too many assets"]
    assert {GRADES[code] for code in judged[2].grades} == {"late"}
    assert {GRADES[code] for code in judged[4].grades} == {"missing"}
    assert panel.strangers == {"x": 2}
    assert not any(each.alert for each in judged)


def units(readings: list[Reading]) -> list[Reading]:
    """Serial numbers one after the other beside an asset that goes on; two numbers come again."""
    names = ["u1", "u2", "u3", "u1", "u4", "u2"]
    told = []
    for k, each in enumerate(readings):
        unit, place = names[k // 10], k % 10
        told += [each._replace(asset="long"), each._replace(asset=unit, end=place == 9)]
    return told


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_unit_that_has_ended_gives_its_place_to_another(
    plant: Plant, readings: list[Reading], size: int
) -> None:
    """Whoever gets it is judged as if nobody had had it, and nobody beside notices."""
    given = units(readings)
    panel, found = panel_of(plant, assets=2), list[Judged]()
    for start in range(0, len(given), size):
        found += panel.judge(given[start : start + size])
        state, panel = panel.state(), panel_of(plant, assets=2)
        panel.restore(state)
    assert sorted(panel.places.names) == ["long", "u2"]
    assert panel.places.names == [str(name) for name in panel.names]
    alone = panel_of(plant)
    expected = []
    for k, each in enumerate(given):
        if each.asset != "long" and k % 20 == 1:
            alone.forget(each.asset)
        expected += alone.judge([each])
    for one, other in zip(found, expected, strict=True):
        same(one, other)


def test_who_is_under_way_keeps_its_place(plant: Plant, readings: list[Reading]) -> None:
    first, second, third, *_ = readings
    panel = panel_of(plant, assets=2)

    def note(reading: Reading, asset: str, **changes: Any) -> str:
        return panel.judge([reading._replace(asset=asset, **changes)])[0].note

    assert note(second, "a", end=True) == note(first, "b") == "filling"
    assert note(first, "a") == "late"  # a straggler is no new unit
    assert note(first, "c") == "filling"
    assert [note(third, name) for name in ("a", "d")] == ["too many assets"] * 2
    panel.forget(None)
    assert [note(first, name) for name in ("d", "e", "f")] == ["filling", "filling", CROWDED]


def test_a_state_from_before_places_were_given_on_can_be_taken(
    plant: Plant, readings: list[Reading]
) -> None:
    panel, again = panel_of(plant, assets=2), panel_of(plant, assets=2)
    panel.judge([readings[0]._replace(asset="a", end=True), readings[0]._replace(asset="b")])
    state = panel.state()
    del state.config["own"]["idle"]
    again.restore(state)
    assert again.judge([readings[0]._replace(asset="c")])[0].note == "filling"
    assert again.places.names == ["c", "b"]


def test_a_unit_that_seems_another_is_told(plant: Plant, readings: list[Reading]) -> None:
    values = {**readings[0].values, "b": 20_000.0}
    [judged] = panel_of(plant).judge([readings[0]._replace(values=values)])
    assert judged.note == "another unit? b"
    assert GRADES[judged.grades[1]] == "out_of_range"


def test_a_reading_without_a_known_sensor_can_be_refused_at_once(plant: Plant) -> None:
    deployment = plant.deployment
    deployment.refuse_strangers(Reading("a", 0.0, {"a": None, "x": 1.0}))
    with pytest.raises(BadInputError, match="a reading of plant needs sensors like a, got x, y"):
        deployment.refuse_strangers(Reading("a", 0.0, {"x": 1.0, "y": 1.0}))


def test_a_gap_and_the_end_of_a_unit_begin_the_windows_anew(
    plant: Plant, readings: list[Reading]
) -> None:
    def filling(given: list[Reading], **changes: Any) -> list[int]:
        found = panel_of(plant, **changes).judge(given)
        return [k for k, each in enumerate(found) if each.note == "filling"]

    later = [r._replace(time=r.time + 100 * (k >= 20)) for k, r in enumerate(readings)]
    assert filling(later) == [0, 1, 2, 3]
    assert filling(later, gap=50) == [0, 1, 2, 3, 20, 21, 22, 23]
    ended = [r._replace(end=k == 19) for k, r in enumerate(readings)]
    assert filling(ended) == [0, 1, 2, 3, 20, 21, 22, 23]


def test_a_shift_moves_the_limit_of_one_asset_alone(plant: Plant, readings: list[Reading]) -> None:
    both = [each._replace(asset=name) for each in readings for name in ("a", "b")]
    plain, shifted = panel_of(plant), panel_of(plant)
    shifted.shift("a", 2.5)
    expected, found = plain.judge(both), shifted.judge(both)
    assert any(each.alert for each in expected)
    for one, other in zip(found, expected, strict=True):
        moved_by = 2.5 if one.asset == "a" else 0
        assert one.limit == pytest.approx(other.limit + moved_by)
        if one.asset == "a" and not np.isnan(one.surprises["matts"]):
            assert one.alert == (one.surprises["matts"] >= one.limit)
    assert sum(o.alert for o in found) < sum(o.alert for o in expected)
    shifted.shift("a", 0)
    assert shifted.judge([readings[0]._replace(time=99.0)])[0].limit == expected[0].limit


def test_what_is_forgotten_begins_anew(plant: Plant, readings: list[Reading]) -> None:
    both = [each._replace(asset=name) for each in readings for name in ("a", "b")]
    panel = panel_of(plant)
    fresh = panel.judge(both)
    panel.forget("a")
    again = panel.judge(both)
    for one, other in zip(again, fresh, strict=True):
        if one.asset == "a":
            same(one, other)
        else:
            assert one.note in {"late", "duplicate"}
    panel.forget(None)
    for one, other in zip(panel.judge(both), fresh, strict=True):
        same(one, other)


def test_missing_readings_are_filled_as_training_filled_them(
    plant: Plant, readings: list[Reading]
) -> None:
    gone = [r._replace(values={**r.values, "a": None}) for r in readings[10:]]
    given = readings[:10] + gone
    filled = moved(plant, missing=MissingSettings(fill="previous", limit=3))
    for chosen, known in ((plant, 10), (filled, 13)):
        found = panel_of(chosen).judge(given)
        values = np.array([each.values[0] for each in found])
        assert np.isfinite(values).tolist() == [k < known for k in range(len(given))]
        assert np.isnan([each.given[0] for each in found[10:]]).all()
        assert all(np.isfinite(each.scores["matts"]) for each in found[4:])


def test_what_is_expected_comes_from_the_causes(plant: Plant, readings: list[Reading]) -> None:
    virtual: Any = plant.deployment.detectors["virtual_sensors"]
    found = panel_of(plant).judge(readings)
    assert all(each.expected is not None for each in found)
    expected = np.array([each.expected for each in found])
    given = np.array([each.given for each in found])
    assert np.isnan(expected[:, 5]).all()  # the product is given, nothing foresees it
    off = (given - expected)[:, :5]
    healthy = squared_residuals(virtual, given)[:, :5].max(axis=1) < 4
    assert np.abs(off[healthy]).max() < 1.5 < np.abs(off[~healthy]).max()
    assert panel_of(trained_without_causes(plant)).judge(readings)[9].expected is None


def trained_without_causes(plant: Plant) -> Plant:
    shown = {k: d for k, d in plant.deployment.detectors.items() if k != "virtual_sensors"}
    return replace(plant, deployment=replace(plant.deployment, detectors=shown))


def test_assets_of_training_have_limits_of_their_own(plant: Plant) -> None:
    decided = plant.deployment.calibration
    own = decided.thresholds["matts/0"].model_copy(update={"by_asset": {"b": 0.99}})
    calibration = decided.model_copy(update={"thresholds": {**decided.thresholds, "matts/0": own}})
    deployed = replace(plant.deployment.deployed, threshold=own)
    panel = panel_of(moved(plant, calibration=calibration, deployed=deployed))
    rows = live("a", table_of(7, 60), plant.deployment.inputs)
    both = panel.judge([each._replace(asset=name) for each in rows for name in ("a", "b")])
    limits = {name: {j.limit for j in both if j.asset == name} for name in ("a", "b")}
    surprise = decided.surprise("matts/0", np.array([0.99]))[0]
    assert limits == {"a": {plant.deployment.limits["matts"]}, "b": {surprise}}
    for each in both:
        limit = 0.99 if each.asset == "b" else own.limit
        assert each.alert == (each.scores["matts"] >= limit)
    assert sum(j.alert for j in both if j.asset == "a") > sum(
        j.alert for j in both if j.asset == "b"
    )


def test_controls_are_not_shown() -> None:
    for name in ("random", "one_sensor", "untrained"):
        with pytest.raises(ValidationError, match=f"{name} is a control"):
            LiveSettings(detectors=(name,))


def test_the_reference_is_of_the_sensors_as_they_come() -> None:
    plain = trained("raw", {}).deployment
    other = trained("residual off level", {}).deployment
    assert plain.reference.sensors == plain.inputs == other.inputs == other.reference.sensors
    assert other.reference.errors.shape == plain.reference.low.shape
    np.testing.assert_array_equal(other.reference.low, plain.reference.low)
    assert not np.array_equal(other.reference.scores, plain.reference.scores)
    assert other.reference.latents.shape[1] == plain.reference.latents.shape[1] > 0


def test_the_latent_is_the_deployed_detectors_own(plant: Plant, readings: list[Reading]) -> None:
    found = panel_of(plant).judge(readings)
    rows = np.array([each.given for each in found])
    split = plant.split.test
    windows = replace(split, rows=rows, last=np.arange(4, 60), segments=None, row_numbers=None)
    expected = plant.deployment.deployed.detector.latent(windows)  # type: ignore[attr-defined]
    latents = [each.latent for each in found]
    assert latents[:4] == [None] * 4
    np.testing.assert_allclose(np.array(latents[4:]), expected, rtol=1e-5, atol=1e-6)


def test_similar_past_events_are_of_the_same_fault(plant: Plant) -> None:
    table = table_of(7, 60)
    panel = panel_of(plant)
    names = []
    for row, reading in enumerate(live("a", table, plant.deployment.inputs)):
        [judged] = panel.judge([reading])
        if table["Anomaly_Fault0"][row] and judged.alert:
            names += panel.similar("a", 1)[0]["faults"]
    assert names.count("Fault0") > 0.8 * len(names) > 0
    assert panel.similar("nobody") == []


def test_a_state_of_other_detectors_goes_on_where_it_can(
    plant: Plant, readings: list[Reading]
) -> None:
    """One detector less, one more, or one that looks back farther: the panel starts."""
    cva = CvaDetector(CvaSettings(lags=9)).fit(plant.split.train, plant.split.validation)
    few = trained_without_causes(plant)
    known = {**plant.deployment.detectors, "cva": cva}
    thresholds = plant.deployment.calibration
    far = moved(plant, detectors=known, calibration=_with(thresholds, "cva/0"))
    for old, new in ((plant, few), (few, plant), (plant, far), (far, plant)):
        whole, first, second = panel_of(new), panel_of(old), panel_of(new)
        expected = whole.judge(readings)[30:]
        first.judge(readings[:30])
        second.restore(first.state())
        found = second.judge(readings[30:])
        for one, other in zip(found, expected, strict=True):
            assert one.scores["matts"] == pytest.approx(other.scores["matts"], rel=1e-6)
            assert (one.alert, one.note) == (other.alert, other.note)
        for name in known.keys() & new.deployment.detectors.keys():
            assert np.isfinite([each.scores[name] for each in found]).all()


def _with(decided: Calibration, name: str) -> Calibration:
    """The same, with numbers for one more detector: those of the deployed one."""
    more = {
        field: {**tree, name: tree["matts/0"]}
        for field in type(decided).model_fields
        if isinstance(tree := getattr(decided, field), dict) and "matts/0" in tree
    }
    return decided.model_copy(update=more)
