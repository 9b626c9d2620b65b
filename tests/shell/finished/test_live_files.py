"""What a run leaves is enough to judge live."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matts.domain import BadInputError
from matts.readings import to_readings
from matts.serve.live.deployment import Deployment, load_deployment
from matts.serve.live.panel import Panel
from matts.serve.live.reading import Reading
from matts.serve.live.settings import SHOWN, LiveSettings

MODELS = "06_models/6"


@pytest.fixture(scope="module")
def deployment(data: Path) -> Deployment:
    return load_deployment(data / MODELS, LiveSettings())


def test_a_deployment_comes_from_the_files_alone(data: Path, deployment: Deployment) -> None:
    assert tuple(deployment.detectors) == SHOWN
    assert (deployment.name, deployment.assets, len(deployment.inputs)) == ("6", (), 51)
    assert deployment.deployed.explainer is not None
    assert deployment.sensors.place_of("force_3") is not None
    assert deployment.past is not None
    assert deployment.past.events
    assert all(np.isfinite(limit) and limit > 0 for limit in deployment.limits.values())
    again = load_deployment(data / MODELS, LiveSettings(detectors=("pca", "absent")))
    assert tuple(again.detectors) == ("matts", "pca")
    assert again.version == deployment.version
    assert len(again.version) == 12


def test_the_test_part_is_judged_live_as_in_the_run(data: Path, deployment: Deployment) -> None:
    readings = to_readings(pd.read_parquet(data / "02_intermediate/6/readings.parquet"))
    scores = pd.read_parquet(data / "07_model_output/6/scores.parquet")
    test = scores[scores["part"] == "test"].set_index("reading")
    first, last = int(test.index.min()) - 4, int(test.index.max())
    rows = readings.take(np.arange(first, last + 1))
    given = [
        Reading("mill", float(n), dict(zip(readings.sensors, row.tolist(), strict=True)))
        for n, row in enumerate(rows.values)
    ]
    judged = Panel.deploy(deployment, LiveSettings()).judge(given)
    for name in deployment.detectors:
        batch = test[deployment.calibration.best_seed(name)]
        live = np.array([each.scores[name] for each in judged])[batch.index - first]
        np.testing.assert_allclose(live, batch, rtol=1e-5, atol=1e-6, err_msg=name)


def test_an_absent_file_and_another_runs_are_told(
    data: Path, tmp_path: Path, deployment: Deployment
) -> None:
    folder = tmp_path / "6"
    shutil.copytree(data / MODELS, folder)
    (folder / "live_profile.safetensors").unlink()
    with pytest.raises(BadInputError, match=r"needs .*live_profile.safetensors, which training"):
        load_deployment(folder, LiveSettings())
    shutil.copy(data / MODELS / "live_profile.safetensors", folder)
    tree = json.loads((folder / "calibration.json").read_text())
    best = deployment.calibration.best_seed("matts")
    tree["fingerprints"][best] = "0" * 64
    (folder / "calibration.json").write_text(json.dumps(tree))
    with pytest.raises(BadInputError, match="are of different runs: train again"):
        load_deployment(folder, LiveSettings())
    (folder / "calibration.json").write_text("{")
    with pytest.raises(BadInputError, match=r"calibration.json needs JSON"):
        load_deployment(folder, LiveSettings())
