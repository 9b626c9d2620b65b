import builtins
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matts.detect.objective import DetectorSettings
from matts.domain import BadInputError, Readings
from matts.search import study
from matts.search import trial as trial_module
from matts.search.charts import coordinates, history
from matts.search.ledger import Ledger, ask, importance
from matts.search.recipe import Recipe
from matts.search.results import command, summarise, table_of
from matts.search.space import Axis, SearchSettings, SpaceSettings, WholeAxis
from matts.search.study import search
from matts.search.trial import Trial, bars_of, cut
from matts.training import TrainingSettings
from matts.windows import WindowSettings

RECIPE = Recipe(
    windows=WindowSettings(),
    detector=DetectorSettings(hidden=4),
    training=TrainingSettings(batch_size=128, learning_rate=0.01),
)
SPACE = SpaceSettings(
    length=WholeAxis(low=2, high=6),
    hidden=WholeAxis(among=(4, 8)),
    sensors=Axis(among=(0.5, 1.0)),
    learning_rate=Axis(low=0.0001, high=0.03, log=True),
)
Search = Callable[..., list[Trial]]


def settings_in(folder: Path, **changed: Any) -> SearchSettings:
    told = {"trials": 7, "epochs": 2, "batch": 3, "startup": 3, "warmup": 0, "space": SPACE}
    return SearchSettings.model_validate({"storage": str(folder / "s.db"), **told, **changed})


def told(trials: Sequence[Trial]) -> list[Trial]:
    """All but how long they took."""
    return [replace(trial, seconds=0) for trial in trials]


@pytest.fixture(scope="module")
def found(readings: Readings, tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    """A search by one worker."""
    return search(readings, RECIPE, settings_in(tmp_path_factory.mktemp("one")), "6", 1)


def test_a_search_begins_with_the_preset_and_varies_it_within_the_space(found: list[Trial]) -> None:
    assert [trial.number for trial in found] == [*range(7)]
    assert found[0].chosen == {path: RECIPE[path] for path in SPACE.axes}
    for trial in found[1:]:
        assert all(SPACE.axes[path].holds(value) for path, value in trial.chosen.items())
    assert len({tuple(trial.chosen.values()) for trial in found}) == 7
    assert all(0 < max(trial.figures) < 1 for trial in found)


def test_two_workers_find_the_same_to_the_last_bit(
    readings: Readings, found: list[Trial], tmp_path: Path
) -> None:
    assert told(search(readings, RECIPE, settings_in(tmp_path), "6", 2)) == told(found)


@pytest.mark.slow
def test_two_workers_find_the_same_by_compiled_code_and_prune_the_same(
    readings: Readings, tmp_path: Path
) -> None:
    pytest.importorskip("numba")
    recipe = RECIPE.varied({"training.engine": "compiled"})
    one, two = (
        search(readings, recipe, settings_in(tmp_path / str(workers)), "6", workers)
        for workers in (1, 2)
    )
    assert told(one) == told(two)
    assert {trial.state for trial in one} == {"complete", "pruned"}


def test_the_test_part_is_not_looked_at(
    readings: Readings, found: list[Trial], tmp_path: Path
) -> None:
    later = np.arange(len(readings)) >= round(0.8 * len(readings))
    values, faults = readings.values.copy(), readings.faults.copy()
    values[later], faults[later] = np.nan, ~faults[later]
    poisoned = replace(readings, values=values, faults=faults)
    settings = settings_in(tmp_path, trials=2)
    assert told(search(poisoned, RECIPE, settings, "6", 1)) == told(found)[:2]


def test_a_search_goes_on_where_it_was_and_is_the_same(
    readings: Readings,
    found: list[Trial],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings, trained = settings_in(tmp_path), []
    run = trial_module.run_trial

    def killed(*given: Any) -> Trial:
        trained.append(given[-1][0])
        if len(trained) == 5:  # in the middle of the second batch
            raise KeyboardInterrupt
        return run(*given)

    monkeypatch.setattr(study, "run_trial", killed)
    with pytest.raises(KeyboardInterrupt):
        search(readings, RECIPE, settings, "6", 1)
    assert caplog.messages[-1].endswith("the same command goes on behind them")
    assert told(search(readings, RECIPE, settings, "6", 1)) == told(found)
    assert trained == [0, 1, 2, 3, 4, 4, 5, 6]  # none is lost, none is tried twice
    assert len(search(readings, RECIPE, settings, "6", 1)) == 7
    assert len(trained) == 8
    with sqlite3.connect(tmp_path / "s.db") as ledger:
        assert ledger.execute("select count(*) from trials where state='RUNNING'").fetchone() == (
            0,
        )


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"epochs": 1}, {"space": {"hidden": {"among": [4, 8]}}}, {"batch": 1}],
)
def test_another_search_is_another_study(
    readings: Readings, tmp_path: Path, change: dict[str, Any]
) -> None:
    def name(settings: SearchSettings, dataset: str = "6", of: Readings = readings) -> str:
        return study.study_name(of, RECIPE, settings, dataset)

    settings = settings_in(tmp_path)
    assert name(settings) == name(settings_in(tmp_path / "b", trials=9))
    assert name(settings) != name(settings_in(tmp_path, **change))
    assert name(settings, "5")[2:] == name(settings)[2:]
    assert name(settings, of=replace(readings, values=readings.values + 1)) != name(settings)


