"""Scoring: ours against the ordinary loop at batch 4, and the choices behind it."""

import warnings
from importlib import import_module
from importlib.util import find_spec
from itertools import cycle
from typing import Any

import numpy as np
import torch

from benchmarks.records import mill
from benchmarks.reference_loop import loader_of, reference_of
from benchmarks.timing import Bench, Ratio, Way, compare, compare_calls
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.detect.threshold import Threshold
from matts.domain import Windows
from matts.evaluate.vus import vus_pr
from matts.serve.batch import Schema
from matts.training import TrainingSettings

LOOP, MANY, CHOICES = 2_000, 20_000, 4_000  # readings


def untrained(windows: Windows) -> AutoencoderDetector:
    """A detector with the weights that it was born with: they cost as much as any others."""
    return AutoencoderDetector(DetectorSettings(), TrainingSettings(epochs=0)).fit(windows, windows)


def loop_rows(bench: Bench) -> list[Ratio]:
    """Against the loop at batch 4, which runs encoder, decoder and head on every window."""
    few, many = mill(bench.of(LOOP)), mill(bench.of(MANY))
    reference = reference_of(few, DetectorSettings(), TrainingSettings())
    loader, detector = loader_of(few, shuffle=False), untrained(many)
    loop = Way(lambda: reference.score(loader), len(few))
    return [
        compare(
            "scoring with the part of each sensor",
            loop,
            Way(lambda: detector.contributions(many), len(many)),
            bench,
        ),
        compare(
            "scoring by encoder and head",
            loop,
            Way(lambda: detector.score(many), len(many)),
            bench,
        ),
    ]


def reading_rows(bench: Bench) -> list[Ratio]:
    """One new reading, p50: the stream against an eager forward through encoder and head alone.

    The forward is given its window scaled and as a tensor; the stream scales the reading itself.
    """
    if find_spec("matts.serve.stream") is None:
        return []
    windows = mill(200)
    detector, readings = untrained(windows), cycle(windows.rows)
    schema = Schema(windows.sensors, windows.fault_names, windows.length)
    stream = import_module("matts.serve.stream").Stream(detector, Threshold(limit=2), schema)
    network = detector.network
    window = torch.from_numpy(np.array(detector.scaler(windows.values[:1])))

    def forward() -> float:
        with torch.no_grad():
            return float(network.head(network.encoder(window)).sigmoid())

    name = "one reading: the stream instead of a forward"
    return [compare_calls(name, forward, lambda: stream.push(next(readings)), bench)]


def choice_rows(bench: Bench) -> list[Ratio]:
    """What single choices gain."""
    windows = mill(bench.of(CHOICES))
    detector = untrained(windows)
    scores, faulty = detector.score(windows), windows.faulty
    return [
        compare(
            "windows: a view instead of a copy",
            Way(lambda: np.ascontiguousarray(windows.values)),
            Way(lambda: windows.values),
            bench,
        ),
        compare(
            "scoring with contributions: large batches instead of 4",
            Way(lambda: score_in_fours(detector, windows)),
            Way(lambda: detector.contributions(windows)),
            bench,
        ),
        compare(
            "scoring by the head: without the decoder instead of with it",
            Way(lambda: detector.contributions(windows)),
            Way(lambda: detector.score(windows)),
            bench,
        ),
        compare(
            "VUS-PR: sorted sums instead of aeon's loops",
            Way(lambda: vus_by_aeon(faulty, scores)),
            Way(lambda: vus_pr(faulty, scores)),
            bench,
        ),
    ]


def score_in_fours(detector: AutoencoderDetector, windows: Windows) -> None:
    """Our own scoring, four windows at a time."""
    for batch in windows.batches(4):
        detector.contributions(batch)


def vus_by_aeon(faulty: Any, scores: Any) -> float:
    """The same volume by aeon's loops."""
    from aeon.benchmarking.metrics.anomaly_detection import range_pr_vus_score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(range_pr_vus_score(faulty.astype(int), scores, 10))
