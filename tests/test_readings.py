from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from matts.domain import BadInputError
from matts.ingest import get_readings
from matts.readings import check, find_episodes, same_sensors, to_readings
from matts.simulate.tandem_mill import LABELS, SENSORS, MillSettings, simulate_tandem_mill
from matts.source.files import RawData, RawTable
from matts.source.settings import SourceSettings

Change = Callable[[pd.DataFrame], pd.DataFrame]
REAL = Path("../shared/data/tcm5")
FAMILIES = ("Reduction", "Electric", "Bearing", "WorkRoll")
needs_real = pytest.mark.skipif(not REAL.exists(), reason=f"no real mill data in {REAL}")
each_real_file = pytest.mark.parametrize("number", [1, 2, 4])


def as_came(cells: pd.DataFrame) -> RawData:
    return RawData([RawTable("x.csv", cells)])


def mill_source(path: str = "x.csv", **more: Any) -> SourceSettings:
    return SourceSettings(path=path, layout="tcm5", **more)


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    return simulate_tandem_mill(MillSettings(coils=100, seed=1)).readings


@pytest.fixture
def raw(simulated: pd.DataFrame) -> pd.DataFrame:
    return simulated.astype(str)


@pytest.fixture
def plain() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "segment": ["a", "a", "b", "b", "b", "a"],
            "asset": ["p", "q", "q", "q", "q", "q"],
            "heat": ["1", "2", "3", "4", "5", "6e-1"],
            "Anomaly_Leak": ["0", "1", "0", "false", "true", "False"],
            "flow": ["1", "2", "3", "4", "5", "6"],
        }
    )


@needs_real
@each_real_file
def test_real_rows_pass(number: int) -> None:
    text = pd.read_csv(
        REAL / f"tcm5_dataset_{number}_partial.csv", dtype=str, keep_default_na=False
    )
    table = check(text, "tcm5")
    assert list(table) == [*SENSORS, *LABELS]
    pd.testing.assert_frame_equal(
        table,
        pd.read_csv(REAL / f"tcm5_dataset_{number}_partial.csv", float_precision="round_trip"),
    )
    readings = to_readings(table)
    assert readings.values.shape == (len(text), 51)  # noqa: PD011
    assert readings.fault_names == FAMILIES
    assert readings.labelled
    assert not readings.segments.any()


@needs_real
def test_real_rows_become_episodes() -> None:
    text = pd.read_csv(REAL / "tcm5_dataset_4_partial.csv", dtype=str, keep_default_na=False)
    found = get_readings(as_came(text), mill_source())
    assert found.source == "real"
    truth = found.readings[list(LABELS)].to_numpy()
    lengths = found.episodes["last_coil"] - found.episodes["first_coil"] + 1
    assert lengths.sum() == truth.sum() > 0


def test_simulated_readings_survive_the_way_through_text(
    simulated: pd.DataFrame, raw: pd.DataFrame
) -> None:
    pd.testing.assert_frame_equal(check(raw, "tcm5"), simulated)


def test_columns_take_the_order_of_the_layout(simulated: pd.DataFrame, raw: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(check(raw[list(raw)[::-1]], "tcm5"), simulated)


@pytest.mark.parametrize(
    ("change", "misfit"),
    [
        (lambda raw: raw.drop(columns="force_3"), "missing: force_3"),
        (
            lambda raw: raw.drop(columns=["force_3", "gap_1", "Anomaly_Bearing_2"]),
            "missing: force_3, gap_1, Anomaly_Bearing_2",
        ),
        (
            lambda raw: raw.rename(columns={"force_3": "forse_3"}),
            "missing: force_3; unknown: forse_3 (did you mean force_3?)",
        ),
        (lambda raw: raw.assign(q9="1"), "unknown: q9"),
        (
            lambda raw: raw.assign(tension_6="1"),
            "unknown: tension_6 (did you mean tension_5?)",
        ),
        (
            lambda _: pd.DataFrame({"<html>": ["<body>", "</html>"]}),
            "missing: all 67; unknown: <html>",
        ),
    ],
)
def test_columns_that_do_not_fit_are_all_named(
    raw: pd.DataFrame, change: Change, misfit: str
) -> None:
    with pytest.raises(BadInputError) as refusal:
        check(change(raw), "tcm5")
    assert str(refusal.value) == f"the columns do not fit the tcm5 layout, {misfit}"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda raw: raw.assign(**{"force_3.1": raw["force_3"]}),
            "a column may come only once, but force_3 comes again",
        ),
        (
            lambda raw: pd.concat([raw, raw[["width"]]], axis=1),
            "a column may come only once, but width comes again",
        ),
        (
            lambda raw: raw.reset_index(names="Unnamed: 0"),
            "every column needs a name, but column 1 has none",
        ),
        (
            lambda raw: raw.set_axis(raw["width"]),
            "the header names 67 columns, but the rows have more cells than that",
        ),
        (lambda raw: raw.head(1), "readings need at least 2 rows below the header, got 1"),
        (lambda raw: raw.head(0), "readings need at least 2 rows below the header, got 0"),
    ],
)
def test_what_pandas_reads_without_a_word_is_refused(
    raw: pd.DataFrame, change: Change, sentence: str
) -> None:
    with pytest.raises(BadInputError) as refusal:
        check(change(raw), "tcm5")
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("column", "cell", "complaint"),
    [
        ("force_3", "high", "a number from 0 to 1e+08 N, got 'high'"),
        ("force_3", "", "a number from 0 to 1e+08 N, got nothing"),
        ("gap_5", "inf", "a number from -5 to 15 mm, got 'inf'"),
        ("gap_5", "nan", "a number from -5 to 15 mm, got 'nan'"),
        ("width", "1_000", "a number from 100 to 3000 mm, got '1_000'"),
        ("width", "1000,5", "a number from 100 to 3000 mm, got '1000,5'"),
        ("thickness_entry", "-2.7", "a number from 0.05 to 10 mm, got '-2.7'"),
        ("reduction_2", "31.5", "a number from 0 to 0.95, got '31.5'"),
        ("work_roll_diam_4", "True", "a number from 100 to 1500 mm, got 'True'"),
        ("Anomaly_Bearing_2", "maybe", "True or False, got 'maybe'"),
        ("Anomaly_Reduction", "", "True or False, got nothing"),
        ("Anomaly_Reduction", "2", "True or False, got '2'"),
    ],
)
def test_a_bad_cell_is_named_with_what_is_needed_and_what_came(
    raw: pd.DataFrame, column: str, cell: str, complaint: str
) -> None:
    raw.loc[2, column] = cell
    with pytest.raises(BadInputError) as refusal:
        check(raw, "tcm5")
    expected = f"{column} in data row 3 (line 4 of the file) needs {complaint}"
    assert str(refusal.value) == expected


