"""The charts of the tabular suite, all at once."""

from collections.abc import Mapping

import pandas as pd

from matts.evaluate.charts import Chart
from matts.evaluate.tabular_answers import calibration_chart, confusion_chart
from matts.evaluate.tabular_errors import life_chart, machines_chart
from matts.evaluate.tabular_inputs import distributions_chart, importance_chart
from matts.evaluate.tabular_scores import best_chart, cost_chart, numbers_chart, scores_chart
from matts.tabular.rows import Rows

CHARTS = (
    "tabular_scores",
    "tabular_numbers",
    "tabular_best",
    "tabular_cost",
    "tabular_confusion",
    "tabular_calibration",
    "tabular_machines",
    "tabular_life",
    "tabular_importance",
    "tabular_distributions",
)


def draw_tabular(
    figures: pd.DataFrame,
    best: Mapping[str, pd.DataFrame],
    importance: pd.DataFrame,
    rows: Rows,
    source: str,
) -> tuple[Chart, ...]:
    """Every chart in the order of `CHARTS`; charts of nothing where there is nothing to draw.

    `figures` has task, model, control, metric, value, low and high, a row a figure. `best` has of
    each task the answers of its best model: model, machine, truth, predicted, and p/<class>.
    """
    return (
        scores_chart(figures, source),
        numbers_chart(figures, source),
        best_chart(figures, best, source),
        cost_chart(figures, source),
        confusion_chart(best, source),
        calibration_chart(best, source),
        machines_chart(best, source),
        life_chart(best, source),
        importance_chart(importance, source),
        distributions_chart(rows, source),
    )
