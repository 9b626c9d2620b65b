import numpy as np
import pytest

from matts.evaluate.chart_plotly import draw_plotly
from matts.evaluate.chart_png import draw_png
from matts.evaluate.charts import Chart
from matts.evaluate.excerpt import Excerpt, ExploreSettings, Forecasts
from matts.evaluate.explore_plots import (
    components_chart,
    forecasts_chart,
    series_chart,
    spectrum_chart,
)

PLACES = np.arange(100, 160)
VALUES = np.column_stack([np.sin(PLACES / 2), np.cos(PLACES / 3) + PLACES / 50])
FAULTS = (PLACES == 130)[:, None]
TAKEN = Excerpt(PLACES, VALUES, FAULTS, ("force", "speed"), ("Leak",))
FORECAST = Forecasts(VALUES + 0.1, np.full(VALUES.shape, 0.5))
FORECASTS = {"ARIMA": FORECAST, "Kalman": FORECAST}
CHARTS = {
    "series": series_chart(TAKEN, "mill 6"),
    "components": components_chart(TAKEN, ExploreSettings(), "mill 6"),
    "spectrum": spectrum_chart(TAKEN, "mill 6"),
    "forecasts": forecasts_chart(TAKEN, FORECASTS, "mill 6"),
    "unlabelled": series_chart(TAKEN._replace(faults=FAULTS[:, :0], fault_names=()), "mill 6"),
}
PANELS = {"series": 2 + 1, "components": 2 * 3 + 1, "spectrum": 1, "forecasts": 4 + 1}


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn_by_both(name: str) -> None:
    chart: Chart = CHARTS[name]
    assert len(chart.panels) == PANELS.get(name, 2)
    assert draw_png(chart).axes
    assert draw_plotly(chart).data
    assert chart.title.endswith("mill 6")


def test_the_period_may_be_given() -> None:
    asked = components_chart(TAKEN, ExploreSettings(period=7), "mill 6")
    assert "season of 7 readings" in asked.title
    assert "season of 7 readings" not in CHARTS["components"].title