def test_the_first_bad_row_is_named(raw: pd.DataFrame) -> None:
    raw.loc[5, "width"] = "x"
    raw.loc[4, "gap_5"] = "y"
    with pytest.raises(BadInputError, match="gap_5 in data row 5 "):
        check(raw, "tcm5")


def test_labels_may_be_absent_only_together_and_only_where_not_needed(raw: pd.DataFrame) -> None:
    bare = raw[list(SENSORS)]
    table = check(bare, "tcm5", labels_needed=False)
    assert list(table) == list(SENSORS)
    assert not to_readings(table).labelled
    assert to_readings(table).faults.shape == (100, 0)
    with pytest.raises(BadInputError, match="missing: Anomaly_Reduction, Anomaly_Electric_1, "):
        check(bare, "tcm5")
    with pytest.raises(BadInputError, match=r"missing: Anomaly_Bearing_2$"):
        check(raw.drop(columns="Anomaly_Bearing_2"), "tcm5", labels_needed=False)


def test_a_file_without_one_sensor_is_refused_by_name_where_no_labels_are_needed(
    raw: pd.DataFrame,
) -> None:
    with pytest.raises(BadInputError, match=r"missing: force_3$"):
        check(raw[list(SENSORS)].drop(columns="force_3"), "tcm5", labels_needed=False)


@pytest.mark.parametrize("text", ["True", "true", "1"])
def test_booleans_in_any_spelling(raw: pd.DataFrame, text: str) -> None:
    raw["Anomaly_Bearing_3"] = text
    raw["Anomaly_Electric_3"] = {"True": "False", "true": "false", "1": "0"}[text]
    table = check(raw, "tcm5")
    assert table["Anomaly_Bearing_3"].all()
    assert not table["Anomaly_Electric_3"].any()


def test_two_faults_at_once_stay_two(raw: pd.DataFrame) -> None:
    raw[list(LABELS)] = "False"
    raw.loc[7, ["Anomaly_Bearing_2", "Anomaly_WorkRoll_5"]] = "True"
    readings = to_readings(check(raw, "tcm5"))
    assert readings.fault_names == FAMILIES
    assert readings.faults[7].tolist() == [False, False, True, True]
    assert readings.faults.sum() == 2


def test_episodes_are_the_runs_of_true(raw: pd.DataFrame) -> None:
    raw[list(LABELS)] = "False"
    raw.loc[97:, "Anomaly_Electric_4"] = "True"
    raw.loc[3, "Anomaly_Reduction"] = "True"
    raw.loc[0:2, "Anomaly_Bearing_1"] = "True"
    raw.loc[5:6, "Anomaly_Bearing_1"] = "True"
    episodes = find_episodes(check(raw, "tcm5"))
    assert list(episodes) == list(simulate_tandem_mill(MillSettings(coils=100)).episodes)
    assert episodes.drop(columns="sensors").to_numpy().tolist() == [
        [0, "Bearing", 1, 0, 2],
        [1, "Reduction", 0, 3, 3],
        [2, "Bearing", 1, 5, 6],
        [3, "Electric", 4, 97, 99],
    ]


