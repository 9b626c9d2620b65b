import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from matts.domain import BadInputError
from matts.leaderboard import board
from matts.leaderboard.arenas import Arena, Arenas, digest_of, open_arenas
from matts.leaderboard.board import fill
from matts.leaderboard.cells import Cell, cells_of, run_cell
from matts.leaderboard.page import write_page
from matts.leaderboard.settings import ALWAYS, LeaderboardSettings, Recipe
from matts.leaderboard.table import table_of
from matts.windows import Split

Ask = Callable[..., LeaderboardSettings]


def varied(recipe: Recipe, **changes: Any) -> Recipe:
    return Recipe.model_validate({**recipe.model_dump(by_alias=True), **changes})


def key_of(arena: Arena, detector: str = "pca", seeds: int = 1) -> str:
    return cells_of("mill", arena, detector, seeds)[-1].key


def test_every_cell_is_judged_as_in_any_run(arenas: Arenas, ask: Ask) -> None:
    cells = fill(arenas, ask("pca", "matts"), workers=1)
    names = [(cell["detector"], cell["seed"]) for cell in cells]
    once = ["pca", *(name for name in ALWAYS if name not in ("random", "untrained"))]
    both = [(name, seed) for name in ("matts", "random", "untrained") for seed in (0, 1)]
    assert sorted(names) == sorted([*((name, 0) for name in once), *both])
    by_name = dict(zip(names, cells, strict=True))
    assert by_name["constant", 0]["metrics"]["roc_auc"] == 0.5
    assert by_name["pca", 0]["metrics"]["pr_auc"] > 3 * by_name["random", 0]["metrics"]["pr_auc"]
    assert by_name["matts", 0]["metrics"] != by_name["matts", 1]["metrics"]
    assert by_name["matts", 0]["cost"]["parameters"] == 4773
    assert by_name["pca", 0]["cost"]["ms_per_window"] > 0
    assert all(cell["problem"] is None and cell["readings"] == "simulated" for cell in cells)


def test_what_is_done_is_not_done_again(
    arenas: Arenas, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ask("pca", seeds=1)
    first = fill(arenas, settings, workers=1)
    done: list[str] = []

    def watched(ready: dict[str, Arena], cell: Cell) -> dict[str, Any]:
        done.append(cell.detector)
        return run_cell(ready, cell)

    monkeypatch.setattr(board, "run_cell", watched)
    assert fill(arenas, settings, workers=1) == first
    assert done == []
    fill(arenas, ask("pca", "zscore", seeds=1), workers=1)
    assert done == ["zscore"]
    files = sorted(Path(settings.storage).glob("*.json"))
    files[0].write_text("{")  # of a disk that was full
    assert len(fill(arenas, settings, workers=1)) == len(first)
    assert len(done) == 2


def test_a_cell_is_written_as_soon_as_it_is_done(
    arenas: Arenas, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(ready: dict[str, Arena], cell: Cell) -> dict[str, Any]:
        if cell.detector == "constant":
            raise KeyboardInterrupt
        return run_cell(ready, cell)

    monkeypatch.setattr(board, "run_cell", stopped)
    settings = ask("pca", seeds=1)
    with pytest.raises(KeyboardInterrupt):
        fill(arenas, settings, workers=1)
    kept = [json.loads(path.read_text()) for path in Path(settings.storage).iterdir()]
    assert sorted(cell["detector"] for cell in kept) == ["pca", "random"]


@pytest.mark.slow
def test_workers_give_equal_figures(arenas: Arenas, ask: Ask, tmp_path: Path) -> None:
    alone = fill(arenas, ask("pca", seeds=1), workers=1)
    both = fill(arenas, ask("pca", seeds=1, storage=str(tmp_path / "other")), workers=2)
    assert [cell["metrics"] for cell in alone] == [cell["metrics"] for cell in both]


def test_equal_readings_share_their_cells(arena: Arena, ask: Ask) -> None:
    twins = Arenas({"mill": arena, "twin": replace(arena, origin="real")}, {})
    settings = ask("zscore", seeds=1, datasets=["mill", "twin"])
    cells = fill(twins, settings, workers=1)
    own = len(settings.entrants)
    assert len([*Path(settings.storage).iterdir()]) == own
    assert [(c["dataset"], c["readings"]) for c in cells[::own]] == [
        ("mill", "simulated"),
        ("twin", "real"),
    ]


def test_a_detector_that_cannot_learn_says_why(arena: Arena, ask: Ask) -> None:
    windows = replace(arena.split.train, last=arena.split.train.last[:0])
    arenas = Arenas({"mill": replace(arena, split=replace(arena.split, train=windows))}, {})
    cells = fill(arenas, ask("zscore", seeds=1), workers=1)
    found = next(cell for cell in cells if cell["detector"] == "zscore")
    assert found["problem"] == "a scale needs readings to be measured on, got none"
    assert (found["metrics"], found["cost"]) == ({}, {})
    assert next(cell for cell in cells if cell["detector"] == "constant")["problem"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"threshold": {"method": "best_f1"}},
        {"evaluate": {"vus_buffer": 20}},
        {"baselines": {"detectors": {"pca": {"variance": [0.9]}}}},
    ],
)
def test_what_decides_a_figure_is_in_its_key(arena: Arena, changes: dict[str, Any]) -> None:
    other = replace(arena, recipe=varied(arena.recipe, **changes))
    assert key_of(other) != key_of(arena)


@pytest.mark.parametrize(
    "changes",
    [
        {"source": {"path": "elsewhere.csv"}},
        {"training": {"epochs": 7}},
        {"baselines": {"detectors": {"vae": {"epochs": 3}}}},
        {"evaluate": {"seeds": 5}},
    ],
)
def test_what_does_not_matter_is_not(arena: Arena, changes: dict[str, Any]) -> None:
    assert key_of(replace(arena, recipe=varied(arena.recipe, **changes))) == key_of(arena)


