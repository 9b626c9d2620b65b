import json
import tracemalloc
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pytest

from matts.causes.explainer import CauseSettings, Explainer
from matts.causes.healthy import Healthy
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import Calibration, fingerprint
from matts.detect.threshold import Threshold
from matts.detect.zscore import ZScoreDetector
from matts.diagnose.novelty import Novelty
from matts.domain import BadInputError, Bools, Floats, Readings, State, Windows
from matts.long_tables import StoredTable, write_parquet
from matts.readings import to_readings
from matts.serve.batch import Deployed, Schema
from matts.serve.summary import summarise, summarise_stored
from matts.windows import Split

FAULTS = ("Electric", "Bearing")
SCHEMA = Schema(("force", "speed"), FAULTS, window=2)
WEIGHTS = np.arange(3.0)


@dataclass
class Force:
    """A detector to which a high force is strange, to the same part by either sensor."""

    weights: Floats = field(default_factory=WEIGHTS.copy)

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        return self

    def score(self, windows: Windows) -> Floats:
        return windows.last_rows[:, 0]

    def contributions(self, windows: Windows) -> Floats:
        return np.column_stack([self.score(windows) / 2] * 2)

    def state(self) -> State:
        return State({"network.encoder.lstm": self.weights}, {})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(state.arrays["network.encoder.lstm"])


@dataclass
class Speed:
    """A diagnoser to which a high speed is a bearing; it keeps what it was asked."""

    weights: Floats = field(default_factory=WEIGHTS.copy)
    asked: list[int] = field(default_factory=list)

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        return self

    def probabilities(self, windows: Windows) -> Floats:
        self.asked += windows.positions.tolist()
        bearing = np.where(windows.last_rows[:, 1] > 5, 0.9, 0.2)
        return np.column_stack([1 - bearing, bearing])

    def state(self) -> State:
        return State({"encoder.lstm": self.weights}, {})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(state.arrays["encoder.lstm"])


@pytest.fixture
def deployed() -> Deployed:
    return Deployed(Force(), Threshold(limit=0.5), Speed(), SCHEMA)


FORCE = [0.9, 0.1, 0.8, 0.7, 0.6, 0.2]
SPEED = [9.0, 1.0, 9.0, 9.0, 1.0, 9.0]
SEGMENTS = ["a", "a", "a", "b", "b", "b"]
TRUE_FAULTS = np.array([[0, 0], [0, 0], [0, 1], [0, 0], [0, 1], [1, 0]], np.bool_)


def readings(faults: Bools = TRUE_FAULTS, names: tuple[str, ...] = FAULTS) -> Readings:
    values = np.column_stack([FORCE, SPEED])
    segments = np.array([0, 0, 0, 1, 1, 1])
    return Readings(values, faults, segments, ("force", "speed"), names)


