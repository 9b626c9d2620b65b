import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from matts.domain import BadInputError, Readings
from matts.groups import SensorSettings
from matts.ingest import Ingested, check_input, grade
from matts.readings import find_episodes, to_readings
from matts.source.described import Described
from matts.source.files import RawData, RawTable
from matts.source.quality import grade_sensors, summarise, tell, unusable
from matts.source.quality_report import quality_section, write_quality
from matts.source.quality_settings import QualitySettings
from matts.source.settings import SourceSettings
from matts.windows import WindowSettings

Make = Callable[..., Described]

ROWS, TRAIN = 400, 300


def wanders() -> Any:
    """A sensor with nothing wrong."""
    return np.random.default_rng(0).normal(10, 1, ROWS)


def readings(values: Any, faults: Any = None, segments: Any = None) -> Readings:
    return Readings(
        values=np.asarray(values, np.float64).reshape(ROWS, 1),
        faults=np.zeros((ROWS, 1), np.bool_) if faults is None else faults,
        segments=np.zeros(ROWS, np.int64) if segments is None else segments,
        sensors=("flow",),
        fault_names=("Leak",),
    )


def graded(found: Readings, odd: Any = None, **settings: Any) -> dict[str, Any]:
    own = QualitySettings.model_validate(settings)
    return grade_sensors(found, np.arange(TRAIN), odd or {}, {"flow": "m3/h"}, own)[0]


def spoilt(**spans: tuple[int, int, float]) -> Any:
    values = wanders()
    for first, last, value in spans.values():
        values[first:last] = value
    return values


nan = np.nan
GRADES: dict[str, tuple[Any, dict[str, Any], str, str]] = {
    "good": (wanders(), {}, "good", ""),
    "a tenth missing": (spoilt(a=(0, 30, nan)), {}, "suspect", "10% missing in training"),
    "as much as is allowed": (spoilt(a=(0, 30, nan)), {"missing": 0.1}, "good", ""),
    "most missing": (spoilt(a=(0, 200, nan)), {}, "unusable", "67% missing in training"),
    "most, and allowed": (spoilt(a=(0, 200, nan)), {"missing_most": 0.7}, "suspect", "67% missing"),
    "all missing": (np.full(ROWS, nan), {}, "unusable", "no reading in training"),
    "constant": (np.full(ROWS, 7.5), {}, "unusable", "always 7.5 in training"),
    "missing later": (spoilt(a=(300, 400, nan)), {}, "suspect", "25% missing in the whole record"),
    "stuck": (spoilt(a=(50, 90, 9.0)), {}, "suspect", "stands still for 40 healthy readings"),
    "not so long": (spoilt(a=(50, 90, 9.0)), {"stuck": 41}, "good", ""),
    "slow, and so not stuck": (np.repeat(wanders()[:10], 40), {"few": 2}, "good", ""),
    "few values": (np.arange(ROWS) % 3, {}, "good", "3 values"),
    "few values, all": (np.arange(ROWS) % 3, {"few": 2}, "good", ""),
    "spikes": (spoilt(a=(50, 51, 90), b=(60, 61, -50)), {}, "suspect", "2 spikes"),
    "no spike, a step": (spoilt(a=(50, 60, 90)), {}, "good", ""),
    "spikes that are allowed": (spoilt(a=(50, 51, 90)), {"spike": 100}, "good", ""),
}


@pytest.mark.parametrize(("values", "settings", "grade_", "why"), GRADES.values(), ids=GRADES)
def test_grades(values: Any, settings: dict[str, Any], grade_: str, why: str) -> None:
    row = graded(readings(values), **settings)
    assert row["grade"] == grade_
    assert "; ".join(row["why"]).startswith(why)
    assert bool(row["why"]) == bool(why)


