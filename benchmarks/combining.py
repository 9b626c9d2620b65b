"""What one scale and combining detectors are worth: `python -m benchmarks.combining`.

Simulated mills 4, 5 and 6, a few seeds each. Scales, weights and the way to mix come from
validation windows; everything printed is of the test part.
"""

import argparse
from collections.abc import Sequence

import numpy as np
import torch
from scipy.stats import kstest
from sklearn.metrics import average_precision_score

from benchmarks.thresholds import fitted, mill
from matts.detect.alarms import Scored
from matts.detect.combined import CombinedDetector, CombinedSettings
from matts.detect.mixing import WAYS
from matts.detect.roster import Detectors, build
from matts.detect.tail import Surprise
from matts.domain import Detector
from matts.evaluate.report import table
from matts.windows import Split

HIGHEST = "highest on validation"
RARE = 0.01
NAMED = ("network", "virtual sensors")
SIMPLE = ("pca", "zscore", "isolation_forest", "arima", "kalman")


def parts_of(split: Split, seed: int) -> Detectors:
    """A network of a few epochs, and detectors as they are registered."""
    simple = {name: build(name, {}).fit(split.train, split.validation) for name in SIMPLE}
    others = {name: fitted(name, split, seed) for name in NAMED}
    return {**others, **simple}


def uniform(detector: Detector, split: Split) -> tuple[float, float]:
    """Of healthy test windows: the KS distance of tail probabilities from uniform, and the rare."""
    past = Scored.of(split.validation, detector.score(split.validation))
    test = Scored.of(split.test, detector.score(split.test))
    tail = 10.0 ** -Surprise.of((past,), enough=200)(test.ordinary)
    return float(kstest(tail, "uniform").statistic), float((tail <= RARE).mean())


def mixtures(parts: Detectors, split: Split) -> dict[str, float | str]:
    """PR-AUC of each way to mix, the way that validation chooses, and its PR-AUC."""

    def worth(detector: CombinedDetector) -> float:
        return float(average_precision_score(split.test.faulty, detector.score(split.test)))

    ways: dict[str, float | str] = {}
    for way in WAYS:
        settings = CombinedSettings(how=way)
        ways[way] = worth(CombinedDetector(settings).mix(parts, split.validation))
    chosen = CombinedDetector().mix(parts, split.validation)
    known = chosen.choice.validation_pr_auc
    highest = max(known, key=lambda way: known[way])
    told = {HIGHEST: highest, "chosen": chosen.choice.how, "PR-AUC": worth(chosen)}
    return {**ways, **told}


def row(
    dataset: int, seed: int, coils: int, without: Sequence[str]
) -> tuple[list[str], list[tuple[str, float, float]]]:
    """One mill: parts and mixtures, and how uniform the tails of the parts are."""
    split = mill(dataset, coils, seed)
    parts = {n: part for n, part in parts_of(split, seed).items() if n not in without}
    alone = {
        name: float(average_precision_score(split.test.faulty, part.score(split.test)))
        for name, part in parts.items()
    }
    cells = [f"{dataset}, seed {seed}", *(f"{each:.3f}" for each in alone.values())]
    mixed = mixtures(parts, split).values()
    cells += [each if isinstance(each, str) else f"{each:.3f}" for each in mixed]
    return cells, [(name, *uniform(part, split)) for name, part in parts.items()]


def measure(seeds: int, coils: int, without: Sequence[str] = ()) -> str:
    """Both tables, as Markdown."""
    mixed, tails = [], []
    for dataset in (4, 5, 6):
        found = [row(dataset, seed, coils, without) for seed in range(seeds)]
        mixed += [cells for cells, _ in found]
        for group in zip(*(each for _, each in found), strict=True):
            distance, share = np.mean([each[1:] for each in group], axis=0)
            tails.append([str(dataset), group[0][0], f"{distance:.3f}", f"{1000 * share:.1f}"])
    names = [name for name in (*NAMED, *SIMPLE) if name not in without]
    heads = ["set", *names, *WAYS, HIGHEST, "chosen", "PR-AUC"]
    uniform_heads = ["set", "detector", "KS distance", "tail probability <= 1 %, per 1,000"]
    return f"{table(heads, mixed)}\n\n{table(uniform_heads, tails)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What combining detectors is worth.")
    parser.add_argument("--seeds", type=int, default=3, help="mills of each data set")
    parser.add_argument("--coils", type=int, default=20_000, help="of each mill")
    parser.add_argument("--without", nargs="*", default=[], help="parts to leave out")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    print(measure(chosen.seeds, chosen.coils, chosen.without))


if __name__ == "__main__":
    main()
