"""Pictures for a first look: series, their components, their frequencies, their forecasts."""

from collections.abc import Mapping

import numpy as np

from matts.evaluate.charts import Bands, Chart, Layer, Line, Panel, Points
from matts.evaluate.excerpt import (
    Excerpt,
    ExploreSettings,
    Forecasts,
    decompose,
    spectrum,
    strongest_period,
)
from matts.evaluate.plots import BLACK, BLUE, GREY, LINE_COLOURS, VERMILLION, fault_lanes

FAINT = 0.01  # v²/f below it tells nothing
FORECASTERS = {"ARIMA": BLUE, "Kalman": VERMILLION}


def series_chart(taken: Excerpt, source: str) -> Chart:
    """Each sensor over time, above the true faults."""
    panels = [
        Panel(
            name, (Line(taken.places, taken.values[:, k], "reading", BLUE, width=1.0),), height=1.6
        )
        for k, name in enumerate(taken.sensors)
    ]
    title = f"{len(taken.places):,} readings of {len(taken.sensors)} sensors"
    return Chart(f"{title}\n{source}", "reading", (*panels, *_truth(taken)), whole=True)


def _truth(taken: Excerpt) -> list[Panel]:
    lanes: list[Bands] = fault_lanes(taken.places, taken.faults, taken.fault_names)
    names = [f"{lane.name} ({len(lane.spans)})" for lane in lanes]
    return [Panel("true faults", lanes, names, height=0.4 + 0.3 * len(lanes))] if lanes else []


def components_chart(taken: Excerpt, settings: ExploreSettings, source: str) -> Chart:
    """Trend, season and rest of each sensor."""
    period = settings.period or strongest_period(spectrum(taken.values), len(taken.places))
    panels = []
    for k, name in enumerate(taken.sensors):
        series, found = taken.values[:, k], decompose(taken.values[:, k], period)
        layers: list[Layer] = [
            Line(taken.places, series, "reading", GREY, width=0.8),
            Line(taken.places, found.trend, "trend", BLUE),
        ]
        panels += [
            Panel(name, layers, height=1.5),
            Panel(
                "season", (Line(taken.places, found.season, "season", BLACK, width=1.0),), height=1
            ),
            Panel(
                "rest", (Line(taken.places, found.rest, "rest", VERMILLION, width=0.8),), height=1
            ),
        ]
    title = f"Trend, season of {period} readings, and rest"
    return Chart(f"{title}\n{source}", "reading", (*panels, *_truth(taken)), whole=True)


def spectrum_chart(taken: Excerpt, source: str) -> Chart:
    """Where the variance of each sensor lies, and its strongest period."""
    found = spectrum(taken.values)
    layers: list[Layer] = []
    for k, name in enumerate(taken.sensors):
        colour = LINE_COLOURS[k % len(LINE_COLOURS)]
        top = np.array([found.shares[:, k].argmax()])
        period = f"{name}: most at {1 / found.frequencies[top[0]]:,.3g} readings"
        shares = np.maximum(found.shares[:, k], 1e-9)
        layers += [
            Line(found.frequencies, shares, name, colour, width=0.8),
            Points(found.frequencies[top], shares[top], period, colour, "star", 10),
        ]
    panel = Panel("share of the variance", layers, log=True, height=4.5)
    return Chart(f"Periodogram\n{source}", "cycles a reading", (panel,))


def forecasts_chart(taken: Excerpt, forecasts: Mapping[str, Forecasts], source: str) -> Chart:
    """ARIMA beside Kalman: what each foresaw, and how strange each finds what came."""
    panels = []
    for k, name in enumerate(taken.sensors):
        lines: list[Layer] = [Line(taken.places, taken.values[:, k], "reading", BLACK, width=1.0)]
        strange: list[Layer] = []
        for who, found in forecasts.items():
            values, scores = found.values[1:, k], np.maximum(found.scores[1:, k], FAINT)
            colour, places = FORECASTERS[who], taken.places[1:]
            lines.append(Line(places, values, f"forecast by {who}", colour, width=1.0))
            strange.append(Line(places, scores, f"score by {who}", colour, width=0.8))
        panels.append(Panel(name, lines, height=1.6))
        panels.append(Panel("v²/f", strange, log=True, height=1.3))
    title = "One-step forecasts, and squared innovations over their variance"
    return Chart(f"{title}\n{source}", "reading", (*panels, *_truth(taken)), whole=True)
