"""The first lines of a report: how good the deployed detector is, and what else to know first."""

from collections.abc import Mapping, Sequence
from typing import Any

from matts.evaluate.diagnosis_views import tells_apart
from matts.evaluate.learning_views import summed_up, suspicions
from matts.evaluate.life_views import life_in_short
from matts.formats import number
from matts.source.quality import summarise

Tree = Mapping[str, Any]


def at_a_glance(results: Tree, quality: Tree | None) -> list[str]:
    """One list of what else decides whether the figures below can be used, if there is anything."""
    found = results["learnability"]
    lines = suspicions(results["canaries"])
    lines += summed_up(found["classes"]) if found else []
    lines += [life_in_short(results["life"])] if "life" in results else []
    doubtful = quality and sum(quality["grades"].values()) > quality["grades"]["good"]
    lines += [f"{summarise(quality)}."] if quality and doubtful else []
    return ["\n".join(f"- {line}" for line in lines)] if lines else []


def verdict(results: Tree) -> str:
    """The first lines: does the detector beat every other one, and what does it find?"""
    found = results["detection"]
    if not results["labelled"]:
        return (
            f"The MATTS detector raises {number(found['alarms_per_1000'])} alarms per 1,000 "
            "readings of the test part. **Nobody labelled anything, so nobody knows how many of "
            "them are right, or which faults were missed**; nor which detector is best."
        )
    return (
        f"{_beaten(results['not_beaten'])} It finds {found['events_found']} of {found['events']} "
        f"fault events at {number(found['false_alarms_per_1000'])} false alarms per 1,000 "
        f"readings; {_named(results)}"
    )


def _beaten(rivals: Sequence[str] | None) -> str:
    """How it stands beside the others."""
    if rivals is None:
        return "The test part has no fault to rank detectors by."
    if not rivals:
        return "The MATTS detector beats every other one on PR-AUC and VUS-PR (median of seeds)."
    names = ", ".join(rivals)
    return f"**The MATTS detector does not beat {names}** on PR-AUC or VUS-PR (median of seeds)."


def _named(results: Tree) -> str:
    """How right faults are named."""
    if results["end_to_end"] is None:
        return "it names none, for no fault was there to learn from."
    if not tells_apart(results):
        return "there is one fault, so nothing to tell apart."
    told = "end to end it names the right class with macro F1 "
    told += number(results["end_to_end"]["f1_macro"])
    better = results["diagnosers_not_beaten"]
    return told + (f", which **does not beat {', '.join(better)}**." if better else ".")
