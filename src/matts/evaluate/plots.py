"""The charts of an evaluation: what was scored, found, missed, named and learnt."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve

from matts.domain import HEALTHY, BadInputError, Bools, Floats, Ints
from matts.evaluate.charts import Bands, Chart, Heatmap, Layer, Limit, Line, Mark, Panel, Points
from matts.evaluate.runs import runs

# distinct to the colour-blind too: Okabe and Ito, "Color Universal Design", 2008
BLACK, BLUE, VERMILLION, GREY = "#000000", "#0072B2", "#D55E00", "#999999"
ORANGE, SKY, GREEN, PURPLE, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#F0E442"
LINE_COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK, YELLOW)
FAULT_COLOURS = (ORANGE, SKY, GREEN, PURPLE, YELLOW)  # none that an outcome has
FAULT_MARKS: tuple[Mark, ...] = ("dot", "square", "diamond", "cross")  # the next where colours end
OUTCOMES: tuple[tuple[bool, bool, str, str, Mark, float], ...] = (  # of an alert and a fault
    (False, False, "no alert, healthy", GREY, "dot", 3.0),
    (False, True, "missed fault", BLACK, "ring", 6.0),
    (True, True, "true alert", BLUE, "dot", 5.0),
    (True, False, "false alert", VERMILLION, "cross", 6.0),
)
Curve = tuple[Floats, Bools]  # scores [N] and whether each is of a fault [N]
Epochs = Sequence[Mapping[str, float]]

STRONG = len(LINE_COLOURS)  # detectors drawn in colour
MOST_HEALTHY = 2000  # healthy points on a map
WIDE = 20  # scores above so many thresholds are drawn on a log scale
NO_LOSSES = ("validation", "rate", "seconds")  # what else an epoch tells


def scores_over_time(  # noqa: PLR0913 - seven facts make this chart
    positions: Ints,
    scores: Floats,
    alerts: Bools,
    faults: Bools,
    fault_names: Sequence[str],
    threshold: float,
    source: str,
) -> Chart:
    """The outcome for each coil: scores and alerts [N] by position [N], above true faults [N, K]."""
    _check_lengths(positions=positions, scores=scores, alerts=alerts, faults=faults)
    faulty = faults.any(axis=1)
    outcomes: list[Layer] = []
    for alert, fault, name, colour, mark, size in OUTCOMES:
        here = (alerts == alert) & (faulty == fault)
        name = f"{name} ({here.sum():,})"
        outcomes.append(Points(positions[here], scores[here], name, colour, mark, size))
    outcomes.append(Limit(threshold, f"threshold {threshold:.3g}"))
    log = bool(scores.min() > 0 and scores.max() > WIDE * threshold > 0)
    lanes = [_lane(positions, faults[:, k], name, k) for k, name in enumerate(fault_names)]
    names = [f"{lane.name} ({len(lane.spans)})" for lane in lanes]
    truth = Panel("true faults", lanes, names, height=0.4 + 0.3 * len(lanes))
    panels = (Panel("score", outcomes, log=log), *([truth] if lanes else []))
    return Chart(f"Scores and alerts\n{source}", "coil", panels)


def _lane(positions: Ints, flags: Bools, name: str, fault: int) -> Bands:
    """One span for each run of coils with a fault, half a step wider than its ends."""
    steps = np.diff(positions)
    step = steps.min(initial=positions[-1] - positions[0] + 1)
    segments = np.cumsum(np.r_[0, steps > step])
    ends = positions[runs(flags, segments) - [0, 1]]
    return Bands(ends + [-step / 2, step / 2], name, _colour(fault), lane=fault)


def _colour(fault: int) -> str:
    """The colour of fault k, counted from 0: the same in every chart."""
    return FAULT_COLOURS[fault % len(FAULT_COLOURS)]


def pr_curves(curves: Mapping[str, Curve], source: str) -> Chart:
    """Precision over recall of each detector, the best first; those past the eighth in grey."""
    areas = {name: _area(*curve) for name, curve in curves.items()}
    best_first = sorted(areas, key=lambda name: -areas[name])
    lines: list[Layer] = [
        _steps(curves[name], f"{name}: {areas[name]:.3f}", colour)
        for name, colour in zip(best_first, LINE_COLOURS, strict=False)
    ]
    rest = best_first[STRONG:]
    lines += [_steps(curves[name], f"{len(rest)} more", GREY, faint=True) for name in rest]
    rates = sorted({float(faulty.mean()) for _, faulty in curves.values()})
    lines += [Limit(rate, f"always alert: {rate:.3f}") for rate in rates]
    panel = Panel("precision (share of alerts that are faults)", lines, y_range=(0, 1.03), height=5)
    title = f"Precision and recall, PR-AUC beside each detector\n{source}"
    return Chart(title, "recall (share of faulty coils alerted)", (panel,))


def _area(scores: Floats, faulty: Bools) -> float:
    """PR-AUC, 0 where there is no fault to find."""
    return float(average_precision_score(faulty, scores)) if faulty.any() else 0.0


def _steps(curve: Curve, name: str, colour: str, *, faint: bool = False) -> Line:
    """In steps, for no threshold reaches the points between; without a fault nothing."""
    scores, faulty = curve
    if not faulty.any():
        return Line(np.empty(0), np.empty(0), f"{name} (no faults)", colour)
    precision, recall, _ = precision_recall_curve(faulty, scores, drop_intermediate=True)
    return Line(recall[::-1], precision[::-1], name, colour, steps=True, faint=faint)


def confusion(labels: Sequence[str], matrix: Sequence[Sequence[int]], source: str) -> Chart:
    """Counts [C, C] by true class (row) and predicted class, coloured by their share of the row."""
    counts = np.array(matrix, np.int64)
    if counts.shape != (len(labels), len(labels)):
        msg = f"{len(labels)} labels need a square matrix of that size, got {list(counts.shape)}"
        raise BadInputError(msg)
    totals = counts.sum(axis=1, keepdims=True)
    texts = [[f"{count:,}" for count in row] for row in counts.tolist()]
    cells = Heatmap(counts / np.maximum(totals, 1), texts, "share of the true class")
    rows = [f"{label} ({total:,})" for label, total in zip(labels, totals[:, 0], strict=True)]
    panel = Panel("true class", (cells,), rows, height=0.6 * len(labels) + 1)
    return Chart(f"Which fault was named\n{source}", "predicted class", (panel,), labels)


def training_curves(histories: Mapping[str, Epochs], source: str) -> Chart:
    """Each loss term and the validation figure over the epochs, a colour for each network."""
    every = [epoch for epochs in histories.values() for epoch in epochs]
    terms = [term for term in dict.fromkeys(chain(*every)) if term not in NO_LOSSES]
    losses = [
        Panel(f"{term} loss", _courses(histories, term), log=True, height=1.8) for term in terms
    ]
    figure = Panel("validation", [*_courses(histories, "validation"), _best(histories)], height=2.6)
    title = f"Training: losses and validation figure (higher is better)\n{source}"
    return Chart(title, "epoch", (*losses, figure))


def _courses(histories: Mapping[str, Epochs], term: str) -> list[Layer]:
    """One line a network; colours come round again, then dashed."""
    return [
        Line(
            x=np.arange(1, len(epochs) + 1),
            y=np.array([epoch.get(term, np.nan) for epoch in epochs]),
            name=name,
            colour=LINE_COLOURS[number % STRONG],
            dashed=number // STRONG % 2 == 1,
        )
        for number, (name, epochs) in enumerate(histories.items())
    ]


def _best(histories: Mapping[str, Epochs]) -> Points:
    """The first epoch of the best validation figure of each network that was trained."""
    figures = [[epoch["validation"] for epoch in epochs] for epochs in histories.values() if epochs]
    best = np.array([int(np.argmax(course)) for course in figures], np.int64)
    heights = np.array([max(course) for course in figures])
    return Points(best + 1, heights, "best epoch", BLACK, "star", 9)


def latent_map(latent: Floats, classes: Ints, fault_names: Sequence[str], source: str) -> Chart:
    """Windows by the first two principal components of their latent vectors [N, L]."""
    _check_lengths(latent=latent, classes=classes)
    plane, shares = _first_two(latent)
    healthy = np.flatnonzero(classes == HEALTHY)
    shown = healthy[:: -(-len(healthy) // MOST_HEALTHY) or 1]
    name = f"healthy ({len(shown):,} of {len(healthy):,})"
    layers: list[Layer] = [Points(*plane[shown].T, name, GREY, size=3)]
    for fault, fault_name in enumerate(fault_names):
        own = plane[classes == fault + 1].T
        mark = FAULT_MARKS[fault // len(FAULT_COLOURS) % len(FAULT_MARKS)]
        name = f"{fault_name} ({own.shape[1]:,})"
        layers.append(Points(*own, name, _colour(fault), mark))
    x_label, y_label = (
        f"{which} principal component ({share:.0%} of the variance)"
        for which, share in zip(("first", "second"), shares, strict=True)
    )
    title = f"Latent vectors of the windows\n{source}"
    return Chart(title, x_label, (Panel(y_label, layers, height=6),))


def _first_two(latent: Floats) -> tuple[Floats, Floats]:
    """Coordinates [N, 2] on the first two principal axes, and what share of variance each has."""
    centred = np.asarray(latent, np.float64) - latent.mean(axis=0)
    sides, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    padded = np.pad(sides * sizes, ((0, 0), (0, 2)))[:, :2]
    variances = np.pad(sizes**2, (0, 2))
    return padded, variances[:2] / max(variances.sum(), 1e-30)


def _check_lengths(**arrays: NDArray[Any]) -> None:
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1 or not all(lengths.values()):
        msg = f"a chart needs arrays of one length, at least 1, got {lengths}"
        raise BadInputError(msg)
