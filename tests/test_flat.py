import torch
from torch import nn

from matts.flat import clip_norm, flatten, forget


def test_a_network_that_a_batch_does_not_teach_shows_no_gradient() -> None:
    """Adam then leaves it alone; a gradient of zeros is a gradient."""
    one, other = nn.Linear(2, 1), nn.Linear(2, 1)
    flats = flatten(nn.ModuleList([one, other]))
    for factor, kept in ((1, False), (0, False), (1, True)):
        forget(flats)
        taught = factor * one(torch.ones(2)).sum()
        (taught + other(torch.ones(2)).sum() if kept else taught).backward()
        clip_norm(flats, 1.0)
        assert [flat.weights.grad is not None for flat in flats] == [True, kept]


def test_all_networks_are_cut_to_one_norm() -> None:
    parts = nn.ModuleList([nn.Linear(2, 1), nn.Linear(3, 1)])
    flats = flatten(parts)
    forget(flats)
    (parts[0](torch.ones(2)) + parts[1](torch.ones(3))).sum().backward()
    reference = [part.grad.clone() for part in parts.parameters() if part.grad is not None]
    clip_norm(flats, 0.5)
    norm = torch.cat([each.flatten() for each in reference]).norm()
    for part, before in zip(parts.parameters(), reference, strict=True):
        torch.testing.assert_close(part.grad, before * 0.5 / norm)


def test_the_module_looks_into_the_vector() -> None:
    layer = nn.LSTM(3, 2)
    before = [part.clone() for part in layer.parameters()]
    [flat] = flatten(layer)
    for part, known in zip(layer.parameters(), before, strict=True):
        assert torch.equal(part, known)
    with torch.no_grad():
        flat.weights.add_(1)
    for part, known in zip(layer.parameters(), before, strict=True):
        torch.testing.assert_close(part, known + 1)
