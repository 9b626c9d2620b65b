import numpy as np
import pandas as pd
import pytest

from matts.domain import Floats
from matts.evaluate.chart_plotly import draw_plotly
from matts.evaluate.chart_png import draw_png
from matts.evaluate.charts import Points
from matts.evaluate.gallery import render
from matts.evaluate.life import (
    cover_of_splits,
    errors,
    even_rmse,
    judge_life,
    met_once,
)
from matts.evaluate.life_views import draw_life, life_section
from matts.groups import SensorSettings
from matts.life.estimator import LifeEstimator
from matts.life.settings import LifeSettings

SETTINGS = LifeSettings(cap=100, models={"ridge": {}}, seeds=2)
RNG = np.random.default_rng(0)


def lives(units: int, *, stopped: bool) -> pd.DataFrame:
    """A table of units whose life is foreseen with an error of 5 readings."""
    parts = []
    for unit in range(units):
        whole = RNG.integers(80, 160)
        left = np.arange(whole - 1, -1, -1)[: RNG.integers(20, whole - 1) if stopped else None]
        parts.append(
            pd.DataFrame(
                {
                    "asset": f"unit {unit}",
                    "unit": 1000 * unit,
                    "reading": np.arange(len(left)),
                    "age": 1 + np.arange(len(left)),
                    "left": np.minimum(left, 100.0),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def guess(table: pd.DataFrame) -> Floats:
    return np.asarray(np.clip(table["left"] + RNG.normal(0, 5, len(table)), 0, 100))


def foreseen_of(table: pd.DataFrame) -> pd.DataFrame:
    for seed in (0, 1):
        said = guess(table)
        low, high = np.maximum(said - 8.2, 0), np.minimum(said + 8.2, 100)
        table = table.assign(**{f"ridge/{seed}": said, f"ensemble/{seed}": said})
        table = table.assign(
            **{f"low/{seed}": low, f"high/{seed}": high, f"open/{seed}": high >= 100}
        )
    return table


ESTIMATORS = {f"life/{seed}": LifeEstimator(SETTINGS, SensorSettings(), seed) for seed in (0, 1)}
HELD_OUT = lives(60, stopped=False).pipe(lambda t: t.assign(ridge=guess(t), ensemble=guess(t)))
FORESEEN = foreseen_of(lives(80, stopped=True))
JUDGED = judge_life(ESTIMATORS, HELD_OUT, FORESEEN, SETTINGS)["life"]


def test_errors_by_hand() -> None:
    found = errors(np.array([90.0, 113.0]), np.array([103.0, 103.0]))
    assert found["rmse"] == pytest.approx(np.sqrt((169 + 100) / 2))
    assert found["mae"] == pytest.approx(11.5)
    assert found["nasa"] == pytest.approx(2 * (np.e - 1))


def test_too_late_costs_more_than_too_early() -> None:
    truth = np.array([50.0])
    assert errors(truth + 20, truth)["nasa"] > errors(truth - 20, truth)["nasa"]


def test_a_unit_is_met_at_its_last_reading_or_at_any_if_it_failed() -> None:
    stopped, failed = lives(30, stopped=True), lives(30, stopped=False)
    last = met_once(stopped, 0)
    np.testing.assert_array_equal(last["age"], stopped.groupby("unit")["age"].max())
    drawn = met_once(failed, 0)
    assert len(drawn) == drawn["unit"].nunique() == 30
    assert drawn["left"].min() > 0
    assert drawn["left"].nunique() > 15
    pd.testing.assert_frame_equal(drawn, met_once(failed, 0))
    assert not drawn.equals(met_once(failed, 1))


def test_every_unit_counts_the_same() -> None:
    table = pd.DataFrame({"unit": [0, 1, 1, 1], "left": 0.0, "x": [2.0, 4.0, 4.0, 4.0]})
    assert even_rmse(table, "x") == pytest.approx(np.sqrt((4 + 16) / 2))


def test_figures_are_those_of_the_last_readings() -> None:
    last = met_once(FORESEEN, 0)
    by_hand = [errors(last[f"ridge/{s}"].to_numpy(), last["left"].to_numpy()) for s in (0, 1)]
    found = JUDGED["models"]["ridge"]
    assert found["rmse"]["mean"] == pytest.approx(np.mean([each["rmse"] for each in by_hand]))
    assert found["nasa"]["n"] == 2
    assert JUDGED["units"] == {"learnt": 60, "test": 80}
    assert JUDGED["weights"] == {"ridge": 1.0}
    assert 4 < found["held_out_rmse"] < 6


def test_cover_is_counted() -> None:
    found = JUDGED["intervals"]
    assert found["all_readings"]["coverage"]["mean"] == pytest.approx(0.9, abs=0.03)
    assert found["last"]["width"]["mean"] == pytest.approx(16.4, abs=1)
    opened = FORESEEN["open/0"].groupby(FORESEEN["unit"]).mean().mean()
    assert found["all_readings"]["open"]["mean"] == pytest.approx(opened, abs=0.05)


def test_intervals_hold_on_units_that_did_not_measure_them() -> None:
    found = cover_of_splits(HELD_OUT, SETTINGS)
    assert 0.9 < found["coverage"] < 0.96  # one unit more beyond each end: few units promise more
    assert found["low"] < found["coverage"] < found["high"]
    surer = cover_of_splits(HELD_OUT, SETTINGS.model_copy(update={"confidence": 0.97}))
    assert surer["coverage"] > found["coverage"] + 0.02


def test_nothing_is_said_where_nothing_is_known() -> None:
    empty = pd.DataFrame()
    assert judge_life({}, empty, empty, SETTINGS) == {}
    unknown = FORESEEN.assign(left=np.nan)
    assert judge_life(ESTIMATORS, HELD_OUT, unknown, SETTINGS) == {}
    assert [render(chart) for chart in draw_life(unknown, SETTINGS, "x")] == [((), ())] * 2


def test_the_section_tells_every_model_and_what_intervals_keep() -> None:
    section = life_section(JUDGED)
    assert "on 80 units of the test part" in section
    assert "on 60 other units" in section
    for name in ("| **ensemble** ", "| ridge ", "| last reading ", "| all readings "):
        assert section.count(name) == 1
    assert f"{JUDGED['models']['ridge']['rmse']['mean']:.2f} (" in section


def test_one_seed_has_no_interval() -> None:
    one = SETTINGS.model_copy(update={"seeds": 1})
    judged = judge_life({"life/0": ESTIMATORS["life/0"]}, HELD_OUT, FORESEEN, one)["life"]
    assert "None" not in life_section(judged)


def test_pictures_show_every_unit_and_some_lives() -> None:
    scatter, courses = draw_life(FORESEEN, SETTINGS, "the source")
    points = [layer for layer in scatter.panels[0].layers if isinstance(layer, Points)]
    assert sum(len(layer.x) for layer in points) == 80
    assert len(courses.panels) == 6
    for chart in (scatter, courses):
        assert "the source" in chart.title
        assert draw_png(chart) is not None
        assert draw_plotly(chart) is not None
