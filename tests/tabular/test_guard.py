import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matts.domain import BadInputError, Floats
from matts.groups import SensorSettings
from matts.simulate.smart_factory import SmartFactorySettings, simulate_smart_factory
from matts.tabular.features import Features, FeatureSettings, engineer
from matts.tabular.guard import GuardSettings, refuse_leaks
from matts.tabular.rows import Rows, to_rows
from matts.tabular.tasks import TASKS, Name, Task, TaskSettings, state_of, tasks_of
from matts.tabular.telling import Columns, by_class, by_number
from tests.tabular.conftest import frame

EVERY = tuple(Task(name) for name in TASKS)
DATA = Path(__file__).parents[3] / "shared/data"
GIVEN = {"groups": {"history": {"like": "machine_age|since_.*", "given": True}}}


@pytest.fixture(scope="module")
def rows() -> Rows:
    return to_rows(frame(machines=8, readings=200), SensorSettings())


def shifted(rows: Rows, name: Name, by: int) -> Floats:
    """The label so many readings later, as `label.shift(-by)` of each machine gives it."""
    groups = pd.Series(state_of(rows, name)).groupby(rows.machines)
    return groups.shift(-by).to_numpy()


def with_column(rows: Rows, column: Floats, name: str = "gauge") -> Features:
    features = engineer(rows, FeatureSettings())
    values = np.column_stack([features.values, column])  # noqa: PD011
    return Features((*features.names, name), values)


def look(rows: Rows, column: Floats, *names: str, **how: float) -> None:
    tasks = [task for task in EVERY if task.name in (names or ("anomaly",))]
    refuse_leaks(with_column(rows, column), rows, tasks, GuardSettings.model_validate(how))


@pytest.mark.parametrize("by", [0, 1, -1, 37, 60, -60])
def test_a_label_shifted_either_way_is_refused(rows: Rows, by: int) -> None:
    when = "now" if not by else rf"{abs(by)} readings? {'later' if by > 0 else 'before'}"
    with pytest.raises(BadInputError, match=rf"column gauge tells anomaly {when} \(1\.000"):
        look(rows, shifted(rows, "anomaly", by))


@pytest.mark.parametrize(
    "change", [lambda x: -3 * x + 7, lambda x: 1e6 + 1e-3 * x, np.exp, lambda x: 1 - x]
)
def test_scaled_inverted_or_bent_it_is_refused_still(
    rows: Rows, change: Callable[[Floats], Floats]
) -> None:
    with pytest.raises(BadInputError, match="gauge tells"):
        look(rows, change(shifted(rows, "anomaly", 1)))


@pytest.mark.parametrize("name", ["anomaly", "failure_type", "remaining_life"])
def test_a_little_noise_hides_nothing(rows: Rows, name: Name) -> None:
    label = shifted(rows, name, 1)
    noise = np.random.default_rng(0).normal(0, 0.1 * np.nanstd(label), len(label))
    with pytest.raises(BadInputError, match="gauge tells"):
        look(rows, label + noise, name)


def test_codes_of_the_failure_type_in_any_order_are_refused(rows: Rows) -> None:
    codes = np.array([5.0, -1.0, 2.0])[state_of(rows, "failure_type").astype(int)]
    with pytest.raises(BadInputError, match="gauge tells failure_type now"):
        look(rows, codes, "failure_type")


@pytest.mark.parametrize("bend", [lambda x: -2 * x + 1, np.log1p, np.square])
def test_remaining_life_and_what_rises_or_falls_with_it_is_refused(
    rows: Rows, bend: Callable[[Floats], Floats]
) -> None:
    with pytest.raises(BadInputError, match="gauge tells remaining_life now"):
        look(rows, bend(rows.targets["remaining_life"]), "remaining_life")


def test_a_count_of_past_labels_is_found_by_its_step(rows: Rows) -> None:
    counted = pd.Series(shifted(rows, "anomaly", 1)).groupby(rows.machines).cumsum().to_numpy()
    values = np.column_stack([rows.values, counted])  # noqa: PD011
    leaky = replace(rows, values=values, sensors=(*rows.sensors, "count"))
    features = engineer(leaky, FeatureSettings())
    with pytest.raises(BadInputError, match="count_step tells anomaly 1 reading later"):
        refuse_leaks(features, leaky, [Task("anomaly")])


def test_foretelling_what_begins_is_too_much_even_through_noise(rows: Rows) -> None:
    label = shifted(rows, "anomaly", 1)
    noise = np.random.default_rng(0).normal(0, 0.25 * np.nanstd(label), len(label))
    look(rows, shifted(rows, "anomaly", 0) + noise)  # a good sensor of now is none of the future
    with pytest.raises(BadInputError, match="gauge tells that anomaly begins 1 reading later"):
        look(rows, label + noise)


def test_the_limits_the_reach_and_the_allowed_take_effect(rows: Rows) -> None:
    late = shifted(rows, "anomaly", 9)
    look(rows, late, readings=0)
    with pytest.raises(BadInputError, match="tells anomaly now"):
        look(rows, state_of(rows, "anomaly") + np.arange(len(rows)) % 2, copies=0.5)
    refuse_leaks(
        with_column(rows, late), rows, [Task("anomaly")], GuardSettings(allowed=("gauge",))
    )
    noisy = shifted(rows, "anomaly", 1)
    noisy = noisy + np.random.default_rng(0).normal(0, 0.25 * np.nanstd(noisy), len(noisy))
    look(rows, noisy, onsets=1.0)


