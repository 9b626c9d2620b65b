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
FAULT_MARKS: tuple[Mark, ...] = ("circle", "square", "diamond", "x")  # the next where colours end
OUTCOMES: tuple[tuple[bool, bool, str, str, Mark, float], ...] = (  # of an alert and a fault
    (False, False, "healthy, no alert", GREY, "circle", 3.0),
    (False, True, "missed fault", BLACK, "circle-open", 6.0),
    (True, True, "true alert", BLUE, "circle", 5.0),
    (True, False, "false alert", VERMILLION, "x", 6.0),
)
UNLABELLED: tuple[tuple[bool, bool, str, str, Mark, float], ...] = (  # where nobody knows faults
    (False, False, "no alert", GREY, "circle", 3.0),
    (True, False, "alert", BLUE, "circle", 5.0),
)
Curve = tuple[Floats, Bools]  # scores [N] and whether each is of a fault [N]
Epochs = Sequence[Mapping[str, float]]

STRONG = len(LINE_COLOURS)  # detectors drawn in colour
MOST_HEALTHY = 2000  # healthy points on a map
WIDE = 20  # scores above so many thresholds are drawn on a log scale
NO_LOSSES = ("validation", "rate", "seconds")  # what else an epoch tells


def scores_over_time(  # noqa: PLR0913, PLR0917 - it shows seven things
    positions: Ints,
    scores: Floats,
    alerts: Bools,
    faults: Bools,
    fault_names: Sequence[str],
    threshold: float,
    source: str,
) -> Chart:
    """Scores and alerts [N] by their outcome at positions [N], over the true faults [N, K]."""
    _check_lengths(positions=positions, scores=scores, alerts=alerts, faults=faults)
    if faults.shape[1:] != (len(fault_names),):
        msg = f"faults must be [N, {len(fault_names)}], got {list(faults.shape)}"
        raise BadInputError(msg)
    faulty = faults.any(axis=1)
    layers: list[Layer] = []
    for alert, fault, name, colour, mark, size in OUTCOMES if fault_names else UNLABELLED:
        here = (alerts == alert) & (faulty == fault)
        counted = f"{name} ({here.sum():,})"
        layers.append(Points(positions[here], scores[here], counted, colour, mark, size))
    layers.append(Limit(threshold, f"threshold {threshold:.3g}"))
    log = bool(scores.min() > 0 and scores.max() > WIDE * threshold > 0)
    lanes = fault_lanes(positions, faults, fault_names)
    names = [f"{lane.name} ({len(lane.spans)})" for lane in lanes]
    truth = Panel("true faults", lanes, names, height=0.4 + 0.3 * len(lanes))
    panels = (Panel("score", layers, log=log), *([truth] if lanes else []))
    return Chart(f"Scores and alerts\n{source}", "reading", panels, whole=True)


def fault_lanes(positions: Ints, faults: Bools, fault_names: Sequence[str]) -> list[Bands]:
    """The true faults [N, K] at positions [N], a lane each."""
    return [_lane(positions, faults[:, k], name, k) for k, name in enumerate(fault_names)]


def _lane(positions: Ints, flags: Bools, name: str, fault: int) -> Bands:
    """One span for each run of readings with a fault, from half a step before to half after it."""
    steps = np.diff(positions)
    step = steps.min() if len(steps) else 1
    segments = np.r_[0, np.cumsum(steps > step)]
    starts, stops = runs(flags, segments).T
    spans = np.column_stack([positions[starts] - step / 2, positions[stops - 1] + step / 2])
    return Bands(spans, name, _colour(fault), lane=fault)


def _colour(fault: int) -> str:
    """The colour of fault k, counted from 0: the same in every chart."""
    return FAULT_COLOURS[fault % len(FAULT_COLOURS)]


def pr_curves(curves: Mapping[str, Curve], source: str) -> Chart:
    """Precision over recall of each detector, the best first; those past the eighth in grey."""
    areas = {name: _area(*curve) for name, curve in curves.items()}
    best_first = sorted(areas, key=lambda name: -(areas[name] or 0))
    better = [None, *(areas[name] for name in best_first)]  # an equal one would hide it
    lines: list[Layer] = [
        _steps(curves[name], f"{name}: {_told(areas[name])}", colour, dashed=areas[name] == above)
        for name, colour, above in zip(best_first, LINE_COLOURS, better, strict=False)
    ]
    rest = best_first[STRONG:]
    lines += [_steps(curves[name], f"{len(rest)} more", GREY, width=0.7) for name in rest]
    rates = sorted({float(faulty.mean()) for _, faulty in curves.values()})
    lines += [Limit(rate, f"always alert: {rate:.3f}") for rate in rates]
    panel = Panel("precision (share of alerts that are faults)", lines, y_range=(0, 1.03), height=5)
    title = f"Precision and recall, PR-AUC beside each detector\n{source}"
    return Chart(title, "recall (share of faulty readings alerted)", (panel,))


