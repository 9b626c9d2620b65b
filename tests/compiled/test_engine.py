import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from matts.compiled.engine import pick_engine
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import BadInputError, Floats, Windows
from matts.training import TrainingSettings, epochs_since_best
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


ODD = {  # sensors, readings, a window's length, faults, the share of faulty readings
    "one of everything": ((1, 40, 1, 1, 0.3), {"hidden": 1}, {}),
    "a single window": ((3, 5, 5, 2, 0.0), {}, {}),
    "a batch larger than the record": ((3, 60, 5, 2, 0.3), {}, {"batch_size": 1000}),
    "no fault": ((3, 60, 5, 2, 0.0), {"monitor": "pr_auc"}, {}),
    "nothing but faults": ((3, 60, 5, 2, 2.0), {}, {}),
    "one fault that is always known": ((3, 60, 5, 1, 0.3), {}, {"weight_decay": 0.1}),
    "no weight on faults": ((3, 60, 5, 2, 0.3), {"weights": {"fault": 0}}, {}),
    "no clipping to speak of": ((3, 60, 5, 2, 0.3), {}, {"clip": 1e99}),
}


def windows_of(sensors: int, count: int, length: int, faults: int, share: float) -> Windows:
    """Noise."""
    rng = np.random.default_rng(0)
    rows, flags = rng.normal(size=(count, sensors)), rng.random((count, faults)) < share / faults
    own, kinds = (tuple(f"n{n}" for n in range(size)) for size in (sensors, faults))
    return Windows(rows, flags, np.arange(length - 1, count), length, own, kinds)


def trained(
    windows: Windows, settings: object, training: object, engine: str
) -> AutoencoderDetector:
    """Stage one with its heads."""
    base = {"epochs": 3, "learning_rate": 0.01, "engine": engine}
    detector = AutoencoderDetector(
        DetectorSettings.model_validate({"joint": True} | settings),  # type: ignore[operator]
        TrainingSettings.model_validate(base | training),  # type: ignore[operator]
    )
    return detector.fit(windows, windows)


def equal(one: AutoencoderDetector, other: AutoencoderDetector) -> None:
    """Up to rounding, the terms of the loss by name, too."""
    for mine, theirs in zip(one.history, other.history, strict=True):
        assert mine.keys() == theirs.keys()
        for term in mine.keys() - {"seconds"}:
            assert mine[term] == pytest.approx(theirs[term], abs=1e-4)
    arrays = other.state().arrays
    for name, array in one.state().arrays.items():
        np.testing.assert_allclose(array, arrays[name], atol=1e-4, rtol=0, err_msg=name)


@pytest.mark.parametrize("case", ODD)
def test_odd_sizes_and_weights_are_the_same_to_both_engines(case: str) -> None:
    pytest.importorskip("numba")
    shape, settings, training = ODD[case]
    windows = windows_of(*shape)
    pair = [trained(windows, settings, training, engine) for engine in ("compiled", "torch")]
    equal(*pair)
    assert len(pair[0].history) == 3


def test_a_reading_that_is_no_number_spoils_neither() -> None:
    pytest.importorskip("numba")
    windows = windows_of(3, 60, 5, 2, 0.3)
    windows.rows[10, 1] = np.nan
    pair = [trained(windows, {}, {}, engine) for engine in ("compiled", "torch")]
    equal(*pair)
    assert np.isfinite(pair[0].score(windows)).all()


def test_the_layout_of_the_readings_does_not_matter(tmp_path: Path) -> None:
    """Nor is anything compiled anew for it: memory maps as workers get them, columns, slices."""
    pytest.importorskip("numba")
    from matts.compiled.epochs import autoencoder_epoch  # noqa: PLC0415

    plain = windows_of(3, 60, 5, 2, 0.3)
    known = trained(plain, {}, {}, "compiled")
    compiled = len(autoencoder_epoch.signatures)
    np.save(tmp_path / "rows.npy", plain.rows)
    layouts = {
        "mapped": np.load(tmp_path / "rows.npy", mmap_mode="c"),
        "read-only": np.load(tmp_path / "rows.npy", mmap_mode="r"),
        "columns": np.asfortranarray(plain.rows),
        "sliced": np.repeat(plain.rows, 2, axis=0)[::2],
    }
    for rows in layouts.values():
        other = replace(plain, rows=rows, row_faults=np.asfortranarray(plain.row_faults))
        equal(trained(other, {}, {}, "compiled"), known)
    assert len(autoencoder_epoch.signatures) == compiled


PLANS: dict[str, dict[str, object]] = {
    "step": {"schedule": {"kind": "step", "every": 2}},
    "cosine": {"schedule": {"kind": "cosine"}},
    "plateau": {"schedule": {"kind": "plateau", "every": 1}},
    "patience": {"patience": 2, "epochs": 50},
    "seed": {"seed": 3},
}


@pytest.mark.parametrize("plan", PLANS)
def test_plans_are_followed_by_both_engines(plan: str) -> None:
    """The rate of each epoch, when to stop, and which weights are kept."""
    pytest.importorskip("numba")
    windows, training = windows_of(3, 60, 5, 2, 0.3), {"epochs": 6, **PLANS[plan]}
    pair = [trained(windows, {}, training, engine) for engine in ("compiled", "torch")]
    equal(*pair)
    history = pair[0].history
    if plan == "patience":
        assert epochs_since_best(history) == 2
        assert len(history) < 50
    elif plan != "seed":
        assert len({epoch["rate"] for epoch in history}) > 1


def test_weights_under_way_and_watch_work_compiled(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    heard: list[tuple[int, float]] = []

    def watch(epoch: int, figure: float) -> None:
        heard.append((epoch, figure))
        if epoch == 3:
            raise StopIteration

    training = TrainingSettings(
        epochs=9, engine="compiled", save_every=1, save_folder=str(tmp_path)
    )
    windows = windows_of(3, 60, 5, 2, 0.3)
    detector = AutoencoderDetector(DetectorSettings(), training, watch)
    with pytest.raises(StopIteration):
        detector.fit(windows, windows)
    assert [epoch for epoch, _ in heard] == [1, 2, 3]
    first, second = (load_file(path)["head.weight"] for path in sorted(tmp_path.iterdir()))
    assert not first.equal(second)
    assert not second.equal(detector.network.head.weight)
