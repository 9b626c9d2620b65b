"""Readings that keep coming: `python -m benchmarks.streaming`.

1,000 machines with 51 sensors give a reading a second each, in one process: what share of a
processor is that, with the deployed network alone and with every detector that is shown? And how
long does one reading of one machine take against an eager forward of the same network?
"""

from collections.abc import Iterator
from functools import partial
from itertools import count

import torch

from benchmarks.scoring import reading_rows
from benchmarks.timing import Bench, Ratio, no_garbage, p50, ratio_of, seconds
from matts.causes.explainer import Explainer
from matts.causes.healthy import Healthy
from matts.channels import Channels
from matts.detect.arima import ArimaDetector
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import calibrate_all
from matts.detect.combined import CombinedDetector, CombinedSettings
from matts.detect.kalman import KalmanDetector
from matts.detect.methods import ThresholdSettings
from matts.detect.vae import VaeDetector
from matts.detect.vae_objective import VaeSettings
from matts.detect.virtual_sensors import VirtualSensorsDetector
from matts.diagnose.logistic import LogisticDiagnoser
from matts.diagnose.novelty import Novelty
from matts.domain import Detector
from matts.groups import SensorSettings
from matts.readings import to_readings
from matts.serve.batch import Deployed, Schema
from matts.serve.live.deployment import Deployment
from matts.serve.live.panel import Panel
from matts.serve.live.reading import Reading
from matts.serve.live.settings import LiveSettings
from matts.serve.profile import refer
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.training import TrainingSettings
from matts.windows import Split, WindowSettings, schema_of, split_readings

ASSETS, TICKS, COILS = 1000, 5, 2500
ALONE, ALL = "the network alone", "all default detectors"
ONE = {"epochs": 1}  # weights cost as much whatever they have learnt


def train(split: Split) -> dict[str, Detector]:
    """The network, and every detector that is shown by default; the combination mixes them all."""
    given = split.train, split.validation
    parts: dict[str, Detector] = {
        "matts": AutoencoderDetector(training=TrainingSettings(**ONE)).fit(*given),
        "vae": VaeDetector(VaeSettings(**ONE)).fit(*given),
        "arima": ArimaDetector().fit(*given),
        "kalman": KalmanDetector().fit(*given),
        "virtual_sensors": VirtualSensorsDetector().fit(*given),
    }
    mixed = CombinedDetector(CombinedSettings(how="mean")).mix(parts, split.validation)
    return {**parts, "combined": mixed}


def deploy(split: Split, shown: dict[str, Detector]) -> Deployment:
    """What training leaves of these detectors; about one reading in a hundred is an alert."""
    often = ThresholdSettings(method="percentile", percentile=99)
    decided = calibrate_all({f"{k}/0": d for k, d in shown.items()}, split.validation, often)
    asked = VirtualSensorsDetector().fit(split.train, split.validation)
    deployed = Deployed(
        shown["matts"],
        decided.thresholds["matts/0"],
        LogisticDiagnoser().fit(split.train, split.validation),
        Schema.read(schema_of(split.test)),
        Novelty().fit(split.train, split.validation),
        Explainer("residual", asked, Healthy.of(asked, split.train)),
    )
    raw = split.train, split.validation
    reference = refer(raw, *raw, shown["matts"])
    about = decided, Channels("raw"), SensorSettings(), reference
    return Deployment("mill", "0" * 12, deployed, shown, *about)


def ticks(split: Split, assets: int = ASSETS) -> Iterator[list[Reading]]:
    """A reading of every machine, second after second; each is somewhere else in the record."""
    sensors, rows = split.test.sensors, split.test.rows.tolist()
    for second in count():
        own = [rows[(7 * n + second) % len(rows)] for n in range(assets)]
        yield [
            Reading(f"machine {n}", float(second), dict(zip(sensors, row, strict=True)))
            for n, row in enumerate(own)
        ]


def panels() -> Iterator[tuple[str, Panel, Split]]:
    """A panel with the network alone, and one with all."""
    run = simulate_tandem_mill(MillSettings(dataset=6, coils=COILS))
    split = split_readings(to_readings(run.readings), WindowSettings())
    shown = train(split)
    for name, some in ((ALONE, {"matts": shown["matts"]}), (ALL, shown)):
        yield name, Panel.deploy(deploy(split, some), LiveSettings()), split


def panel_rows(bench: Bench) -> list[Ratio]:
    """What share of a processor 1,000 machines take, each a reading a second."""
    rows = []
    for name, panel, split in panels():
        coming = ticks(split)
        for _ in range(split.test.length + 1):
            panel.judge(next(coming))
        given = [next(coming) for _ in range(bench.pairs * bench.of(TICKS))]
        with no_garbage():
            found = [100 * seconds(partial(panel.judge, tick)) for tick in given]
        rows.append(ratio_of(f"1,000 machines at 1 Hz: {name}", found, "% of a processor"))
    return rows


def one_by_one(bench: Bench) -> Iterator[tuple[str, float]]:
    """The median seconds of a panel for one reading of one machine."""
    for name, panel, split in panels():
        coming = ticks(split, assets=1)
        for _ in range(split.test.length + 1):
            panel.judge(next(coming))
        yield name, p50(partial(judge_next, panel, coming), bench)


def judge_next(panel: Panel, coming: Iterator[list[Reading]]) -> None:
    """Judge what comes next."""
    panel.judge(next(coming))


def main() -> None:
    """Print all of it."""
    torch.set_num_threads(1)
    bench = Bench()
    print("1,000 machines, 51 sensors, 1 Hz, one process: share of a processor")
    for row in panel_rows(bench):
        print(f"{row.name}: {row.ratio:.1f} % ({row.min:.1f} to {row.max:.1f})")
    for row in reading_rows(bench):
        print(f"{row.name}: {row.ratio:.1f} ({row.min:.1f} to {row.max:.1f}) {row.unit}")
    for name, took in one_by_one(Bench(share=0.2)):
        print(f"one reading through the panel, {name}: p50 {1000 * took:.2f} ms")


if __name__ == "__main__":
    main()
