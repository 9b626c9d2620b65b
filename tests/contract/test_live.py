"""What comes one by one, or by HTTP, is judged as a stored file is, by every detector."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.control_room import Room, open_room, wait_for
from matts.detect import DETECTORS
from matts.detect.combined import CombinedDetector, CombinedSettings
from matts.detect.virtual_sensors import VirtualSensorsDetector, VirtualSensorsSettings
from matts.domain import Detector
from matts.serve.artifacts import load_states, save_states
from matts.serve.live.judged import Judged
from matts.serve.live.panel import Panel
from matts.serve.live.reading import Reading
from matts.serve.live.settings import LiveSettings
from tests.contract.test_detectors import ALSO, SMALL
from tests.plants import MODES, Plant, live, stored, table_of, trained, with_holes

MORE: dict[str, Detector] = {
    "virtual_sensors, modes": VirtualSensorsDetector(VirtualSensorsSettings(sensors=MODES)),
    "combined, of filters": CombinedDetector(CombinedSettings(parts=("arima", "cva"), how="mean")),
}
NAMES = {**SMALL, **ALSO, **MORE}
REMEMBER = ("arima", "kalman, multivariate", "cva, beyond the window", *MORE)
LIVE = ("north", "south", "west")  # the last is new to training
TRAINED = {
    "raw": (NAMES, ()),
    "raw, assets": (REMEMBER, LIVE[:2]),
    **dict.fromkeys(("residual", "both", "residual off level"), (REMEMBER, ())),
    **dict.fromkeys(("residual, assets", "off level, assets"), (REMEMBER, LIVE[:2])),
}


def fitted(kind: str, names: Sequence[str], assets: tuple[str, ...]) -> Plant:
    """A plant with these detectors, fitted on its own channels."""
    bare = trained(kind, {}, assets)
    split = bare.split
    each = {name: deepcopy(NAMES[name]).fit(split.train, split.validation) for name in names}
    return trained(kind, each, assets)


@pytest.fixture(scope="module", params=TRAINED)
def plant(request: pytest.FixtureRequest) -> Plant:
    names, assets = TRAINED[request.param]
    return fitted(request.param.split(",")[0], [*names], assets)


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return {name: with_holes(table_of(k + 5, 130 + k), k) for k, name in enumerate(LIVE)}


def in_company(plant: Plant, tables: dict[str, pd.DataFrame], seed: int) -> list[Reading]:
    """The readings of all assets in a random order, each asset's in its own."""
    each = {a: iter(live(a, t, plant.deployment.inputs)) for a, t in tables.items()}
    turns = np.concatenate([[a] * len(t) for a, t in tables.items()])
    return [next(each[str(a)]) for a in np.random.default_rng(seed).permutation(turns)]


def batches(readings: list[Reading], seed: int) -> list[list[Reading]]:
    """The same in batches of any size."""
    rng, cuts = np.random.default_rng(seed), [0]
    while cuts[-1] < len(readings):
        cuts.append(cuts[-1] + int(rng.integers(1, 40)))
    return [readings[a:b] for a, b in pairwise(cuts)]


@pytest.fixture(scope="module")
def judged(
    plant: Plant, tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Judged]]:
    """By asset, from a panel that was stopped and another that went on from a file."""
    file = tmp_path_factory.mktemp("state") / "panel.safetensors"
    parts = batches(in_company(plant, tables, 1), 2)
    panel = Panel.deploy(plant.deployment, LiveSettings())
    found: dict[str, list[Judged]] = {name: [] for name in tables}
    for k, part in enumerate(parts):
        if k == len(parts) // 2:
            save_states(file, {"panel": panel.state()})
            panel = Panel.deploy(plant.deployment, LiveSettings())
            panel.restore(load_states(file)["panel"])
        for each in panel.judge(part):
            found[each.asset].append(each)
    return found


