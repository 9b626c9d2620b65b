"""The compiled epochs against torch: gradients by autograd, then hundreds of steps of Adam."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

pytest.importorskip("numba", reason="the compiled engine needs Numba")

from matts.compiled.engine import autoencoder_epochs, classifier_epochs
from matts.compiled.epochs import autoencoder_epoch, classifier_epoch
from matts.compiled.examples import Costs, Examples
from matts.compiled.layers import tanh
from matts.compiled.weights import Autoencoder, Classifier, twin_of
from matts.domain import Bools
from matts.losses import class_balance, fault_loss, fault_targets, reconstruction_loss
from matts.models.fault_classifier import FaultClassifier
from matts.models.lstm_autoencoder import LstmAutoencoder
from matts.training import Task, TrainingSettings, train

RATE = 5e-4


class Plant(NamedTuple):
    """Readings of a machine that does not exist, with faults that can be learnt."""

    examples: Examples
    faults: Bools


def plant(sensors: int = 51, steps: int = 5, count: int = 400, share: float = 0.1) -> Plant:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(count + steps - 1, sensors)).astype(np.float32)
    faults = rng.random((count, 3)) < share / 3
    faulty = np.asarray(faults.any(axis=1))
    rows[steps - 1 :][faulty] += 1
    targets = (fault_targets(faults) * class_balance(faults)).numpy()
    kept = np.where(faulty, 0, 1).astype(np.float32)
    return Plant(Examples(rows, np.arange(count), steps, kept, faulty, targets), faults)


class Networks(NamedTuple):
    network: LstmAutoencoder
    classifier: FaultClassifier


def born(sensors: int = 51, hidden: int = 16) -> Networks:
    torch.manual_seed(0)
    return Networks(LstmAutoencoder(sensors, hidden).eval(), FaultClassifier(hidden, 3).eval())


def costs(*, joint: bool, clip: float = 1.0, decay: float = 0.0, positive: float = 2.0) -> Costs:
    return Costs.of(
        reconstruction=1.5,
        anomaly=10,
        positive=positive,
        fault=15 if joint else 0,
        clip=clip,
        decay=decay,
    )


def torch_terms(nets: Networks, given: Plant, batch: Tensor, weights: Costs) -> dict[str, Tensor]:
    """The loss as torch has it, written once more from the losses that are tested elsewhere."""
    examples = given.examples
    rows = torch.from_numpy(examples.rows)
    values = rows[batch[:, None] + torch.arange(examples.steps)]
    faulty = torch.from_numpy(examples.faulty)[batch]
    latent, rebuilt, logit = nets.network(values)
    positive = torch.tensor(float(weights.positive))
    truth = faulty.float()
    anomaly = functional.binary_cross_entropy_with_logits(logit, truth, pos_weight=positive)
    terms = {
        "reconstruction": float(weights.reconstruction)
        * reconstruction_loss(rebuilt, values, 1 - truth),
        "anomaly": float(weights.anomaly) * anomaly,
    }
    if weights.fault > 0 and faulty.any():
        shares = fault_targets(given.faults)[batch][faulty]
        named = fault_loss(nets.classifier(latent[faulty]), shares, class_balance(given.faults))
        terms["fault"] = float(weights.fault) * named
    return terms


def gradients(module: nn.Module) -> Iterator[Tensor]:
    for parameter in module.parameters():
        assert parameter.grad is not None
        yield parameter.grad


SHAPES = [(51, 16, 5), (51, 32, 5), (1, 1, 1), (7, 5, 1), (3, 9, 12)]


@pytest.mark.parametrize(("sensors", "hidden", "steps"), SHAPES)
def test_every_gradient_is_that_of_autograd(sensors: int, hidden: int, steps: int) -> None:
    given, nets = plant(sensors, steps, 40, share=0.5), born(sensors, hidden)
    twin, naming = twin_of(nets.network, Autoencoder), twin_of(nets.classifier, Classifier)
    weights = costs(joint=True)
    sums = autoencoder_epoch(given.examples, np.arange(40), 40, twin, naming, weights, RATE)
    terms = torch_terms(nets, given, torch.arange(40), weights)
    torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
    assert sums == pytest.approx([term.item() for term in terms.values()], rel=1e-5)
    for side, module in ((twin, nets.network), (naming, nets.classifier)):
        ours = [array for layer in side.g for array in layer]
        for mine, theirs in zip(ours, gradients(module), strict=True):
            torch.testing.assert_close(torch.from_numpy(mine.T), theirs, rtol=1e-4, atol=1e-5)


def torch_steps(
    nets: Networks, given: Plant, weights: Costs, size: int, count: int
) -> list[list[float]]:
    """The loss terms of each step of the plain torch loop."""
    parts = [*nets.network.parameters(), *(nets.classifier.parameters() if weights.fault else [])]
    optimizer = torch.optim.Adam(parts, RATE, weight_decay=float(weights.decay))
    told = []
    for batch in torch.split(torch.arange(len(given.faults)).repeat(99)[: size * count], size):
        optimizer.zero_grad()
        terms = torch_terms(nets, given, batch, weights)
        torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parts, float(weights.clip))
        optimizer.step()
        told.append([term.item() for term in terms.values()])
    return told


def compiled_steps(
    nets: Networks, given: Plant, weights: Costs, size: int, count: int
) -> list[list[float]]:
    """The same steps, one call each; the weights end in the networks."""
    examples = given.examples
    epoch = autoencoder_epochs(nets.network, nets.classifier, examples, weights, size)
    order = np.tile(np.arange(len(given.faults)), 99)
    return [
        list(epoch(order[step * size : (step + 1) * size], RATE).values()) for step in range(count)
    ]


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize(("hidden", "size"), [(16, 4), (32, 4), (11, 3)])
def test_two_hundred_steps_are_those_of_torch(hidden: int, size: int, *, joint: bool) -> None:
    """With rare faults, so that most batches have none and leave the diagnosis network alone."""
    given, weights = plant(share=0.05), costs(joint=joint)
    ours, theirs = born(hidden=hidden), born(hidden=hidden)
    mine = compiled_steps(ours, given, weights, size, 200)
    for one, other in zip(mine, torch_steps(theirs, given, weights, size, 200), strict=True):
        known = other + [0.0] * (len(one) - len(other))  # a batch without faults has no such term
        assert one == pytest.approx(known, abs=1e-5)
    for module, twin in zip(ours, theirs, strict=True):
        for weight, known_weight in zip(module.parameters(), twin.parameters(), strict=True):
            torch.testing.assert_close(weight, known_weight, rtol=0, atol=1e-4)
    learnt = not torch.equal(
        next(ours.classifier.parameters()), next(born(hidden=hidden)[1].parameters())
    )
    assert learnt is joint


@pytest.mark.parametrize(
    "change", [{"clip": 1e-7}, {"decay": 0.1}, {"positive": 9.0}], ids=lambda c: next(iter(c))
)
def test_every_limit_does_what_it_does_in_torch(change: dict[str, float]) -> None:
    given, weights = plant(), costs(joint=True, **change)
    ours, theirs, plain = born(), born(), born()
    compiled_steps(ours, given, weights, 4, 30)
    torch_steps(theirs, given, weights, 4, 30)
    compiled_steps(plain, given, costs(joint=True), 4, 30)
    torch.testing.assert_close(
        ours.network.head.weight, theirs.network.head.weight, rtol=0, atol=1e-5
    )
    assert not torch.allclose(ours.network.head.weight, plain.network.head.weight, atol=1e-5)


def test_the_last_batch_may_be_smaller_and_terms_are_means_over_batches() -> None:
    given, weights = plant(count=10), costs(joint=False)
    nets, twin = born(), born()
    epoch = autoencoder_epochs(nets.network, nets.classifier, given.examples, weights, 4)
    one_by_one = torch_steps(twin, given, weights, 4, 2)
    one_by_one += [
        [term.item() for term in torch_terms(twin, given, torch.arange(8, 10), weights).values()]
    ]
    means = np.mean(one_by_one, axis=0)
    assert list(epoch(np.arange(10), RATE).values()) == pytest.approx(means, rel=1e-5)


def test_windows_without_a_healthy_one_rebuild_nothing() -> None:
    given = plant(count=12, share=3.0)
    assert given.examples.faulty.all()
    nets = born()
    before = nets.network.decoder.readout.weight.clone()
    epoch = autoencoder_epochs(nets.network, nets.classifier, given.examples, costs(joint=True), 4)
    terms = epoch(np.arange(12), RATE)
    assert terms["reconstruction"] == 0
    assert terms["fault"] > 0
    assert torch.equal(nets.network.decoder.readout.weight, before)


def test_stage_two_learns_as_torch_does() -> None:
    given, ours, theirs = plant(share=3.0), born().classifier, born().classifier
    latent = np.random.default_rng(1).normal(size=(400, 16)).astype(np.float32)
    limits = TrainingSettings(epochs=3, learning_rate=0.01)
    shares, balance = fault_targets(given.faults), class_balance(given.faults)

    def loss(batch: Tensor) -> dict[str, Tensor]:
        logits = theirs(torch.from_numpy(latent)[batch])
        return {"fault": 15 * fault_loss(logits, shares[batch], balance)}

    weights = Costs.of(fault=15, clip=1, decay=0)
    epoch = classifier_epochs(ours, latent, given.examples.targets, weights, 4)
    tasks = [
        Task(ours, loss, 400, lambda: 0.0, compiled=epoch),
        Task(theirs, loss, 400, lambda: 0.0),
    ]
    mine, other = (train(task, limits) for task in tasks)
    assert [each["fault"] for each in mine] == pytest.approx([e["fault"] for e in other], rel=1e-5)
    for one, two in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=1e-4)


def test_the_same_order_gives_the_same_weights_to_the_last_bit() -> None:
    given, one, other = plant(), born(), born()
    for nets in (one, other):
        compiled_steps(nets, given, costs(joint=True), 4, 50)
    for mine, theirs in zip(one.network.parameters(), other.network.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_the_fast_tanh_is_a_tanh() -> None:
    x = np.linspace(-20, 20, 4001).astype(np.float32)
    ours = np.array([tanh(each) for each in x])
    np.testing.assert_allclose(ours, np.tanh(x.astype(np.float64)), atol=5e-7, rtol=0)
    assert tanh(np.float32(0)) == 0


def test_nothing_is_compiled_twice_for_another_size() -> None:
    """The sizes are numbers to the compiled code, not types."""
    for sensors, hidden in ((51, 16), (7, 5)):
        given, nets = plant(sensors, count=8, share=0.5), born(sensors, hidden)
        compiled_steps(nets, given, costs(joint=True), 4, 1)
        latent = np.zeros((hidden, 8), np.float32).T
        epoch = classifier_epochs(
            nets.classifier, latent, given.examples.targets, costs(joint=True), 4
        )
        epoch(np.arange(8), RATE)
    assert len(autoencoder_epoch.signatures) == len(classifier_epoch.signatures) == 1
