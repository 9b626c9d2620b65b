import numpy as np
import pytest
import torch
from torch import nn

from matts import tensors
from matts.tensors import WindowTensors, count_parameters, load_weights, map_windows, weights_of
from matts.windows import Scaler, Split


@pytest.fixture(scope="module")
def scaler(split: Split) -> Scaler:
    return Scaler.fit(split.train.rows)


def test_a_batch_is_the_scaled_windows(split: Split, scaler: Scaler) -> None:
    windows = split.train.where(split.train.faulty)
    batch = torch.tensor([7, 0, 0, 3])
    gathered = WindowTensors(windows, scaler, torch.device("cpu"))[batch]
    np.testing.assert_array_equal(gathered.numpy(), scaler(windows.values[batch.numpy()]))


def test_mapping_covers_every_window_whatever_the_batches(
    split: Split, scaler: Scaler, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows, network = split.test, nn.Linear(51, 3)
    with torch.no_grad():
        at_once = network(torch.from_numpy(scaler(windows.values))).numpy()
    monkeypatch.setattr(tensors, "BATCH", 7)
    mapped = map_windows(windows, scaler, network, network)
    np.testing.assert_allclose(mapped, at_once, atol=1e-5)


def test_mapping_leaves_no_gradient_behind(split: Split, scaler: Scaler) -> None:
    network = nn.Linear(51, 1)
    map_windows(split.test, scaler, network, lambda values: network(values).sum(dim=(1, 2)))
    assert network.weight.grad is None


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
