import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matts.domain import Floats
from matts.tabular.label_words import sentences
from matts.tabular.rules import explain_labels, labels_of, relations
from tests.tabular.labelled import FAULTS, SENSORS, published, rows_of, worn

SAMPLE = Path("../shared/data/smart_manufacturing/smart_manufacturing_sample_2k.csv")
RULE = "temperature > 90 or vibration > 80"


@pytest.fixture(scope="module")
def drawn() -> dict[str, Any]:
    return explain_labels(published(3000, blank=0.02))


@pytest.fixture(scope="module")
def lived() -> dict[str, Any]:
    return explain_labels(worn(2500))


def test_published_labels_are_found_out(drawn: dict[str, Any]) -> None:
    assert drawn["rules"]["anomaly"]["sensors"]["rule"] == RULE
    assert drawn["rules"]["downtime"]["sensors"]["exact"]
    maintenance = drawn["rules"]["maintenance"]
    assert not maintenance["sensors"]["exact"]
    assert maintenance["labels"]["exact"]
    assert {*maintenance["labels"]["rule"].split(" or ")} == {
        "anomaly",
        "failure_type ≠ Normal",
        "remaining_life < 20",
    }
    kinds = {(each["label"], each["of"]): each["kind"] for each in drawn["relations"]}
    assert kinds == {
        ("downtime", "anomaly"): "same",
        ("anomaly", "maintenance"): "within",
        ("failure_type ≠ Normal", "maintenance"): "within",
    }


def test_published_life_is_drawn(drawn: dict[str, Any]) -> None:
    life = drawn["life"]
    assert abs(life["follows_itself"]) < 0.1
    bound = life["given"]["anomaly"]
    assert bound["r2_if_drawn"] == pytest.approx(bound["r2"], abs=0.02)
    assert life["sensors"]["r2"]["low"] < bound["r2"]
    assert life["sensors"]["shuffled"]["high"] < 0.01
    assert life["given"]["maintenance"]["r2_if_drawn"] is None  # not evenly filled


def test_a_sensor_without_readings_stops_nothing() -> None:
    rows = published(3000)
    values = rows.values.copy()  # noqa: PD011
    values[:, 2] = np.nan
    values[rows.machines != rows.machines[0], 3] = np.nan
    found = explain_labels(replace(rows, values=values))
    assert found["rules"]["anomaly"]["sensors"]["rule"] == RULE
    assert found["life"]["sensors"]["r2"]["value"] > 0.1


def test_the_label_that_tells_most_of_life_sets_the_bound(drawn: dict[str, Any]) -> None:
    given = drawn["life"]["given"]
    random = {**given["anomaly"], "r2_if_drawn": 0.0}
    several = {**drawn, "life": {**drawn["life"], "given": {"random": random, **given}}}
    told = [each for each in sentences(several) if "that is the bound" in each]
    assert len(told) == 1
    assert "where anomaly is true" in told[0]


def test_published_faults_are_chance(drawn: dict[str, Any]) -> None:
    faults = drawn["faults"]
    assert faults["majority_weighted_f1"] == pytest.approx(0.88, abs=0.02)
    assert faults["macro_f1"]["sensors"]["low"] < faults["macro_f1"]["shuffled"]["high"]
    assert faults["macro_f1"]["majority"]["value"] == pytest.approx(0.19, abs=0.01)


def test_published_in_words(drawn: dict[str, Any]) -> None:
    told = "\n".join(sentences(drawn))
    for words in (
        f"**anomaly** is: {RULE}.",
        "**downtime** repeats anomaly",
        "**remaining life** does not run down",
        "near unlearnable",
        "weighted F1 is worthless",
        "fills 1 to 49 evenly where anomaly is true",
    ):
        assert words in told


def test_wear_is_told_from_draws(lived: dict[str, Any]) -> None:
    assert not any(each["sensors"]["exact"] for each in lived["rules"].values())
    assert lived["life"]["follows_itself"] > 0.9
    assert lived["life"]["sensors"]["r2"]["low"] > lived["life"]["sensors"]["shuffled"]["high"]
    told = "\n".join(sentences(lived))
    assert "**remaining life** is a countdown" in told
    assert "tell something of the fault" in told
    for wrong in ("nothing is foretold", "unlearnable", "worthless", "evenly"):
        assert wrong not in told
    assert [each for each in lived["relations"] if "maintenance" in each.values()] == []


def test_all_of_it_is_json(drawn: dict[str, Any], lived: dict[str, Any]) -> None:
    assert json.loads(json.dumps(drawn)) == drawn
    assert json.loads(json.dumps(lived)) == lived


def test_rows_with_no_more_than_faults() -> None:
    bare = replace(worn(600), targets={})
    assert [*labels_of(bare)] == ["anomaly"]
    told = explain_labels(bare)
    assert told["life"] is None
    assert "remaining life" not in "\n".join(sentences(told))


def test_a_rare_label_says_that_it_is_too_rare() -> None:
    rows = published(300)
    rows.targets["anomaly"][:] = np.arange(300) < 3
    assert "**anomaly**: too few machines or rows" in sentences(explain_labels(rows))[0]


def test_a_label_within_another_and_unknown_rows() -> None:
    wide = np.array([1.0, 1.0, 0.0, np.nan])
    narrow = np.array([1.0, 0.0, 0.0, 1.0])
    (found,) = relations({"wide": wide, "narrow": narrow})
    assert found == {"kind": "within", "label": "narrow", "of": "wide", "share": 1.0, "rows": 3}


@pytest.mark.skipif(not SAMPLE.exists(), reason="needs the sample of the public data")
def test_the_real_sample() -> None:
    explained = explain_labels(_sample())
    assert explained["rules"]["anomaly"]["sensors"]["rule"] == RULE
    assert explained["rules"]["downtime"]["sensors"]["rule"] == RULE
    assert ("downtime", "anomaly") in {
        (each["label"], each["of"]) for each in explained["relations"] if each["kind"] == "same"
    }
    assert explained["life"]["given"]["anomaly"]["r2_if_drawn"] == pytest.approx(0.184, abs=1e-3)
    assert "near unlearnable" in "\n".join(sentences(explained))


def _sample() -> Any:
    table = pd.read_csv(SAMPLE).sort_values(["machine", "timestamp"])

    def flags(column: str) -> Floats:
        return table[column].map({"Yes": 1.0, "No": 0.0, 1.0: 1.0, 0.0: 0.0}).to_numpy(float)

    targets = {
        "anomaly": flags("anomaly_flag"),
        "maintenance": flags("maintenance_required"),
        "downtime": flags("downtime_risk"),
        "remaining_life": table["predicted_remaining_life"].to_numpy(float),
    }
    faults = table["failure_type"].to_numpy()[:, None] == np.array(FAULTS)
    rows = rows_of(table[[*SENSORS]].to_numpy(float), 50, faults, targets, FAULTS)
    return replace(rows, machines=table["machine"].to_numpy(np.str_))
