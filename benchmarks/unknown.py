"""Which faults are called unknown, and which events similar: `python -m benchmarks.unknown`.

Simulated mills 4, 5 and 6. For the first table each family of faults is left out of training in
turn; its windows in the test part are new then. Windows with several faults stay out. For the
second, each event of the test part asks for the most similar events before it.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import yaml
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from matts.channels import Channels
from matts.detect.autoencoder import AutoencoderDetector
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.diagnose.logistic import LogisticDiagnoser
from matts.diagnose.novelty import Novelty, NoveltySettings, conformal_limit, nearest_distances
from matts.domain import Bools, Diagnoser, Floats, Windows
from matts.evaluate.report import table
from matts.evaluate.runs import runs
from matts.evaluate.similar import mean_ways, segments_of
from matts.groups import SensorSettings
from matts.readings import to_readings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.training import TrainingSettings
from matts.windows import Scaler, Split, WindowSettings, split_readings

RATE = NoveltySettings().rate
EPOCHS = 10
PRESETS = Path(__file__).parents[1] / "conf/base/parameters"
Doubt = Callable[[Windows], Floats]  # how unlike the known faults windows are: [N]
View = Callable[[Windows], Floats]  # what windows look like: [N, L]


class Kept(NamedTuple):
    """How a way to doubt did on one family that it had never seen."""

    auroc: float
    found: float  # share of the new family's windows called unknown
    wrong: float  # share of the others'


def without(split: Split, fault: int) -> Split:
    """The past as if a family of faults had never been; in the test part it is new."""
    train, validation = (
        part.where(~part.faults[:, fault]) for part in (split.train, split.validation)
    )
    return Split(train, validation, split.test.where(split.test.faults.sum(axis=1) == 1))


def encoder_of(split: Split, seed: int) -> AutoencoderDetector:
    """A network trained for a few epochs."""
    training = TrainingSettings(epochs=EPOCHS, batch_size=64, learning_rate=0.005, seed=seed)
    return AutoencoderDetector(training=training).fit(split.train, split.validation)


def diagnosers(split: Split, stage: AutoencoderDetector, seed: int) -> dict[str, Diagnoser]:
    """Both diagnosers, fitted on the past alone."""
    training = TrainingSettings(epochs=100, batch_size=16, learning_rate=0.002, seed=seed)
    latent = LatentDiagnoser(stage.network.encoder, stage.scaler, training)
    fitted: dict[str, Diagnoser] = {"latent": latent, "logistic": LogisticDiagnoser()}
    return {name: each.fit(split.train, split.validation) for name, each in fitted.items()}


def doubts(split: Split, seed: int) -> Iterator[tuple[str, Doubt, float]]:
    """The ways to doubt, each with its limit from the past."""
    stage = encoder_of(split, seed)
    past = split.validation.where(split.validation.faulty)
    for name, each in diagnosers(split, stage, seed).items():
        yield f"{name}: 1 - probability", *_by_validation(_probability(each), past)
    known = split.train.where(split.train.faulty)
    yield "distance of latent vectors", *_by_validation(_far(stage.latent, known), past)
    scaled = _far(lambda windows: windows.last_rows, known)
    yield "distance of scaled readings", *_by_validation(scaled, past)
    novelty = Novelty().fit(split.train, split.validation)
    yield "distance of directions", novelty.distances, novelty.limit


def _by_validation(doubt: Doubt, past: Windows) -> tuple[Doubt, float]:
    return doubt, conformal_limit(doubt(past), NoveltySettings(rate=RATE))


def _probability(diagnoser: Diagnoser) -> Doubt:
    return lambda windows: np.asarray(1 - diagnoser.probabilities(windows).max(axis=1))


def _far(view: View, known: Windows) -> Doubt:
    """The distance to the nearest known faults in a view, each coordinate in its spreads."""
    scaled = _scaled(view, known)
    return lambda windows: nearest_distances(scaled(known), scaled(windows))


def judge(doubt: Doubt, limit: float, test: Windows, new: Bools) -> Kept:
    """How well new windows stand out, and how many are called unknown: [N] flags."""
    far = doubt(test)
    unknown = far > limit
    return Kept(
        float(roc_auc_score(new, far)), float(unknown[new].mean()), float(unknown[~new].mean())
    )


def leave_each_out(split: Split, seed: int) -> dict[str, dict[str, Kept]]:
    """By the way to doubt and the family left out."""
    found: dict[str, dict[str, Kept]] = {}
    for fault, family in enumerate(split.train.fault_names):
        own = without(split, fault)
        if not own.test.faults[:, fault].any():
            continue  # a short mill may lack a family
        for name, doubt, limit in doubts(own, seed):
            kept = judge(doubt, limit, own.test, own.test.faults[:, fault])
            found.setdefault(name, {})[family] = kept
    return found


def likeness(split: Split, seed: int) -> dict[str, tuple[float, float]]:
    """Hit@1 and hit@3 of the nearest past events by the view that they are compared in."""
    stage, scaler = encoder_of(split, seed), Scaler.fit(split.train.rows)
    directions = Novelty().fit(split.train, split.validation).directions
    views: dict[str, View] = {
        "latent vectors": _scaled(stage.latent, split.train),
        "scaled readings": lambda windows: scaler(windows.last_rows),
        "shares of contribution": lambda windows: _shares(stage, windows),
        "directions": directions,
    }
    return {name: _hits(view, split) for name, view in views.items()}


def _scaled(view: View, windows: Windows) -> View:
    """The same view, each coordinate in its spreads."""
    scaler = Scaler.fit(view(windows))
    return lambda own: scaler(view(own))


def _shares(stage: AutoencoderDetector, windows: Windows) -> Floats:
    parts = stage.rescored("reconstruction").contributions(windows)
    return np.asarray(parts / parts.sum(axis=1, keepdims=True))


def _hits(view: View, split: Split) -> tuple[float, float]:
    parts = [_events(view, part) for part in (split.train, split.validation, split.test)]
    ways, faults = (np.concatenate(each[:2]) for each in zip(*parts, strict=True))
    search = NearestNeighbors(n_neighbors=3).fit(ways)
    which = search.kneighbors(parts[2][0], return_distance=False)
    hits = (faults[which] & parts[2][1][:, None]).any(axis=2)
    return float(hits[:, 0].mean()), float(hits.any(axis=1).mean())


def _events(view: View, windows: Windows) -> tuple[Floats, Bools]:
    """What each true event looks like, and its faults."""
    spans = runs(windows.faulty, segments_of(windows))
    faults = [windows.faults[start:stop].any(axis=0) for start, stop in spans]
    return mean_ways(view(windows), spans), np.array(faults)


def unknown_table(found: Mapping[str, Sequence[Mapping[str, Mapping[str, Kept]]]]) -> str:
    """A row a way to doubt and family, a column a data set: the mean over its mills."""
    first = next(iter(found.values()))[0]
    rows = [
        [name, family, *(_cell([o[name].get(family) for o in mills]) for mills in found.values())]
        for name, families in first.items()
        for family in families
    ]
    return table(["way to doubt", "new family", *found], rows)


def _cell(kept: Sequence[Kept | None]) -> str:
    """AUROC, share of the new family and of the others called unknown."""
    known = [one for one in kept if one is not None]
    if not known:
        return "-"
    auroc, new, wrong = np.mean(known, axis=0)
    return f"{auroc:.2f}, {new:.0%}, {wrong:.0%}"


def likeness_table(found: Mapping[str, Sequence[Mapping[str, tuple[float, float]]]]) -> str:
    """A row a view, a column a data set: hit@1 and hit@3, the mean over its mills."""
    rows = []
    for name in next(iter(found.values()))[0]:
        means = [np.mean([one[name] for one in mills], axis=0) for mills in found.values()]
        rows.append([name, *(f"{first:.2f}, {third:.2f}" for first, third in means)])
    return table(["compared by", *found], rows)


def mill(dataset: int, coils: int, seed: int, channels: str) -> Split:
    """A simulated mill seen by these channels, split in time."""
    settings = WindowSettings.model_validate({"channels": channels})
    known = yaml.safe_load((PRESETS / f"dataset_{dataset}.yml").read_text(encoding="utf-8"))
    readings = simulate_tandem_mill(MillSettings(dataset=dataset, coils=coils, seed=seed)).readings
    maker = Channels.fit(readings, settings, SensorSettings(**known["sensors"]))
    return split_readings(to_readings(maker.from_start(readings)), settings)


def measure(seeds: int, coils: int, channels: str) -> str:
    """Both tables, as Markdown."""
    unknown, similar = {}, {}
    for dataset in (4, 5, 6):
        mills = [mill(dataset, coils, seed, channels) for seed in range(seeds)]
        unknown[f"set {dataset}"] = [leave_each_out(one, seed) for seed, one in enumerate(mills)]
        similar[f"set {dataset}"] = [likeness(one, seed) for seed, one in enumerate(mills)]
    return f"{unknown_table(unknown)}\n\n{likeness_table(similar)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Unknown faults and similar events.")
    parser.add_argument("--seeds", type=int, default=3, help="mills of each data set")
    parser.add_argument("--coils", type=int, default=20_000, help="of each mill")
    parser.add_argument("--channels", default="raw", choices=["raw", "residual", "both"])
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    print(measure(chosen.seeds, chosen.coils, chosen.channels))


if __name__ == "__main__":
    main()
