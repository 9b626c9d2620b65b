"""Compiled code in several processes: made at once, kept, and giving the same numbers."""

import os
import shutil
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from matts.compiled.sources import fingerprint, named_after_sources

TRAIN = """
import numpy as np
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.detect.calibration import fingerprint
from matts.domain import Windows
from matts.training import TrainingSettings

rng = np.random.default_rng(0)
rows, faults = rng.normal(size=(300, 7)), rng.random((300, 2)) < 0.1
windows = Windows(rows, faults, np.arange(4, 300), 5, tuple("abcdefg"), ("Bearing", "Roll"))
training = TrainingSettings(epochs=4, engine="compiled")
detector = AutoencoderDetector(DetectorSettings(joint=True), training)
print(fingerprint(detector.fit(windows, windows)))
"""


def begin(cache: Path) -> Popen[str]:
    """Train in a process that keeps its compiled code there."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "OMP_NUM_THREADS": "1"}
    return Popen([sys.executable, "-c", TRAIN], env=environment, stdout=PIPE, text=True)


@pytest.mark.slow
def test_processes_that_compile_at_once_and_later_ones_learn_the_same(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    at_once = [begin(tmp_path), begin(tmp_path)]
    learnt = [process.communicate()[0] for process in at_once]
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb*")}
    assert kept
    learnt += [begin(tmp_path).communicate()[0]]
    assert len(learnt[0]) > 60
    assert len(set(learnt)) == 1
    again = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb*")}
    assert again == kept  # the third one compiled nothing


def test_code_is_kept_under_the_name_of_all_its_sources(tmp_path: Path) -> None:
    """Numba itself would miss a change in a file that another one imports."""

    def epoch() -> None: ...

    folder = Path(sys.modules[named_after_sources.__module__].__file__ or "").parent
    assert named_after_sources(epoch).__qualname__.endswith(f"_{fingerprint(folder)}")
    copied = Path(shutil.copytree(folder, tmp_path / "copied"))
    assert fingerprint(copied) == fingerprint(folder)
    (copied / "layers.py").write_text((copied / "layers.py").read_text() + "#")
    assert fingerprint(copied) != fingerprint(folder)


def test_every_function_that_is_kept_is_named_so() -> None:
    pytest.importorskip("numba")
    from matts.compiled import epochs  # noqa: PLC0415

    mark = fingerprint(Path(epochs.__file__).parent)
    kept = [each for each in vars(epochs).values() if getattr(each, "stats", None) is not None]
    cached = [each for each in kept if each.stats.cache_path]
    assert len(cached) == 2
    assert all(each.py_func.__qualname__.endswith(mark) for each in cached)