def test_windows_of_every_length_are_judged_at_the_same_readings(readings: Readings) -> None:
    parts = [cut(readings, WindowSettings(length=length), 9) for length in (2, 5, 9)]
    first, *others = [validation.positions for _, validation in parts]
    assert len(first) > 100
    for other in others:
        np.testing.assert_array_equal(first, other)


def trial(number: int, state: Any, *figures: float, **chosen: float) -> Trial:
    return Trial(number, chosen, state, [*figures], 1.0)


def test_the_bar_is_the_median_of_the_best_so_far() -> None:
    trials = [
        trial(0, "complete", 0.1, 0.5, 0.2),
        trial(1, "complete", 0.3),
        trial(2, "complete", 0.2, 0.4),
        trial(3, "pruned", 0.9),
    ]
    assert bars_of(trials, startup=4, warmup=0) == [0.2, 0.4, 0.4]
    assert bars_of(trials, startup=4, warmup=1) == [-np.inf, 0.4, 0.4]
    assert bars_of(trials, startup=5, warmup=0) == []


def test_what_cannot_beat_the_median_is_pruned(readings: Readings, tmp_path: Path) -> None:
    kept = settings_in(tmp_path / "kept", trials=12, startup=100)
    pruned = settings_in(tmp_path / "pruned", trials=12)
    assert {each.state for each in search(readings, RECIPE, kept, "6", 1)} == {"complete"}
    cut_short = [t for t in search(readings, RECIPE, pruned, "6", 1) if t.state == "pruned"]
    assert cut_short
    assert all(each.value is None for each in cut_short)


def test_a_training_that_runs_away_has_failed_and_the_search_goes_on(
    readings: Readings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_away(*_: object) -> float:
        raise ValueError("Input contains NaN")  # noqa: EM101, TRY003 - as scikit-learn says it

    monkeypatch.setattr("matts.detect.autoencoder.AutoencoderDetector._judge", run_away)
    trials = search(readings, RECIPE, settings_in(tmp_path, trials=2), "6", 1)
    assert [(each.state, each.reason) for each in trials] == [("failed", "Input contains NaN")] * 2
    with pytest.raises(
        BadInputError, match=r"needs a trial that ends, got 2 .*: Input contains NaN"
    ):
        summarise(trials, RECIPE, settings_in(tmp_path), {"dataset": 6})


def test_what_cannot_be_searched_is_refused(readings: Readings, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    blind = replace(readings, faults=np.zeros_like(readings.faults))
    with pytest.raises(BadInputError, match=r"got \d+ healthy and 0 faulty of length"):
        search(blind, RECIPE, settings, "6", 1)
    other = RECIPE.varied({"detector.score": "reconstruction"})
    with pytest.raises(BadInputError, match=r"detector\.score=head, got reconstruction"):
        search(readings, other, settings, "6", 1)
    with pytest.raises(BadInputError, match=r"at least one of length, sensors, .* got none"):
        search(readings, RECIPE, settings_in(tmp_path, space={}), "6", 1)


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        (
            {"learning_rate": {"low": 0.1, "high": 5}},
            r"learning_rate reaches 5, which training\.learning_rate cannot be: .* less than 1$",
        ),
        ({"sensors": {"among": [0.5, 2]}}, r"sensors reaches 2, which detector\.sensors cannot be"),
    ],
)
def test_a_space_beyond_what_a_setting_may_be_is_refused(
    readings: Readings, tmp_path: Path, space: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadInputError, match=sentence):
        search(readings, RECIPE, settings_in(tmp_path, space=space), "6", 1)


