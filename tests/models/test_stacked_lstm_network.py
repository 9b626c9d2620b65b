import torch

from matts.models.stacked_lstm import StackedLstmAutoencoder
from matts.tensors import count_parameters


def lstm(inputs: int, units: int) -> int:
    """Weights of one layer: four gates, each with two biases."""
    return 4 * units * (inputs + units + 2)


def test_the_layers_are_those_asked_for() -> None:
    network = StackedLstmAutoencoder(21, (64, 32), 0.2)
    layers = lstm(21, 64) + lstm(64, 32) + lstm(32, 32) + lstm(32, 64)
    assert count_parameters(network) == layers + 64 * 21 + 21
    assert network(torch.zeros(3, 10, 21)).shape == (3, 10, 21)


def test_all_that_the_decoder_knows_is_the_last_state() -> None:
    """Two windows of one bottleneck are played back alike; early readings reach it all the same."""
    torch.manual_seed(0)
    network = StackedLstmAutoencoder(2, (8, 4), 0.0).eval()
    windows = torch.randn(1, 6, 2)
    other = windows.clone()
    other[:, 0] += 1
    one, another = (network._run(network.encoder, each)[:, -1:] for each in (windows, other))
    assert not torch.allclose(one, another)
    played = network.readout(network._run(network.decoder, one.expand(-1, 6, -1)))
    torch.testing.assert_close(network(windows), played)


def test_dropout_is_for_training_alone() -> None:
    torch.manual_seed(0)
    network = StackedLstmAutoencoder(2, (8, 4), 0.5)
    windows = torch.randn(4, 5, 2)
    assert not torch.equal(network(windows), network(windows))
    network.eval()
    assert torch.equal(network(windows), network(windows))
