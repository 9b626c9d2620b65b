"""Whether mixing detectors was worth it."""

from collections.abc import Mapping
from typing import Any

from matts.detect.mixing import Choice

Tree = dict[str, Any]


def judge_combination(models: Mapping[str, Tree], choice: Choice | None) -> Tree | None:
    """How validation chose to mix, and whether that beats the best part on the test windows.

    The best part is the one that ranks test windows best, so that no luck of the choice counts.
    Where no test window is known to be faulty, all of that is None.
    """
    if choice is None:
        return None
    if models["combined"]["pr_auc"] is None:
        unknown = dict.fromkeys(("pr_auc", "best_part", "best_part_pr_auc", "beats_best_part"))
        return {**choice.model_dump(), **unknown}
    known = {part: models[part.split("/")[0]]["pr_auc"] or 0.0 for part in choice.weights}
    best, own = max(known, key=lambda part: known[part]), models["combined"]["pr_auc"] or 0.0
    return {
        **choice.model_dump(),
        "pr_auc": own,
        "best_part": best,
        "best_part_pr_auc": known[best],
        "beats_best_part": choice.how != "best" and own > known[best],
    }


def tell_combination(found: Mapping[str, Any] | None) -> str:
    """The same in one line."""
    if found is None:
        return "No detectors are combined."
    if found["pr_auc"] is None:
        return f"The combination ({found['how']}) has no known fault to be judged by."
    both = f"PR-AUC {found['pr_auc']:.3f}, the best part ({found['best_part']}) alone "
    both += f"{found['best_part_pr_auc']:.3f}"
    if found["how"] == "best":
        used = next(part for part, weight in found["weights"].items() if weight)
        return f"The combination is off: it is {used} alone, the best on validation. Test: {both}."
    verb = "beats" if found["beats_best_part"] else "**does not beat**"
    return f"The combination ({found['how']}) {verb} its best part on the test part: {both}."