def test_without_optuna_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("optuna"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BadInputError, match=r"pip install 'matts\[search\]'"):
        Ledger(tmp_path / "s.db", "x", SPACE.axes)


def test_a_ledger_gives_back_what_was_written(tmp_path: Path, found: list[Trial]) -> None:
    ledger = Ledger(tmp_path / "s.db", "x", SPACE.axes)
    beside = replace(found[0], chosen={**found[0].chosen, "detector.hidden": 5})  # not on its axis
    every = [found[2], replace(found[1], state="failed", reason="no"), beside]
    for each in every:
        ledger.add(each)
    assert Ledger(tmp_path / "s.db", "x", SPACE.axes).trials() == every[::-1]


def test_a_trial_that_two_searches_wrote_counts_once(tmp_path: Path, found: list[Trial]) -> None:
    ledger = Ledger(tmp_path / "s.db", "x", SPACE.axes)
    for each in (found[1], found[0], replace(found[1], seconds=9.0)):
        ledger.add(each)
    assert ledger.trials() == found[:2]


def test_what_is_asked_follows_from_seed_and_trials(found: list[Trial], tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    asked = ask(found[:3], 3, settings, RECIPE)
    assert asked == ask(found[:3], 3, settings, RECIPE) == [each.chosen for each in found[3:6]]
    assert asked[:2] == ask(found[:3], 2, settings, RECIPE)
    assert asked != ask(found[:3], 3, settings_in(tmp_path, seed=1), RECIPE)
    assert asked != ask(found[:2], 3, settings, RECIPE)


def test_the_summary_names_the_best_and_how_to_use_it(found: list[Trial], tmp_path: Path) -> None:
    source = {"dataset": 6, "data_source": "simulated"}
    summary = summarise(found, RECIPE, settings_in(tmp_path), source)
    values = [each.value for each in found if each.value is not None]
    assert summary["best"]["value"] == max(values)
    assert summary["preset"]["value"] == found[0].value
    assert summary["complete"] + summary["pruned"] + summary["failed"] == summary["trials"] == 7
    assert summary["importance"].keys() == SPACE.axes.keys()
    best = found[summary["best"]["number"]]
    assert f"windows.length={best.chosen['windows.length']}," in summary["command"]
    assert summary["command"].endswith("detector.monitor=pr_auc,evaluate.seeds=5")
    assert importance(found[:1], settings_in(tmp_path)) == {}


def test_a_command_says_nothing_that_is_so_anyway(found: list[Trial]) -> None:
    assert "monitor" not in command(found[0], RECIPE.judged_alike(3), 6)


def test_a_command_names_the_channels_that_were_searched_on(found: list[Trial]) -> None:
    assert "channels" not in command(found[0], RECIPE, 6)
    residual = RECIPE.varied({"windows.channels": "residual"})
    assert "windows.channels=residual" in command(found[0], residual, 6)


def test_the_table_has_a_row_a_trial(found: list[Trial]) -> None:
    table = table_of([*found, trial(7, "failed", **{"detector.hidden": 4})])
    assert table["detector.hidden"].tolist()[-1] == 4
    assert np.isnan(table["value"].iloc[-1])
    assert table["epochs"].tolist() == [len(each.figures) for each in found] + [0]


def test_the_charts_show_every_trial(found: list[Trial]) -> None:
    trials = [*found, trial(7, "failed")]
    (panel,) = history(trials, "a mill").panels
    shown = {layer.name: layer for layer in panel.layers}
    assert "failed (1)" in shown
    (space,) = coordinates(trials, SPACE.axes, "a mill").panels
    assert len(space.layers) == sum(each.value is not None for each in trials)


@pytest.mark.parametrize(
    ("axis", "sentence"),
    [
        ({}, "either low and high or among"),
        ({"low": 1}, "either low and high or among"),
        ({"low": 1, "high": 2, "among": [1]}, "either low and high or among"),
        ({"low": 2, "high": 2}, "low must lie below high, got 2 and 2"),
    ],
)
def test_an_axis_has_limits_or_a_list(axis: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Axis.model_validate(axis)
