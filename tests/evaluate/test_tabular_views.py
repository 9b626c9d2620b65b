import json
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from matts.evaluate.chart_plotly import draw_plotly
from matts.evaluate.chart_png import draw_png
from matts.evaluate.charts import NO_CHART, Bands, Chart, Heatmap, Line, Points
from matts.evaluate.tabular_answers import calibration_chart, reliability
from matts.evaluate.tabular_errors import machines_chart
from matts.evaluate.tabular_scores import best_chart, scores_chart
from matts.evaluate.tabular_views import CHARTS, draw_tabular
from tests.tabular.labelled import worn

RNG = np.random.default_rng(0)
MACHINES = np.repeat([f"m{k}" for k in range(10)], 60)
CLASSES = ("Normal", "Vibration Issue", "Overheating")
SOURCE = "simulated readings, data set smart_factory"


def flags(sure: float) -> pd.DataFrame:
    """Answers to a yes or no whose probability is what comes true."""
    told = RNG.beta(sure, 2, 600)
    truth = RNG.random(600) < told
    return pd.DataFrame(
        {
            "model": "lightgbm",
            "machine": MACHINES,
            "truth": np.where(truth, "yes", "no"),
            "predicted": np.where(told > 0.5, "yes", "no"),
            "p/no": 1 - told,
            "p/yes": told,
        }
    )


def types() -> pd.DataFrame:
    told = RNG.dirichlet([4, 1, 1], 600)
    names = np.array(CLASSES)
    answers = {f"p/{name}": told[:, k] for k, name in enumerate(CLASSES)}
    named = {"truth": names[RNG.integers(0, 3, 600)], "predicted": names[told.argmax(axis=1)]}
    return pd.DataFrame({"model": "catboost", "machine": MACHINES, **named, **answers})


def life() -> pd.DataFrame:
    true = RNG.uniform(0, 480, 600)
    foreseen = {"truth": true, "predicted": true + RNG.normal(0, 40, 600)}
    return pd.DataFrame({"model": "xgboost", "machine": MACHINES, **foreseen})


BEST = {
    "anomaly_now": flags(2),
    "anomaly_60min": flags(1),
    "failure_type_now": types(),
    "remaining_life_now": life(),
}


def row(task: str, model: str, metric: str, value: float) -> dict[str, Any]:
    control = model in {"prior", "mean"}
    return {"task": task, "model": model, "control": control, "metric": metric} | {
        "value": value,
        "low": value - 0.05,
        "high": value + 0.05,
    }


FIGURES = pd.DataFrame(
    [
        row(task, model, metric, 0.5 + 0.1 * place + 0.01 * bool(task == "anomaly_60min"))
        for task in ("anomaly_now", "anomaly_60min", "failure_type_now")
        for place, model in enumerate(("prior", "catboost", "lightgbm", "chosen"))
        for metric in ("f1", "precision", "recall", "accuracy", "f1_macro", "pr_auc", "cpu_seconds")
        if not (metric == "pr_auc" and task == "failure_type_now")
    ]
    + [
        row("remaining_life_now", model, metric, value)
        for model, value in (("mean", 0.0), ("xgboost", 0.8), ("lightgbm", 0.7))
        for metric in ("r2", "rmse", "cpu_seconds")
    ]
)
IMPORTANCE = pd.DataFrame(
    [
        {"task": task, "method": method, "what": what, "value": value, "low": 0.0, "high": 1.0}
        for task in ("anomaly_now", "remaining_life_now")
        for method in ("permutation", "shap")
        for what, value in (("vibration", 0.4), ("clock", -0.01))
    ]
)


def drawn() -> dict[str, Chart]:
    charts = draw_tabular(FIGURES, BEST, IMPORTANCE, worn(600), SOURCE)
    return dict(zip(CHARTS, charts, strict=True))


DRAWN = drawn()


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn_by_both(name: str) -> None:
    chart, file = DRAWN[name], BytesIO()
    draw_png(chart).savefig(file, format="png")
    file.seek(0)
    pixels = imread(file)
    assert pixels[..., :3].std() > 0.02  # there is more than paper
    plotly = draw_plotly(chart)
    assert json.loads(plotly.to_json())["data"]
    assert chart.title.endswith(SOURCE)


