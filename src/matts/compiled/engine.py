"""Which engine trains a network, and compiled epochs in the place of torch's.

Numba is imported only where it trains.
"""

import logging
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController
from torch import nn

from matts.compiled.examples import Costs, Examples
from matts.domain import BadInputError, Ints
from matts.training import CompiledEpoch, TrainingSettings

log = logging.getLogger(__name__)

LIKELY = 100  # epochs that a training may well take, where so many are allowed
REPAYS = 10_000  # steps that take torch about as long as compiling takes


def pick_engine(settings: TrainingSettings, count: int, obstacle: str, name: str) -> bool:
    """Whether the compiled engine trains; `obstacle` is what about the network it cannot do."""
    if not obstacle and not find_spec("numba"):
        obstacle = "Numba is not installed: pip install 'matts[fast]'"
    if settings.engine == "compiled" and obstacle:
        msg = f"training.engine=compiled cannot train the {name}: {obstacle}"
        raise BadInputError(msg)
    steps = min(settings.epochs, LIKELY) * -(-count // settings.batch_size)
    if settings.engine == "torch":
        obstacle = "as asked"
    elif settings.engine == "auto" and steps < REPAYS:
        obstacle = obstacle or f"{steps:,} steps do not repay compiling"
    if settings.epochs:
        log.info("%s: trained by %s", name, f"torch ({obstacle})" if obstacle else "compiled code")
    return not obstacle


def autoencoder_epochs(
    network: nn.Module, classifier: nn.Module, examples: Examples, costs: Costs, size: int
) -> CompiledEpoch:
    """Stage one; the classifier learns along where the fault term counts."""
    from matts.compiled.epochs import autoencoder_epoch  # noqa: PLC0415
    from matts.compiled.weights import Autoencoder, Classifier, hand_over, twin_of  # noqa: PLC0415

    twin, naming = twin_of(network, Autoencoder), twin_of(classifier, Classifier)
    joint = costs.fault > 0 and examples.faulty.any()
    terms = ["reconstruction", "anomaly", *(["fault"] if joint else [])]
    one_thread = ThreadpoolController()

    def epoch(order: Ints, rate: float) -> dict[str, float]:
        with one_thread.limit(limits=1):  # sums come in the same order whatever the machine
            sums = autoencoder_epoch(examples, order, size, twin, naming, costs, rate)
        hand_over(twin, network)
        hand_over(naming, classifier)
        batches = -(-len(order) // size)
        return {term: total / batches for term, total in zip(terms, sums, strict=False)}

    return epoch


def classifier_epochs(
    classifier: nn.Module,
    latent: NDArray[np.float32],
    targets: NDArray[np.float32],
    costs: Costs,
    size: int,
) -> CompiledEpoch:
    """Stage two, on latents [N, L] and weighted targets [N, K]."""
    from matts.compiled.epochs import classifier_epoch  # noqa: PLC0415
    from matts.compiled.weights import Classifier, hand_over, twin_of  # noqa: PLC0415

    twin, one_thread = twin_of(classifier, Classifier), ThreadpoolController()

    def epoch(order: Ints, rate: float) -> dict[str, float]:
        with one_thread.limit(limits=1):
            total = classifier_epoch(latent, targets, order, size, twin, costs, rate)
        hand_over(twin, classifier)
        return {"fault": total / -(-len(order) // size)}

    return epoch
