"""What the judgement of remaining life looks like: tables for the report, and pictures."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from matts.domain import Floats
from matts.evaluate.charts import NO_CHART, Chart, Layer, Limit, Line, Panel, Points
from matts.evaluate.life import met_once
from matts.evaluate.plots import BLUE, GREY, ORANGE, SKY, VERMILLION
from matts.formats import number, table
from matts.life.settings import LifeSettings
from matts.life.study import ENSEMBLE

Tree = Mapping[str, Any]

SHOWN = 6  # units whose lives are drawn


def life_section(life: Tree) -> str:
    """How well remaining life is foreseen, and how sure."""
    units, cap = life["units"], number(life["cap"])
    told = (
        f"Readings left until failure, at most {cap} in truth and forecast alike, on "
        f"{units['test']} units of the test part: at the last reading of each (of one that was "
        f"seen to fail, at one drawn from its life). {len(life['seeds'])} seeds, mean and 95 % "
        f"interval; weights and intervals were chosen on {units['learnt']} other units, held out "
        "in turn."
    )
    return "\n\n".join([told, life_table(life), _intervals(life)])


def life_in_short(life: Tree) -> str:
    """The same in a line."""
    off, found = life["models"][ENSEMBLE]["rmse"]["mean"], life["intervals"]
    return (
        f"Remaining life is {number(off)} readings off (RMSE, {life['units']['test']} test units, "
        f"cap {number(life['cap'])}); intervals that promise to hold the truth "
        f"{found['confidence']:.0%} of the time hold it {found['last']['coverage']['mean']:.1%}."
    )


def life_table(life: Tree) -> str:
    """Every model: its errors on test units, and on those that were held out."""
    rows = [
        [
            f"**{name}**" if name == ENSEMBLE else name,
            "" if name == ENSEMBLE else number(life["weights"][name]),
            _span(entry["rmse"]),
            number(entry["mae"]["mean"]),
            number(entry["nasa"]["mean"]),
            number(entry["rmse_all_readings"]["mean"]),
            number(entry["held_out_rmse"]),
        ]
        for name, entry in life["models"].items()
    ]
    headings = ["RMSE", "MAE", "NASA score", "RMSE, all readings", "RMSE, held-out units"]
    return table(["model", "weight", *headings], rows)


def _span(summary: Tree) -> str:
    """The mean of seeds with its interval, if there are several."""
    if summary["low"] is None:
        return number(summary["mean"])
    return f"{summary['mean']:.2f} ({summary['low']:.2f} to {summary['high']:.2f})"


def _intervals(life: Tree) -> str:
    """What the intervals promise, and keep."""
    found = life["intervals"]
    rows = [
        [words, *(number(found[key][each]["mean"]) for each in ("coverage", "width", "open"))]
        for words, key in (("last reading", "last"), ("all readings", "all_readings"))
    ]
    splits = found["held_out"]
    told = (
        f"Intervals promise to hold the truth {found['confidence']:.0%} of the time. On held-out "
        f"units, measured on most and counted on the others, {splits['repeats']} times: "
        f"{splits['coverage']:.1%} ({splits['low']:.1%} to {splits['high']:.1%}). Where an "
        "interval reaches the cap it is open: more are left than its low end says, and no figure "
        "is given."
    )
    headings = ["test units", "coverage", "width, readings", "open above"]
    return f"{told}\n\n{table(headings, rows)}"


def draw_life(foreseen: pd.DataFrame, settings: LifeSettings, source: str) -> tuple[Chart, Chart]:
    """Foreseen against true, and some units' lives; charts of nothing where nobody knows any."""
    known = foreseen[foreseen["left"].notna()] if len(foreseen) else foreseen
    if not len(known):
        return NO_CHART, NO_CHART
    return foreseen_against_true(known, settings, source), lives(known, settings.seed, source)


def foreseen_against_true(foreseen: pd.DataFrame, settings: LifeSettings, source: str) -> Chart:
    """What was foreseen of each unit at its last reading, with intervals, over the truth."""
    seed, cap = settings.seed, settings.cap
    last = met_once(foreseen, seed).sort_values("left")
    true = last["left"].to_numpy(np.float64)
    inside = (last[f"low/{seed}"] <= last["left"]) & (last["left"] <= last[f"high/{seed}"])
    said = last[f"{ENSEMBLE}/{seed}"].to_numpy()
    layers: list[Layer] = [
        _bars(true, last[f"low/{seed}"].to_numpy(), last[f"high/{seed}"].to_numpy()),
        Line(np.array([0.0, cap]), np.array([0.0, cap]), "as in truth", GREY, dashed=True),
    ]
    for holds, name, colour in (
        (True, "held by its interval", BLUE),
        (False, "not held", VERMILLION),
    ):
        own = (inside == holds).to_numpy()
        layers.append(Points(true[own], said[own], f"{name} ({own.sum()})", colour))
    title = f"Remaining life at the last reading of each test unit\n{source}"
    panel = Panel("foreseen, readings", layers, height=6)
    return Chart(title, "true, readings (capped)", (panel,))


def _bars(x: Floats, low: Floats, high: Floats) -> Line:
    """One upright line a unit."""
    gaps = np.full(len(x), np.nan)
    heights = np.stack([low, high, gaps], axis=1).ravel()
    return Line(np.repeat(x, 3), heights, "interval", SKY, width=1.0)


def lives(foreseen: pd.DataFrame, seed: int, source: str) -> Chart:
    """Some units' whole records: what was foreseen at each reading, and the truth."""
    order = met_once(foreseen, seed).sort_values("left")["unit"].to_numpy()
    picks = np.unique(np.linspace(0, len(order) - 1, min(SHOWN, len(order))).round().astype(int))
    panels = [_life(foreseen[foreseen["unit"] == order[pick]], seed) for pick in picks]
    title = f"Remaining life, reading by reading, of some test units\n{source}"
    return Chart(title, "readings since the unit began", panels)


def _life(unit: pd.DataFrame, seed: int) -> Panel:
    """One unit."""
    age = unit["age"].to_numpy()
    columns = {name: unit[f"{name}/{seed}"].to_numpy() for name in (ENSEMBLE, "low", "high")}
    layers: list[Layer] = [
        Line(age, columns["low"], "interval", SKY, width=1.0),
        Line(age, columns["high"], "interval", SKY, width=1.0),
        Line(age, columns[ENSEMBLE], "foreseen", BLUE),
        Line(age, unit["left"].to_numpy(np.float64), "truth", ORANGE, dashed=True),
        Limit(0.0, "failure"),
    ]
    name = unit["asset"].iloc[0] or f"unit {unit['unit'].iloc[0]}"
    return Panel(str(name), layers, height=1.6)
