import numpy as np
import pytest
import torch
from torch.nn import functional

from matts.domain import Bools
from matts.losses import class_balance, fault_loss, fault_targets, reconstruction_loss


@pytest.fixture
def faults() -> Bools:
    """[60, 4]: one fault each, the last one never."""
    return np.eye(4, dtype=bool)[np.random.default_rng(0).choice(3, 60, p=[0.6, 0.3, 0.1])]


@pytest.fixture
def logits() -> torch.Tensor:
    return torch.randn(60, 4, generator=torch.Generator().manual_seed(0), requires_grad=True)


def test_without_overlaps_it_is_weighted_cross_entropy(faults: Bools, logits: torch.Tensor) -> None:
    balance = torch.tensor([1.0, 5.0, 0.2, 0.0])
    ours = fault_loss(logits, fault_targets(faults), balance)
    theirs = functional.cross_entropy(logits, torch.from_numpy(faults.argmax(axis=1)), balance)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-6)


def test_a_window_with_two_faults_is_content_with_half_of_each() -> None:
    targets = fault_targets(np.array([[True, True, False]]))
    at_half = torch.tensor([[2.0, 2.0, -20.0]], requires_grad=True)
    fault_loss(at_half, targets, torch.ones(3)).backward()  # type: ignore[no-untyped-call]
    assert at_half.grad is not None
    torch.testing.assert_close(at_half.grad, torch.zeros(1, 3), atol=1e-6, rtol=0)


def test_an_absent_fault_asks_for_nothing_and_is_pushed_down(
    faults: Bools, logits: torch.Tensor
) -> None:
    assert class_balance(faults)[3] == 0
    fault_loss(logits, fault_targets(faults), class_balance(faults)).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert (logits.grad[:, 3] > 0).all()


def test_every_fault_that_occurs_weighs_the_same_in_all(faults: Bools) -> None:
    totals = class_balance(faults) * torch.from_numpy(faults.sum(axis=0))
    torch.testing.assert_close(totals, torch.tensor([20.0, 20.0, 20.0, 0.0]))


def test_targets_are_shares() -> None:
    targets = fault_targets(np.array([[True, False, True, True], [False] * 4]))
    torch.testing.assert_close(targets, torch.tensor([[1, 0, 1, 1], [0, 0, 0, 0]]) / 3)


def test_only_the_windows_to_keep_are_rebuilt() -> None:
    windows, rebuilt = torch.zeros(3, 5, 2), torch.stack([torch.full((5, 2), x) for x in (1, 2, 9)])
    loss = reconstruction_loss(rebuilt.float(), windows, torch.tensor([1.0, 1.0, 0.0]))
    assert loss.item() == (1 + 4) / 2


def test_a_batch_without_windows_to_rebuild_costs_nothing() -> None:
    rebuilt = torch.ones(3, 5, 2, requires_grad=True)
    loss = reconstruction_loss(rebuilt, torch.zeros(3, 5, 2), torch.zeros(3))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0
    assert rebuilt.grad is not None
    assert not rebuilt.grad.any()
