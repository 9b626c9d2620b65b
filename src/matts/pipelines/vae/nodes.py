"""The VAE in variants: trainings, a table of them, a picture."""

from typing import Any

import pandas as pd

from matts.detect.roster import BaselineSettings
from matts.domain import Windows
from matts.evaluate import vae_study
from matts.evaluate.charts import Chart
from matts.evaluate.gallery import source_of
from matts.evaluate.results import EvaluateSettings
from matts.windows import Split

Tree = dict[str, Any]


def list_variants(
    baselines: BaselineSettings, settings: vae_study.VaeStudySettings
) -> list[vae_study.Fitting]:
    """What is trained: the VAE of the baselines, and it with each change."""
    return vae_study.fittings(vae_study.base_of(baselines), settings)


def fit_variants(
    train: Windows,
    validation: Windows,
    test: Windows,
    variants: list[vae_study.Fitting],
    evaluate: EvaluateSettings,
    workers: int,
) -> pd.DataFrame:
    """What each training is worth."""
    split = Split(train, validation, test)
    return vae_study.run_study(split, variants, evaluate.vus_buffer, workers)


def sum_up(trials: pd.DataFrame, dataset: Any, data_source: Tree) -> tuple[str, Chart]:
    """The table of medians, and the picture of all."""
    source = source_of({"dataset": dataset, **data_source})
    return vae_study.write_table(trials, source), vae_study.draw_study(trials, source)
