import json
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from matts.domain import BadInputError, Bools, Floats
from matts.evaluate.chart_plotly import draw_plotly
from matts.evaluate.chart_png import draw_png
from matts.evaluate.charts import (
    Bands,
    Chart,
    Heatmap,
    Layer,
    Limit,
    Line,
    Points,
)
from matts.evaluate.plots import (
    confusion,
    latent_map,
    pr_curves,
    scores_over_time,
    training_curves,
)

SOURCE = "simulated readings, data set 6"
NAMES = ("Electric", "Bearing")
GREY = "#999999"
Kind = TypeVar("Kind", Line, Points, Bands, Limit, Heatmap)


def layers(chart: Chart, kind: type[Kind]) -> list[Kind]:
    return [layer for panel in chart.panels for layer in panel.layers if isinstance(layer, kind)]


def bools(marks: str) -> Bools:
    return np.array([mark == "x" for mark in marks])


def timeline(
    scores: Sequence[float] = (0.1, 0.9, 0.8, 0.2, 0.7, 0.1),
    alerts: str = ".xx.x.",
    electric: str = ".x.x..",
    bearing: str = ".xx...",
    positions: Sequence[int] = (10, 11, 12, 13, 14, 15),
) -> Chart:
    faults = np.column_stack([bools(electric), bools(bearing)])
    return scores_over_time(
        np.array(positions), np.array(scores), bools(alerts), faults, NAMES, 0.5, SOURCE
    )


def ranked(count: int) -> dict[str, tuple[Floats, Bools]]:
    """Detectors from useless to perfect."""
    rng = np.random.default_rng(0)
    faulty = rng.random(300) < 0.2
    noise = rng.normal(size=300)
    return {f"d{i}": (faulty * 0.5 * i + noise, faulty) for i in range(count)}


def history(*figures: float) -> list[dict[str, float]]:
    return [
        {
            "reconstruction": 10.0**-n,
            "anomaly": 1.0,
            "validation": figure,
            "rate": 0.1,
            "seconds": 2,
        }
        for n, figure in enumerate(figures)
    ]


EMPTY = np.zeros((1, 0), bool)
CHARTS = {
    "scores": timeline(),
    "scores, no faults": timeline(electric="......", bearing="......"),
    "scores, no alerts": timeline(alerts="......"),
    "scores, all faulty": timeline(electric="xxxxxx"),
    "scores, unknown faults": scores_over_time(
        np.array([7]), np.array([0.2]), bools("."), EMPTY, (), 0.5, SOURCE
    ),
    "curves": pr_curves(ranked(3), SOURCE),
    "curves, no faults": pr_curves({"pca": (np.arange(3.0), bools("..."))}, SOURCE),
    "curves, all faulty": pr_curves({"pca": (np.arange(3.0), bools("xxx"))}, SOURCE),
    "curves, no detectors": pr_curves({}, SOURCE),
    "confusion": confusion(["Healthy", *NAMES], [[9, 1, 0], [0, 3, 1], [0, 0, 0]], SOURCE),
    "confusion, single class": confusion(["Healthy"], [[9]], SOURCE),
    "training": training_curves({"detector, seed 0": history(0.1, 0.8, 0.8)}, SOURCE),
    "training, no epochs": training_curves({"detector, seed 0": []}, SOURCE),
    "training, no networks": training_curves({}, SOURCE),
    "map": latent_map(np.eye(3), np.array([0, 1, 2]), NAMES, SOURCE),
    "map, no faults": latent_map(np.eye(3), np.zeros(3, np.int64), NAMES, SOURCE),
    "map, single window": latent_map(np.ones((1, 1)), np.zeros(1, np.int64), (), SOURCE),
}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_both_renderers_draw_every_layer_under_a_title_with_the_source(chart: Chart) -> None:
    png, plotly = draw_png(chart), draw_plotly(chart)
    png.draw_without_rendering()
    drawn: list[Layer] = [layer for panel in chart.panels for layer in panel.layers]
    panels = png.axes[: len(chart.panels)]
    assert sum(len(a.lines) + len(a.collections) + len(a.images) for a in panels) == len(drawn)
    assert len(plotly.data) + len(plotly.layout.shapes) == len(drawn)
    assert png.get_suptitle().split("\n")[1] == SOURCE
    assert json.loads(plotly.to_json())["layout"]["title"]["text"].endswith(f"<br>{SOURCE}")


def test_points_by_outcome() -> None:
    points = {layer.name: layer for layer in layers(timeline(), Points)}
    assert {name: list(zip(p.x, p.y, strict=True)) for name, p in points.items()} == {
        "healthy, no alert (2)": [(10, 0.1), (15, 0.1)],
        "missed fault (1)": [(13, 0.2)],
        "true alert (2)": [(11, 0.9), (12, 0.8)],
        "false alert (1)": [(14, 0.7)],
    }
    looks = {(point.colour, point.mark) for point in points.values()}
    assert len(looks) == 4
    assert points["healthy, no alert (2)"].colour == GREY


