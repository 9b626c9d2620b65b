import pytest
import torch
from torch import Tensor

from matts.models.lstm_autoencoder import LstmAutoencoder
from matts.models.lstm_columns import Layer, encode, linear, squared_errors
from matts.tensors import Block

SHAPES = [(4, 1, None), (5, 2, None), (7, 3, 2), (4, 1, 9)]  # hidden, layers, latent
WINDOWS, LENGTH = 11, 5


@pytest.fixture(params=SHAPES, ids=str)
def network(request: pytest.FixtureRequest) -> LstmAutoencoder:
    hidden, layers, latent = request.param
    torch.manual_seed(0)
    return LstmAutoencoder(3, hidden, layers, dropout=0.5, latent=latent).eval()


@pytest.fixture
def rows() -> Tensor:
    return 3 * torch.randn(WINDOWS + LENGTH - 1, 3, generator=torch.Generator().manual_seed(0))


def together(rows: Tensor) -> Tensor:
    """[N, T, F]: as the network takes them."""
    return rows.unfold(0, LENGTH, 1).transpose(1, 2)


@pytest.mark.parametrize("apart", [1, LENGTH], ids=["neighbours", "scattered"])
@torch.no_grad()
def test_columns_give_what_the_network_gives(
    network: LstmAutoencoder, rows: Tensor, apart: int
) -> None:
    windows = together(rows)
    latent, rebuilt, logit = network(windows)
    readings = rows if apart == 1 else windows.reshape(-1, 3)
    block = Block(readings.T.contiguous(), WINDOWS, LENGTH, apart)
    columns = encode(network.encoder, block)
    torch.testing.assert_close(columns.T, latent, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(linear(network.head, columns)[0], logit, atol=1e-6, rtol=1e-5)
    errors = squared_errors(network.decoder, columns, block)
    expected = (rebuilt - windows).square().mean(dim=1)
    torch.testing.assert_close(errors.T, expected, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_nothing_that_is_shared_is_changed(network: LstmAutoencoder, rows: Tensor) -> None:
    block = Block(rows.T.contiguous(), WINDOWS, LENGTH, 1)
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    squared_errors(network.decoder, encode(network.encoder, block), block)
    assert torch.equal(block.readings, rows.T)
    assert all(torch.equal(value, weights[name]) for name, value in network.state_dict().items())


def test_a_layer_has_gates_and_units(network: LstmAutoencoder) -> None:
    layers = Layer.all_of(network.encoder.lstm)
    units = network.encoder.lstm.hidden_size
    assert len(layers) == network.encoder.lstm.num_layers
    assert {layer.recurrent.shape for layer in layers} == {(4 * units, units)}