def test_a_row_says_range_unit_and_what_is_missing() -> None:
    row = graded(readings(spoilt(a=(0, 30, nan), b=(300, 400, nan))))
    known = wanders()[30:300]
    assert (row["low"], row["high"], row["unit"]) == (known.min(), known.max(), "m3/h")
    assert (row["missing"], row["missing_anywhere"]) == (pytest.approx(0.1), pytest.approx(0.325))


def test_what_happens_after_training_changes_no_grade() -> None:
    constant_later = spoilt(a=(300, 400, 5.0))
    assert graded(readings(constant_later))["grade"] == "good"
    constant_before = np.r_[np.full(TRAIN, 5.0), wanders()[TRAIN:]]
    assert graded(readings(constant_before))["grade"] == "unusable"


def test_a_fault_may_hold_a_sensor() -> None:
    faults = np.zeros((ROWS, 1), np.bool_)
    faults[50:90] = True
    values = spoilt(a=(50, 90, 9.0), b=(70, 71, 500))
    assert graded(readings(values))["grade"] == "suspect"
    assert graded(readings(values, faults))["grade"] == "good"
    always_faulty = graded(readings(values, np.ones((ROWS, 1), np.bool_)))
    assert always_faulty["grade"] == "good"


def test_stretches_end_at_segments() -> None:
    segments = np.arange(ROWS) // 20
    assert graded(readings(spoilt(a=(50, 90, 9.0)), segments=segments))["grade"] == "good"


def test_odd_cells_make_a_sensor_suspect() -> None:
    odd = {"flow": {"text": 3, "example": "stopped", "outside": 2}}
    row = graded(readings(wanders()), odd)
    assert row["grade"] == "suspect"
    assert row["why"] == [
        "text in 3 cells, as 'stopped'",
        "2 readings out of the possible range",
    ]


def test_a_comma_that_may_be_either_sign_makes_a_sensor_suspect() -> None:
    row = graded(readings(wanders()), {"flow": {"comma": "1,495 is read as 1.495"}})
    assert row["grade"] == "suspect"
    assert row["why"] == ["1,495 is read as 1.495: source.read.decimal says if that is right"]


def test_limits_must_be_in_order() -> None:
    with pytest.raises(ValidationError, match=r"missing_most must not be below missing, got 0.1"):
        QualitySettings(missing=0.2, missing_most=0.1)


TEXT = "flow,level,dead,temp\n" + "".join(f"{i % 7},{i % 5},1,{20 + i % 3}\n" for i in range(100))


def ingested(made: Make, text: str = TEXT, **settings: Any) -> tuple[Ingested, SourceSettings]:
    found = made(text, **settings)
    source = SourceSettings.model_validate({"path": "x.csv", **settings})
    table = found.table
    return Ingested(table, find_episodes(table), "real", "x.csv", found.found, found.odd), source


def test_unusable_sensors_are_left_out_and_told(
    made: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "matts")
    came, source = ingested(made)
    kept, quality = grade(came, source, WindowSettings(), SensorSettings(units={"te.*": "degC"}))
    assert list(kept.readings) == ["flow", "level", "temp"]
    assert quality["left_out"] == ["dead"]
    assert quality["grades"] == {"good": 3, "suspect": 0, "unusable": 1}
    assert [row["unit"] for row in quality["sensors"]] == ["unknown"] * 3 + ["degC"]
    write_quality(quality)
    assert caplog.messages == ["Sensors: 3 good, 0 suspect, 1 unusable; left out: dead"]
    stays, told = grade(
        came,
        source.model_copy(update={"quality": QualitySettings(leave_out=False)}),
        WindowSettings(),
        SensorSettings(),
    )
    assert list(stays.readings) == ["flow", "level", "dead", "temp"]
    assert (told["left_out"], told["grades"]["unusable"]) == ([], 1)


def test_a_strict_layout_loses_no_sensor(made: Make) -> None:
    came, source = ingested(made)
    plain = source.model_copy(update={"layout": "plain"})
    assert len(list(grade(came, plain, WindowSettings(), SensorSettings())[0].readings)) == 4


