"""Shapley values of detectors that judge the last reading (Lundberg and Lee, NeurIPS 2017)."""

import warnings
from dataclasses import replace
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest

from matts.causes.healthy import Healthy
from matts.detect.isolation_forest import IsolationForestDetector
from matts.domain import Detector, Floats, Windows
from matts.extras import extra


def shapley(detector: Detector, windows: Windows, healthy: Healthy) -> Floats:
    """What each sensor of the last reading adds to the score: [N, F]; less than nothing is none.

    A forest is taken apart exactly, by the length of its paths; any other detector is asked
    about readings that are partly healthy ones.
    """
    shap = _shap()
    if isinstance(detector, IsolationForestDetector):
        rows = detector.scaler(windows.last_rows)
        values = -_of_trees(detector.forest).shap_values(rows)  # a short path is strange
    else:
        each = [_of_window(shap, detector, one, healthy) for one in windows.batches(1)]
        values = np.array(each).reshape(len(windows), len(windows.sensors))
    return np.asarray(np.maximum(values, 0.0), np.float64)


@lru_cache(maxsize=2)
def _of_trees(forest: IsolationForest) -> Any:
    """The forest as SHAP reads it, which takes a second: once for all alerts."""
    return _shap().TreeExplainer(forest)


def _of_window(shap: ModuleType, detector: Detector, window: Windows, healthy: Healthy) -> Floats:
    """[F]: one pass through the sensors in an order of its own, and back again."""
    alone = window.values[0]

    def score(rows: Floats) -> Floats:
        return detector.score(_with_last(window, alone, rows))

    masker = shap.maskers.Independent(healthy.background, max_samples=len(healthy.background))
    explain = shap.PermutationExplainer(score, masker, seed=0)
    found = explain(alone[-1:], max_evals=2 * alone.shape[1] + 1, silent=True)
    return np.asarray(found.values[0])


def _with_last(window: Windows, alone: Floats, rows: Floats) -> Windows:
    """A window for each row [M, F], which takes the place of its last reading."""
    several = np.repeat(alone[None], len(rows), axis=0)
    several[:, -1] = rows
    return replace(
        window,
        rows=several.reshape(-1, alone.shape[1]),
        row_faults=np.zeros((several.shape[0] * several.shape[1], len(window.fault_names)), bool),
        last=np.arange(1, len(rows) + 1) * len(alone) - 1,
        row_numbers=None,
        segments=np.repeat(np.arange(len(rows)), len(alone)),
        row_assets=None,
        row_life=None,
        row_known=None,
    )


def _shap() -> ModuleType:
    """The library, which complains of matplotlib while it is imported."""
    with extra("explain", "Shapley values need SHAP"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap  # noqa: PLC0415
    return shap  # type: ignore[no-any-return]
