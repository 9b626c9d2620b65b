"""What can be learnt, in words: a table of every fault, and what looks like a leak."""

from collections.abc import Mapping
from typing import Any

from matts.evaluate.learnability import CONFUSED, FEW, LEARNT, NEVER, UNTAUGHT
from matts.formats import number, table

Tree = Mapping[str, Any]

TOLD = (
    "F1 of each fault with its 95 % interval over events (or machines, of many), named by {0} "
    "behind {1}, the best of each on validation. Beside it the best control on the same rows: the "
    "commonest class, a random one by how often each was in training, or the same diagnoser "
    "trained on shuffled labels. A fault whose interval reaches its control is not learnt."
)
HEADINGS = ("fault", "in training", "test events", "F1, end to end", "control")
MORE = ("F1, on anomalies", "control", "")


def learnability_section(results: Tree) -> str:
    """Every fault beside its controls, then the faults that are not learnt, by name."""
    found = results["learnability"]
    classes = found["classes"]
    rows = [
        [
            name,
            f"{entry['training_windows']:,}",
            f"{entry['events']:,}",
            *_figures(entry["end_to_end"]),
            *_figures(entry["on_anomalies"]),
            entry["verdict"] if entry["verdict"] == LEARNT else f"**{entry['verdict']}**",
        ]
        for name, entry in classes.items()
    ]
    told = TOLD.format(f"`{found['diagnoser']}`", f"`{found['detector']}`")
    return "\n\n".join([told, table([*HEADINGS, *MORE], rows), *summed_up(classes)])


def summed_up(classes: Tree) -> list[str]:
    """One sentence for each reason why faults are not learnt.

    >>> summed_up({"Leak": {"verdict": NEVER}, "Jam": {"verdict": NEVER}, "Wear": {"verdict": FEW}})
    ['Cannot be learnt from these sensors, by what was tried: Leak, Jam.', 'Too few to tell: Wear.']
    """
    sentences = []
    for reason in (NEVER, CONFUSED, FEW, UNTAUGHT):
        names = [name for name, entry in classes.items() if entry["verdict"] == reason]
        if names:
            sentences.append(f"{reason[0].upper()}{reason[1:]}: {', '.join(names)}.")
    return sentences


def _figures(figures: Tree) -> tuple[str, str]:
    """A figure with its interval, and the best of its controls."""
    if figures["f1"] is None:
        return "-", "-"
    controls = figures["controls"]
    best = max(controls, key=controls.__getitem__)
    spread = f"{number(figures['f1'])} [{number(figures['low'])}, {number(figures['high'])}]"
    return spread, f"{number(controls[best])} ({best})"


def suspicions(canaries: Tree) -> list[str]:
    """A sentence for each sensor that may know too much."""
    told = [
        f"**`{each['sensor']}` tells {each['fault']} by itself** (ROC-AUC "
        f"{each['roc_auc']:.4f} on training{_ahead(each)}): is it known at that time?"
        for each in canaries["tells_the_label"]
    ]
    return told + [
        f"**`{each['sensor']}` shows what `{each['shows']}` reads one reading later**: is it known "
        "at that time?"
        for each in canaries["shows_the_next"]
    ]


def _ahead(each: Tree) -> str:
    return ", a reading ahead" if each["ahead"] else ""