@pytest.fixture(scope="module")
def told(
    plant: Plant, tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """By asset, what a real server answers; it was stopped and started again on its journal."""
    journal = tmp_path_factory.mktemp("room") / "journal.db"
    parts = batches(in_company(plant, tables, 3), 4)
    with open_room(plant.deployment, journal) as room:
        for k, part in enumerate(parts):
            if k == len(parts) // 2:
                room.stop()
                room.start()
            trees = [{"asset": a, "time": t, "values": values} for a, t, values, *_ in part]
            assert room.push(trees)["accepted"] == len(part)
        wait_for(lambda: ask(room, "/health")["lag"] == 0)
        paths = ("/api/v1/history", "/api/v1/anomaly-scores")
        return {a: {k: v for p in paths for k, v in ask(room, p, a).items()} for a in tables}


def ask(room: Room, path: str, asset: str = "") -> Any:
    answer = room.client.get(path, params={"asset": asset} if asset else {})
    answer.raise_for_status()
    return answer.json()


def expected(plant: Plant, tables: dict[str, pd.DataFrame]) -> list[tuple[Any, ...]]:
    """Files as training would see them: one of all assets, or one of each where it knew none."""
    if plant.deployment.assets:
        return [(list(tables), *stored(plant, tables))]
    return [([name], *stored(plant, {name: table})) for name, table in tables.items()]


def test_every_registered_detector_is_there() -> None:
    assert DETECTORS.keys() <= NAMES.keys()


def check_scores(
    plant: Plant, tables: dict[str, pd.DataFrame], given: Mapping[str, Mapping[str, Any]]
) -> None:
    """The scores by asset and detector are those of the windows of the file."""
    for names, readings, windows in expected(plant, tables):
        for name, detector in plant.deployment.detectors.items():
            scores = np.concatenate([np.array(given[asset][name], float) for asset in names])
            batch = np.full(len(readings), np.nan)
            batch[windows.positions] = detector.score(windows)
            np.testing.assert_array_equal(np.isnan(scores), np.isnan(batch), err_msg=name)
            np.testing.assert_allclose(scores, batch, rtol=1e-5, atol=1e-9, err_msg=name)


def test_every_detector_scores_live_as_in_a_file(
    plant: Plant, tables: dict[str, pd.DataFrame], judged: dict[str, list[Judged]]
) -> None:
    names = plant.deployment.detectors
    given = {a: {d: [each.scores[d] for each in own] for d in names} for a, own in judged.items()}
    check_scores(plant, tables, given)


def test_every_detector_scores_through_http_as_in_a_file(
    plant: Plant, tables: dict[str, pd.DataFrame], told: dict[str, dict[str, Any]]
) -> None:
    for asset, table in tables.items():
        assert told[asset]["times"] == list(range(len(table)))
        assert told[asset]["scores"].keys() == plant.deployment.detectors.keys()
    check_scores(plant, tables, {asset: each["scores"] for asset, each in told.items()})


def test_alerts_and_faults_through_http_are_those_of_the_file(
    plant: Plant, tables: dict[str, pd.DataFrame], told: dict[str, dict[str, Any]]
) -> None:
    alerts = 0
    for names, readings, _ in expected(plant, tables):
        table = plant.deployment.deployed.judge(readings)
        assert [each for name in names for each in told[name]["alerts"]] == table["alert"].tolist()
        assert [each for name in names for each in told[name]["faults"]] == table["fault"].tolist()
        alerts += table["alert"].sum()
    assert alerts > 10


def test_alerts_faults_and_reasons_are_those_of_the_file(
    plant: Plant, tables: dict[str, pd.DataFrame], judged: dict[str, list[Judged]]
) -> None:
    alerts = 0
    for names, readings, _ in expected(plant, tables):
        own = [each for name in names for each in judged[name]]
        table = plant.deployment.deployed.judge(readings)
        assert [each.alert for each in own] == table["alert"].tolist()
        assert [each.fault for each in own] == table["fault"].tolist()
        alerts += table["alert"].sum()
        for each, (_, row) in zip(own, table.iterrows(), strict=True):
            assert bool(each.probabilities) == each.alert == (each.contributions is not None)
            for fault, probability in each.probabilities.items():
                assert probability == pytest.approx(row[f"probability_{fault}"], abs=1e-6)
            if each.contributions is not None:
                check_shares(plant, each, row)
    assert alerts > 10


def check_shares(plant: Plant, judged: Judged, row: Any) -> None:
    """The shares of sensors are the sums of those of their channels."""
    shares = dict.fromkeys(plant.deployment.inputs, 0.0)
    channels = plant.deployment.deployed.schema.sensors
    whole = sum(abs(row[f"contribution_{channel}"]) for channel in channels)
    for channel in channels:
        shares[channel.split(" ")[0]] += abs(row[f"contribution_{channel}"]) / whole
    assert judged.contributions == pytest.approx(list(shares.values()), abs=1e-6)


def test_surprises_and_limits_are_those_of_the_calibration(
    plant: Plant, judged: dict[str, list[Judged]]
) -> None:
    deployment = plant.deployment
    own = [each for each in judged["north"] if not np.isnan(each.scores["matts"])]
    for name in deployment.detectors:
        scores = np.array([each.scores[name] for each in own])
        known = deployment.calibration.surprise(f"{name}/0", scores, np.array(["north"] * len(own)))
        np.testing.assert_allclose([each.surprises[name] for each in own], known)
    assert {each.limit for each in own} == {deployment.limit_of("matts", "north")}
