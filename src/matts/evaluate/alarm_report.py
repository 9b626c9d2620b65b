"""How many alarms an operator hears, and what hearing fewer costs: a section of the report."""

from collections.abc import Mapping
from typing import Any

from matts.formats import number, table

Tree = Mapping[str, Any]
FIGURES = ("alarms_per_asset_day", "false_per_asset_day", "found")
HEADINGS = ("alarms / asset-day", "false / asset-day", "events found")


def alarm_section(results: Tree) -> str:
    """A row a detector, controls too: before the alarm layer, which is runs of alerts, and after.

    Without labels nobody knows which were false, nor what there was to find.
    """
    rates = results["alarms"]
    detectors = list(rates["detectors"])
    if not detectors:
        return "Every threshold moves: nothing judges live by one, so there are no alarms to count."
    shown = range(len(FIGURES) if results["labelled"] else 1)
    headings = [f"{HEADINGS[k]}, {when}" for k in shown for when in ("before", "after")]
    rows = [[name, *_row(rates["detectors"][name], len(shown))] for name in detectors]
    last = ["delay added"] if results["labelled"] else []
    names = ["detector", *headings, "time in alarm, after", *last]
    return f"{_told(rates)}\n\n{table(names, rows)}"


def _row(entry: Tree, figures: int) -> list[str]:
    cells = [number(entry[when][f]) for f in FIGURES[:figures] for when in ("before", "after")]
    standing = f"{entry['after']['standing']:.1%}"
    return [*cells, standing, *([number(entry["delay_added"])] if figures > 1 else [])]


def _told(rates: Tree) -> str:
    pace, days = number(rates["readings_a_day"]), number(rates["asset_days"])
    return (
        "Runs of alerts, and what is left of them as alarms: with delays and a deadband "
        f"(`serve.alarms`). {days} asset-days at {pace} readings a day, by {rates['by']}. "
        "What the delays swallow counts as missed, and an alarm finds one event, however long it "
        "stands; the delay is in readings."
    )
