"""What each option of the variational autoencoder is worth: one change at a time, several seeds."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from matts.detect.roster import BaselineSettings
from matts.detect.vae import VaeDetector
from matts.detect.vae_objective import VaeSettings
from matts.domain import Floats, Windows
from matts.evaluate.charts import Chart, Layer, Panel, Points
from matts.evaluate.detection import detection_metrics
from matts.evaluate.plots import BLUE, GREY, ORANGE
from matts.evaluate.report import table
from matts.parallel import run_all
from matts.windows import Split

BASE = "as it is"  # the VAE among the baselines, which each variant differs from
COLUMNS = {  # a heading and the figure below it
    "validation PR-AUC": "validation_pr_auc",
    "test PR-AUC": "pr_auc",
    "test VUS-PR": "vus_pr",
    "seconds": "seconds",
    "epochs": "epochs",
}

Name = Annotated[str, StringConstraints(pattern=r"^[\w :/-]+$")]  # MLflow takes no other


class VaeStudySettings(BaseModel):
    """Which variants are tried, each by what it changes, and how often."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seeds: int = Field(3, ge=1, le=100)
    variants: dict[Name, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("variants")
    @classmethod
    def _all_can_be_built(cls, variants: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name, changes in variants.items():
            if unknown := sorted(changes.keys() - VaeSettings.model_fields.keys()):
                allowed = ", ".join(VaeSettings.model_fields)
                msg = f"variant {name!r} cannot change {', '.join(unknown)}; allowed: {allowed}"
                raise ValueError(msg)
            VaeSettings(**changes)
        return variants


class Fitting(NamedTuple):
    """One training of the study."""

    variant: str
    settings: VaeSettings


def fittings(base: Mapping[str, Any], study: VaeStudySettings) -> list[Fitting]:
    """The VAE as it is and each variant of it, for every seed."""
    first = VaeSettings(**base).seed
    return [
        Fitting(name, VaeSettings(**{**base, **changes, "seed": seed}))
        for name, changes in {BASE: {}, **study.variants}.items()
        for seed in range(first, first + study.seeds)
    ]


def base_of(baselines: BaselineSettings) -> dict[str, Any]:
    """The settings of the VAE among the baselines."""
    return baselines.detectors.get("vae", {})


def run_study(split: Split, tasks: list[Fitting], buffer: int, workers: int) -> pd.DataFrame:
    """One row a training: what it was, what it is worth, what it took."""
    return pd.DataFrame(run_all(partial(_judge, split, buffer), tasks, workers, "VAEs"))


def _judge(split: Split, buffer: int, task: Fitting) -> dict[str, Any]:
    started = time.perf_counter()
    detector = VaeDetector(task.settings).fit(split.train, split.validation)
    seconds = time.perf_counter() - started
    test = _ranking(detector, split.test, buffer)
    return {
        "variant": task.variant,
        "seed": task.settings.seed,
        "validation_pr_auc": _ranking(detector, split.validation, buffer)["pr_auc"],
        "pr_auc": test["pr_auc"],
        "vus_pr": test["vus_pr"],
        "seconds": seconds,
        "epochs": len(detector.history),
    }


def _ranking(detector: VaeDetector, windows: Windows, buffer: int) -> dict[str, float | None]:
    """How well scores rank windows; without alerts the other figures mean nothing."""
    segments = None if windows.segments is None else windows.segments[windows.last]
    scores, none = detector.score(windows), np.zeros(len(windows), np.bool_)
    return detection_metrics(scores, none, windows.faulty, segments, max_buffer=buffer)


def medians(trials: pd.DataFrame) -> pd.DataFrame:
    """One row a variant in the order of the study: the median of its seeds."""
    figures = list(COLUMNS.values())
    numbers = trials.astype(dict.fromkeys(figures, "float64"))
    return numbers.groupby("variant", sort=False)[figures].median()


def write_table(trials: pd.DataFrame, source: str) -> str:
    """The study as a page: who earns a place on validation windows, and what the test part says."""
    middle = medians(trials)
    base, rows = middle["validation_pr_auc"].iloc[0], []
    for name, figures in middle.iterrows():
        gain = figures["validation_pr_auc"] - base
        rows.append([str(name), *(f"{value:.3f}" for value in figures[:3]), f"{gain:+.3f}"])
        rows[-1] += [f"{figures['seconds']:.1f}", f"{figures['epochs']:.0f}"]
    headings = ["variant", *list(COLUMNS)[:3], "gain on validation", *list(COLUMNS)[3:]]
    return (
        f"# Options of the VAE on {source}\n\n"
        f"Medians over {trials['seed'].nunique()} seed(s); a variant changes what its name says. "
        "Validation windows choose an option; the test part only tells whether that was right."
        f"\n\n{table(headings, rows)}\n"
    )


def draw_study(trials: pd.DataFrame, source: str) -> Chart:
    """Each seed of each variant, and their medians."""
    middle = medians(trials)
    place = trials["variant"].map({name: n for n, name in enumerate(middle.index)}).to_numpy()
    layers: list[Layer] = [
        Points(place, _floats(trials["validation_pr_auc"]), "validation, each seed", GREY),
        Points(place, _floats(trials["pr_auc"]), "test, each seed", BLUE),
        Points(
            np.arange(len(middle)), _floats(middle["pr_auc"]), "test, median", ORANGE, "star", 10
        ),
    ]
    names = [str(name) for name in middle.index]
    return Chart(f"Options of the VAE\n{source}", "variant", (Panel("PR-AUC", layers),), names)


def _floats(column: "pd.Series[Any]") -> Floats:
    return column.to_numpy(np.float64)
