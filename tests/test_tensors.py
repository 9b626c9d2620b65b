from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from matts import tensors
from matts.domain import Floats, Windows
from matts.tensors import (
    LANES,
    Block,
    WindowTensors,
    count_parameters,
    load_weights,
    map_blocks,
    weights_of,
)
from matts.windows import Scaler, Split


@pytest.fixture(scope="module")
def scaler(split: Split) -> Scaler:
    return Scaler.fit(split.train.rows)


def test_a_batch_is_the_scaled_windows(split: Split, scaler: Scaler) -> None:
    windows = split.train.where(split.train.faulty)
    batch = torch.tensor([7, 0, 0, 3])
    gathered = WindowTensors(windows, scaler, torch.device("cpu"))[batch]
    np.testing.assert_array_equal(gathered.numpy(), scaler(windows.values[batch.numpy()]))


def test_weights_go_out_and_come_back_by_prefix() -> None:
    network, other, twin = nn.Linear(4, 2), nn.Linear(4, 2), nn.Linear(4, 2)
    arrays = {**weights_of(network, "one."), **weights_of(other, "two."), "mean": np.zeros(4)}
    load_weights(twin, arrays, "one.")
    assert torch.equal(twin.weight, network.weight)
    assert torch.equal(twin.bias, network.bias)


def test_loaded_weights_are_the_networks_own() -> None:
    twin, weight = nn.Linear(4, 2, bias=False), np.ones((2, 4), np.float32)
    weight.flags.writeable = False
    load_weights(twin, {"x.weight": weight}, "x.")
    with torch.no_grad():
        twin.weight += 1
    assert weight.max() == 1


def test_weights_of_another_shape_are_refused() -> None:
    with pytest.raises(RuntimeError, match="size mismatch"):
        load_weights(nn.Linear(3, 2), weights_of(nn.Linear(4, 2), "x."), "x.")


def test_parameters_are_counted_with_their_biases() -> None:
    assert count_parameters(nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1))) == 19


def last_readings(block: Block) -> Tensor:
    """[N, F]."""
    return block.at(block.length - 1, block.readings).T


def mapped(windows: Windows, scaler: Scaler, function: Callable[[Block], Tensor]) -> Floats:
    return map_blocks(windows, scaler, torch.device("cpu"), function)


@pytest.mark.parametrize(("batch", "copied"), [(4096, 2**18), (7, 2**18), (4096, 100)])
@pytest.mark.parametrize("kind", ["all", "faulty", "shuffled", "twice", "one", "none"])
def test_blocks_hold_every_window_in_its_place(
    split: Split,
    scaler: Scaler,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    batch: int,
    copied: int,
) -> None:
    windows, rng = split.test, np.random.default_rng(0)
    chosen = {
        "all": windows.last,
        "faulty": windows.where(windows.faulty).last,
        "shuffled": rng.permutation(windows.last),
        "twice": windows.last[[5, 5, 200, 3]],
        "one": windows.last[-1:],
        "none": windows.last[:0],
    }[kind]
    windows = replace(windows, last=chosen)
    monkeypatch.setattr(tensors, "COLUMNS", batch)
    monkeypatch.setattr(tensors, "COPIED", copied)
    np.testing.assert_array_equal(mapped(windows, scaler, last_readings), scaler(windows.last_rows))
    firsts = mapped(windows, scaler, lambda block: block.at(0, block.readings).T)
    np.testing.assert_array_equal(firsts, scaler(windows.values[:, 0]))


def test_neighbours_are_not_copied(split: Split, scaler: Scaler) -> None:
    sizes: list[int] = []
    windows = split.test

    def measure(block: Block) -> Tensor:
        sizes.append(block.readings.shape[1])
        return torch.zeros(block.count)

    mapped(windows, scaler, measure)
    assert len(windows) < sum(sizes) < len(windows) + 3 * LANES
