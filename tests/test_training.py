import logging
import math
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file
from torch import Tensor, nn

from matts.domain import BadInputError
from matts.training import (
    Epoch,
    ScheduleSettings,
    Task,
    TrainingSettings,
    epochs_since_best,
    pick_device,
)
from matts.training import train as fit

COUNT = 10


class Line:
    """Fit a line to ten points; the loss has two terms, and every call is remembered."""

    def __init__(self, figures: list[float] | None = None) -> None:
        torch.manual_seed(1)
        self.network = nn.Linear(3, 1)
        self.inputs = torch.randn(COUNT, 3)
        self.figures = figures or []
        self.batches: list[list[int]] = []
        self.terms: list[dict[str, float]] = []
        self.judged: list[Tensor] = []

    def loss(self, batch: Tensor) -> dict[str, Tensor]:
        assert self.network.training
        self.batches.append(batch.tolist())
        errors = self.network(self.inputs[batch]) - 7
        terms = {"error": errors.square().mean(), "size": 3 * self.network.weight.abs().sum()}
        self.terms.append({name: value.item() for name, value in terms.items()})
        return terms

    def judge(self) -> float:
        assert not self.network.training
        assert not torch.is_grad_enabled()
        self.judged.append(self.network.weight.clone())
        scripted = len(self.judged) <= len(self.figures)
        return self.figures[len(self.judged) - 1] if scripted else float(len(self.judged))

    def train(self, **settings: object) -> list[Epoch]:
        chosen = TrainingSettings.model_validate({"epochs": 3, "learning_rate": 0.1, **settings})
        return fit(Task(self.network, self.loss, COUNT, self.judge, "task"), chosen)


def weights_after(**settings: object) -> list[float]:
    task = Line()
    task.train(**settings)
    return [*task.network.weight.flatten().tolist(), task.network.bias.item()]


@pytest.mark.parametrize("epochs", [1, 6])
def test_epochs(epochs: int) -> None:
    assert len(Line().train(epochs=epochs)) == epochs


def test_no_epochs_leave_the_network_as_it_was_born() -> None:
    task = Line()
    assert task.train(epochs=0) == []
    assert torch.equal(task.network.weight, Line().network.weight)


def test_who_watches_hears_of_every_epoch_and_may_end_it_all() -> None:
    line, heard = Line([0.2, 0.5, 0.3]), []

    def watch(epoch: int, figure: float) -> None:
        heard.append((epoch, figure))
        if epoch == 3:
            raise StopIteration

    with pytest.raises(StopIteration):
        fit(Task(line.network, line.loss, COUNT, line.judge), TrainingSettings(), watch)
    assert heard == [(1, 0.2), (2, 0.5), (3, 0.3)]


@pytest.mark.parametrize("patience", [1, 4])
def test_patience(patience: int) -> None:
    figures = [0.2, 0.5] + [0.5] * 20
    assert len(Line(figures).train(epochs=20, patience=patience)) == 2 + patience


def test_the_best_weights_are_kept_not_the_last() -> None:
    task = Line([0.1, 0.9, 0.3, 0.9, 0.2])
    history = task.train(epochs=5)
    assert torch.equal(task.network.weight, task.judged[1])
    assert not torch.equal(task.network.weight, task.judged[-1])
    assert [epoch["validation"] for epoch in history] == [0.1, 0.9, 0.3, 0.9, 0.2]
    assert not task.network.training


@pytest.mark.parametrize(("size", "sizes"), [(4, [4, 4, 2]), (100, [10])])
def test_batch_size(size: int, sizes: list[int]) -> None:
    task = Line()
    task.train(epochs=1, batch_size=size)
    assert [len(batch) for batch in task.batches] == sizes


def test_every_epoch_sees_every_example_once_in_another_order() -> None:
    task = Line()
    task.train(epochs=2, batch_size=COUNT)
    assert [sorted(batch) for batch in task.batches] == [list(range(COUNT))] * 2
    assert task.batches[0] != task.batches[1]


def test_seed() -> None:
    one, same, other = Line(), Line(), Line()
    torch.manual_seed(5)  # the order depends on the setting alone
    one.train(seed=1)
    same.train(seed=1)
    other.train(seed=2)
    assert one.batches == same.batches != other.batches
    assert torch.equal(one.network.weight, same.network.weight)


