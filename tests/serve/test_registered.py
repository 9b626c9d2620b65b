import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.threshold import Threshold
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import BadInputError, Readings
from matts.serve.registered import RegisteredDetector, RegisteredDiagnoser, load_folder, save_folder
from matts.windows import Split, WindowSettings, schema_of, slide


@pytest.fixture(scope="module")
def limit(autoencoder: AutoencoderDetector, readings: Readings) -> float:
    """A threshold that some of the readings are above."""
    scores = autoencoder.score(slide(readings, WindowSettings()))
    return float(np.quantile(scores, 0.9))


@pytest.fixture
def detector(
    autoencoder: AutoencoderDetector, split: Split, limit: float, tmp_path: Path
) -> RegisteredDetector:
    """A detector that went to disk and came back."""
    save_folder(tmp_path / "model", autoencoder, schema_of(split.train), Threshold(limit=limit))
    loaded = load_folder(tmp_path / "model")
    assert isinstance(loaded, RegisteredDetector)
    return loaded


@pytest.fixture
def table(readings: Readings) -> pd.DataFrame:
    return pd.DataFrame(readings.values, columns=list(readings.sensors))


def test_a_detector_scores_as_before_it_was_saved(
    detector: RegisteredDetector,
    autoencoder: AutoencoderDetector,
    readings: Readings,
    table: pd.DataFrame,
    limit: float,
) -> None:
    given = detector.predict(table)
    scores = autoencoder.score(slide(readings, WindowSettings()))
    assert given["score"][:4].isna().all()
    np.testing.assert_array_equal(given["score"][4:], scores)
    np.testing.assert_array_equal(given["alert"], np.r_[[False] * 4, scores >= limit])
    assert given["alert"].dtype == np.bool_
    assert 0 < given["alert"].sum() < len(scores)


def test_a_diagnoser_names_as_before_it_was_saved(
    diagnoser: LatentDiagnoser,
    split: Split,
    readings: Readings,
    table: pd.DataFrame,
    tmp_path: Path,
) -> None:
    save_folder(tmp_path, diagnoser, schema_of(split.train), None)
    loaded = load_folder(tmp_path)
    assert isinstance(loaded, RegisteredDiagnoser)
    given = loaded.predict(table)
    assert given.columns.tolist() == [f"probability_{name}" for name in readings.fault_names]
    assert given[:4].isna().all(axis=None)
    expected = diagnoser.probabilities(slide(readings, WindowSettings()))
    np.testing.assert_array_equal(given[4:], expected)


def test_labels_and_the_order_of_columns_do_not_matter(
    detector: RegisteredDetector, table: pd.DataFrame
) -> None:
    other = table[table.columns[::-1]].assign(Anomaly_Bearing_1=True)
    pd.testing.assert_frame_equal(detector.predict(other), detector.predict(table))


def test_assets_that_come_by_turns_are_told_apart(
    detector: RegisteredDetector, table: pd.DataFrame
) -> None:
    """Every asset has its own windows and its own threshold, in the order of the readings."""
    first, second = table[:100], table[200:300]
    alone = [detector.predict(part.reset_index(drop=True)) for part in (first, second)]
    by_turns = pd.concat(
        [first.assign(asset="fan"), second.assign(asset="pump").set_index(first.index)]
    ).sort_index(kind="stable", ignore_index=True)
    own = Threshold(limit=detector.threshold.limit, by_asset={"pump": -1.0})
    given = RegisteredDetector(detector.detector, own, detector.schema).predict(by_turns)
    fan, pump = given[::2].reset_index(drop=True), given[1::2].reset_index(drop=True)
    np.testing.assert_allclose(fan["score"], alone[0]["score"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(pump["score"], alone[1]["score"], rtol=0, atol=1e-6)
    assert pump["alert"].tolist() == [False] * 4 + [True] * 96
    np.testing.assert_array_equal(fan["alert"], fan["score"] >= own.limit)


def test_wrong_sensors_are_refused_by_name(
    detector: RegisteredDetector, table: pd.DataFrame
) -> None:
    with pytest.raises(BadInputError, match="missing: force_3"):
        detector.predict(table.drop(columns="force_3"))


def test_a_folder_holds_no_more_than_a_model_and_its_card(
    detector: RegisteredDetector, tmp_path: Path, split: Split, limit: float
) -> None:
    assert detector.schema.sensors == split.train.sensors
    assert {path.name for path in (tmp_path / "model").iterdir()} == {
        "model.safetensors",
        "card.json",
    }
    card = json.loads((tmp_path / "model/card.json").read_text())
    assert card["threshold"]["limit"] == limit
    assert card["schema"]["window"] == 5
