"""The result for people: a page of Markdown, and the table that ends a run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matts.evaluate.alarm_report import alarm_section
from matts.evaluate.cause_views import cause_section
from matts.evaluate.classes import class_section
from matts.evaluate.combination import tell_combination
from matts.evaluate.diagnosis_views import (
    ALIKE,
    UNNAMED,
    class_table,
    diagnoser_table,
    tells_apart,
)
from matts.evaluate.event_report import HEADINGS, STRONGEST, count_events, event_rows
from matts.evaluate.found import found_section
from matts.evaluate.gallery import source_of
from matts.evaluate.learning_views import learnability_section
from matts.evaluate.life_views import life_section
from matts.evaluate.pairs import pair_section
from matts.evaluate.verdict import at_a_glance, verdict
from matts.formats import number, table
from matts.source.quality_report import quality_section

__all__ = ["detector_table", "diagnoser_table", "summary", "table", "verdict", "write_report"]

Tree = Mapping[str, Any]

DETECTION = {  # a column's heading and the metric below it
    "PR-AUC": "pr_auc",
    "VUS-PR": "vus_pr",
    "precision": "precision",
    "recall": "recall",
    "F1": "f1",
    "false-alarm rate": "false_alarm_rate",
    "missed-alarm rate": "missed_alarm_rate",
    "event recall": "event_recall",
    "event precision": "event_precision",
    "delay, median": "delay_median",
    "false alarms / 1,000": "false_alarms_per_1000",
}


WAYS = {  # what `windows.split.by` means
    "time": "in the order of time",
    "readings": "the first readings of each asset, those that follow, and the others",
    "asset": "whole assets",
    "given": "as the source declares them",
}
ALARMS = {"alarms / 1,000": "alarms_per_1000", "alerts / 1,000": "alerts_per_1000"}


def write_report(results: Tree, cards: Sequence[Tree] = (), quality: Tree | None = None) -> str:
    """The whole page: the verdict, what happened, then the tables that it rests on."""
    parts = [
        f"# matts on {source_of(results)}",
        verdict(results),
        *at_a_glance(results, quality),
        "## Events",
        _events(cards),
        _pictures("events", "contributions"),
        "## Detection on the test part",
        detector_table(results),
        _seeds(results),
        tell_combination(results["combination"]),
        *_left_out(results),
        _pictures("scores", "detectors", "pr"),
        *found_section(results),
        "## False alarms, promised and kept",
        promise_table(results),
        "## Alarms that an operator hears",
        alarm_section(results),
        *_diagnosis(results),
        "## Root cause",
        cause_section(results),
        *[_pictures("root_cause")] * bool(results["root_cause"]),
        *_life(results),
        *(["## Data quality", quality_section(quality)] if quality else []),
        "## Split",
        _windows(results),
        _split(results),
        "## Cost of the deployed detector",
        _cost(results),
        _pictures("training"),
    ]
    return "\n\n".join(parts) + "\n"


def summary(results: Tree, folder: Path) -> str:
    """What ends a run on the terminal: the verdict, the table, and where to look."""
    where = f"More in {folder}/report.md; `make ui` compares runs, `make viz` shows the lineage."
    told = [f"On {source_of(results)}: {verdict(results)}", detector_table(results)]
    lasting = [life_section(results["life"])] if "life" in results else []
    return "\n\n".join([*told, *lasting, where])


def detector_table(results: Tree) -> str:
    """Every detector, the best PR-AUC first; without labels, how often each raises an alarm."""
    models = results["models"]
    if not results["labelled"]:
        rows = [[name, *(number(models[name][m]) for m in ALARMS.values())] for name in models]
        return table(["detector", *ALARMS], rows)
    ranked = sorted(models, key=lambda name: -(models[name]["pr_auc"] or 0.0))
    rows = [
        [name, *(number(models[name][metric]) for metric in DETECTION.values())] for name in ranked
    ]
    return table(["detector", *DETECTION], rows)


def _left_out(results: Tree) -> list[str]:
    """The detectors that could not be fitted, and why."""
    told = "; ".join(f"{name}: {why}" for name, why in results["left_out"].items())
    return [f"Left out, for they cannot be fitted here: {told}."] if told else []


def _seeds(results: Tree) -> str:
    """Mean and interval over the seeds, or a word that there was only one."""
    if not results["labelled"]:
        return "Each threshold is a promise on validation windows (see below)."
    summary = results["models"]["matts"]["seeds"]
    if len(summary["which"]) == 1:
        return (
            f"One training, seed {summary['which'][0]}: no interval (`evaluate.seeds=5` gives one)."
        )
    names = {"PR-AUC": "pr_auc", "VUS-PR": "vus_pr", "F1": "f1"}
    spans = [f"{title} {_interval(summary[name])}" for title, name in names.items()]
    return f"MATTS over seeds {summary['which']}, mean and 95 % interval: {'; '.join(spans)}."


def promise_table(results: Tree) -> str:
    """What thresholds on the deployed detector promise, and keep on healthy test windows."""
    told = "Every threshold on the deployed detector, found before the test part and counted on it."
    if not results["labelled"]:
        told += " As if every window were healthy, for nobody knows which are."
    rows = [
        [
            row["method"] + (", moving" if row["moving"] else ""),
            row["counts"],
            *(number(row[rate]) for rate in ("promised_per_1000", "kept_per_1000", "ratio")),
            f"{row['wrong']:,} of {row['healthy']:,}",
        ]
        for row in results["promises"]
    ]
    headings = ["method", "of", "promised / 1,000", "kept / 1,000", "ratio", "counted"]
    return f"{told}\n\n{table(headings, rows)}"


def _diagnosis(results: Tree) -> list[str]:
    """What is named and how well; comparisons only where there are several faults."""
    pictures = _pictures(*["confusion"] * bool(results["end_to_end"]), "latent")
    if not tells_apart(results):
        told = ALIKE if results["diagnosers"] else UNNAMED
        return ["## Diagnosis", told, *class_table(results), pictures, *_learnt(results)]
    return [
        "## Diagnosis",
        diagnoser_table(results),
        *class_table(results),
        pictures,
        *_learnt(results),
        "## Detection and diagnosis, end to end",
        pair_section(results),
        "## Every class, healthy too",
        class_section(results),
    ]


def _learnt(results: Tree) -> list[str]:
    """Which faults can be learnt, where any is taught."""
    if not results["learnability"]:
        return []
    return ["## Which faults can be learnt", learnability_section(results)]


def _events(cards: Sequence[Tree]) -> str:
    """The strongest runs of alerts, each with its reasons."""
    if not cards:
        return "The deployed detector raised no alert."
    told = f"{count_events(cards)} The {min(STRONGEST, len(cards))} strongest; all in `events.csv`:"
    return f"{told}\n\n{table(HEADINGS, event_rows(cards))}"


def _windows(results: Tree) -> str:
    """How readings were cut, and which label they were trained on."""
    windows = results["parameters"]["windows"]
    rule = f"trained on labels by `{windows['label']}`, judged at the last reading of each"
    parts = WAYS[windows["split"]["by"]]
    return f"Windows of {windows['length']} readings, {rule}. The parts are {parts}."


def _split(results: Tree) -> str:
    """Borders and class counts of each part."""
    parts = results["split"]
    classes = list(next(iter(parts.values()))["classes"])
    rows = [
        [
            name,
            f"{part['first_reading']:,}-{part['last_reading']:,}",
            f"{part['windows']:,}",
            *(f"{part['classes'][each]:,}" for each in classes),
            str(part["several_faults"]),
        ]
        for name, part in parts.items()
    ]
    return table(["part", "readings", "windows", *classes, "several faults"], rows)


def _cost(results: Tree) -> str:
    """What it takes to train and to run."""
    cost = results["cost"]
    rows = [[name.replace("_", " "), number(value)] for name, value in cost.items()]
    return table(["cost", ""], rows)


def _life(results: Tree) -> list[str]:
    """How long machines last, where anybody knows, or why nobody can say."""
    if problem := results.get("life_left_out"):
        return ["## Remaining life", f"Left out: {problem}."]
    if "life" not in results:
        return []
    return ["## Remaining life", life_section(results["life"]), _pictures("life", "life_units")]


def _pictures(*names: str) -> str:
    """The pictures of a section; they lie beside the report."""
    return "\n".join(f"![{name.replace('_', ' ')}]({name}.png)" for name in names)


def _interval(summary: Tree) -> str:
    return f"{number(summary['mean'])} [{number(summary['low'])}, {number(summary['high'])}]"
