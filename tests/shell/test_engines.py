"""The whole road by either engine, with one worker or two: the same results."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

Kedro = Callable[..., CompletedProcess[str]]
Found = dict[tuple[str, int], Any]

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

COMMON = "dataset=6,evaluate.seeds=2,training.batch_size=4,training.epochs=4"
PUBLISHED = "training.learning_rate=0.0005"
FEW = """# Without the baselines that no engine and no worker trains.
detector: {monitor: pr_auc}
baselines:
  detectors:
    {arima: null, kalman: null, cva: null, isolation_forest: null, mean_shift: null,
     moving_variance: null, one_sensor: null, supervised: null,
     vae: {epochs: 1}}
"""
NOT_FOUND_OUT = {"cost", "parameters", "microseconds"}  # by a clock, or given


@pytest.fixture(scope="module")
def found(kedro: Kedro, new_project: Callable[[str], Path]) -> Found:
    """What each engine found with one worker and with two, each in a project of its own."""
    pytest.importorskip("numba")
    results = {}
    for engine, workers in (("torch", 2), ("compiled", 1), ("compiled", 2)):
        folder = new_project(f"{engine}{workers}")
        (folder / "conf/test/parameters.yml").write_text(FEW)
        how = f"{COMMON},{PUBLISHED},training.engine={engine},workers={workers}"
        done = kedro(folder, "run", "--pipeline", "matts", "--params", how)
        assert done.returncode == 0, done.stderr
        told = folder / "data/smoke/08_reporting/6"
        by = "compiled code" if engine == "compiled" else "torch (as asked)"
        log = (told / "training.log").read_text()
        for name in ("detector, seed 0", "detector, seed 1", "diagnoser, seed 1"):
            assert f"{name}: trained by {by}" in log
        results[engine, workers] = json.loads((told / "results.json").read_text())
    return results


def figures(results: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of the results with its path, what a clock says left out."""
    if isinstance(results, dict | list):
        pairs = results.items() if isinstance(results, dict) else enumerate(results)
        for key, value in pairs:
            if key not in NOT_FOUND_OUT:
                yield from figures(value, f"{path}/{key}")
    else:
        yield path, results


def test_two_workers_find_what_one_finds_to_the_last_digit(found: Found) -> None:
    one, two = (dict(figures(found["compiled", workers])) for workers in (1, 2))
    assert one == two


def test_both_engines_find_the_same(found: Found) -> None:
    compiled, torch = (dict(figures(found[engine, 2])) for engine in ("compiled", "torch"))
    assert compiled.keys() == torch.keys()
    assert sum(isinstance(value, float) for value in torch.values()) > 200
    for path, value in torch.items():
        same = pytest.approx(value, abs=1e-3) if isinstance(value, float) else value
        assert compiled[path] == same, path
