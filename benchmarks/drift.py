"""How soon drift of each kind is found, and how often none is: `python -m benchmarks.drift`.

A simulated mill is trained on its first 7,000 coils; the 5,000 that follow are the live stream, and
from the 1,200th of them on something is done to it. Seeds are mills.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from matts.detect.autoencoder import AutoencoderDetector
from matts.domain import Windows
from matts.evaluate.report import table as table_of
from matts.monitor.drift import DriftMonitor, Heard
from matts.monitor.reference import TrainingReference
from matts.monitor.settings import DriftSettings
from matts.monitor.status import DriftChange
from matts.readings import to_readings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.training import TrainingSettings
from matts.windows import WindowSettings, slide, split_readings

COILS, TRAINED, ONSET, RAMP = 12_000, 7000, 1200, 500
A_DAY = 480  # coils: one in three minutes
FALSE_ALERTS = 0.005  # of healthy validation windows
HIDDEN = 4  # products that training does not see
Table = pd.DataFrame
Weaken = Callable[[TrainingReference], TrainingReference]
Change = Callable[[Table, TrainingReference], Table]


@dataclass(frozen=True)
class Plant:
    """A mill with what was trained on it, and what it then rolls."""

    detector: AutoencoderDetector
    limit: float
    reference: TrainingReference
    live: Table  # no product that training has not seen
    new: Table  # the same with them from the onset on
    only_new: Table  # with nothing else from then on


def build(seed: int, dataset: int = 4) -> Plant:
    """Train on what came first; a few products are held back."""
    table = simulate_tandem_mill(MillSettings(dataset=dataset, coils=COILS, seed=seed)).readings
    product = table.groupby(["thickness_entry", "thickness_exit", "width"]).ngroup().to_numpy()
    counts = np.bincount(product[:TRAINED])
    hidden = np.isin(product, np.argsort(-counts, kind="stable")[2 : 2 + HIDDEN])
    before = np.arange(COILS) < TRAINED
    split = split_readings(to_readings(table[before & ~hidden]), WindowSettings())
    settings = TrainingSettings(epochs=8, batch_size=64, learning_rate=0.005)
    detector = AutoencoderDetector(training=settings).fit(split.train, split.validation)
    limit = float(np.quantile(detector.score(split.validation.healthy), 1 - FALSE_ALERTS))
    reference = TrainingReference.fit(split.train, split.validation, detector)
    live, new = table[~before & ~hidden], table[~before]
    onset = live.index[min(ONSET, len(live) - 1)]
    unseen, late = hidden[TRAINED:], new.index >= onset
    only_new = pd.concat([new[~unseen & ~late], new[unseen & late]])
    return Plant(detector, limit, reference, live, new[~unseen | late], only_new)


def stepped(sensor: str, spreads: float, ramp: int = 1, stop: int | None = None) -> Change:
    """One sensor off by so many spreads, at once or bit by bit, for good or until `stop`."""

    def change(table: Table, reference: TrainingReference) -> Table:
        grown = np.clip((np.arange(len(table)) - ONSET) / ramp, 0, 1)
        grown[np.arange(len(table)) >= (stop or len(table))] = 0
        spread = reference.spread[reference.sensors.index(sensor)]
        return table.assign(**{sensor: table[sensor] + grown * spreads * spread})

    return change


def missing(sensors: list[str], share: float) -> Change:
    """Gaps that become more and more."""

    def change(table: Table, reference: TrainingReference) -> Table:  # noqa: ARG001
        rng = np.random.default_rng(len(table))
        grown = np.clip((np.arange(len(table)) - ONSET) / RAMP, 0, 1) * share
        table = table.copy()
        for sensor in sensors:
            table.loc[rng.random(len(table)) < grown, sensor] = np.nan
        return table

    return change


def as_it_is(table: Table, reference: TrainingReference) -> Table:  # noqa: ARG001
    """Nothing is done."""
    return table


KINDS: dict[str, Change] = {
    "step of a force, 2 spreads": stepped("force_3", 2),
    "ramp of a force to 2 spreads": stepped("force_3", 2, RAMP),
    "bias of a sensor, 1 spread": stepped("gap_1", 1),
    "bias of a sensor, 1/2 spread": stepped("gap_1", 0.5),
    "new products, a sixth of the coils": as_it_is,
    "new products alone": as_it_is,
    "gaps of three sensors grow to 30 %": missing(["force_1", "gap_2", "torque_4"], 0.3),
    "control: no drift": as_it_is,
    "control: a fault of 300 coils": stepped("motor_power_3", 8, stop=ONSET + 300),
}
Sensors = tuple[str, ...]
TOUCHED: dict[str, Sensors] = {k: ("gap_1" if "bias" in k else "force_3",) for k in [*KINDS][:4]}
TOUCHED["gaps of three sensors grow to 30 %"] = ("force_1", "gap_2", "torque_4")


def watch(
    plant: Plant, table: Table, settings: DriftSettings, reference: TrainingReference
) -> list[DriftChange]:
    """What a monitor says of a stream."""
    windows = slide(to_readings(table), WindowSettings())
    given = windows.last_rows
    filled = _filled(windows, plant.reference)
    scores = plant.detector.score(filled)
    latents = plant.detector.latent(filled)
    numbers = windows.positions
    monitor = DriftMonitor(reference, settings)
    alerts = scores >= plant.limit
    return monitor.watch("mill", Heard(numbers * 1.0, given, scores, latents, alerts, numbers))


def _filled(windows: Windows, reference: TrainingReference) -> Windows:
    rows = np.where(np.isfinite(windows.rows), windows.rows, reference.median)
    return replace(windows, rows=rows)


def as_it_is_known(reference: TrainingReference) -> TrainingReference:
    """Nothing is left out."""
    return reference


def as_if_independent(reference: TrainingReference) -> TrainingReference:
    """The control: every reading counts as one drawn alone."""
    ones = {name: np.ones_like(getattr(reference, name)) for name in MEMORIES}
    return replace(reference, **ones)


MEMORIES = ("memory", "other_memory", "latent_memory", "score_memory", "gap_memory")


def each_alone(reference: TrainingReference) -> TrainingReference:
    """The control: nothing is made of what sensors are off the others."""
    return replace(reference, other_memory=np.full_like(reference.other_memory, 1e9))


WEAKER: dict[str, Weaken] = {
    "as if readings were independent": as_if_independent,
    "each sensor alone": each_alone,
}


def measure(seeds: int, settings: DriftSettings, weaken: Weaken = as_it_is_known) -> Table:
    """One row a seed and kind: false drifts, the days watched for them, and the delay."""
    rows = []
    for seed in range(seeds):
        plant = build(seed)
        reference = weaken(plant.reference)
        for kind, change in KINDS.items():
            table = change(stream(plant, kind), plant.reference)
            changes = watch(plant, table, settings, reference)
            rows.append({"seed": seed, "kind": kind, **judge(kind, changes, len(table))})
    return pd.DataFrame(rows)


def stream(plant: Plant, kind: str) -> Table:
    """What the mill rolls."""
    if "new products" not in kind:
        return plant.live
    return plant.only_new if "alone" in kind else plant.new


def judge(kind: str, changes: list[DriftChange], count: int) -> dict[str, object]:
    """False drifts and the readings that they came in; the delay, NaN where none was found."""
    begun = [change for change in changes if change.after == "drift" and change.kind != "retrain"]
    control = kind.startswith("control")
    until = count if control else ONSET
    after: list[DriftChange] = (
        [] if control else [change for change in begun if change.number >= ONSET]
    )
    named = next((change.sensors[:3] for change in after if change.sensors), ())
    return {
        "false": sum(change.number < until for change in begun),
        "warnings": sum(c.after == "warning" and c.number < until for c in changes),
        "readings": until,
        "delay": after[0].number - ONSET if after else np.nan,
        "by": after[0].kind if after else "",
        "named": bool(after) and any(sensor in TOUCHED.get(kind, ()) for sensor in named),
        "retrain": any(c.kind == "retrain" for c in changes),
    }


def summary(found: Table, draws: int = 2000) -> Table:
    """Of each kind: found of all, median delay and its range, false drifts an asset-day."""
    rows, rng = [], np.random.default_rng(0)
    for kind, own in found.groupby("kind", sort=False):
        each = own["false"].to_numpy() / (own["readings"].to_numpy() / A_DAY)
        drawn = rng.choice(each, (draws, len(each))).mean(axis=1)
        delays = own["delay"].dropna()
        rows.append(
            {
                "what is done": kind,
                "found": "-" if str(kind).startswith("control") else f"{len(delays)}/{len(own)}",
                "delay (readings), median (range)": (
                    f"{delays.median():.0f} ({delays.min():.0f}-{delays.max():.0f})"
                    if len(delays)
                    else "-"
                ),
                "sensor among the first 3": (
                    f"{own['named'].sum()}/{len(own)}" if kind in TOUCHED else "-"
                ),
                "first by": ", ".join(sorted({by for by in own["by"] if by})),
                "false drifts an asset-day (95 %)": (
                    f"{each.mean():.2f} ({np.quantile(drawn, 0.025):.2f}-"
                    f"{np.quantile(drawn, 0.975):.2f})"
                ),
                "new training asked": f"{own['retrain'].sum()}/{len(own)}",
            }
        )
    return pd.DataFrame(rows)


def at_random(found: Table) -> str:
    """What a monitor costs that speaks at random so often that it finds drift as soon."""
    delay = found["delay"].median()
    return f"at random, as soon as that: {A_DAY * np.log(2) / delay:.2f} false drifts an asset-day"


def as_simulated(seeds: int, settings: DriftSettings) -> Table:
    """The mills as they are: set 4 does not drift, 5 and 6 roll new products, ever faster."""
    rows = []
    for dataset in (4, 5, 6):
        for seed in range(seeds):
            plant = build(seed, dataset)
            begun = [
                change
                for change in watch(plant, plant.live, settings, plant.reference)
                if change.after == "drift" and change.kind != "retrain"
            ]
            first = begun[0] if begun else None
            rows.append(
                {
                    "set": dataset,
                    "seed": seed,
                    "coils": len(plant.live),
                    "drifts": len(begun),
                    "first after": first.number if first else "-",
                    "by": first.kind if first else "-",
                    "sensors": ", ".join(first.sensors[:3]) if first else "-",
                }
            )
    return pd.DataFrame(rows)


def cost(assets: int = 50, readings: int = 400) -> str:
    """What one reading takes, shown one at a time, where each is kept, and what an asset takes."""
    plant = build(0)
    windows = slide(to_readings(plant.live.head(readings)), WindowSettings())
    scores, latents = plant.detector.score(windows), plant.detector.latent(windows)
    monitor, quiet = DriftMonitor(plant.reference, DriftSettings(thin=1)), np.zeros(1, bool)
    start = time.process_time()
    for n, number in enumerate(windows.positions):
        one, at = slice(n, n + 1), np.array([number])
        heard = Heard(at * 1.0, windows.last_rows[one], scores[one], latents[one], quiet, at)
        for asset in range(assets):
            monitor.watch(str(asset), heard)
    spent = (time.process_time() - start) / (assets * len(windows))
    size = sum(array.nbytes for array in monitor.state().arrays.values()) / assets
    return f"{1e6 * spent:.0f} µs a reading, {size / 1000:.0f} kB of codes an asset"


def show(rows: Table) -> None:
    """Print as Markdown."""
    print(table_of(list(rows.columns), [[str(cell) for cell in row] for row in rows.to_numpy()]))


def main() -> None:
    """Print the tables."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    found = measure(seeds, DriftSettings())
    show(summary(found))
    print(at_random(found))
    for name, weaken in WEAKER.items():
        print(f"\n{name}\n")
        show(summary(measure(seeds, DriftSettings(), weaken)))
    print("\nas simulated\n")
    show(as_simulated(min(seeds, 4), DriftSettings()))
    print(f"\n{cost()}")


if __name__ == "__main__":
    main()