def cells(name: str, panel: int) -> Heatmap:
    (found,) = [each for each in DRAWN[name].panels[panel].layers if isinstance(each, Heatmap)]
    return found


def test_scores_have_a_row_a_model_and_a_star_at_the_best() -> None:
    assert [panel.y_label for panel in DRAWN["tabular_scores"].panels] == [
        "F1",
        "precision",
        "recall",
        "accuracy",
    ]
    assert DRAWN["tabular_scores"].panels[0].y_names == ["lightgbm", "catboost"]
    assert cells("tabular_scores", 0).texts[0] == ["0.70 *", "0.71 *", "0.70 *"]
    assert cells("tabular_scores", 0).texts[1] == ["0.60", "0.61", "0.60"]


def test_a_model_without_a_score_leaves_a_gap() -> None:
    some = FIGURES[(FIGURES["model"] != "catboost") | (FIGURES["task"] != "anomaly_now")]
    found = scores_chart(some, SOURCE).panels[0].layers[0]
    assert isinstance(found, Heatmap)
    assert found.texts[1] == ["", "0.61", "0.60"]


def points(name: str, panel: int = 0) -> dict[str, Points]:
    layers = DRAWN[name].panels[panel].layers
    return {each.name: each for each in layers if isinstance(each, Points)}


def test_numbers_rank_models_before_controls() -> None:
    first, second = DRAWN["tabular_numbers"].panels
    assert list(first.y_names) == ["xgboost", "lightgbm", "mean (control)"]
    assert first.x_label.startswith("R²")
    assert second.x_label.startswith("RMSE")
    found = points("tabular_numbers")["remaining life now"]
    assert dict(zip(found.y, found.x, strict=True)) == {0: 0.8, 1: 0.7, 2: 0.0}


def test_the_best_stands_beside_the_choice_and_the_control() -> None:
    panel = DRAWN["tabular_best"].panels[0]
    names = ["anomaly now\nlightgbm, PR-AUC", "failure type now\ncatboost, macro F1"]
    assert [panel.y_names[0], panel.y_names[2]] == names
    found = [each for each in panel.layers if isinstance(each, Points) and max(each.y) < 0.5]
    shown = {each.name: float(each.x[0]) for each in found}
    assert shown == pytest.approx(
        {"best model": 0.7, "chosen by the other folds": 0.8, "best control": 0.5}
    )


def test_one_named_fault_is_shown_by_the_figure_that_ranks_it() -> None:
    one = types()[["model", "machine", "truth", "predicted", "p/Normal", "p/Overheating"]]
    chart = best_chart(
        FIGURES.replace("anomaly_now", "failure_type_now"), {"failure_type_now": one}, SOURCE
    )
    assert chart.panels[0].y_names == ["failure type now\ncatboost, PR-AUC"]


def test_a_control_that_is_told_the_answer_is_no_rival() -> None:
    told = pd.DataFrame([row("anomaly_now", "last_label", "pr_auc", 0.99)]).assign(control=True)
    own = {"anomaly_now": BEST["anomaly_now"]}
    both = pd.concat([FIGURES, told], ignore_index=True)
    shown = [best_chart(each, own, SOURCE).panels[0].layers for each in (both, FIGURES)]
    dots = [[x for p in layers if isinstance(p, Points) for x in p.x] for layers in shown]
    assert dots[0] == dots[1] == [0.7, 0.8, 0.5]


def test_cost_sums_the_tasks_of_a_model_and_leaves_controls_out() -> None:
    panel = DRAWN["tabular_cost"].panels[0]
    assert panel.y_names[0] == "lightgbm (2.8 s, 4 tasks)"
    bar = panel.layers[0]
    assert isinstance(bar, Bands)
    np.testing.assert_allclose(bar.spans, [[0.0, 0.7 + 0.71 + 0.7 + 0.7]])
    assert not any("prior" in name or "chosen" in name for name in panel.y_names)


def test_confusion_counts_every_answer() -> None:
    faults, yes_no = DRAWN["tabular_confusion"].panels
    assert list(faults.x_names) == [*CLASSES]
    assert faults.x_label == "answer to failure type now, by catboost"
    answers = BEST["failure_type_now"]
    both = (answers["truth"] == "Normal") & (answers["predicted"] == "Overheating")
    assert cells("tabular_confusion", 0).texts[0][2] == f"{both.sum()}"
    assert yes_no.y_names[0] == "anomaly now (lightgbm): no"
    assert len(yes_no.y_names) == 4


