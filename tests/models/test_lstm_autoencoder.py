import pytest
import torch
from torch import Tensor

from matts.models.lstm_autoencoder import LstmAutoencoder, LstmDecoder, LstmEncoder
from matts.tensors import count_parameters


@pytest.fixture
def windows() -> Tensor:
    return torch.randn(7, 5, 3, generator=torch.Generator().manual_seed(0))


def lstm_size(inputs: int, hidden: int) -> int:
    """Four gates, each with weights of input and state and, as torch has it, two biases."""
    return 4 * hidden * (inputs + hidden + 2)


@pytest.mark.parametrize(("latent", "size"), [(None, 4), (2, 2), (9, 9)])
def test_latent_windows_and_judgement_have_their_shapes(
    windows: Tensor, latent: int | None, size: int
) -> None:
    squeezed, rebuilt, logit = LstmAutoencoder(3, hidden=4, latent=latent)(windows)
    assert squeezed.shape == (7, size)
    assert rebuilt.shape == windows.shape
    assert logit.shape == (7,)


@pytest.mark.parametrize(("sensors", "hidden", "size"), [(51, 16, 4416), (51, 32, 10880)])
def test_the_encoder_has_the_published_size(sensors: int, hidden: int, size: int) -> None:
    assert count_parameters(LstmEncoder(sensors, hidden)) == lstm_size(sensors, hidden) == size


def test_a_second_layer_and_a_projection_add_their_parameters() -> None:
    assert count_parameters(LstmEncoder(3, 4, layers=2)) == lstm_size(3, 4) + lstm_size(4, 4)
    assert count_parameters(LstmEncoder(3, 4, latent=2)) == lstm_size(3, 4) + (4 + 1) * 2
    decoder = LstmDecoder(latent=2, hidden=4, sensors=3, layers=2)
    assert count_parameters(decoder) == lstm_size(2, 4) + lstm_size(4, 4) + (4 + 1) * 3


def test_the_latent_is_the_state_after_the_last_reading(windows: Tensor) -> None:
    encoder = LstmEncoder(3, 4, layers=2)
    steps, _ = encoder.lstm(windows)
    torch.testing.assert_close(encoder(windows), steps[:, -1])


def test_the_head_and_the_decoder_see_the_latent_alone(windows: Tensor) -> None:
    network = LstmAutoencoder(3, hidden=4, latent=2)
    latent, rebuilt, logit = network(windows)
    torch.testing.assert_close(network.decoder(latent, 5), rebuilt)
    torch.testing.assert_close(network.head(latent)[:, 0], logit)


def test_a_window_does_not_depend_on_its_neighbours(windows: Tensor) -> None:
    network = LstmAutoencoder(3, hidden=4)
    for together, alone in zip(network(windows), network(windows[2:3]), strict=True):
        torch.testing.assert_close(together[2:3], alone)


def test_a_decoder_plays_back_any_length() -> None:
    assert LstmDecoder(latent=2, hidden=4, sensors=3)(torch.zeros(7, 2), 11).shape == (7, 11, 3)


@pytest.mark.parametrize("layers", [1, 2])
def test_dropout_is_felt_in_training_only(windows: Tensor, layers: int) -> None:
    encoder = LstmEncoder(3, 16, layers=layers, dropout=0.5)
    assert not torch.equal(encoder(windows), encoder(windows))
    encoder.eval()
    assert torch.equal(encoder(windows), encoder(windows))


def test_an_encoder_can_be_built_again_from_its_shape(windows: Tensor) -> None:
    encoder = LstmEncoder(3, 4, layers=2, dropout=0.5, latent=2).eval()
    twin = LstmEncoder(**encoder.shape).eval()  # type: ignore[arg-type]
    twin.load_state_dict(encoder.state_dict())
    assert torch.equal(twin(windows), encoder(windows))