def test_the_threshold_tells_its_value() -> None:
    (limit,) = layers(timeline(), Limit)
    assert (limit.y, limit.name) == (0.5, "threshold 0.5")


def test_one_span_for_each_run_of_a_fault() -> None:
    electric, bearing = layers(timeline(), Bands)
    assert electric.spans.tolist() == [[10.5, 11.5], [12.5, 13.5]]
    assert bearing.spans.tolist() == [[10.5, 12.5]]
    assert (electric.name, electric.lane, bearing.name, bearing.lane) == (
        "Electric",
        0,
        "Bearing",
        1,
    )
    assert timeline().panels[1].y_names == ["Electric (2)", "Bearing (1)"]


def test_a_run_ends_where_positions_jump() -> None:
    _, bearing = layers(timeline(bearing="xxxx..", positions=(10, 11, 50, 51, 52, 53)), Bands)
    assert bearing.spans.tolist() == [[9.5, 11.5], [49.5, 51.5]]


def test_windows_with_a_stride_make_runs_too() -> None:
    _, bearing = layers(timeline(bearing="xxx...", positions=range(10, 40, 5)), Bands)
    assert bearing.spans.tolist() == [[7.5, 22.5]]


def test_high_scores_are_drawn_on_a_log_scale_unless_one_is_not_positive() -> None:
    assert not timeline().panels[0].log
    assert timeline(scores=(0.1, 900, 0.8, 0.2, 0.7, 0.1)).panels[0].log
    assert not timeline(scores=(0.0, 900, 0.8, 0.2, 0.7, 0.1)).panels[0].log


def test_curves_hold_the_area_that_the_legend_tells_best_first() -> None:
    curves = ranked(4)
    lines = layers(pr_curves(curves, SOURCE), Line)
    assert [line.name.split(":")[0] for line in lines] == ["d3", "d2", "d1", "d0"]
    for line in lines:
        name, area = line.name.split(": ")
        scores, faulty = curves[name]
        expected = average_precision_score(faulty, scores)
        assert area == f"{expected:.3f}"
        assert np.diff(line.x) @ line.y[1:] == pytest.approx(expected)  # the area under its steps
        assert line.steps


def test_a_curve_that_would_hide_another_is_dashed() -> None:
    scores, faulty = np.arange(4.0), bools(".x.x")
    curves = {"part": (scores, faulty), "mixed": (10 * scores, faulty), "other": (-scores, faulty)}
    lines = layers(pr_curves(curves, SOURCE), Line)
    assert [line.dashed for line in lines] == [False, True, False]


def test_a_curve_begins_with_the_first_alert_not_at_full_precision() -> None:
    curves = {"pca": (np.arange(4.0), bools(".xx."))}  # the strangest is healthy
    (line,) = layers(pr_curves(curves, SOURCE), Line)
    assert (line.x[0], line.y[0]) == (0, 0)
    assert max(line.y) == pytest.approx(2 / 3)


def test_at_most_eight_curves_are_strong() -> None:
    lines = layers(pr_curves(ranked(11), SOURCE), Line)
    strong, faint = lines[:8], lines[8:]
    assert len({line.colour for line in strong}) == 8
    assert {(line.name, line.colour) for line in faint} == {("3 more", GREY)}
    assert max(line.width for line in faint) < min(line.width for line in strong)


def test_always_alerting_is_marked() -> None:
    chart = pr_curves({"pca": (np.arange(4.0), bools("...x"))}, SOURCE)
    assert [(limit.y, limit.name) for limit in layers(chart, Limit)] == [
        (0.25, "always alert: 0.250")
    ]


def test_confusion_shows_counts_and_row_shares() -> None:
    chart = confusion(["Healthy", *NAMES], [[1998, 2, 0], [1, 3, 0], [0, 0, 0]], SOURCE)
    (cells,) = layers(chart, Heatmap)
    assert cells.texts == [["1,998", "2", "0"], ["1", "3", "0"], ["0", "0", "0"]]
    assert cells.shares.tolist() == [[0.999, 0.001, 0], [0.25, 0.75, 0], [0, 0, 0]]
    assert chart.panels[0].y_names == ["Healthy (2,000)", "Electric (4)", "Bearing (0)"]
    assert chart.x_names == ["Healthy", *NAMES]
    assert (chart.x_label, chart.panels[0].y_label) == ("predicted class", "true class")


def test_confusion_needs_a_square() -> None:
    with pytest.raises(BadInputError, match=r"2 labels need a square .* got \[1, 3\]"):
        confusion(["Healthy", "Bearing"], [[1, 2, 3]], SOURCE)