def test_what_no_task_asks_may_be_told(rows: Rows) -> None:
    look(rows, rows.targets["remaining_life"], "anomaly")


@pytest.mark.parametrize(
    "name", ["anomaly_flag", "Machine Status", "downtime_risk", "fault code", "RUL", "label_root"]
)
def test_a_column_called_as_a_label_is_refused(rows: Rows, name: str) -> None:
    with pytest.raises(BadInputError, match=f"{re.escape(name)} is called as one"):
        refuse_leaks(with_column(rows, np.zeros(len(rows)), name), rows, EVERY)
    settings = GuardSettings(allowed=(name,))
    tasks = [Task("anomaly")]
    refuse_leaks(with_column(rows, np.zeros(len(rows)), name), rows, tasks, settings)


def test_columns_with_gaps_infinities_or_nothing_are_looked_at(rows: Rows) -> None:
    holed = shifted(rows, "anomaly", 1)
    holed[::3] = np.nan
    holed[::7] = np.inf
    with pytest.raises(BadInputError, match="gauge tells"):
        look(rows, holed)
    look(rows, np.full(len(rows), np.nan))
    look(rows, np.full(len(rows), 1e9))


def test_a_few_rows_prove_nothing() -> None:
    few = to_rows(frame(machines=3, readings=6), SensorSettings())
    look(few, state_of(few, "anomaly"))


@pytest.mark.parametrize("seed", range(4))
def test_a_handful_of_onsets_proves_nothing_against_a_slow_column(seed: int) -> None:
    settings = SmartFactorySettings(machines=2, readings=700, seed=seed)
    own = to_rows(simulate_smart_factory(settings).readings, SensorSettings.model_validate(GIVEN))
    refuse_leaks(engineer(own, FeatureSettings()), own, tasks_of(own, TaskSettings()))


def test_the_figures_are_those_of_numpy() -> None:
    draw = np.random.default_rng(1)
    truth = draw.integers(0, 2, 500).astype(float)
    x = truth + draw.normal(0, 1, 500)
    columns = Columns(np.column_stack([x, 1e6 + x, np.zeros(500)]))
    expected = abs(np.corrcoef(x, truth)[0, 1])
    for told in (by_class(columns, truth), by_number(columns, truth)):
        np.testing.assert_allclose(told, [expected, expected, 0], atol=2e-3)
    types = truth * draw.integers(1, 3, 500).astype(float)
    means = np.array([x[types == each].mean() for each in types])
    np.testing.assert_allclose(by_class(columns, types)[0], means.std() / x.std(), atol=2e-3)


@pytest.mark.parametrize("mode", ["physical", "published"])
def test_every_honest_column_of_the_simulated_factory_passes(mode: str) -> None:
    settings = SmartFactorySettings.model_validate({"mode": mode, "machines": 4, "readings": 1500})
    own = to_rows(simulate_smart_factory(settings).readings, SensorSettings.model_validate(GIVEN))
    tasks = tasks_of(own, TaskSettings())
    assert len(tasks) >= 9
    refuse_leaks(engineer(own, FeatureSettings()), own, tasks)


def real(name: str) -> pd.DataFrame:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the file {name} is not beside the project")
    return pd.read_csv(path)


def test_every_honest_column_of_the_public_sample_passes() -> None:
    cells = real("smart_manufacturing/smart_manufacturing_sample_2k.csv").dropna(
        subset=["machine", "timestamp"]
    )
    table = pd.DataFrame({"asset": cells["machine"], "time": pd.to_datetime(cells["timestamp"])})
    sensors = ["temperature", "vibration", "humidity", "pressure", "energy_consumption"]
    table[sensors] = cells[sensors]
    table["Anomaly_Heat"] = cells["failure_type"] == "Overheating"
    for name, column in (("anomaly", "anomaly_flag"), ("maintenance", "maintenance_required")):
        table[f"Target_{name}"] = cells[column].map({"Yes": 1.0, "No": 0.0})
    table["Target_downtime"] = cells["downtime_risk"]
    table["Target_remaining_life"] = cells["predicted_remaining_life"]
    own = to_rows(table, SensorSettings())
    tasks = tasks_of(own, TaskSettings())
    features = engineer(own, FeatureSettings())
    refuse_leaks(features, own, tasks)
    leaky = with_column(own, -own.targets["downtime"])
    with pytest.raises(BadInputError, match=r"gauge tells (anomaly|downtime) now"):
        refuse_leaks(leaky, own, tasks)


def test_every_honest_column_of_ai4i_passes() -> None:
    cells = real("ai4i2020/ai4i2020.csv")
    table = cells.iloc[:, 3:8].astype(np.float64)
    table.insert(0, "asset", cells["UDI"].astype(str))
    for name in ("TWF", "HDF", "PWF", "OSF", "RNF"):
        table[f"Anomaly_{name}"] = cells[name] == 1
    own = to_rows(table, SensorSettings())
    tasks = tasks_of(own, TaskSettings(horizons=(0,)))
    assert [task.key for task in tasks] == ["anomaly_now", "failure_type_now"]
    refuse_leaks(engineer(own, FeatureSettings()), own, tasks)