def test_training_matters_to_what_is_trained(arena: Arena) -> None:
    longer = replace(arena, recipe=varied(arena.recipe, training={"epochs": 7}))
    chatty = {**arena.recipe.training.model_dump(), "log_every": 1, "save_folder": "there"}
    louder = replace(arena, recipe=varied(arena.recipe, training=chatty))
    assert key_of(longer, "matts") != key_of(arena, "matts") == key_of(louder, "matts")


def test_what_is_known_of_the_machine_is_told_to_who_asks(arena: Arena) -> None:
    told = varied(arena.recipe, sensors={"mode": ["x"], "groups": {"x": {"like": "force.*"}}})
    other = replace(arena, recipe=told)
    assert key_of(other, "supervised") != key_of(arena, "supervised")
    assert key_of(other) == key_of(arena)


def test_seeds_and_detectors_have_cells_of_their_own(arena: Arena) -> None:
    keys = [
        cell.key
        for name in ("isolation_forest", "random")
        for cell in cells_of("m", arena, name, 3)
    ]
    assert len(set(keys)) == 6


def test_any_reading_changes_the_digest(split: Split) -> None:
    rows = split.test.rows.copy()
    rows[3, 4] += 1e-9
    other = replace(split, test=replace(split.test, rows=rows))
    moved = replace(split, validation=split.validation.where(split.validation.faulty))
    assert len({digest_of(each) for each in (split, other, moved)}) == 3
    assert digest_of(replace(split)) == digest_of(split)
    assert np.array_equal(split.test.rows[3, 4] + 1e-9, rows[3, 4])


def test_a_dataset_whose_files_are_absent_is_left_out(
    tmp_path: Path, recipe: Recipe, caplog: pytest.LogCaptureFixture
) -> None:
    tree = recipe.model_dump(by_alias=True)
    mill = {**tree, "source": {"path": "no.csv", "layout": "tcm5", "simulate": {"coils": 400}}}
    empty = {**tree, "source": {"path": str(tmp_path / "pump")}}
    found = open_arenas({"mill": mill, "pump": empty})
    assert list(found.ready) == ["mill"]
    assert found.ready["mill"].origin == "simulated"
    assert "is needed" in found.left_out["pump"]
    assert f"pump is left out: {found.left_out['pump']}" in caplog.text
    with pytest.raises(BadInputError, match="needs one dataset that is there"):
        open_arenas({"pump": empty})


def test_a_sensor_that_nothing_is_learnt_from_is_left_out_as_in_a_run(
    tmp_path: Path, recipe: Recipe
) -> None:
    tree = recipe.model_dump(by_alias=True)
    draw = np.random.default_rng(0).normal(size=(200, 2))
    table = pd.DataFrame({"flow": draw[:, 0], "still": 7.0, "heat": draw[:, 1], "leak": 0})
    table.loc[150:160, "leak"] = 1
    table.to_csv(tmp_path / "pump.csv", index=False)
    source = {"path": str(tmp_path / "pump.csv"), "labels": {"kind": "class", "column": "leak"}}
    found = open_arenas(
        {
            "pump": {**tree, "source": source},
            "as it is": {**tree, "source": {**source, "quality": {"leave_out": False}}},
        }
    )
    assert found.ready["pump"].split.test.sensors == ("flow", "heat")
    assert found.ready["as it is"].split.test.sensors == ("flow", "still", "heat")


def test_without_labels_no_alarm_is_false(arena: Arena, ask: Ask) -> None:
    none = [
        replace(part, row_faults=part.row_faults[:, :0], fault_names=())
        for part in arena.split.parts
    ]
    quiet = replace(arena, split=Split(*none))
    cells = fill(Arenas({"mill": quiet}, {}), ask("zscore", seeds=1), workers=1)
    assert cells[0]["problem"] is None
    known = {name for name, value in cells[0]["metrics"].items() if value is not None}
    assert known == {"alerts_per_1000", "alarms_per_1000"}


def test_a_detector_that_the_dataset_leaves_out_is_told_of(arena: Arena, ask: Ask) -> None:
    tree = arena.recipe.model_dump(by_alias=True)
    detectors: dict[str, Any] = {"pca": {}, "zscore": None, "matts": None}
    recipe = Recipe.model_validate({**tree, "baselines": {"detectors": detectors}})
    assert recipe.without == ("zscore",)
    settings = ask("zscore", "pca", seeds=1)
    cells = fill(Arenas({"mill": replace(arena, recipe=recipe)}, {}), settings, workers=1)
    problems = {cell["detector"]: cell["problem"] for cell in cells}
    assert problems.pop("zscore") == "baselines.detectors.zscore is null"
    assert problems == dict.fromkeys(["pca", *ALWAYS])
    assert len([*Path(settings.storage).iterdir()]) == len(problems)
    page = write_page(table_of(cells, {}))
    assert "- zscore: baselines.detectors.zscore is null" in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"detectors": ["pcb"]}, "got 'pcb'"),
        ({"detectors": ["combined"]}, "got 'combined'"),
        ({"sources": {"pump": "there"}}, "sources needs some of mill, got 'pump'"),
        ({"datasets": []}, "at least 1"),
    ],
)
def test_wrong_settings_are_told(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        LeaderboardSettings(**{"datasets": ["mill"], "storage": "there", **wrong})


def test_controls_are_always_there(ask: Ask) -> None:
    assert ask("pca").entrants == ["pca", *ALWAYS]
    assert ask("random", "pca", "pca").entrants == ["random", "pca", *ALWAYS[1:]]
    assert ask(datasets=[6, "6", "pump"]).names == ["6", "pump"]
