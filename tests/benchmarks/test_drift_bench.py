import numpy as np
import pandas as pd
import pytest

from benchmarks.drift import ONSET, RAMP, judge, stepped, summary
from matts.monitor.status import DriftChange
from tests.monitor.test_drift import make_reference


def begun(number: int) -> DriftChange:
    what = ("mill", float(number), number, "input", "warning", "drift")
    return DriftChange(*what, ("force_3", "speed"), "")


def test_what_is_said_before_the_onset_is_false_and_after_it_is_found() -> None:
    kind = "step of a force, 2 spreads"
    judged = judge(kind, [begun(ONSET - 1), begun(ONSET + 70)], 4000)
    assert (judged["false"], judged["delay"], judged["named"]) == (1, 70, True)
    control = judge("control: no drift", [begun(ONSET - 1), begun(ONSET + 70)], 4000)
    assert control["false"] == 2
    assert np.isnan(float(str(control["delay"])))


def test_a_ramp_grows_from_the_onset_to_its_whole() -> None:
    reference = make_reference(("force", "speed", "power"))
    table = pd.DataFrame({"speed": np.zeros(ONSET + 2 * RAMP)})
    moved = stepped("speed", 2, RAMP)(table, reference)["speed"] / reference.spread[1]
    assert moved[ONSET] == 0
    assert moved[ONSET + RAMP // 2] == pytest.approx(1)
    assert moved[ONSET + 2 * RAMP - 1] == 2


def test_false_drifts_are_counted_an_asset_day() -> None:
    """One false drift in a day of 480 readings, none in another: a half."""
    rows = [{"seed": n, "kind": "bias", **judge("bias", [], 900)} for n in range(2)]
    found = pd.DataFrame(rows).assign(false=[1, 0], readings=480)
    told = summary(found).iloc[0]
    assert told["false drifts an asset-day (95 %)"].startswith("0.50 (0.00-1.00)")
    assert told["found"] == "0/2"
