"""Ratios, measured side by side: `make bench`.

Each row times two ways to the same numbers, in turn, and prints the median ratio of the pairs:
a ratio holds on a busy machine, where seconds do not. Results go to benchmarks/results.json.
"""

import json
import platform
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from matts.detect.autoencoder import AutoencoderDetector, DetectorSettings
from matts.domain import Windows
from matts.evaluate.report import table
from matts.evaluate.vus import vus_pr
from matts.readings import to_readings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.training import TrainingSettings
from matts.windows import WindowSettings, slide

PAIRS = 5
RESULTS = Path(__file__).with_name("results.json")

Work = Callable[[], Any]


@dataclass(frozen=True)
class Ratio:
    """How many times faster the second way is, over alternating pairs."""

    name: str
    ratio: float
    lowest: float
    highest: float
    unit: str = "times faster"


def compare(name: str, slow: Work, fast: Work) -> Ratio:
    """Time both ways in turn, after one round that does not count."""
    slow(), fast()
    ratios = sorted(seconds(slow) / seconds(fast) for _ in range(PAIRS))
    return Ratio(name, float(np.median(ratios)), ratios[0], ratios[-1])


def seconds(work: Work) -> float:
    """How long a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def score_in_fours(detector: AutoencoderDetector, windows: Windows) -> None:
    """Encoder and decoder, four windows at a time, as the published code scores."""
    for batch in windows.batches(4):
        detector.contributions(batch)


def vus_by_aeon(faulty: Any, scores: Any) -> float:
    """The same volume by aeon's loops."""
    from aeon.benchmarking.metrics.anomaly_detection import range_pr_vus_score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(range_pr_vus_score(faulty.astype(int), scores, 10))


def measure() -> list[Ratio]:
    """Every row of the table."""
    run = simulate_tandem_mill(MillSettings(coils=4_000))
    windows = slide(to_readings(run.readings), WindowSettings())
    untrained = AutoencoderDetector(DetectorSettings(), TrainingSettings(epochs=0))
    detector = untrained.fit(windows, windows)
    scores, faulty = detector.score(windows), windows.faulty
    return [
        compare(
            "windows: a view instead of a copy",
            lambda: np.ascontiguousarray(windows.values),
            lambda: windows.values,
        ),
        compare(
            "scoring with contributions: batches of 4,096 instead of 4",
            lambda: score_in_fours(detector, windows),
            lambda: detector.contributions(windows),
        ),
        compare(
            "scoring by the head: without the decoder instead of with it",
            lambda: detector.contributions(windows),
            lambda: detector.score(windows),
        ),
        compare(
            "VUS-PR of 4,000 readings: sorted sums instead of aeon's loops",
            lambda: vus_by_aeon(faulty, scores),
            lambda: vus_pr(faulty, scores),
        ),
    ]


def main() -> None:
    """Measure, print a table, keep the figures."""
    torch.set_num_threads(1)
    rows = measure()
    machine = {"processor": platform.machine(), "python": platform.python_version()}
    results = {"machine": machine, "pairs": PAIRS, "ratios": [asdict(row) for row in rows]}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    cells = [[r.name, f"{r.ratio:.1f}", f"{r.lowest:.1f}", f"{r.highest:.1f}"] for r in rows]
    print(table(["times faster", "median", "lowest", "highest"], cells))


if __name__ == "__main__":
    main()
