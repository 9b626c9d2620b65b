"""What the judgement of causes looks like: a table for the report, and a picture."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from matts.evaluate.causes import ALL
from matts.evaluate.charts import Chart, Heatmap, Panel
from matts.formats import number, table

Tree = Mapping[str, Any]
UNKNOWN = "Nobody knows which sensors these faults move first: causes are not judged."


def cause_table(root_cause: Tree | None, method: str, view: str = "alerted") -> str:
    """Every method, the best first: hit@1 / hit@3 of each fault, and what an alert costs."""
    if not root_cause:
        return UNKNOWN
    names = _ranked(root_cause, view)
    faults = root_cause[names[0]][view]
    headings = [f"{fault} ({entry['windows']:,})" for fault, entry in faults.items()]
    rows = [
        [
            f"**{name}**" if name == method else name,
            *(_hits(root_cause[name][view][fault]) for fault in faults),
            number(root_cause[name][view][ALL]["component"]),
            number(root_cause[name][view][ALL]["share"]),
            f"{root_cause[name]['microseconds']:,.0f}",
        ]
        for name in names
    ]
    return table(["method", *headings, "component", "share", "µs"], rows)


def cause_section(results: Tree) -> str:
    """The table on alerted windows, and what its columns are."""
    method = results["parameters"]["causes"]["method"]
    words = (
        "How often the sensor that is blamed most, and one of the three blamed most, is one that "
        "the fault moves first (hit@1 / hit@3); on alerts of the deployed detector. `component`: "
        "the part of the machine blamed most has the fault; `share`: of the blame, on guilty "
        "sensors; µs: for one alert. Alerts are explained by the method in bold."
    )
    found = results["root_cause"]
    return f"{words}\n\n{cause_table(found, method)}" if found else UNKNOWN


def draw_causes(root_cause: Tree | None, source: str) -> Chart:
    """Hit@1 of each method on each fault, over all faulty windows."""
    if not root_cause:
        cells = Heatmap(np.zeros((1, 1)), [["not known"]], "hit@1")
        panel = Panel("method", (cells,), ["none"], height=2.0)
        return Chart(f"Which sensors are to blame\n{source}", "fault", (panel,), ["any"])
    names = _ranked(root_cause, "faulty")
    faults = root_cause[names[0]]["faulty"]
    entries = [[root_cause[name]["faulty"][fault] for fault in faults] for name in names]
    shares = np.array([[entry["hit_1"] or 0.0 for entry in row] for row in entries])
    texts = [[_hits(entry) for entry in row] for row in entries]
    cells = Heatmap(shares, texts, "hit@1")
    panel = Panel("method", (cells,), names, height=1 + 0.5 * len(names))
    labels = [f"{fault} ({entry['windows']:,})" for fault, entry in faults.items()]
    title = f"Which sensors are to blame, hit@1 / hit@3 on faulty windows\n{source}"
    return Chart(title, "fault", (panel,), labels)


def _ranked(root_cause: Tree, view: str) -> list[str]:
    """The methods with the most first hits first."""
    return sorted(root_cause, key=lambda name: -(root_cause[name][view][ALL]["hit_1"] or 0.0))


def _hits(entry: Tree) -> str:
    """Both figures of one cell; a dash where there is no window."""
    both = [entry["hit_1"], entry["hit_3"]]
    return " / ".join("-" if figure is None else f"{figure:.2f}" for figure in both)