def _area(scores: Floats, faulty: Bools) -> float | None:
    """PR-AUC, None where there is no fault to find."""
    return float(average_precision_score(faulty, scores)) if faulty.any() else None


def _told(area: float | None) -> str:
    return "no faults" if area is None else f"{area:.3f}"


def _steps(
    curve: Curve, name: str, colour: str, width: float = 1.6, *, dashed: bool = False
) -> Line:
    """In steps, for no threshold reaches the points between; without a fault nothing."""
    scores, faulty = curve
    if not faulty.any():
        return Line(np.empty(0), np.empty(0), name, colour)
    precision, recall, _ = precision_recall_curve(faulty, scores, drop_intermediate=True)
    precision[-1] = precision[-2]  # the curve begins at the first alert; sklearn puts it at 1
    return Line(recall[::-1], precision[::-1], name, colour, dashed, steps=True, width=width)


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
    panel = Panel("true class", (cells,), rows, height=1 + 0.5 * len(labels))
    return Chart(f"Which fault was named\n{source}", "predicted class", (panel,), labels)


def training_curves(histories: Mapping[str, Epochs], source: str) -> Chart:
    """Each loss term and the validation figure over the epochs, a colour for each network."""
    named = {_describe(name, epochs): epochs for name, epochs in histories.items()}
    told = dict.fromkeys(chain.from_iterable(chain.from_iterable(histories.values())))
    terms = [term for term in told if term not in NO_LOSSES]
    losses = [_loss_panel(_courses(named, term), term) for term in terms]
    figures: list[Layer] = [*_courses(named, "validation"), _best(histories)]
    validation = Panel("validation (higher is better)", figures, height=2.6)
    return Chart(f"Training\n{source}", "epoch", (*losses, validation), whole=True)


def _describe(name: str, epochs: Epochs) -> str:
    best = f"best {_best_epoch(epochs)} of {len(epochs)}" if epochs else "no epochs"
    return f"{name} ({best})"


def _best_epoch(epochs: Epochs) -> int:
    """The first with the best validation figure, counted from 1."""
    return 1 + int(np.argmax([epoch["validation"] for epoch in epochs]))


def _courses(histories: Mapping[str, Epochs], term: str) -> list[Line]:
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


def _loss_panel(lines: Sequence[Line], term: str) -> Panel:
    """On a log scale where the loss falls tenfold; else that has too few ticks to be read."""
    values = np.concatenate([line.y[np.isfinite(line.y)] for line in lines])
    log = bool(values.max(initial=0) > 10 * values.min(initial=np.inf) > 0)
    return Panel(f"{term} loss", lines, log=log, height=1.8)


def _best(histories: Mapping[str, Epochs]) -> Points:
    """The best epoch of each network that was trained."""
    trained = [(epochs, _best_epoch(epochs)) for epochs in histories.values() if epochs]
    best = np.array([epoch for _, epoch in trained], np.int64)
    figures = np.array([epochs[epoch - 1]["validation"] for epochs, epoch in trained])
    return Points(best, figures, "best epoch", BLACK, "star", 9)


def latent_map(latent: Floats, classes: Ints, fault_names: Sequence[str], source: str) -> Chart:
    """Windows by the first two principal components of their latent vectors [N, L]."""
    _check_lengths(latent=latent, classes=classes)
    plane, shares = _first_two(latent)
    healthy = np.flatnonzero(classes == HEALTHY)
    shown = healthy[:: -(-len(healthy) // MOST_HEALTHY) or 1]
    name = f"healthy ({len(shown):,} of {len(healthy):,})"
    layers: list[Layer] = [Points(plane[shown, 0], plane[shown, 1], name, GREY, size=3)]
    for fault, fault_name in enumerate(fault_names):
        own = plane[classes == 1 + fault]
        mark = FAULT_MARKS[fault // len(FAULT_COLOURS) % len(FAULT_MARKS)]
        name = f"{fault_name} ({len(own):,})"
        layers.append(Points(own[:, 0], own[:, 1], name, _colour(fault), mark))
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
