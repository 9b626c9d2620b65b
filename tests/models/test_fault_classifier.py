import pytest
import torch

from matts.models.fault_classifier import FaultClassifier
from matts.tensors import count_parameters


def test_a_latent_vector_becomes_one_logit_a_fault() -> None:
    assert FaultClassifier(latent=16, faults=4)(torch.zeros(7, 16)).shape == (7, 4)


@pytest.mark.parametrize("latent", [16, 32])
def test_its_hidden_layer_is_as_wide_as_the_latent(latent: int) -> None:
    size = (latent + 1) * latent + (latent + 1) * 4
    assert count_parameters(FaultClassifier(latent, faults=4)) == size


def test_it_can_tell_what_no_straight_line_can() -> None:
    corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    torch.manual_seed(0)
    classifier = FaultClassifier(latent=2, faults=2)
    output = classifier.layers(corners)
    assert not torch.allclose(output[0] + output[3], output[1] + output[2], atol=1e-3)