def test_learning_rate_is_the_first_step_of_adam() -> None:
    before = Line().network.weight
    task = Line()
    task.train(epochs=1, batch_size=COUNT, learning_rate=0.03)
    torch.testing.assert_close((task.network.weight - before).abs(), torch.full((1, 3), 0.03))


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 2},
        {"batch_size": 2},
        {"learning_rate": 0.05},
        {"weight_decay": 0.5},
        {"clip": 1e-3},
        {"seed": 9},
        {"schedule": {"kind": "cosine"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_option_changes_what_is_learnt(change: dict[str, object]) -> None:
    assert weights_after(**change) != weights_after() == weights_after()


def test_weight_decay_shrinks_what_the_loss_leaves_alone() -> None:
    task = Line()
    before = task.network.weight.abs().sum()
    settings = TrainingSettings(epochs=1, batch_size=COUNT, weight_decay=0.5, learning_rate=0.01)
    nothing = Task(
        task.network, lambda _: {"none": 0 * task.network.weight.sum()}, COUNT, task.judge
    )
    fit(nothing, settings)
    assert task.network.weight.abs().sum() < before


@pytest.mark.parametrize("clip", [0.01, 2.0])
def test_clip(clip: float) -> None:
    task = Line()
    task.train(epochs=1, clip=clip)
    gradients = [parameter.grad for parameter in task.network.parameters()]
    norm = math.sqrt(sum(float(each.square().sum()) for each in gradients if each is not None))
    assert norm == pytest.approx(clip, rel=1e-3)


STUCK = [0.5] * 20


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        (ScheduleSettings(), [0.1] * 6),
        (ScheduleSettings(kind="step", every=2, factor=0.5), [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]),
        (ScheduleSettings(kind="plateau", every=2, factor=0.1), [0.1] * 3 + [0.01] * 2 + [0.001]),
        (
            ScheduleSettings(kind="cosine"),
            [0.05 * (1 + math.cos(math.pi * epoch / 6)) for epoch in range(6)],
        ),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_schedule(schedule: ScheduleSettings, rates: list[float]) -> None:
    history = Line(STUCK).train(epochs=6, schedule=schedule)
    assert [epoch["rate"] for epoch in history] == pytest.approx(rates)


def test_a_gain_keeps_the_plateau_away() -> None:
    history = Line().train(epochs=6, schedule={"kind": "plateau", "every": 1, "factor": 0.1})
    assert {epoch["rate"] for epoch in history} == {0.1}


def test_loss_terms_are_logged_apart_and_are_the_mean_of_the_batches() -> None:
    task = Line()
    [epoch] = task.train(epochs=1, batch_size=4)
    for term in ("error", "size"):
        mean = sum(terms[term] for terms in task.terms) / 3
        assert epoch[term] == pytest.approx(mean, rel=1e-6)
    assert epoch["seconds"] > 0


def test_the_sum_of_the_terms_is_minimised() -> None:
    task, reference = Line(), Line()
    task.train(epochs=1, batch_size=COUNT, clip=1e9)
    torch.stack(list(reference.loss(torch.arange(COUNT)).values())).sum().backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(task.network.weight.grad, reference.network.weight.grad)
    torch.testing.assert_close(task.network.bias.grad, reference.network.bias.grad)


def test_a_term_that_a_batch_lacks_counts_nothing_there() -> None:
    task = Line()

    def loss(batch: Tensor) -> dict[str, Tensor]:
        terms = task.loss(batch)
        terms["size"] = torch.ones(())
        return terms if 0 in batch.tolist() else {"error": terms["error"]}

    settings = TrainingSettings(epochs=1, batch_size=5)
    [epoch] = fit(Task(task.network, loss, COUNT, task.judge), settings)
    assert epoch["size"] == 0.5


def test_log_every(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="matts.training"):
        Line().train(epochs=7, log_every=3)
    told = [message.split(":")[1] for message in caplog.messages]
    assert told == [" epoch 3", " epoch 6", " epoch 7"]  # the last one always
    assert caplog.messages[-1].endswith("; 0 s to go at least")
    assert all(f" {term} " in caplog.text for term in ("error", "size", "validation", "rate"))
    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger="matts.training"):
        Line().train(epochs=7, log_every=0)
    assert not caplog.messages


def test_save_every_and_save_folder(tmp_path: Path) -> None:
    task = Line()
    task.train(epochs=5, save_every=2, save_folder=str(tmp_path / "new"))
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["task_epoch_0002.safetensors", "task_epoch_0004.safetensors"]
    assert torch.equal(load_file(tmp_path / "new" / names[0])["weight"], task.judged[1])


def test_nothing_is_saved_unasked(tmp_path: Path) -> None:
    Line().train(save_folder=str(tmp_path))
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInputError, match="device=cuda needs a GPU that torch can use"):
        pick_device("cuda")
    assert pick_device("auto") == pick_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize(
    ("figures", "since"),
    [([], 0), ([0.3], 0), ([0.1, 0.7, 0.7, 0.5], 2), ([0.1, 0.2, 0.3], 0), ([-1.0, -2.0], 1)],
)
def test_epochs_since_best(figures: list[float], since: int) -> None:
    assert epochs_since_best([{"validation": figure} for figure in figures]) == since


@pytest.mark.parametrize(
    "wrong",
    [
        {"epoch": 3},
        {"epochs": -1},
        {"patience": 0},
        {"batch_size": 0},
        {"learning_rate": 0},
        {"clip": 0},
        {"device": "tpu"},
        {"schedule": {"kind": "linear"}},
        {"schedule": {"factor": 1.0}},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        TrainingSettings.model_validate(wrong)


@pytest.mark.parametrize(("figures", "warned"), [([0.5, 0.5, 0.4], True), ([0.5, 0.6, 0.4], False)])
def test_a_validation_figure_that_never_improves_is_told(
    figures: list[float], warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    Line(figures).train(epochs=3)
    assert ("never got better" in caplog.text) == warned