def test_one_row_a_reading(deployed: Deployed) -> None:
    verdicts = deployed.judge(readings())
    assert verdicts["reading"].tolist() == [0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(verdicts["score"], [np.nan, 0.1, 0.8, np.nan, 0.6, 0.2])
    assert verdicts["alert"].tolist() == [False, False, True, False, True, False]
    assert verdicts["alert"].dtype == np.bool_
    assert verdicts["fault"].tolist() == ["", "", "Bearing", "", "Electric", ""]


def test_a_reading_that_says_nothing_has_no_score(deployed: Deployed) -> None:
    """None that a level is learnt from does; one sensor that is missing is another matter."""
    values = np.column_stack([FORCE, SPEED])
    values[1], values[4, 1] = np.nan, np.nan
    told = replace(readings(), values=values)
    scores = [np.nan, np.nan, 0.8, np.nan, 0.6, 0.2]
    verdicts = deployed.judge(told)
    np.testing.assert_array_equal(verdicts["score"], scores)
    assert not verdicts["alert"][1]
    table = pd.DataFrame({"force": FORCE, "speed": SPEED, "segment": SEGMENTS})
    table.loc[1, ["force", "speed"]] = np.nan
    table.loc[4, "speed"] = np.nan
    chunked = pd.concat(deployed.judge_chunks([table[:1], table[1:3], table[3:]]))
    np.testing.assert_array_equal(chunked["score"], scores)


def test_only_alerts_are_diagnosed(deployed: Deployed) -> None:
    verdicts = deployed.judge(readings())
    assert isinstance(deployed.diagnoser, Speed)
    assert deployed.diagnoser.asked == [2, 4]
    none = [np.nan] * 2
    chances = verdicts[["probability_Electric", "probability_Bearing"]]
    np.testing.assert_allclose(chances, [none, none, [0.1, 0.9], none, [0.8, 0.2], none])


def test_contributions_by_sensor(deployed: Deployed) -> None:
    verdicts = deployed.judge(readings())
    parts = verdicts[["contribution_force", "contribution_speed"]]
    np.testing.assert_allclose(parts.sum(axis=1, skipna=False), verdicts["score"])
    assert verdicts.columns[-2:].tolist() == list(parts.columns)


def test_the_order_of_columns_does_not_matter(deployed: Deployed) -> None:
    values = np.column_stack([SPEED, FORCE])
    swapped = replace(readings(), values=values, sensors=("speed", "force"))
    pd.testing.assert_frame_equal(deployed.judge(swapped), deployed.judge(readings()))


def test_other_sensors_are_refused_by_name(deployed: Deployed) -> None:
    renamed = replace(readings(), sensors=("force", "sped"))
    with pytest.raises(BadInputError, match=r"missing: speed; unknown: sped \(did you mean speed"):
        deployed.judge(renamed)


def test_nothing_strange_is_found(deployed: Deployed) -> None:
    calm = replace(readings(), values=np.full((6, 2), 0.1))
    verdicts = deployed.judge(calm)
    assert not verdicts["alert"].any()
    assert (verdicts["fault"] == "").all()
    assert summarise(verdicts, calm, SCHEMA)["alerts"] == 0


def table(assets: list[str]) -> pd.DataFrame:
    faults = {f"Anomaly_{name}": TRUE_FAULTS[:, k] for k, name in enumerate(FAULTS)}
    return pd.DataFrame({"asset": assets, "force": FORCE, "speed": SPEED, **faults})


def test_every_asset_has_its_own_threshold(deployed: Deployed) -> None:
    own = Threshold(limit=0.5, by_asset={"b": 0.7})
    verdicts = replace(deployed, threshold=own).judge(to_readings(table(SEGMENTS)))
    assert verdicts["alert"].tolist() == [False, False, True, False, False, False]


def test_readings_of_assets_may_come_by_turns(deployed: Deployed) -> None:
    """The verdicts keep the order of the file, and are compared with their own labels."""
    mixed = np.array([0, 3, 1, 4, 2, 5])
    apart = to_readings(table(SEGMENTS))
    by_turns = to_readings(table(SEGMENTS).iloc[mixed].reset_index(drop=True))
    expected, verdicts = deployed.judge(apart), deployed.judge(by_turns)
    for column in ("score", "alert", "fault"):
        np.testing.assert_array_equal(verdicts[column], expected[column].iloc[mixed])
    assert summarise(verdicts, by_turns, SCHEMA) == summarise(expected, apart, SCHEMA)


def test_what_was_found_is_counted(deployed: Deployed) -> None:
    result = summarise(deployed.judge(readings()), readings(), SCHEMA)
    faults = {"Electric": 1, "Bearing": 1, "unknown": 0}
    counted = {"readings": 6, "scored": 4, "alerts": 2, "faults": faults}
    assert counted.items() <= result.items()
    assert result["detection"]["precision"] == 1
    assert result["detection"]["recall"] == pytest.approx(2 / 3)
    assert result["end_to_end"]["accuracy"] == pytest.approx(2 / 4)
    assert result["end_to_end"]["per_class"]["Bearing"]["recall"] == pytest.approx(1 / 2)
    json.dumps(result, allow_nan=False)


class Slow(Novelty):
    """What holds for unknown every window that ends at a low speed."""

    def unknown(self, windows: Windows) -> Bools:
        return np.asarray(windows.last_rows[:, 1] < 5)


def test_what_is_like_no_known_fault_is_called_unknown(deployed: Deployed) -> None:
    doubting = replace(deployed, novelty=Slow())
    sure, doubtful = deployed.judge(readings()), doubting.judge(readings())
    assert sure["fault"].tolist() == ["", "", "Bearing", "", "Electric", ""]
    assert doubtful["fault"].tolist() == ["", "", "Bearing", "", "unknown", ""]
    assert doubtful["likeliest"].tolist() == sure["likeliest"].tolist() == sure["fault"].tolist()
    result = summarise(doubtful, readings(), SCHEMA)
    assert result["faults"] == {"Electric": 0, "Bearing": 1, "unknown": 1}
    assert result["unknown"] == {"known_faults": 1, "other_faults": 0, "healthy": 0}
    counted = summarise(sure, readings(), SCHEMA)
    assert result["end_to_end"] == counted["end_to_end"]  # judged by the likeliest


def test_a_fault_that_the_models_do_not_know_counts_as_another(deployed: Deployed) -> None:
    fire = readings(np.array([[0], [0], [0], [0], [1], [0]], np.bool_), ("Fire",))
    result = summarise(replace(deployed, novelty=Slow()).judge(fire), fire, SCHEMA)
    assert result["unknown"] == {"known_faults": 0, "other_faults": 1, "healthy": 0}


def test_without_labels_nothing_is_compared(deployed: Deployed) -> None:
    unlabelled = replace(readings(), faults=np.zeros((6, 0), np.bool_), fault_names=())
    unlabelled = replace(unlabelled, labelled=False)
    result = summarise(deployed.judge(unlabelled), unlabelled, SCHEMA)
    assert result.keys() == {"readings", "scored", "alerts", "faults"}


def test_labels_may_stand_in_another_order_and_hold_unknown_faults(deployed: Deployed) -> None:
    more = np.column_stack([TRUE_FAULTS[:, ::-1], [0, 1, 0, 0, 0, 0]]).astype(np.bool_)
    other = readings(more, ("Bearing", "Electric", "Fire"))
    result = summarise(deployed.judge(other), other, SCHEMA)
    assert result["end_to_end"]["per_class"]["Bearing"]["recall"] == pytest.approx(1 / 2)
    assert result["detection"]["recall"] == pytest.approx(2 / 4)  # the fire was not seen


def decided(**quality: float) -> dict[str, Any]:
    """A calibration as JSON holds it: b=0.9 is the detector matts/b with a limit of its own."""
    names = {f"matts/{seed[1:]}": value for seed, value in quality.items()}
    return Calibration(
        thresholds={name: Threshold(limit=value) for name, value in names.items()},
        validation_pr_auc={**names, "pca/0": 1.0},
        fingerprints=dict.fromkeys(names, fingerprint(Force())),
        expects={"sensors": ["force", "speed"], "fault_names": list(FAULTS), "window": 2},
    ).model_dump()


def test_the_best_seed_on_validation_is_deployed() -> None:
    detectors, diagnosers = {"matts/0": Force(), "matts/1": Force()}, {"latent/1": Speed()}
    chosen = Deployed.choose(detectors, diagnosers, decided(s0=0.5, s1=0.9))
    assert chosen.detector is detectors["matts/1"]
    assert chosen.diagnoser is diagnosers["latent/1"]
    assert chosen.threshold.limit == 0.9
    assert chosen.schema == SCHEMA


@pytest.mark.parametrize(
    ("detector", "diagnoser"),
    [
        (Force(WEIGHTS + 1), Speed()),
        (Force(WEIGHTS + 1), Speed(WEIGHTS + 1)),
        (Force(), Speed(WEIGHTS + 1)),
    ],
    ids=["detector", "threshold", "diagnoser"],
)
def test_what_different_runs_left_is_refused(detector: Force, diagnoser: Speed) -> None:
    with pytest.raises(BadInputError, match="are of different runs: train again"):
        Deployed.choose({"matts/0": detector}, {"latent/0": diagnoser}, decided(s0=0.9))


def test_a_threshold_that_moves_is_not_deployed() -> None:
    calibration = decided(s0=0.9)
    calibration["thresholds"]["matts/0"] |= {"memory": 100, "spreads": 4.0}
    with pytest.raises(BadInputError, match="needs a threshold that does not move"):
        Deployed.choose({"matts/0": Force()}, {"latent/0": Speed()}, calibration)


def test_alerts_are_explained_by_the_method_of_the_settings(
    autoencoder: AutoencoderDetector, split: Split, coils: Readings
) -> None:
    zscore = ZScoreDetector().fit(split.train, split.validation)
    healthy, beside = Healthy.of(zscore, split.train), fingerprint(autoencoder)
    explainers = {"error:zscore": Explainer("error", zscore, healthy, beside)}
    schema = Schema(split.test.sensors, FAULTS, split.test.length)
    plain = Deployed(autoencoder, Threshold(limit=2), Speed(), schema)
    settings = CauseSettings(method="error:zscore")
    first = plain.judge(coils)
    verdicts = plain.explained_by(explainers, settings).judge(coils)
    parts = verdicts.filter(like="contribution_")
    np.testing.assert_allclose(parts.sum(axis=1, skipna=False), verdicts["score"])
    np.testing.assert_array_equal(verdicts["score"], first["score"])
    shares = parts.div(parts.sum(axis=1), axis=0).to_numpy()[4:]
    blamed = zscore.contributions(schema.windows(coils))
    np.testing.assert_allclose(shares, blamed / blamed.sum(axis=1, keepdims=True), atol=1e-9)
    with pytest.raises(BadInputError, match="latent was not prepared in training"):
        plain.explained_by(explainers, CauseSettings(method="latent"))
    others = {"error:zscore": Explainer("error", zscore, healthy, "of another run")}
    with pytest.raises(BadInputError, match="what explains its alerts are of different runs"):
        plain.explained_by(others, settings)


def test_a_seed_that_is_missing_is_refused() -> None:
    with pytest.raises(BadInputError, match="are of different runs"):
        Deployed.choose({"matts/0": Force()}, {"latent/1": Speed()}, decided(s0=0.9))


def labelled(rows: int = 40) -> pd.DataFrame:
    """Three assets by turns, one of them with a gap in its segments; two faults."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"asset": rng.choice(["a", "b", "c"], rows)})
    table["segment"] = np.where((table["asset"] == "b") & (table.index > rows // 2), "2", "1")
    table["force"], table["speed"] = rng.random(rows), 10 * rng.random(rows)
    return table.assign(Anomaly_Electric=rng.random(rows) > 0.7, Anomaly_Bearing=False)


@pytest.fixture
def coils(request: pytest.FixtureRequest) -> Readings:
    """The small mill, whose fixture has the name of a function here."""
    coils: Readings = request.getfixturevalue("readings")
    return coils


def in_chunks(table: pd.DataFrame, size: int) -> list[pd.DataFrame]:
    return [
        table.iloc[start : start + size].reset_index(drop=True)
        for start in range(0, len(table), size)
    ]


TABLES = {
    "assets": labelled(),
    "segments": labelled().drop(columns="asset"),
    "one asset": labelled().drop(columns=["asset", "segment"]),
    "unlabelled": labelled().drop(columns=["Anomaly_Electric", "Anomaly_Bearing"]),
}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 39, 100])
@pytest.mark.parametrize("window", [1, 2, 4])
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_chunks_give_what_the_whole_gives(
    deployed: Deployed, table: pd.DataFrame, window: int, size: int
) -> None:
    longer = replace(deployed, schema=replace(SCHEMA, window=window))
    readings = to_readings(table)
    whole = longer.judge(readings)
    parts = list(longer.judge_chunks(in_chunks(table, size)))
    assert [len(part) for part in parts] == [len(part) for part in in_chunks(table, size)]
    pieced = pd.concat(parts, ignore_index=True)
    pd.testing.assert_frame_equal(pieced[whole.columns], whole)
    beside = [name for name in table if name not in {"force", "speed"}]
    pd.testing.assert_frame_equal(pieced[beside], table[beside])


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_what_is_stored_is_summarised_alike(
    deployed: Deployed, table: pd.DataFrame, tmp_path: Path
) -> None:
    write_parquet(tmp_path / "verdicts", deployed.judge_chunks(in_chunks(table, 7)))
    readings = to_readings(table)
    expected = summarise(deployed.judge(readings), readings, SCHEMA)
    assert summarise_stored(StoredTable(tmp_path / "verdicts"), SCHEMA) == expected
    assert ("detection" in expected) == ("Anomaly_Electric" in table)


def test_the_summary_of_a_long_file_takes_little_memory(tmp_path: Path) -> None:
    """Below 90 bytes a reading, so that 10 million stay under 1 GiB; texts are kept once."""
    rows, rng = 100_000, np.random.default_rng(0)
    verdicts = pd.DataFrame({"reading": np.arange(rows), "score": rng.random(rows)})
    verdicts["alert"] = verdicts["score"] > 0.5
    verdicts["fault"] = np.where(verdicts["alert"], "Bearing", "")
    verdicts["likeliest"] = verdicts["fault"]
    verdicts["asset"] = rng.choice(["a" * 36, "b" * 36], rows)  # as long as a UUID
    verdicts["Anomaly_Bearing"] = rng.random(rows) > 0.9
    write_parquet(tmp_path / "verdicts", iter(in_chunks(verdicts, 10_000)))
    tracemalloc.start()
    summarise_stored(StoredTable(tmp_path / "verdicts"), SCHEMA)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak / rows < 90


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (TABLES["one asset"].head(3), "a window of 4 readings needs at least 4, got 3"),
        (TABLES["assets"].iloc[[0, 1, 2, 3]], "fits into none of the readings' segments"),
    ],
)
def test_chunks_without_any_window_are_refused(
    deployed: Deployed, table: pd.DataFrame, told: str
) -> None:
    longer = replace(deployed, schema=replace(SCHEMA, window=4))
    with pytest.raises(BadInputError, match=told):
        list(longer.judge_chunks(in_chunks(table, 2)))


def test_a_network_scores_chunks_to_the_last_bit(
    autoencoder: AutoencoderDetector, coils: Readings
) -> None:
    table = pd.DataFrame(coils.take(np.arange(300)).values, columns=list(coils.sensors))
    schema = Schema(coils.sensors, FAULTS, 5)
    network = Deployed(autoencoder, Threshold(limit=2), Speed(), schema)
    whole = network.judge(to_readings(table))
    for size in (2, 30, 299):
        pieced = pd.concat(network.judge_chunks(in_chunks(table, size)), ignore_index=True)
        pd.testing.assert_frame_equal(pieced, whole, check_exact=True)
