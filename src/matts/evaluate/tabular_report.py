"""The page of a tabular study: what each task came to, beside what guesses come to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from matts.evaluate.tabular import CHOSEN
from matts.formats import number, table
from matts.tabular.controls import CANARY

Tree = dict[str, Any]

NAMES = {
    "pr_auc": "PR-AUC",
    "roc_auc": "ROC-AUC",
    "f1": "F1",
    "f1_macro": "macro F1",
    "f1_weighted": "weighted F1",
    "precision": "precision",
    "recall": "recall",
    "accuracy": "accuracy",
    "brier": "Brier",
    "base_rate": "base rate",
    "r2": "R²",
    "r2_below_cap": "R² below the cap",
    "rmse": "RMSE",
    "mae": "MAE",
    "median_error": "median error",
}
SHOWN = {
    "pr_auc": ("roc_auc", "f1", "precision", "recall", "accuracy", "f1_macro", "brier"),
    "f1_macro": ("f1_weighted", "accuracy", "pr_auc", "roc_auc", "brier"),
    "r2": ("r2_below_cap", "rmse", "mae", "median_error"),
}
CONTROLS = {
    "prior": "how frequent each answer is",
    "last_label": "what held last",
    "one_sensor": "one threshold on one sensor, as it is now",
    "history": "what is given alone, as age or time since maintenance; no sensor",
    "raw_linear": "a linear model of the raw readings of now",
    CANARY: "a model that learnt answers shuffled among rows: it can know nothing",
}
HOW = (
    "Every figure is of rows that the model was not fitted on; in brackets 95 % of a thousand "
    "draws of machines (of stretches of rows, where there are fewer than 20). A model beats a "
    "control if its figure is the higher one in 97.5 % of the same draws. A probability is a yes "
    "from the threshold on that gives the best F1 on the other folds. The best of many models by "
    "the same figures looks better than it is: `chosen` is judged on each fold as the model that "
    "the other folds would have chosen."
)


def write_page(
    summary: Tree, results: Mapping[str, pd.DataFrame], said_of_labels: Sequence[str]
) -> str:
    """The whole page, as Markdown."""
    parts = ["# Tabular suite", _opening(summary), write_best(summary)]
    parts += ["## What the labels are made of", *said_of_labels] if said_of_labels else []
    for key, told in summary["tasks"].items():
        parts += [f"## {key}", *_section(told, results[key])]
    parts += ["## What was left out", _left_out(summary)]
    parts += ["## Folds", _folds(summary["folds"]), "## Cost", write_cost(summary, results)]
    parts += ["## Models", _models(results), "## How to read this", HOW, _controls()]
    return "\n\n".join(part for part in parts if part) + "\n"


def _opening(summary: Tree) -> str:
    asked = summary["sample"]
    drawn = f"; {asked:,} of them were drawn for examples" if asked else ""
    return (
        f"{summary['data_source'].capitalize()} readings, data set {summary['dataset']}: "
        f"{summary['rows']:,} rows of {number(summary['machines'])} machines, "
        f"{summary['features']} features{drawn}. {summary['configurations']} configurations and "
        f"{summary['controls']} controls, folds by {summary['by']}."
    )


def write_best(summary: Tree) -> str:
    """One line a task: the best model, the best guess, and whether that says anything."""
    headings = ["task", "best model", "figure", "value", "chosen by other folds"]
    headings += ["base rate", "best control", "beats all controls"]
    rows = [_best_row(key, told) for key, told in summary["tasks"].items()]
    return table(headings, rows)


def _best_row(key: str, told: Tree) -> list[str]:
    lead, chosen = told["lead"], told["chosen_by_other_folds"]
    fair = {n: each for n, each in told["controls"].items() if n not in told["told_controls"]}
    rival = max(fair, key=lambda name: fair[name]["value"] or 0.0)
    base = told["figures"].get("base_rate", {"value": None})["value"]
    losing = ", ".join(told["not_surely_better_than"])
    return [
        *(key, told["best"], NAMES[lead], spread(told["figures"][lead])),
        spread(chosen[lead]),
        number(base),
        f"{rival} {number(fair[rival]['value'])}",
        f"no: not surely {losing}" if losing else "yes",
    ]


def spread(told: Tree) -> str:
    """A figure with its interval.

    >>> spread({"value": 0.5, "low": 0.4, "high": 0.612}), spread({"value": None, "low": None})
    ('0.500 [0.400, 0.612]', '-')
    """
    if told["low"] is None:
        return number(told["value"])
    return f"{number(told['value'])} [{number(told['low'])}, {number(told['high'])}]"


def _section(told: Tree, results: pd.DataFrame) -> Iterator[str]:
    """One task: the figures of all configurations, the best first."""
    lead = told["lead"]
    if told["not_surely_better_than"]:
        yield f"**Nothing here is surely better than {', '.join(told['not_surely_better_than'])}.**"
    shown = [lead, *(name for name in SHOWN[lead] if name in results)]
    classes = [f"f1/{name}" for name in told["classes"]] if len(told["classes"]) > 2 else []  # noqa: PLR2004
    headings = ["model", *(NAMES[name] for name in shown), *(f"F1 {c[3:]}" for c in classes)]
    headings += ["not surely better than", "CPU s"]
    known = results[results[lead].notna() | results["problem"].isna()]
    every: list[Any] = known.to_dict("records")
    rows = [_row(row, [*shown, *classes], told) for row in every]
    yield table(headings, rows)
    for name, problem in told["problems"].items():
        yield f"{name} is left out: {problem}."
    yield f"`{CHOSEN}` is, fold by fold: {', '.join(told['chosen_by_other_folds']['models'])}."


def _row(row: Tree, metrics: Sequence[str], told: Tree) -> list[str]:
    name = row["model"]
    mark = " (control)" * bool(row["control"])
    mark = " (told what no model is)" if name in told["told_controls"] else mark
    figures = [spread(_read(row, metric)) for metric in metrics]
    losing = row["not_surely_better_than"]
    return [
        f"{name}{mark}",
        *figures,
        losing if isinstance(losing, str) and losing else "-",
        _cpu(row),
    ]


def _read(row: Tree, metric: str) -> Tree:
    ends = {"value": metric, "low": f"{metric}_low", "high": f"{metric}_high"}
    found = {end: row.get(name) for end, name in ends.items()}
    return {end: None if each is None or pd.isna(each) else each for end, each in found.items()}


def _cpu(row: Tree) -> str:
    return number(_read(row, "cpu_seconds")["value"])


def _left_out(summary: Tree) -> str:
    told = [f"- {key}: {why}" for key, why in summary["left_out"].items()]
    return "\n".join(told) or "Nothing."


def _folds(folds: Sequence[Tree]) -> str:
    """Whose rows, from when to when, how many of each answer."""
    headings = ["task", "fold", "part", "rows", "machines", "first", "last", "of each answer"]
    rows = [
        [
            *(each["task"], str(each["fold"]), each["part"], number(each["rows"])),
            *(number(each["machines"]), each.get("first", "-"), each.get("last", "-")),
            ", ".join(f"{name} {count:,}" for name, count in each["classes"].items()) or "-",
        ]
        for each in folds
    ]
    return table(headings, rows)


def write_cost(summary: Tree, results: Mapping[str, pd.DataFrame]) -> str:
    """CPU seconds of each model over all tasks, folds and all, the dearest first."""
    every = pd.concat(results.values(), ignore_index=True)
    own = every[every["cpu_seconds"].notna()].groupby("model")[["cpu_seconds", "seconds"]].sum()
    ranked = own.sort_values("cpu_seconds", ascending=False)
    rows = [[str(name), *(f"{each:,.1f}" for each in row)] for name, row in ranked.T.items()]
    whole = [f"{summary[name]:,.1f}" for name in ("cpu_seconds", "seconds")]
    return table(["model", "CPU s", "s"], [*rows, ["all of them", *whole]])


def _models(results: Mapping[str, pd.DataFrame]) -> str:
    """What each model is."""
    from matts.tabular.zoo import CLASSIFIERS  # noqa: PLC0415 (it takes seconds)

    asked = {name for own in results.values() for name in own["model"]}
    return "\n".join(f"- `{n}`: {each.label}." for n, each in CLASSIFIERS.items() if n in asked)


def _controls() -> str:
    return "\n".join(f"- `{name}`: {meaning}." for name, meaning in CONTROLS.items())


def in_words(summary: Tree, path: str) -> str:
    """What the end of a run says."""
    return (
        f"{write_best(summary)}\n\n{summary['configurations']} configurations and "
        f"{summary['controls']} controls took {summary['cpu_seconds']:,.0f} CPU s "
        f"({summary['seconds']:,.0f} s of wall time, added up). More in {path}."
    )