def test_a_panel_for_each_loss_and_one_for_validation() -> None:
    histories = {
        "detector, seed 0": history(0.1, 0.8, 0.8),
        "diagnoser, seed 0": [{"fault": 3.0, "validation": 0.5, "rate": 0.1, "seconds": 1.0}],
        "diagnoser, seed 1": [],
    }
    chart = training_curves(histories, SOURCE)
    assert [(panel.y_label, panel.log) for panel in chart.panels] == [
        ("reconstruction loss", True),
        ("anomaly loss", False),
        ("fault loss", False),
        ("validation (higher is better)", False),
    ]
    detector, diagnoser, untrained = layers(Chart("", "", chart.panels[:1]), Line)
    assert detector.name == "detector, seed 0 (best 2 of 3)"
    assert diagnoser.name == "diagnoser, seed 0 (best 1 of 1)"
    assert untrained.name == "diagnoser, seed 1 (no epochs)"
    assert (detector.x.tolist(), detector.y.tolist()) == ([1, 2, 3], [1, 0.1, 0.01])
    assert np.isnan(diagnoser.y).all()
    assert len(untrained.x) == 0


def test_the_first_best_epoch_is_marked() -> None:
    chart = training_curves({"a": history(0.1, 0.8, 0.8), "b": history(0.9), "c": []}, SOURCE)
    (best,) = layers(chart, Points)
    assert (best.x.tolist(), best.y.tolist()) == ([2, 1], [0.8, 0.9])


def test_many_networks_differ_in_colour_or_dashes() -> None:
    chart = training_curves({f"detector, seed {i}": history(0.5) for i in range(12)}, SOURCE)
    lines = layers(Chart("", "", chart.panels[-1:]), Line)
    assert len({(line.colour, line.dashed) for line in lines}) == 12


def test_a_loss_that_broke_is_survived() -> None:
    broken = [{"anomaly": float("nan"), "validation": 0.5}]
    figure = draw_png(training_curves({"detector": broken}, SOURCE))
    figure.draw_without_rendering()
    assert len(figure.axes) == 2


def test_the_map_shows_the_directions_of_most_variance() -> None:
    latent = 5 + np.array([[0, 3, 1], [0, 3, -1], [0, -3, 1], [0, -3, -1]])
    chart = latent_map(latent, np.zeros(4, np.int64), (), SOURCE)
    (points,) = layers(chart, Points)
    np.testing.assert_allclose(np.abs(points.x), 3)
    np.testing.assert_allclose(np.abs(points.y), 1)
    assert abs(np.corrcoef(points.x, latent[:, 1])[0, 1]) == pytest.approx(1)
    assert chart.x_label == "first principal component (90% of the variance)"
    assert chart.panels[0].y_label == "second principal component (10% of the variance)"


def test_healthy_windows_are_thinned_and_faults_lie_on_top() -> None:
    classes = np.r_[np.zeros(4500, np.int64), 1, 1, 2]
    latent = np.random.default_rng(0).normal(size=(len(classes), 4))
    healthy, *faults = layers(latent_map(latent, classes, NAMES, SOURCE), Points)
    assert (len(healthy.x), healthy.name, healthy.colour) == (
        1500,
        "healthy (1,500 of 4,500)",
        GREY,
    )
    assert [(fault.name, len(fault.x)) for fault in faults] == [
        ("Electric (2)", 2),
        ("Bearing (1)", 1),
    ]
    again = layers(latent_map(latent, classes, NAMES, SOURCE), Points)[0]
    np.testing.assert_array_equal(again.x, healthy.x)


def test_a_fault_has_one_colour_in_all_charts() -> None:
    on_time = [bands.colour for bands in layers(timeline(), Bands)]
    on_map = [points.colour for points in layers(CHARTS["map"], Points)[1:]]
    assert on_time == on_map
    assert len({*on_time, GREY}) == 3


def test_twenty_faults_differ_in_colour_or_mark() -> None:
    names = [f"fault {number}" for number in range(20)]
    chart = latent_map(np.eye(2), np.zeros(2, np.int64), names, SOURCE)
    assert len({(points.colour, points.mark) for points in layers(chart, Points)[1:]}) == 20


def test_arrays_must_fit_together() -> None:
    with pytest.raises(BadInputError, match=r"one length, at least 1, got .*'scores': 2"):
        timeline(scores=(0.1, 0.2))
    with pytest.raises(BadInputError, match="at least 1, got"):
        latent_map(np.empty((0, 2)), np.empty(0, np.int64), NAMES, SOURCE)
    with pytest.raises(BadInputError, match=r"faults must be \[N, 1\], got \[6, 2\]"):
        scores_over_time(
            np.arange(6), np.zeros(6), bools("......"), np.zeros((6, 2), bool), ("A",), 0.5, SOURCE
        )
