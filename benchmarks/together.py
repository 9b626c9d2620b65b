"""What it gains to know that sensors move together: `python -m benchmarks.together`.

PR-AUC on the test part of simulated mills 4, 5 and 6: the median over several seeds, with the
lowest and the highest in brackets.
"""

import argparse
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
from sklearn.metrics import average_precision_score

from benchmarks.thresholds import mill
from matts.detect.cva import CvaDetector
from matts.detect.kalman import KalmanDetector, KalmanSettings
from matts.detect.pca import PcaDetector
from matts.domain import Detector
from matts.evaluate.report import table
from matts.windows import Split

METHODS: dict[str, Callable[[], Detector]] = {
    "pca": PcaDetector,
    "kalman, level": KalmanDetector,
    "kalman, multivariate": lambda: KalmanDetector(KalmanSettings(model="multivariate")),
    "cva": CvaDetector,
}


def quality(method: str, split: Split) -> float:
    """PR-AUC of a detector that is fitted on the past of a mill."""
    detector = METHODS[method]().fit(split.train, split.validation)
    return float(average_precision_score(split.test.faulty, detector.score(split.test)))


def measure(seeds: int, coils: int) -> str:
    """The table, as Markdown: a row a method, a column a data set."""
    found: dict[tuple[str, int], list[float]] = {}
    for dataset, seed in product((4, 5, 6), range(seeds)):
        split = mill(dataset, coils, seed)
        for method in METHODS:
            found.setdefault((method, dataset), []).append(quality(method, split))
    cells = {key: f"{np.median(v):.2f} ({min(v):.2f} to {max(v):.2f})" for key, v in found.items()}
    rows = [[method, *(cells[method, dataset] for dataset in (4, 5, 6))] for method in METHODS]
    return table(["PR-AUC", "set 4", "set 5", "set 6"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What it gains to know sensors move together.")
    parser.add_argument("--seeds", type=int, default=3, help="mills of each data set")
    parser.add_argument("--coils", type=int, default=20_000, help="of each mill")
    chosen = parser.parse_args(arguments)
    print(measure(chosen.seeds, chosen.coils))


if __name__ == "__main__":
    main()
