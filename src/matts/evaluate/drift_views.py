"""Drift as a page and as a picture."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from matts.evaluate.charts import Bands, Chart, Panel
from matts.evaluate.plots import BLUE, VERMILLION
from matts.evaluate.report import table

COLOURS = {"warning": BLUE, "drift": VERMILLION}
WORST_FIRST = ("drift", "warning", "ok")
MOST = 12  # assets in the picture
Tree = Mapping[str, Any]


def drift_page(found: Tree, source: str) -> str:
    """How each asset stands, worst first, and what changed when."""
    first, last = found["readings"]
    assets = [_row(name, each) for name, each in _in_order(found)]
    heads = ["asset", "state", "since reading", "sensors", "new training", "counted", "left out"]
    changes = [
        [c["asset"], str(c["number"]), c["kind"], c["before"], c["after"], _named(c["sensors"])]
        for c in found["changes"]
    ]
    came = ["asset", "reading", "kind", "from", "to", "sensors"]
    told = table(came, changes) if changes else "Nothing changed."
    head = f"# Drift\n\nReadings {first:,} to {last:,}: {source}. Alerts are left out."
    return f"{head}\n\n{table(heads, assets)}\n\n## Changes\n\n{told}\n"


def drift_chart(found: Tree, source: str) -> Chart:
    """When each kind of drift of each asset was a warning, and when a drift."""
    panels = [_panel(found, name, each) for name, each in _in_order(found)[:MOST]]
    return Chart(
        f"Drift against training: warning (blue), drift (orange)\n{source}",
        "reading",
        panels,
        whole=True,
    )


def _row(asset: str, status: Tree) -> list[str]:
    counts = [f"{status[key]:,}" for key in ("counted", "left_out")]
    retrain = "yes" if status["retrain"] else "no"
    since, sensors = _number(status["since"]), _named(status["sensors"])
    return [asset, status["state"], since, sensors, retrain, *counts]


def _panel(found: Tree, asset: str, status: Tree) -> Panel:
    kinds = list(status["kinds"])
    lanes = [
        Bands(np.array(spans).reshape(-1, 2), state, colour, lane=lane)
        for lane, kind in enumerate(kinds)
        for state, colour in COLOURS.items()
        if (spans := list(_spans(found, asset, kind, state))) or state == "drift"
    ]
    height = 0.5 + 0.35 * len(kinds)
    return Panel(asset, lanes, kinds, y_range=(len(kinds) - 0.5, -0.5), height=height)


def _spans(found: Tree, asset: str, kind: str, state: str) -> Iterator[tuple[float, float]]:
    """From when to when it was in that state."""
    start: float | None = None
    for change in found["changes"]:
        if (change["asset"], change["kind"]) != (asset, kind):
            continue
        if start is not None:
            yield start, change["number"]
        start = change["number"] if change["after"] == state else None
    if start is not None:
        yield start, found["readings"][1]


def _in_order(found: Tree) -> list[tuple[str, Tree]]:
    assets = found["assets"].items()
    return sorted(assets, key=lambda item: WORST_FIRST.index(item[1]["state"]))


def _named(sensors: Sequence[str]) -> str:
    return ", ".join(sensors[:3]) or "-"


def _number(place: float | None) -> str:
    return "-" if place is None else f"{place:,.0f}"
