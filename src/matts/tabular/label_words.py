"""What is known of the labels, in sentences for the report."""

from collections.abc import Mapping
from typing import Any

from matts.formats import number

Tree = Mapping[str, Any]

DRAWN = 0.1  # a correlation of successive lives below which they do not run down
LIVED = 0.9  # and above which they do
FLATTERING = 0.8  # a weighted F1 that looks good


def sentences(explained: Tree) -> list[str]:
    """Everything that `explain_labels` found, one sentence or two a finding."""
    told = [_rule(name, found) for name, found in explained["rules"].items()]
    told += [_relation(each) for each in explained["relations"]]
    told += _life(explained["life"]) if explained["life"] else []
    return told + (_faults(explained["faults"]) if explained["faults"] else [])


def _rule(name: str, found: Tree) -> str:
    """What a label is, or how near a rule comes to it."""
    sensors, labels = found["sensors"], found["labels"]
    if sensors is None:
        return f"**{name}**: too few machines or rows have it to look for a rule."
    if sensors["exact"]:
        return (
            f"**{name}** is: {sensors['rule']}. On machines that the rule was not found on its "
            f"F1 is {sensors['f1']:.3f} ({sensors['rows']:,} rows). It is a threshold on what is "
            "measured at the same instant: nothing is foretold, and no model is needed."
        )
    plain = (
        f"**{name}** is no short rule over the present sensors: the best of up to four "
        f"conditions reaches F1 {sensors['f1']:.3f} on other machines ({sensors['rows']:,} rows)."
    )
    if labels is None or labels["f1"] <= sensors["f1"]:
        return plain
    how = "it is" if labels["exact"] else "it is nearly"
    return f"{plain} Of the other labels {how}: {labels['rule']} (F1 {labels['f1']:.3f})."


def _relation(found: Tree) -> str:
    """Two labels that say the same, or one of which holds the other."""
    label, of, share = found["label"], found["of"], 100 * found["share"]
    if found["kind"] == "same":
        return (
            f"**{label}** repeats {of}: they agree on {share:.4g} % of {found['rows']:,} rows, so "
            "its figures are no second finding."
        )
    return f"Wherever **{label}** is true, {of} is true as well ({share:.4g} % of such rows)."


def _life(found: Tree) -> list[str]:
    """Whether remaining life is a countdown, and what may be known of it."""
    follows = found["follows_itself"]
    told = [_course(follows)]
    if follows is not None and abs(follows) <= DRAWN:
        even = {k: each for k, each in found["given"].items() if each["r2_if_drawn"] is not None}
        telling = max(even, key=lambda name: even[name]["r2_if_drawn"], default=None)
        told += [_ranges(telling, even[telling])] if telling else []
    if found["sensors"]:
        told.append(_by_sensors(found["sensors"]))
    return told


def _course(follows: float | None) -> str:
    if follows is None:
        return "Nobody can see if **remaining life** runs down: no machine has readings in a row."
    start = f"the life of a reading goes with that of the one before (correlation {follows:.2f})"
    if follows >= LIVED:
        return f"**remaining life** is a countdown: {start}."
    if abs(follows) <= DRAWN:
        return f"**remaining life** does not run down: {start}, as if drawn anew at each."
    return f"**remaining life** runs down in part: {start}."


def _ranges(name: str, found: Tree) -> str:
    """The bound of R² that two evenly filled ranges set."""
    yes, no = found["yes"], found["no"]
    return (
        f"**remaining life** fills {number(yes['low'])} to {number(yes['high'])} evenly where "
        f"{name} is true, else {number(no['low'])} to {number(no['high'])}. Who knows the label "
        f"explains R² {found['r2_if_drawn']:.3f} of such draws ({found['r2']:.3f} of these): "
        "that is the bound, for within a range there is nothing to know."
    )


def _by_sensors(found: Tree) -> str:
    return (
        f"Boosted trees on the present sensors explain R² {_span(found['r2'])} of **remaining "
        f"life** on held-out machines; of shuffled lives {_span(found['shuffled'])} "
        f"({found['rows']:,} rows)."
    )


def _faults(found: Tree) -> list[str]:
    """Whether faults can be named from what is measured."""
    macro, majority = found["macro_f1"], found["majority"]
    chance = max(macro["shuffled"]["high"], macro["majority"]["high"])
    if macro["sensors"]["low"] > chance:
        verdict = "so the present sensors tell something of the fault"
    else:
        verdict = "so it is near unlearnable from the present sensors: no better than chance"
    told = (
        f"**failure type**: macro F1 of boosted trees on held-out machines is "
        f"{_span(macro['sensors'])}; {_span(macro['shuffled'])} with shuffled labels, "
        f"{_span(macro['majority'])} for always {majority}: {verdict}."
    )
    worthless = (
        f"Always {majority} has a weighted F1 of {found['majority_weighted_f1']:.2f} and finds "
        "no fault at all: weighted F1 is worthless here."
    )
    return [told, *([worthless] if found["majority_weighted_f1"] >= FLATTERING else [])]


def _span(figure: Tree) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
