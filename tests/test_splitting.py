from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from matts.domain import BadInputError, Readings
from matts.splitting import Rows, SplitSettings, rows_of_parts


def record(
    lengths: dict[str, int], faults: dict[str, list[int]] | None = None, parts: str | None = None
) -> Readings:
    """Assets of so many readings, with a first and a second fault somewhere in them."""
    assets = np.concatenate([np.full(n, name) for name, n in lengths.items()])
    truth = np.zeros((len(assets), 2), np.bool_)
    for name, own in (faults or {}).items():
        truth[np.flatnonzero(assets == name)[-1], own] = True
    return Readings(
        values=np.zeros((len(assets), 1)),
        faults=truth,
        segments=np.unique(assets, return_inverse=True)[1],
        sensors=("flow",),
        fault_names=("Leak", "Wear"),
        assets=assets,
        parts=None if parts is None else np.array([{"-": ""}.get(p, p) for p in parts.split()]),
    )


def split(readings: Readings, length: int = 1, **settings: Any) -> Rows:
    return rows_of_parts(readings, SplitSettings.model_validate(settings), length)


def counts(rows: Rows) -> list[int]:
    return [len(part) for part in rows]


def test_by_time_each_asset_by_itself_with_gaps() -> None:
    train, validation, test = split(record({"a": 20, "b": 30}), length=2)
    assert train.tolist() == [*range(14), *range(20, 41)]
    assert validation.tolist() == [15, 42, 43]
    assert test.tolist() == [17, 18, 19, *range(45, 50)]


def test_by_readings_of_each_asset() -> None:
    rows = split(record({"a": 10, "b": 20}), by="readings", train=4, validation=3)
    assert [part.tolist() for part in rows[:2]] == [
        [*range(4), *range(10, 14)],
        [4, 5, 6, 14, 15, 16],
    ]
    assert counts(rows) == [8, 6, 16]
    gap = split(record({"a": 20, "b": 20}), 3, by="readings", train=4, validation=6)
    assert gap[1].tolist() == [*range(6, 10), *range(26, 30)]


FLEET = {f"p{i:02}": 5 for i in range(20)}


def assets_of(readings: Readings, rows: Rows) -> list[set[str]]:
    assert readings.assets is not None
    return [set(readings.assets[part].tolist()) for part in rows]


def test_by_asset_whole_ones_are_dealt_by_their_shares() -> None:
    readings = record(FLEET)
    rows = split(readings, by="asset")
    parts = assets_of(readings, rows)
    assert [len(part) for part in parts] == [14, 2, 4]
    assert not parts[0] & parts[1] | parts[0] & parts[2] | parts[1] & parts[2]
    assert counts(rows) == [70, 10, 20]


def test_by_asset_the_seed_draws_and_each_part_has_its_faults() -> None:
    readings = record(FLEET, {f"p{i:02}": [i % 2] for i in range(10)})
    drawn = [assets_of(readings, split(readings, by="asset", seed=seed)) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    for rows in (split(readings, by="asset", seed=seed) for seed in range(5)):
        assert readings.faults[rows[0]].sum(axis=0).tolist() >= [3, 3]
        assert readings.faults[rows[2]].sum() in {1, 2, 3}


def test_by_asset_needs_three() -> None:
    with pytest.raises(BadInputError, match="a split by asset needs at least 3 of them, got 2"):
        split(record({"a": 5, "b": 5}), by="asset")
    assert counts(split(record({"a": 5, "b": 5, "c": 5}), by="asset")) == [5, 5, 5]


def test_as_given() -> None:
    parts = "train train - validation test test"
    rows = split(record({"a": 6}, parts=parts), by="given")
    assert [part.tolist() for part in rows] == [[0, 1], [3], [4, 5]]


def test_as_given_validation_is_the_end_of_each_of_few_assets() -> None:
    parts = " ".join(["train"] * 50 + ["test"] * 10)
    rows = split(record({"a": 20, "b": 40}, parts=parts), 2, by="given", train=0.6, validation=0.2)
    assert rows[0].tolist() == [*range(15), *range(20, 42)]
    assert rows[1].tolist() == [*range(16, 20), *range(43, 50)]
    assert rows[2].tolist() == [*range(50, 60)]


def test_as_given_validation_is_whole_ones_of_many_assets() -> None:
    readings = record(FLEET, parts=" ".join(["train"] * 80 + ["test"] * 20))
    parts = assets_of(readings, split(readings, by="given", train=0.6, validation=0.2, test=0.2))
    assert [len(part) for part in parts] == [12, 4, 4]
    assert not parts[0] & parts[1]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "shares": ({"train": 0.5}, r"must add up to 1, got 0\.8"),
    "no test": ({"train": 0.9, "test": 0}, "must add up to 1, got 1"),
    "shares of readings": ({"by": "readings"}, "numbers of them, got shares"),
}


@pytest.mark.parametrize(("settings", "message"), WRONG.values(), ids=WRONG)
def test_settings_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SplitSettings.model_validate(settings)


def test_an_empty_part_is_named() -> None:
    with pytest.raises(BadInputError, match="needs at least 3, got 0 in the part validation"):
        split(record({"a": 5}), length=3)
    with pytest.raises(BadInputError, match=r"by=given needs the parts that source.parts declares"):
        split(record({"a": 5}), by="given")
    with pytest.raises(BadInputError, match="got 0 in the part train"):
        split(record({"a": 3}, parts="test test test"), by="given")


@pytest.mark.parametrize("assets", [3, 4, 7])
def test_by_asset_each_part_has_one_however_small_its_share(assets: int) -> None:
    names = np.repeat([f"{i}" for i in range(assets)], 10)
    readings = Readings(
        np.zeros((len(names), 1)),
        np.zeros((len(names), 1), bool),
        np.zeros(len(names), int),
        ("flow",),
        ("Leak",),
        assets=names,
    )
    split = SplitSettings(by="asset", train=0.1, validation=0.45, test=0.45)
    parts = rows_of_parts(readings, split, 5)
    assert all(len(rows) >= 10 for rows in parts)
    assert sum(map(len, parts)) == len(names)
