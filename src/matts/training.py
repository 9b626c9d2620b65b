"""The one training loop: Adam, clipping, a schedule, early stopping, progress with ETA."""

import copy
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Literal, Never

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from tqdm import tqdm

from matts.domain import BadInputError, Ints
from matts.files import replacing
from matts.flat import FlatWeights, clip_norm, flatten, forget

log = logging.getLogger(__name__)

Loss = Callable[[Tensor], Mapping[str, Tensor]]  # indices of a batch [B] -> weighted terms
Judge = Callable[[], float]  # the network as it is -> a validation figure, higher is better
Watch = Callable[[int, float], None]  # an epoch from 1 on, and its validation figure; may raise
Epoch = dict[str, float]  # the loss terms, the validation figure, the learning rate, the seconds
CompiledEpoch = Callable[[Ints, float], dict[str, float]]  # order [N], rate -> mean of each term


class ScheduleSettings(BaseModel):
    """How the learning rate falls.

    step: by `factor` every `every` epochs; cosine: in half a cosine over all epochs; plateau: by
    `factor` after `every` epochs without gain.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: Literal["none", "step", "cosine", "plateau"] = "none"
    every: int = Field(10, ge=1)
    factor: float = Field(0.5, gt=0, lt=1)


class TrainingSettings(BaseModel):
    """How fast to go and when to stop."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    epochs: int = Field(1000, ge=0, le=100_000)
    patience: int = Field(10, ge=1)
    batch_size: int = Field(4, ge=1)
    learning_rate: float = Field(5e-4, gt=0, lt=1)
    weight_decay: float = Field(0.0, ge=0, lt=1)
    clip: float = Field(1.0, gt=0)
    schedule: ScheduleSettings = ScheduleSettings()
    seed: int = Field(0, ge=0)
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    engine: Literal["auto", "compiled", "torch"] = "auto"
    log_every: int = Field(20, ge=0)  # epochs; 0: say and show nothing
    save_every: int = Field(0, ge=0)  # 0: keep no weights of a training under way
    save_folder: str = "data/06_models/under_way"


def all_epochs(
    epochs: int, batch_size: int, learning_rate: float, *, seed: int, log_every: int
) -> TrainingSettings:
    """Every epoch, ever more gently, by torch: for what no held-out example may stop."""
    return TrainingSettings(
        epochs=epochs,
        patience=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        schedule=ScheduleSettings(kind="cosine"),
        seed=seed,
        engine="torch",
        log_every=log_every,
    )


def pick_device(name: str) -> torch.device:
    """The device of that name; `auto` takes the GPU where there is one."""
    if name == "cuda" and not torch.cuda.is_available():
        msg = "training.device=cuda needs a GPU that torch can use, and there is none"
        raise BadInputError(msg)
    found = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(found if name == "auto" else name)


@dataclass(frozen=True)
class Task:
    """A network to train over `count` examples, by torch or by the compiled epoch where given."""

    network: nn.Module
    loss: Loss
    count: int
    judge: Judge
    name: str = "network"
    compiled: CompiledEpoch | None = None


def unwatched(_epoch: int, _figure: float) -> None:
    """What nobody hears; a name, for a lambda cannot go to another process."""


def train(task: Task, settings: TrainingSettings, watch: Watch = unwatched) -> list[Epoch]:
    """Train in place, keep the best weights, return what each epoch gave.

    The sum of the loss terms is minimised; training ends when the judge has seen no gain for
    `patience` epochs, or when `watch` raises. The order of the examples depends on the seed alone.
    """
    network, flats = task.network, flatten(task.network)
    order = torch.Generator().manual_seed(settings.seed)
    optimizer = torch.optim.Adam(
        [flat.weights for flat in flats],
        settings.learning_rate,
        weight_decay=settings.weight_decay,
        fused=True,
    )
    adjust = _schedule(optimizer, settings)
    history: list[Epoch] = []
    best = copy.deepcopy(network.state_dict())
    with tqdm(
        total=settings.epochs,
        desc=task.name,
        unit="epoch",
        disable=None if settings.log_every else True,
        leave=False,
    ) as bar:
        while len(history) < settings.epochs and epochs_since_best(history) < settings.patience:
            visits = torch.randperm(task.count, generator=order)
            history.append(_one_epoch(task, flats, optimizer, visits, settings))
            figure = history[-1]["validation"]
            watch(len(history), figure)
            if epochs_since_best(history) == 0:
                best = copy.deepcopy(network.state_dict())
            adjust(figure)
            _tell(bar, history, settings, task.name)
            _save(network, len(history), settings, task.name)
    network.load_state_dict(best)
    network.eval()
    if 1 < len(history) == epochs_since_best(history) + 1:
        log.warning("%s: validation never got better than after the first epoch", task.name)
    return history


