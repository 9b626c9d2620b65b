"""Two small datasets and a table that takes a second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matts.leaderboard.arenas import Arena, Arenas, digest_of
from matts.leaderboard.settings import LeaderboardSettings, Recipe
from matts.windows import Split

TREE: dict[str, Any] = {
    "source": {"path": "nowhere.csv"},
    "sensors": {},
    "windows": {},
    "detector": {},
    "training": {"epochs": 1, "batch_size": 256},
    "threshold": {},
    "baselines": {"detectors": {"isolation_forest": {"trees": 10}}},
    "evaluate": {},
    "what else": "does not matter",
}


@pytest.fixture
def recipe() -> Recipe:
    return Recipe.model_validate(TREE)


@pytest.fixture
def arena(split: Split, recipe: Recipe) -> Arena:
    return Arena(split, recipe, "simulated", digest_of(split))


@pytest.fixture
def arenas(arena: Arena) -> Arenas:
    return Arenas({"mill": arena}, {"pump": "pump.csv is needed"})


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., LeaderboardSettings]:
    """Settings of a table that is kept in a folder of this test."""

    def ask(*detectors: str, seeds: int = 2, **more: Any) -> LeaderboardSettings:
        given = {"datasets": ["mill"], "storage": str(tmp_path / "cells"), **more}
        return LeaderboardSettings(detectors=detectors, seeds=seeds, **given)

    return ask
