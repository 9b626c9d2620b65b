"""What an exported detector weighs, ranks and costs, in single precision and in int8.

`python benchmarks/exported.py` prints the table of docs/how-to/export.md. All forms judge the same
windows in turn; a ratio is the median over alternating rounds.
"""

import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from sklearn.metrics import average_precision_score

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.domain import Floats
from matts.evaluate.report import table
from matts.export.card import describe_training
from matts.export.forms import to_forms
from matts.export.graph import graph_of
from matts.readings import to_readings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.training import TrainingSettings
from matts.windows import Split, WindowSettings, split_readings

ROUNDS = 15
BATCH = 4_096

Judge = Callable[[Floats], Floats]  # [N, T, F] -> scores [N]


def trained(hidden: int) -> tuple[AutoencoderDetector, Split]:
    """A detector that ranks well enough for a loss to show."""
    run = simulate_tandem_mill(MillSettings(dataset=6, coils=20_000))
    split = split_readings(to_readings(run.readings), WindowSettings())
    training = TrainingSettings(epochs=20, batch_size=32, learning_rate=0.005)
    detector = AutoencoderDetector(DetectorSettings(hidden=hidden, monitor="pr_auc"), training)
    return detector.fit(split.train, split.validation), split


def write(detector: AutoencoderDetector, split: Split, folder: Path) -> dict[str, Path]:
    """The detector as ONNX, and the same with weights in int8."""
    card = describe_training(split.train, {"data_source": "simulated"}, 6, "tcm5")
    single, small = folder / "single.onnx", folder / "int8.onnx"
    single.write_bytes(to_forms(graph_of(detector, 0.5), card).onnx)
    logging.getLogger().setLevel(logging.ERROR)  # it recommends a step that changes nothing here
    quantize_dynamic(single, small, weight_type=QuantType.QInt8)
    return {"ONNX": single, "ONNX, int8 weights": small}


def judge_of(path: Path) -> Judge:
    """Score by ONNX Runtime, in one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    return lambda windows: np.asarray(session.run(["score"], {"readings": windows})[0])


def by_torch(detector: AutoencoderDetector) -> Judge:
    """Score by torch, all outputs as in the files."""
    graph = graph_of(detector, 0.5)

    def judge(windows: Floats) -> Floats:
        with torch.no_grad():
            return np.asarray(graph(torch.from_numpy(windows))[0].numpy())

    return judge


def times_faster(judges: dict[str, Judge], windows: Floats, repeats: int) -> dict[str, float]:
    """How many times faster than the first each is: the median of alternating rounds."""
    rounds: dict[str, list[float]] = {name: [] for name in judges}
    for _ in range(ROUNDS):
        for name, judge in judges.items():
            started = time.perf_counter()
            for _ in range(repeats):
                judge(windows)
            rounds[name].append(time.perf_counter() - started)
    first = np.array(next(iter(rounds.values())))
    return {name: float(np.median(first / np.array(own))) for name, own in rounds.items()}


def measure(hidden: int) -> list[list[Any]]:
    """One row a form."""
    detector, split = trained(hidden)
    windows = np.ascontiguousarray(split.test.values)
    with tempfile.TemporaryDirectory() as folder:
        files = write(detector, split, Path(folder))
        judges = {"torch": by_torch(detector)} | {n: judge_of(p) for n, p in files.items()}
        sizes = {name: f"{path.stat().st_size / 1000:.0f} kB" for name, path in files.items()}
    scores = {name: judge(windows) for name, judge in judges.items()}
    many = times_faster(judges, windows[:BATCH], 1)
    one = times_faster(judges, windows[:1], 100)
    return [
        [
            f"{name}, {hidden} hidden units",
            sizes.get(name, ""),
            f"{average_precision_score(split.test.faulty, given):.4f}",
            f"{np.abs(given - scores['torch']).max():.1e}",
            f"{many[name]:.2f}",
            f"{one[name]:.2f}",
        ]
        for name, given in scores.items()
    ]


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    head = [
        "form",
        "size",
        "PR-AUC",
        "largest difference",
        "times torch, 4,000 windows",
        "times torch, one window",
    ]
    print(table(head, [row for hidden in (16, 64) for row in measure(hidden)]))


if __name__ == "__main__":
    main()