def _one_epoch(
    task: Task,
    flats: list[FlatWeights],
    optimizer: torch.optim.Optimizer,
    order: Tensor,
    settings: TrainingSettings,
) -> Epoch:
    """One pass over the examples, and what it is worth."""
    started, rate = time.perf_counter(), optimizer.param_groups[0]["lr"]
    if task.compiled:
        optimizer.step()  # moves nothing, for there are no gradients; the schedule wants to see it
        terms = task.compiled(order.numpy(), rate)
    else:
        batches = torch.split(order, settings.batch_size)
        terms = _learn(task, flats, optimizer, batches, settings.clip)
    task.network.eval()
    with torch.no_grad():
        figure = task.judge()
    seconds = time.perf_counter() - started
    return {**terms, "validation": figure, "rate": rate, "seconds": seconds}


def _learn(
    task: Task,
    flats: list[FlatWeights],
    optimizer: torch.optim.Optimizer,
    batches: Sequence[Tensor],
    clip: float,
) -> dict[str, float]:
    """One pass by torch; the mean of each loss term."""
    task.network.train()
    sums: dict[str, Tensor] = {}
    for batch in batches:
        forget(flats)
        terms = task.loss(batch)
        reduce(torch.add, terms.values()).backward()  # type: ignore[no-untyped-call]
        clip_norm(flats, clip)
        optimizer.step()
        for term, value in terms.items():
            sums[term] = sums.get(term, 0.0) + value.detach()
    return {term: float(value) / len(batches) for term, value in sums.items()}


def epochs_since_best(history: list[Epoch]) -> int:
    """How many epochs ago the validation figure was last better than ever before.

    >>> epochs_since_best([{"validation": figure} for figure in (0.1, 0.7, 0.7, 0.5)])
    2
    """
    figures = [epoch["validation"] for epoch in history]
    return len(figures) - 1 - figures.index(max(figures)) if figures else 0


def _schedule(
    optimizer: torch.optim.Optimizer, settings: TrainingSettings
) -> Callable[[float], None]:
    """What to do with the learning rate after an epoch that gave a validation figure."""
    plan, lr = settings.schedule, torch.optim.lr_scheduler
    if plan.kind == "plateau":
        plateau = lr.ReduceLROnPlateau(optimizer, "max", plan.factor, plan.every - 1)
        return plateau.step
    if plan.kind == "step":
        step = lr.StepLR(optimizer, plan.every, plan.factor)
        return lambda _: step.step()
    if plan.kind == "cosine":
        cosine = lr.CosineAnnealingLR(optimizer, max(settings.epochs, 1))
        return lambda _: cosine.step()
    return lambda _: None


def _tell(bar: "tqdm[Never]", history: list[Epoch], settings: TrainingSettings, name: str) -> None:
    """Show where training stands; the ETA is the earliest end, if nothing improves any more."""
    latest, done = history[-1], len(history)
    bar.total = min(settings.epochs, done - epochs_since_best(history) + settings.patience)
    bar.set_postfix({term: f"{value:.4g}" for term, value in latest.items() if term != "seconds"})
    bar.update()
    if settings.log_every and (done % settings.log_every == 0 or done == bar.total):
        figures = ", ".join(f"{term} {value:.4g}" for term, value in latest.items())
        left = latest["seconds"] * (bar.total - done)
        level = logging.INFO if bar.disable else logging.DEBUG  # a bar on the screen says it all
        log.log(level, "%s: epoch %d: %s; %.0f s to go at least", name, done, figures, left)


def _save(network: nn.Module, epoch: int, settings: TrainingSettings, name: str) -> None:
    """Leave the weights of a long training on disk now and then, should it be cut short."""
    if settings.save_every and epoch % settings.save_every == 0:
        from safetensors.torch import save_file  # noqa: PLC0415

        file = re.sub(r"\W+", "_", f"{name} epoch {epoch:04d}") + ".safetensors"
        with replacing(Path(settings.save_folder) / file) as partial:
            save_file(network.state_dict(), partial)
