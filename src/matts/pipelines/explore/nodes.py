"""A first look at readings, before or beside training."""

from typing import Any

from matts.domain import Windows
from matts.evaluate import explore_plots
from matts.evaluate.charts import Chart
from matts.evaluate.excerpt import Excerpt, ExploreSettings, Forecasts, excerpt, forecast
from matts.evaluate.gallery import source_of

Tree = dict[str, Any]


def take(
    train: Windows, test: Windows, settings: ExploreSettings
) -> tuple[Excerpt, dict[str, Forecasts]]:
    """The first readings of the test part, and what was foreseen of them."""
    taken = excerpt(test, settings)
    return taken, forecast(train, test, taken)


def draw(
    taken: Excerpt,
    forecasts: dict[str, Forecasts],
    settings: ExploreSettings,
    dataset: Any,
    source: Tree,
) -> tuple[Chart, Chart, Chart, Chart]:
    """Series, components, frequencies and forecasts."""
    where = source_of({"dataset": dataset, "data_source": source["data_source"]})
    return (
        explore_plots.series_chart(taken, where),
        explore_plots.components_chart(taken, settings, where),
        explore_plots.spectrum_chart(taken, where),
        explore_plots.forecasts_chart(taken, forecasts, where),
    )