def test_episodes_of_the_simulator_are_found_again() -> None:
    run = simulate_tandem_mill(MillSettings(coils=1500, seed=3))
    columns = ["fault", "stand", "first_coil", "last_coil"]
    found = find_episodes(run.readings)
    assert len(found) > 5
    pd.testing.assert_frame_equal(
        found[columns].sort_values(columns, ignore_index=True),
        run.episodes[columns].sort_values(columns, ignore_index=True),
        check_dtype=False,
    )


def test_plain_columns_are_sensors_unless_named_otherwise(plain: pd.DataFrame) -> None:
    readings = to_readings(check(plain, "plain"))
    assert readings.sensors == ("heat", "flow")
    assert readings.values[-1].tolist() == [0.6, 6.0]  # noqa: PD011
    assert readings.fault_names == ("Leak",)
    assert readings.faults[:, 0].tolist() == [False, True, False, False, True, False]
    assert readings.segments.tolist() == [0, 1, 2, 2, 2, 3]


def test_segments_need_neither_asset_nor_segment(plain: pd.DataFrame) -> None:
    alone = to_readings(check(plain.drop(columns="asset"), "plain"))
    assert alone.segments.tolist() == [0, 0, 1, 1, 1, 2]
    none = to_readings(check(plain.drop(columns=["asset", "segment"]), "plain"))
    assert none.segments.tolist() == [0] * 6


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda plain: plain[["asset", "Anomaly_Leak"]],
            "at least one sensor column is needed, got only asset, Anomaly_Leak",
        ),
        (
            lambda plain: plain[["heat", "flow"]],
            "a column Anomaly_<fault> or Anomaly_<fault>_<n> is needed, got heat, flow",
        ),
        (
            lambda plain: plain.replace({"flow": {"3": "1e999"}}),
            "flow in data row 3 (line 4 of the file) needs a finite number, got '1e999'",
        ),
        (
            lambda plain: plain.replace({"asset": {"q": ""}}),
            "asset in data row 2 (line 3 of the file) needs a name, got nothing",
        ),
        (
            lambda plain: plain.rename(columns={"flow": "Unnamed: 4"}),
            "every column needs a name, but column 5 has none",
        ),
    ],
)
def test_each_refusal_of_a_plain_file(plain: pd.DataFrame, change: Change, sentence: str) -> None:
    with pytest.raises(BadInputError) as refusal:
        check(change(plain), "plain")
    assert str(refusal.value) == sentence


def test_a_plain_file_needs_no_labels_for_inference(plain: pd.DataFrame) -> None:
    readings = to_readings(check(plain[["heat", "flow"]], "plain", labels_needed=False))
    assert (readings.labelled, readings.fault_names) == (False, ())


def test_same_sensors_brings_them_into_the_order_of_the_model(plain: pd.DataFrame) -> None:
    readings = same_sensors(to_readings(check(plain, "plain")), ["flow", "heat"])
    assert readings.sensors == ("flow", "heat")
    assert readings.values[-1].tolist() == [6.0, 0.6]  # noqa: PD011


@pytest.mark.parametrize(
    ("sensors", "sentence"),
    [
        (["heat", "flow", "force_3"], "missing: force_3"),
        (["heat"], "unknown: flow"),
        (["heat", "flows"], "missing: flows; unknown: flow (did you mean flows?)"),
    ],
)
def test_same_sensors_refuses_by_name(
    plain: pd.DataFrame, sensors: list[str], sentence: str
) -> None:
    with pytest.raises(BadInputError) as refusal:
        same_sensors(to_readings(check(plain, "plain")), sensors)
    assert str(refusal.value) == f"the sensors do not fit the model, {sentence}"


def test_without_a_file_the_mill_is_simulated() -> None:
    mill = MillSettings(coils=100, seed=2)
    found = get_readings(None, mill_source("none.csv", simulate=mill))
    assert found.source == "simulated"
    pd.testing.assert_frame_equal(found.readings, simulate_tandem_mill(mill).readings)


def test_with_a_file_nothing_is_simulated(raw: pd.DataFrame, simulated: pd.DataFrame) -> None:
    found = get_readings(as_came(raw), mill_source(simulate=MillSettings(coils=200)))
    assert found.source == "real"
    pd.testing.assert_frame_equal(found.readings, simulated)


def test_neither_file_nor_simulation_names_the_file() -> None:
    with pytest.raises(BadInputError, match=r"data/01_raw/x\.csv is needed"):
        get_readings(None, mill_source("data/01_raw/x.csv"))


def test_a_bad_file_is_named(raw: pd.DataFrame) -> None:
    with pytest.raises(BadInputError, match=r"^x\.csv: readings need at least 2 rows"):
        get_readings(as_came(raw.head(1)), mill_source())


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValidationError, match="layuot"):
        SourceSettings.model_validate({"path": "x.csv", "layuot": "plain"})


def test_a_whole_file_is_checked_in_seconds(simulated: pd.DataFrame) -> None:
    big = pd.concat([simulated.astype(str)] * 200, ignore_index=True)
    start = perf_counter()
    table = check(big, "tcm5")
    assert perf_counter() - start < 5  # about 0.8 s on an idle machine
    assert np.array_equal(table[list(SENSORS)].to_numpy()[-100:], simulated[list(SENSORS)])
