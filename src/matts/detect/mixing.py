"""How the scores of several detectors become one: learned on validation windows, block by block."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.metrics import average_precision_score

from matts.detect.alarms import Scored
from matts.detect.tail import Surprise
from matts.domain import Bools, Floats

How = Literal["best", "mean", "max", "stacking"]  # the simplest first: of equals it is taken
WAYS: tuple[How, ...] = get_args(How)

BLOCKS = 5  # of windows that follow one another
RIDGE = 1e-3  # keeps the weights finite where parts tell all faults


class Choice(BaseModel):
    """How parts are mixed, and what each way was worth on validation windows that it had not seen.

    `best` is one part alone: then nothing mixed was better.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    how: How
    weights: dict[str, float]  # of each part; they add up to 1
    validation_pr_auc: dict[How, float]  # of each way; 0 where validation has no fault


class Fold(NamedTuple):
    """One block of windows, on the scale that the others give: surprises of P parts."""

    rest: Floats  # [M, P]
    rest_faulty: Bools  # [M]
    own: Floats  # [L, P]
    own_faulty: Bools  # [L]


def learn(
    scored: dict[str, Scored], how: How | None, enough: int
) -> tuple[Choice, dict[str, Surprise], Floats]:
    """The choice, the scale of each part, and what the mixture says of windows not learned: [N].

    Scales, weights and the way itself (where `how` does not say) come from the validation scores of
    the parts. The scores returned are cross-fitted: each block of windows is judged by scales and
    weights of the others, so that a threshold found on them has not seen its own answer. A mixture
    is chosen if it so beats the best part in every block with a fault: with five blocks, chance
    does that once in 32 times.
    """
    parts = list(scored.values())
    folds = _folds(parts, enough)
    held_out = {way: _held_out(way, folds) for way in WAYS}
    chosen = how or _choose(held_out, folds)
    scales = {name: Surprise.of((each,), enough) for name, each in scored.items()}
    surprises = surprises_of(parts, list(scales.values()))
    weights = weigh(chosen, surprises, parts[0].faulty).tolist()
    choice = Choice(
        how=chosen,
        weights=dict(zip(scored, weights, strict=True)),
        validation_pr_auc={way: _joint(each, folds) for way, each in held_out.items()},
    )
    return choice, scales, np.concatenate(held_out[chosen])


def surprises_of(parts: Sequence[Scored], scales: Sequence[Surprise]) -> Floats:
    """The scores of P parts on one scale: [N, P]."""
    both = zip(parts, scales, strict=True)
    return np.column_stack([scale(part.scores, part.assets) for part, scale in both])


def mix(how: How, surprises: Floats, weights: Floats) -> Floats:
    """One score of each window: [N, P], [P] -> [N].

    >>> mix("max", np.array([[1.0, 3.0]]), np.array([0.5, 0.5])).tolist()
    [3.0]
    """
    return np.asarray(surprises.max(axis=1) if how == "max" else surprises @ weights)


def weigh(how: How, surprises: Floats, faulty: Bools) -> Floats:
    """The weight of each part: [N, P], [N] -> [P]; equal ones where there is nothing to learn."""
    count = surprises.shape[1]
    if how in ("mean", "max") or not 0 < faulty.sum() < len(faulty):
        return np.full(count, 1 / count)
    if how == "best":
        worth = [average_precision_score(faulty, column) for column in surprises.T]
        return np.asarray(np.eye(count)[np.argmax(worth)])
    return _stack(surprises, faulty)


def _stack(surprises: Floats, faulty: Bools) -> Floats:
    """The weights of a logistic regression, none negative, as shares of their sum: [P].

    Stacked generalisation (Wolpert, Neural Networks 5, 1992); weights that are not negative keep a
    part from being subtracted (Breiman, Machine Learning 24, 1996).
    """
    signs, count = np.where(faulty, 1.0, -1.0), surprises.shape[1]

    def loss(values: Floats) -> tuple[float, Floats]:
        weights, odds = values[:-1], signs * (surprises @ values[:-1] + values[-1])
        slope = -signs * expit(-odds) / len(signs)
        along = np.append(surprises.T @ slope + RIDGE * weights, slope.sum())
        return float(np.logaddexp(0, -odds).mean() + RIDGE / 2 * weights @ weights), along

    start = np.append(np.full(count, 1 / count), 0.0)
    bounds = [(0, None)] * count + [(None, None)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x[:-1]
    return np.asarray(found / found.sum() if found.any() else np.full(count, 1 / count))


def _folds(parts: Sequence[Scored], enough: int) -> list[Fold]:
    """Each block of windows in their order, beside all others."""
    places = np.arange(len(parts[0].scores))
    folds = []
    for block in np.array_split(places, min(BLOCKS, len(places))):
        own = np.isin(places, block)
        rest = [part.where(~own) for part in parts] if not own.all() else list(parts)
        scales = [Surprise.of((part,), enough) for part in rest]
        blocks = surprises_of([part.where(own) for part in parts], scales)
        folds.append(Fold(surprises_of(rest, scales), rest[0].faulty, blocks, parts[0].faulty[own]))
    return folds


def _held_out(how: How, folds: list[Fold]) -> list[Floats]:
    """What each block is given by what was learned from the others: [L] each."""
    return [mix(how, fold.own, weigh(how, fold.rest, fold.rest_faulty)) for fold in folds]


def _choose(held_out: dict[How, list[Floats]], folds: list[Fold]) -> How:
    """The mixture worth most of those that beat the best part everywhere, or the best part.

    Where there is no fault to tell the best part by, it is the mean.
    """
    known = [n for n, fold in enumerate(folds) if fold.own_faulty.any()]
    if not known:
        return "mean"
    truths = [folds[n].own_faulty for n in known]
    worth = {
        way: np.array([_pr_auc(t, each[n]) for t, n in zip(truths, known, strict=True)])
        for way, each in held_out.items()
    }
    better = [way for way in WAYS if (worth[way] > worth["best"]).all()]
    return max(better, key=lambda way: _joint(held_out[way], folds), default="best")


def _joint(blocks: list[Floats], folds: list[Fold]) -> float:
    """The PR-AUC of all blocks together."""
    return _pr_auc(np.concatenate([fold.own_faulty for fold in folds]), np.concatenate(blocks))


def _pr_auc(faulty: Bools, scores: Floats) -> float:
    return float(average_precision_score(faulty, scores)) if faulty.any() else 0.0
