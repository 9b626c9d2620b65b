"""Training steps at batch 4, stage one with its heads: ours against the reference loop."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from benchmarks.records import machines, mill
from benchmarks.reference_loop import BATCH, loader_of, reference_of
from benchmarks.timing import Bench, Ratio, Way, compare, grow, no_garbage, ratio_of, wall_seconds
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.domain import Windows
from matts.training import TrainingSettings

LOOP, COMPILED = 2_000, 8_000  # windows: enough for a second of the one, a tenth of the other
HIDDEN = (16, 32)
FEW = 64  # validation windows: judging is no part of a step


def fit(windows: Windows, hidden: int, engine: str, seed: int = 0) -> AutoencoderDetector:
    """One epoch of stage one with its heads."""
    settings = DetectorSettings(hidden=hidden, joint=True)
    few = next(windows.batches(FEW))
    return AutoencoderDetector(settings, settings_of(engine, seed)).fit(windows, few)


def settings_of(engine: str, seed: int = 0) -> TrainingSettings:
    """One epoch at batch 4 by this engine, or by the only one that there is."""
    own: dict[str, Any] = {"engine": engine} if has_engines() else {}
    return TrainingSettings(epochs=1, batch_size=BATCH, seed=seed, **own)


def has_engines() -> bool:
    """Whether training has a compiled way."""
    return "engine" in TrainingSettings.model_fields


def reference_step(windows: Windows, hidden: int) -> Way:
    """An epoch of the reference loop, in steps."""
    settings, training = DetectorSettings(hidden=hidden, joint=True), TrainingSettings()
    reference = reference_of(windows, settings, training)
    loader = loader_of(windows, shuffle=True)
    return Way(lambda: reference.train_epoch(loader), len(loader))


def our_step(windows: Windows, hidden: int, engine: str) -> Way:
    """A whole fit of one epoch, in steps."""
    return Way(lambda: fit(windows, hidden, engine), -(-len(windows) // BATCH))


def step_rows(bench: Bench) -> list[Ratio]:
    """The torch loop and, where there is one, the compiled loop."""
    loop, long = mill(bench.of(LOOP)), mill(bench.of(COMPILED))
    rows = []
    for hidden in HIDDEN:
        slow = reference_step(loop, hidden)
        name = f"training step, hidden {hidden}"
        rows.append(compare(f"{name}: torch", slow, our_step(loop, hidden, "torch"), bench))
        if has_engines():
            fast = our_step(long, hidden, "compiled")
            rows.append(compare(f"{name}: compiled", slow, fast, bench))
    return rows


def parallel_rows(bench: Bench) -> list[Ratio]:
    """Two trainings on two cores against one after the other."""
    if find_spec("matts.parallel") is None:
        return []
    run_all: Any = import_module("matts.parallel").run_all
    one = partial(_seconds_of_fit, mill(bench.of(4 * LOOP)))
    run_all(one, (0, 1), 2)  # workers start and import once
    pairs = []
    with no_garbage():
        for _ in range(bench.pairs):
            alone, together = (wall_seconds(partial(run_all, one, (0, 1), n)) for n in (1, 2))
            pairs.append(alone / together)
    return [ratio_of("two trainings: two cores instead of one", pairs, "times faster")]


def _seconds_of_fit(windows: Windows, seed: int) -> float:
    """One training by the torch loop; what comes home is small."""
    return wall_seconds(partial(fit, windows, 16, "torch", seed))


def growth_rows(bench: Bench) -> list[Ratio]:
    """What an epoch and a scoring cost as the record, the sensors, the network, the fleet grow."""
    few, some = bench.of(2_000), bench.of(4_000)
    axes = {
        "rows": {f"x{n}": (machines(few * n), 16) for n in (1, 4, 16)},
        "sensors": {str(n): (machines(some, sensors=n), 16) for n in (10, 51, 200)},
        "hidden": {str(n): (machines(some), n) for n in (16, 32, 64)},
        "assets": {f"{n:,}": (machines(max(some, 1_000), assets=n), 16) for n in (1, 10, 1_000)},
    }
    engine = "compiled" if has_engines() else "torch"
    rows = []
    for axis, sizes in axes.items():
        names = [f"{axis} {size}" for size in sizes]
        epochs = [partial(fit, *case, engine) for case in sizes.values()]
        scorings = [_scoring(*case) for case in sizes.values()]
        rows += grow([f"epoch, {name}" for name in names], epochs, bench)
        rows += grow([f"scoring, {name}" for name in names], scorings, bench)
    return rows


def _scoring(windows: Windows, hidden: int) -> Callable[[], object]:
    """Scores of all windows with the part of each sensor."""
    untrained = AutoencoderDetector(DetectorSettings(hidden=hidden), TrainingSettings(epochs=0))
    return partial(untrained.fit(windows, windows).contributions, windows)
