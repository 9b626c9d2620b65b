import logging
import subprocess
import sys

import numpy as np
import pytest

from matts.compiled.engine import pick_engine
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import BadInputError, Floats
from matts.training import TrainingSettings
from matts.windows import Split

LONG = 1_000  # windows: 250 steps an epoch at batch 4


def picked(settings: TrainingSettings, count: int = LONG, obstacle: str = "") -> bool:
    return pick_engine(settings, count, obstacle, "detector")


@pytest.mark.parametrize(
    ("settings", "compiled"),
    [
        (TrainingSettings(), True),
        (TrainingSettings(engine="compiled"), True),
        (TrainingSettings(engine="torch"), False),
        (TrainingSettings(epochs=39), False),
        (TrainingSettings(epochs=40), True),
        (TrainingSettings(batch_size=64), False),
        (TrainingSettings(batch_size=64, engine="compiled"), True),
    ],
    ids=str,
)
def test_the_compiled_engine_trains_where_it_is_worth_it(
    settings: TrainingSettings, *, compiled: bool
) -> None:
    pytest.importorskip("numba")
    assert picked(settings) is compiled


def test_what_it_cannot_do_goes_to_torch_or_is_refused() -> None:
    assert not picked(TrainingSettings(), obstacle="it has two layers")
    with pytest.raises(
        BadInputError,
        match=r"training\.engine=compiled cannot train the detector: it has two layers",
    ):
        picked(TrainingSettings(engine="compiled"), obstacle="it has two layers")


def test_without_numba_torch_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("numba", "matts.compiled.epochs"):
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    assert not picked(TrainingSettings())
    with pytest.raises(BadInputError, match=r"cannot train .* pip install 'matts\[fast\]'"):
        picked(TrainingSettings(engine="compiled"))


def test_without_a_place_for_compiled_code_torch_trains() -> None:
    """A container whose files and home cannot be written to."""
    pytest.importorskip("numba")
    code = """
import numba.core.caching as caching
caching.CacheImpl._locator_classes = []
from matts.compiled.engine import missing
print(missing())
"""
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True, text=True
    )
    assert "nowhere to keep compiled code" in told.stdout
    assert told.stdout.strip().endswith("set NUMBA_CACHE_DIR")


def test_the_choice_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("numba")
    with caplog.at_level(logging.INFO, logger="matts.compiled"):
        picked(TrainingSettings())
        picked(TrainingSettings(), count=4)
        picked(TrainingSettings(engine="torch"))
        picked(TrainingSettings(epochs=0))
    assert caplog.messages == [
        "detector: trained by compiled code",
        "detector: trained by torch (100 steps do not repay compiling)",
        "detector: trained by torch (as asked)",
    ]


def test_numba_is_imported_only_to_train() -> None:
    code = "import sys, matts.detect.autoencoder; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("change", [{"layers": 2}, {"dropout": 0.1}, {"latent": 5}], ids=str)
def test_other_networks_are_refused_by_name(split: Split, change: dict[str, object]) -> None:
    settings = DetectorSettings.model_validate(change)
    detector = AutoencoderDetector(settings, TrainingSettings(engine="compiled"))
    with pytest.raises(BadInputError, match="it needs layers=1, dropout=0 and latent=null"):
        detector.fit(split.train, split.validation)


@pytest.mark.parametrize("change", [{}, {"joint": True}, {"reconstruct": "all"}], ids=str)
def test_both_engines_train_the_same_detector_and_diagnoser(
    split: Split, change: dict[str, object]
) -> None:
    pytest.importorskip("numba")
    settings = DetectorSettings.model_validate(
        {"monitor": "pr_auc", "positive_weight": 3, **change}
    )
    given: dict[str, list[Floats]] = {"compiled": [], "torch": []}
    for name, results in given.items():
        training = TrainingSettings.model_validate(
            {"epochs": 3, "batch_size": 8, "learning_rate": 0.002, "engine": name}
        )
        detector = AutoencoderDetector(settings, training).fit(split.train, split.validation)
        diagnoser = LatentDiagnoser(
            detector.network.encoder, detector.scaler, training, 5.0, detector.joint_classifier
        ).fit(split.train, split.validation)
        told = [*detector.history, *diagnoser.history]
        results += [
            detector.score(split.test),
            detector.contributions(split.test),
            diagnoser.probabilities(split.test),
            np.array([v for epoch in told for key, v in epoch.items() if key != "seconds"]),
        ]
    for mine, theirs in zip(given["compiled"], given["torch"], strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4, rtol=1e-4)