def test_the_split_says_what_training_is(made: Make) -> None:
    """The last hundred of two hundred readings stand still: only a later split sees them move."""
    text = "flow\n" + "5\n" * 100 + "".join(f"{i}\n" for i in range(100))
    came, source = ingested(made, text, quality={"leave_out": False})
    early, late = (
        WindowSettings.model_validate(
            {"split": {"train": share, "validation": 0.1, "test": 0.9 - share}}
        )
        for share in (0.4, 0.7)
    )
    grades = [grade(came, source, each, SensorSettings())[1]["grades"] for each in (early, late)]
    assert [each["unusable"] for each in grades] == [1, 0]


def test_a_record_of_nothing_usable(made: Make) -> None:
    came, source = ingested(made, "a,b\n" + "1,\n" * 50)
    message = r"at least one sensor .* needed: a \(always 1 in training\), b \(no reading in train"
    with pytest.raises(BadInputError, match=message):
        grade(came, source, WindowSettings(), SensorSettings())


def test_the_page_and_the_section(made: Make) -> None:
    lines = [f"2023-10-29 0{h}:{m},{m},{h + m},1" for h in (0, 1, 2, 2, 3) for m in range(10, 50)]
    lines += ["Bad,1,1,1", "2023-10-30 09:00,1,x|y,1"]
    came, source = ingested(made, "t,a,b,c\n" + "\n".join(lines), time={"column": "t"})
    _, quality = grade(came, source, WindowSettings(), SensorSettings())
    page, section = write_quality(quality), quality_section(quality)
    for line in (
        "- read 1 file, 202 rows; kept 161 readings",
        "- left out 1 row: no time can be read, as 'Bad'",
        "- left out 40 rows: a later one is of the same time",
        "- local times seem to jump by an hour (2023-10-29 02:00:00): `source.time.zone` mends it",
        "| c | unusable | always 1 in training | 0.0% | 0.0% | 1 to 1 | unknown |",
        "| b | suspect | text in 1 cell, as 'x\\|y' | 0.0% | 0.6% | 10 to 50 | unknown |",
    ):
        assert line in [re.sub(" +", " ", each) for each in page.splitlines()]
    assert page.index("| c ") < page.index("| b ") < page.index("| a ")
    assert "- `c` is unusable: always 1 in training" in section.splitlines()
    assert "a | good" not in section
    assert section.splitlines()[0] == f"- {summarise(quality)}. All in `quality.md`."


def test_many_names_are_cut_short() -> None:
    rows = [{"sensor": f"s{i}", "grade": "unusable", "why": ["empty"]} for i in range(10)]
    assert unusable(rows) == [f"s{i}" for i in range(10)]
    assert tell(rows).endswith("s7 (empty), …")
    told = summarise({"grades": {"good": 0}, "left_out": unusable(rows)})
    assert told.endswith("s6, s7, …")


def test_assets_have_their_own_training(made: Make) -> None:
    """Of two assets the second is missing in its last third: in no asset's training part."""
    text = "m,flow\n" + "".join(
        f"{m},{'' if m == 'b' and i > 85 else i % 11}\n" for m in "ab" for i in range(100)
    )
    came, source = ingested(made, text, asset={"columns": ["m"]})
    _, quality = grade(came, source, WindowSettings(), SensorSettings())
    assert quality["sensors"][0]["missing"] == 0
    assert to_readings(came.readings).assets is not None


def test_what_nothing_was_learnt_from_is_not_asked_for_when_scored() -> None:
    cells = pd.DataFrame({"flow": ["1", "2"], "dead": ["1", "1"]})
    source = SourceSettings.model_validate({"path": "x.csv", "labels": {"kind": "none"}})
    raw = RawData([RawTable("x.csv", cells)])
    assert [list(t) for t in check_input(raw, "x.csv", source, ["dead", "gone"])] == [["flow"]]
    assert [list(t) for t in check_input(raw, "x.csv", source)] == [["flow", "dead"]]