def test_reliability_follows_honest_probabilities() -> None:
    middle, share, low, high, rows = reliability(BEST["anomaly_now"])
    assert (np.abs(share - middle) < 0.2).all()
    assert ((low <= share) & (share <= high)).all()
    assert rows.min() >= 30
    lied = BEST["anomaly_now"].assign(**{"p/yes": 0.95})
    assert reliability(lied)[1] < 0.7


def test_of_too_few_rows_there_is_no_calibration() -> None:
    few = BEST["anomaly_now"].head(25)
    assert [len(each) for each in reliability(few)] == [0] * 5
    assert calibration_chart({"anomaly_now": few}, SOURCE) is NO_CHART
    both = calibration_chart({"anomaly_now": few, "anomaly_60min": BEST["anomaly_60min"]}, SOURCE)
    assert len(both.panels) == 2


def test_an_interval_needs_machines() -> None:
    one = BEST["anomaly_now"].copy()
    one["p/yes"] = np.where(one["machine"] == "m0", 0.95, 0.05)
    one["truth"] = np.where(one["machine"] == "m0", "yes", "no")
    _, share, low, high, _ = reliability(one)
    assert share.tolist() == [0, 1]
    np.testing.assert_array_equal([low, high], [[0, np.nan], [0, np.nan]])


def test_the_worst_machine_stands_first() -> None:
    answers = BEST["anomaly_now"].copy()
    answers["predicted"] = np.where(
        (answers["machine"] == "m7") ^ (answers["truth"] == "yes"), "yes", "no"
    )
    chart = machines_chart({"anomaly_now": answers}, SOURCE)
    assert chart.x_names[0] == "m7"
    assert list(chart.panels[0].y_names) == ["anomaly now (worst 100.0%)"]
    found = chart.panels[0].layers[0]
    assert isinstance(found, Heatmap)
    np.testing.assert_array_equal(found.shares, [[1.0] + [0.0] * 9])


def test_life_has_a_band_about_the_truth() -> None:
    lines = [x for x in DRAWN["tabular_life"].panels[0].layers if isinstance(x, Line)]
    low, high, middle = lines[1], lines[2], lines[3]
    assert ((low.y < middle.y) & (middle.y < high.y)).all()
    np.testing.assert_allclose(middle.y, middle.x, atol=40)


def test_importance_prints_values_and_shades_beside_the_largest() -> None:
    found = cells("tabular_importance", 0)
    assert [*found.texts[0]] == ["0.40", "0.40"]
    assert [*found.texts[1]] == ["0.00", "0.00"]
    assert found.shares.max() == 1
    assert len(DRAWN["tabular_importance"].panels) == 2


def test_distributions_fill_each_side_to_a_hundred() -> None:
    rows = worn(600)
    panels = DRAWN["tabular_distributions"].panels
    assert [panel.x_label for panel in panels] == [*rows.sensors]
    sums = {x.name: x.y.sum() for x in panels[0].layers if isinstance(x, Line)}
    assert sums == pytest.approx(dict.fromkeys(sums, 100))
    anomalous = int(rows.targets["anomaly"].sum())
    assert f"anomaly ({anomalous})" in sums


def test_given_sensors_are_not_drawn() -> None:
    rows = worn(600)
    given = type(rows)(**{**rows.__dict__, "given": rows.sensors[:1]})
    charts = draw_tabular(FIGURES, BEST, IMPORTANCE, given, SOURCE)
    assert len(charts[-1].panels) == len(rows.sensors) - 1


def test_where_there_is_nothing_nothing_is_drawn() -> None:
    rows = worn(600)
    bare = type(rows)(**{**rows.__dict__, "targets": {}, "faults": rows.faults[:, :0]})
    bare = type(rows)(**{**bare.__dict__, "fault_names": ()})
    charts = draw_tabular(FIGURES.iloc[:0], {}, IMPORTANCE.iloc[:0], bare, SOURCE)
    assert charts == (NO_CHART,) * len(CHARTS)
