from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from benchmarks.reference_loop import BATCH, WindowDataset, loader_of, reference_of
from benchmarks.training import settings_of
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings, torch_loss
from matts.domain import Windows
from matts.training import Task, train
from matts.windows import Scaler, Split

STEPS = 200
JOINT = DetectorSettings(hidden=16, joint=True)
TRAINING = settings_of("torch", seed=3)


@pytest.fixture(scope="module")
def windows(split: Split) -> Windows:
    """As many as 200 steps take, faults among them."""
    some = split.train.where(np.arange(len(split.train)) < STEPS * BATCH)
    assert some.faulty.any()
    return some


def our_losses(windows: Windows) -> list[float]:
    """Our torch loop, and what each of its steps minimised."""
    detector = AutoencoderDetector(JOINT, TRAINING.model_copy(update={"epochs": 0}))
    detector.fit(windows, windows)
    nets = detector.network, detector.classifier
    loss, losses = torch_loss(*nets, windows, detector.scaler, JOINT), []

    def seen(batch: Tensor) -> Mapping[str, Tensor]:
        terms = loss(batch)
        losses.append(sum(value.item() for value in terms.values()))
        return terms

    train(Task(nn.ModuleList(nets), seen, len(windows), lambda: 0.0), TRAINING)
    return losses


def test_the_reference_has_our_mathematics(windows: Windows) -> None:
    reference = reference_of(windows, JOINT, TRAINING)
    order = torch.randperm(len(windows), generator=torch.Generator().manual_seed(TRAINING.seed))
    batches = [batch.tolist() for batch in torch.split(order, BATCH)]
    dataset = WindowDataset(windows, Scaler.fit(windows.rows))
    given = reference.train_epoch(DataLoader(dataset, batch_sampler=batches))
    assert len(given) == STEPS
    np.testing.assert_allclose(given, our_losses(windows), rtol=1e-5)


def test_the_reference_scores_as_we_do(split: Split) -> None:
    detector = AutoencoderDetector(JOINT, TRAINING.model_copy(update={"epochs": 0}))
    detector.fit(split.test, split.test)
    reference = reference_of(split.test, JOINT, TRAINING)
    reference.network.load_state_dict(detector.network.state_dict())
    given = np.concatenate(reference.score(loader_of(split.test, shuffle=False)))
    np.testing.assert_allclose(given[:, 0], detector.score(split.test), rtol=1e-5)
    shares = given[:, 1:] / given[:, 1:].sum(axis=1, keepdims=True)
    parts = detector.contributions(split.test)
    np.testing.assert_allclose(given[:, :1] * shares, parts, rtol=1e-4, atol=1e-7)


def test_the_reference_shuffles(split: Split) -> None:
    first, again = (next(iter(loader_of(split.test, shuffle=True)))[0] for _ in range(2))
    assert first.shape == (BATCH, 5, 51)
    assert not torch.equal(first, again)
