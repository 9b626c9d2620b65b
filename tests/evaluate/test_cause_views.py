import numpy as np

from matts.evaluate.cause_views import cause_table, draw_causes
from matts.evaluate.chart_plotly import draw_plotly
from matts.evaluate.charts import Heatmap


def entry(hit: float | None) -> dict[str, float | None]:
    return {"windows": 3, "hit_1": hit, "hit_3": 1.0, "share": hit, "component": None}


def judged(*hits: float | None) -> dict[str, object]:
    views = {"Bearing": entry(hits[0]), "Roll": entry(hits[1]), "all": entry(hits[2])}
    return {"alerted": views, "faulty": views, "microseconds": 5.0}


FOUND = {"error": judged(0.5, None, 0.4), "latent": judged(0.75, 0.5, 0.6)}


def test_the_picture_shows_hits_the_best_method_on_top() -> None:
    chart = draw_causes(FOUND, "a mill")
    (cells,) = chart.panels[0].layers
    assert isinstance(cells, Heatmap)
    np.testing.assert_array_equal(cells.shares, [[0.75, 0.5, 0.6], [0.5, 0.0, 0.4]])
    assert cells.texts[0] == ["0.75 / 1.00", "0.50 / 1.00", "0.60 / 1.00"]
    assert cells.texts[1] == ["0.50 / 1.00", "- / 1.00", "0.40 / 1.00"]
    assert chart.panels[0].y_names == ["latent", "error"]
    assert chart.x_names == ["Bearing (3)", "Roll (3)", "all (3)"]
    assert chart.title.endswith("a mill")


def test_without_truth_the_picture_says_so() -> None:
    chart = draw_causes(None, "a mill")
    assert "not known" in str(draw_plotly(chart).to_dict())


def test_the_method_in_use_is_bold() -> None:
    assert "**error**" in cause_table(FOUND, "error")
    assert "**" not in cause_table(FOUND, "shap")
    assert "not judged" in cause_table(None, "error")
