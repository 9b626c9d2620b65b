"""What the best models of the tabular suite answered: confusion and calibration."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from matts.domain import Floats, Ints
from matts.evaluate.charts import NO_CHART, Chart, Heatmap, Layer, Line, Panel, Points
from matts.evaluate.plots import GREY, LINE_COLOURS
from matts.evaluate.tabular_scores import words

Best = Mapping[str, pd.DataFrame]  # of each task: an example a row

YES = "p/yes"
BINS = 10  # of probability
FEWEST = 30  # rows of a bin: a share of fewer is drawn by chance
FEWEST_MACHINES = 5  # of a bin: of fewer nobody knows how they differ
DRAWS, TAILS = 500, (2.5, 97.5)  # of machines, and per cent: a 95 % interval


class Curve(NamedTuple):
    """What came true of what was foretold, bin by bin: [B] each."""

    foretold: Floats  # mean probability
    came_true: Floats  # share
    low: Floats
    high: Floats
    rows: Floats


def confusion_chart(best: Best, source: str) -> Chart:
    """What was answered for what was true: faults by name, then every yes or no in one panel."""
    many = {task: each for task, each in best.items() if is_class(each) and YES not in each}
    flags = {task: each for task, each in best.items() if YES in each}
    panels = [_confused(task, each) for task, each in many.items()]
    if flags:
        rows = [_flags(task, each) for task, each in flags.items()]
        cells = _cells(np.concatenate([counts for _, counts in rows]))
        names = [name for own, _ in rows for name in own]
        height = 0.6 + 0.32 * len(names)
        panels.append(
            Panel("truth", [cells], names, height=height, x_label="answer", x_names=("no", "yes"))
        )
    title = "Answers of the best models on machines held out"
    return Chart(f"{title}\n{source}", "", panels) if panels else NO_CHART


def is_class(answers: pd.DataFrame) -> bool:
    """Whether the answers are classes, not numbers."""
    return any(str(column).startswith("p/") for column in answers)


def _counts(answers: pd.DataFrame, classes: list[str]) -> Ints:
    """[C, C]: by truth and by answer."""
    table = pd.crosstab(answers["truth"], answers["predicted"])
    return np.asarray(table.reindex(index=classes, columns=classes, fill_value=0), np.int64)


def _cells(counts: Ints) -> Heatmap:
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    texts = [[f"{count:,}" for count in row] for row in counts.tolist()]
    return Heatmap(counts / totals, texts, "share of the truth")


def _confused(task: str, answers: pd.DataFrame) -> Panel:
    classes = [str(column)[2:] for column in answers if str(column).startswith("p/")]
    counts = _counts(answers, classes)
    rows = [f"{name} ({count:,})" for name, count in zip(classes, counts.sum(axis=1), strict=True)]
    label = f"answer to {words(task, ' ')}, by {model_of(answers)}"
    height = 0.8 + 0.4 * len(classes)
    return Panel("truth", [_cells(counts)], rows, height=height, x_label=label, x_names=classes)


def _flags(task: str, answers: pd.DataFrame) -> tuple[list[str], Ints]:
    counts = _counts(answers, ["no", "yes"])
    told = f"{words(task, ' ')} ({model_of(answers)})"
    return [f"{told}: no", "yes"], counts


def model_of(answers: pd.DataFrame) -> str:
    """Whose answers these are."""
    return str(answers["model"].iloc[0])


def calibration_chart(best: Best, source: str) -> Chart:
    """How often what was foretold with a probability came true, with intervals, and how many."""
    found = {task: reliability(each) for task, each in best.items() if YES in each}
    curves = {task: each for task, each in found.items() if len(each[0])}
    if not curves:
        return NO_CHART
    colours = dict(zip(dict.fromkeys(map(_name, curves)), LINE_COLOURS, strict=False))
    panels = []
    for when, tasks in _by_time(curves).items():
        told, counted = _curves({task: curves[task] for task in tasks}, colours)
        diagonal = Line(
            np.array([0.0, 1.0]), np.array([0.0, 1.0]), "as foretold", GREY, dashed=True
        )
        panels += [
            Panel(f"came true, {when}", [diagonal, *told], y_range=(-0.02, 1.02), height=3.2),
            Panel(f"rows, {when}", counted, log=True, height=1.4),
        ]
    title = "Calibration of the best models on machines held out, 95 % intervals by machine"
    return Chart(f"{title}\n{source}", "probability foretold", panels)


def _name(task: str) -> str:
    return task.rpartition("_")[0]


def _by_time(tasks: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for task in tasks:
        found.setdefault(words(task, "|").split("|")[1], []).append(task)
    return found


def _curves(
    curves: Mapping[str, Curve], colours: Mapping[str, str]
) -> tuple[list[Layer], list[Layer]]:
    """The curve of each task, and how many rows it stands on."""
    told: list[Layer] = []
    counted: list[Layer] = []
    for task, (middle, share, low, high, rows) in curves.items():
        name, colour = _name(task).replace("_", " "), colours[_name(task)]
        gaps = np.full(len(middle), np.nan)
        bars = np.column_stack([low, high, gaps]).ravel()
        told += [
            Line(np.column_stack([middle, middle, gaps]).ravel(), bars, name, colour, width=1.0),
            Line(middle, share, name, colour),
            Points(middle, share, name, colour, size=5),
        ]
        counted.append(Points(middle, rows, name, colour, size=5))
    return told, counted


def reliability(answers: pd.DataFrame) -> Curve:
    """Of each bin with enough rows: mean probability, share that came true, interval, rows.

    Machines are drawn anew for the interval: readings of one machine are not independent. A bin of
    too few machines has none. Where no bin has enough rows, all are empty.
    """
    told = answers[YES].to_numpy(np.float64)
    true = (answers["truth"] == "yes").to_numpy(np.float64)
    machines = pd.factorize(answers["machine"])[0]
    bins = np.minimum((told * BINS).astype(np.int64), BINS - 1)
    sums = np.zeros((machines.max() + 1, BINS, 3))  # rows, probability, came true
    np.add.at(sums, (machines, bins), np.column_stack([np.ones(len(told)), told, true]))
    total = sums.sum(axis=0)
    kept = total[:, 0] >= FEWEST
    if not kept.any():
        return Curve(*np.empty((5, 0)))
    drawn = np.random.default_rng(0).multinomial(len(sums), [1 / len(sums)] * len(sums), DRAWS)
    rows, _, came = np.moveaxis(np.tensordot(drawn, sums[:, kept], 1), -1, 0)
    shares = np.divide(came, rows, out=np.full(rows.shape, np.nan), where=rows > 0)
    low, high = np.nanpercentile(shares, TAILS, axis=0)
    few = (sums[:, kept, 0] > 0).sum(axis=0) < FEWEST_MACHINES
    low[few] = high[few] = np.nan
    count, foretold, came_true = total[kept].T
    return Curve(foretold / count, came_true / count, low, high, count)
