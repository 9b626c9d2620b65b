from typing import Any

from matts.evaluate.learnability import FEW, LEARNT, NEVER, UNTAUGHT
from matts.evaluate.learning_views import learnability_section, suspicions


def figures(f1: float | None, random: float = 0.02) -> dict[str, Any]:
    if f1 is None:
        return {"f1": None, "low": None, "high": None, "controls": {}}
    controls = {"majority": 0.0, "random": random}
    return {"f1": f1, "low": f1 - 0.1, "high": f1 + 0.1, "controls": controls}


def entry(verdict: str, f1: float | None) -> dict[str, Any]:
    both = {"end_to_end": figures(f1), "on_anomalies": figures(f1, random=0.25)}
    return {"training_windows": 1200, "events": 7, **both, "verdict": verdict}


CLASSES = {
    "Power": entry(LEARNT, 0.8),
    "Random": entry(NEVER, 0.1),
    "Rare": entry(FEW, 0.5),
    "Noise": entry(NEVER, 0.1),
    "New": entry(UNTAUGHT, None),
}
RESULTS = {
    "learnability": {"detector": "pca/0", "diagnoser": "logistic/0", "classes": CLASSES},
}


def test_every_class_has_a_row_beside_its_best_control() -> None:
    lines = learnability_section(RESULTS).splitlines()
    rows = [line for line in lines if line.startswith("|")][2:]
    assert [row.split("|")[1].strip() for row in rows] == [*CLASSES]
    cells = [cell.strip() for cell in rows[0].split("|")[1:-1]]
    assert cells[3:] == [
        *("0.800 [0.700, 0.900]", "0.020 (random)", "0.800 [0.700, 0.900]", "0.250 (random)"),
        "learnt",
    ]
    assert "| **cannot be learnt from these sensors, by what was tried** |" in rows[1]
    assert "`logistic/0` behind `pca/0`" in lines[0]


def test_what_is_not_learnt_is_named_by_its_reason() -> None:
    *_, never, few, new = learnability_section(RESULTS).split("\n\n")
    assert never == "Cannot be learnt from these sensors, by what was tried: Random, Noise."
    assert few == "Too few to tell: Rare."
    assert new == "Never in training: New."


def test_a_sensor_that_knows_too_much_is_named() -> None:
    telling = {"sensor": "state", "fault": "Leak", "roc_auc": 1.0, "ahead": 1}
    found = {
        "tells_the_label": [telling, {**telling, "ahead": 0}],
        "shows_the_next": [{"sensor": "lead", "shows": "flow"}],
    }
    ahead, now, other = suspicions(found)
    words = "**`state` tells Leak by itself** (ROC-AUC 1.0000 on training{}): is it known "
    words += "at that time?"
    assert (ahead, now) == (words.format(", a reading ahead"), words.format(""))
    assert other.startswith("**`lead` shows what `flow` reads one reading later**: is it known")
    assert suspicions({"tells_the_label": [], "shows_the_next": []}) == []
