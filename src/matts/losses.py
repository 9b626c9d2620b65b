"""What the networks of matts minimise."""

import torch
from torch import Tensor
from torch.nn import functional

from matts.domain import Bools


def reconstruction_loss(
    rebuilt: Tensor, windows: Tensor, keep: Tensor, weight: float = 1.0
) -> Tensor:
    """The weighted mean squared error over the windows to keep: [N, T, F], [N, T, F], [N] -> []."""
    errors = functional.mse_loss(rebuilt, windows, reduction="none").mean(dim=(1, 2))
    return errors.dot(keep * (weight / keep.sum().clamp(min=1)))


def fault_loss(logits: Tensor, targets: Tensor, balance: Tensor) -> Tensor:
    """Cross-entropy over shared targets, weighted by class: [N, K], [N, K], [K] -> [].

    A window with two faults asks for half of each. Without overlaps this is
    `torch.nn.functional.cross_entropy(..., weight=balance)`.
    """
    weighted = targets * balance
    return -(weighted * functional.log_softmax(logits, dim=1)).sum() / weighted.sum()


def fault_targets(faults: Bools) -> Tensor:
    """[N, K] flags -> [N, K] shares that add up to one; a healthy window has none.

    >>> import numpy as np
    >>> fault_targets(np.array([[True, True], [False, True], [False, False]])).tolist()
    [[0.5, 0.5], [0.0, 1.0], [0.0, 0.0]]
    """
    flags = torch.from_numpy(faults).float()
    return flags / flags.sum(dim=1, keepdim=True).clamp(min=1)


def class_balance(faults: Bools) -> Tensor:
    """[N, K] flags -> [K] weights inverse to how often a fault occurs; 0 for one that never does.

    >>> import numpy as np
    >>> class_balance(np.array([[True, False, False]] * 3 + [[False, True, False]])).tolist()
    [0.6666666865348816, 2.0, 0.0]
    """
    counts = torch.from_numpy(faults.sum(axis=0)).float()
    present = counts > 0
    total, kinds = counts.sum(), present.sum().clamp(min=1)
    return torch.where(present, total / (kinds * counts.clamp(min=1)), torch.zeros_like(counts))
