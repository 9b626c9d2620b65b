"""How well faults are named: the tables of the report."""

from collections.abc import Mapping
from typing import Any

from matts.formats import number, table

Tree = Mapping[str, Any]

UNNAMED = "No training window has a fault: there is no diagnoser, and alerts have no name."
ALIKE = "There is one fault: whatever is found has its name, so no diagnoser is compared."


def tells_apart(results: Tree) -> bool:
    """Whether there are faults to be told apart, and somebody who does."""
    classes = next(iter(results["found"]["detectors"].values()))["faults"]
    return bool(results["diagnosers"]) and len(classes) > 1


def diagnoser_table(results: Tree) -> str:
    """Every diagnoser, on true anomalies alone and end to end, the best macro F1 there first."""
    rows = [
        [
            name,
            *(
                number(entry[view][m])
                for view in ("on_anomalies", "end_to_end")
                for m in ("accuracy", "f1_macro")
            ),
        ]
        for name, entry in sorted(results["diagnosers"].items(), key=_worst_last)
    ]
    headings = ["accuracy", "macro F1", "end-to-end accuracy", "end-to-end macro F1"]
    return table(["diagnoser", *headings], rows)


def _worst_last(item: tuple[str, Tree]) -> float:
    """Where a diagnoser stands in a table, by its end-to-end macro F1."""
    return -(item[1]["end_to_end"]["f1_macro"] or 0.0)


def class_table(results: Tree) -> list[str]:
    """Each class end to end, where there is a diagnoser."""
    if results["end_to_end"] is None:
        return []
    classes = results["end_to_end"]["per_class"]
    figures = ("precision", "recall", "f1", "support")
    rows = [[name, *(number(entry[f]) for f in figures)] for name, entry in classes.items()]
    return [table(["end to end", *figures], rows)]
