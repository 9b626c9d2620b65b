"""What a search found: a table of trials, the best one, and how to use it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from matts.domain import BadInputError
from matts.search.ledger import importance
from matts.search.recipe import Recipe, Value
from matts.search.space import SearchSettings
from matts.search.trial import Trial
from matts.windows import WindowSettings

OPTIMISTIC = (
    "the best of many is lucky, too: its validation figure promises more than later readings will "
    "show, and only the matts pipeline, with several seeds, looks at the test part"
)


def table_of(trials: Sequence[Trial]) -> pd.DataFrame:
    """One row a trial: its settings by their paths, and what came of it."""
    rows = [
        {
            "number": trial.number,
            "state": trial.state,
            "value": np.nan if trial.value is None else trial.value,
            "epochs": len(trial.figures),
            "seconds": trial.seconds,
            "reason": trial.reason,
            "figures": trial.figures,
            **trial.chosen,
        }
        for trial in trials
    ]
    return pd.DataFrame(rows)


def summarise(
    trials: Sequence[Trial], recipe: Recipe, settings: SearchSettings, source: Mapping[str, Any]
) -> dict[str, Any]:
    """The best trial beside the preset, which was trained as long; and how many there were."""
    complete = [trial for trial in trials if trial.value is not None]
    if not complete:
        msg = (
            f"a search needs a trial that ends, got {len(trials)} that did not: {_reasons(trials)}"
        )
        raise BadInputError(msg)
    best = max(complete, key=lambda trial: (trial.value, -trial.number))
    states = [trial.state for trial in trials]
    return {
        **source,
        "trials": len(trials),
        **{state: states.count(state) for state in ("complete", "pruned", "failed")},
        "figure": "PR-AUC of the validation windows that end where the longest do",
        "epochs_at_most": settings.epochs,
        "preset": {"value": trials[0].value, "values": dict(trials[0].chosen)},
        "best": {"number": best.number, "value": best.value, "values": dict(best.chosen)},
        "importance": importance(trials, settings),
        "command": command(best, recipe, source["dataset"]),
        "note": OPTIMISTIC,
    }


def _reasons(trials: Sequence[Trial]) -> str:
    return "; ".join(sorted({trial.reason or trial.state for trial in trials}))


def command(best: Trial, recipe: Recipe, dataset: int | str) -> str:
    """What to type to train and judge the best settings with five seeds."""
    values = {path: plain(value) for path, value in best.chosen.items()}
    if recipe.detector.monitor != "pr_auc":
        values["detector.monitor"] = "pr_auc"
    if recipe.windows.channels != WindowSettings().channels:
        values["windows.channels"] = recipe.windows.channels
    told = ",".join(f"{path}={value}" for path, value in values.items())
    return f"kedro run --pipeline matts --params dataset={dataset},{told},evaluate.seeds=5"


def plain(value: Value) -> str:
    """A number as every parser reads it.

    >>> plain(16), plain(5e-05), plain(0.5)
    ('16', '0.00005', '0.5')
    """
    return str(value) if isinstance(value, int) else np.format_float_positional(value, trim="-")


def in_words(results: Mapping[str, Any]) -> str:
    """What is shown at the end of a run."""
    best, preset = results["best"], results["preset"]["value"]
    counts = ", ".join(f"{results[state]} {state}" for state in ("complete", "pruned", "failed"))
    return (
        f"{results['trials']} trials ({counts}): trial {best['number']} has the best validation "
        f"PR-AUC, {best['value']:.4f}; the preset as long: "
        f"{'failed' if preset is None else format(preset, '.4f')}.\n"
        f"To judge it ({results['note']}):\n{results['command']}"
    )
