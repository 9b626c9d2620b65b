import pytest
import torch
from torch.distributions import Normal, kl_divergence

from matts.models.conv_decoder import ConvDecoder
from matts.models.conv_encoder import ConvEncoder
from matts.models.transformer_encoder import TransformerEncoder
from matts.models.vae import Encoder, Latent, Shape, Vae

SHAPE = Shape(sensors=3, length=4, channels=8, heads=2, latent=5)


@pytest.mark.parametrize("encoder", ["cnn", "transformer"])
def test_windows_go_in_and_come_back(encoder: Encoder) -> None:
    network = Vae(encoder, SHAPE, forecast=True)
    latent, rebuilt = network(torch.randn(6, 4, 3))
    assert latent.mean.shape == latent.log_variance.shape == (6, 5)
    assert rebuilt.shape == (6, 4, 3)
    assert network.head is not None
    assert network.head(latent.mean).shape == (6, 3)


def test_the_encoder_is_the_one_asked_for() -> None:
    assert isinstance(Vae("cnn", SHAPE, forecast=False).encoder, ConvEncoder)
    assert isinstance(Vae("transformer", SHAPE, forecast=False).encoder, TransformerEncoder)
    assert Vae("cnn", SHAPE, forecast=False).head is None


@pytest.mark.parametrize("encoder", [ConvEncoder(3, 4, 8), TransformerEncoder(3, 4, 8, 2)])
def test_an_encoder_sees_every_reading_and_their_order(encoder: torch.nn.Module) -> None:
    windows = torch.randn(1, 4, 3)
    features = encoder(windows)
    assert features.shape == (1, 32)
    for t in range(4):
        changed = windows.clone()
        changed[0, t] += 1
        assert not torch.allclose(encoder(changed), features, atol=1e-3)
    assert not torch.allclose(encoder(windows.flip(1)), features, atol=1e-3)


def test_the_decoder_needs_no_more_than_the_latent() -> None:
    decoder = ConvDecoder(latent=5, length=4, channels=8, sensors=3)
    assert decoder(torch.zeros(2, 5)).shape == (2, 4, 3)
    assert torch.equal(decoder(torch.ones(1, 5)), decoder(torch.ones(1, 5)))


def test_a_window_of_one_reading() -> None:
    for encoder in ("cnn", "transformer"):
        _, rebuilt = Vae(encoder, SHAPE._replace(length=1), forecast=False)(torch.randn(2, 1, 3))
        assert rebuilt.shape == (2, 1, 3)


def test_the_divergence_is_that_of_torch() -> None:
    mean, log_variance = torch.randn(7, 5), torch.randn(7, 5)
    spread = (log_variance / 2).exp()
    expected = kl_divergence(Normal(mean, spread), Normal(0.0, 1.0)).sum(dim=1)
    torch.testing.assert_close(Latent(mean, log_variance).divergence, expected)


def test_samples_have_mean_and_spread() -> None:
    latent = Latent(torch.full((20_000, 1), 3.0), torch.full((20_000, 1), 2.0).log())
    drawn = latent.sample(torch.Generator().manual_seed(0))
    assert drawn.mean().item() == pytest.approx(3, abs=0.05)
    assert drawn.var().item() == pytest.approx(2, abs=0.1)


def test_variances_stay_within_bounds() -> None:
    network = Vae("cnn", SHAPE, forecast=False)
    torch.nn.init.constant_(network.cloud.bias, 1e6)
    assert network.encode(torch.zeros(1, 4, 3)).divergence.isfinite().all()
