"""Which engine trains a network, and compiled epochs in the place of torch's.

Numba is imported only where it trains.
"""

import logging
from importlib import import_module

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
    steps = min(settings.epochs, LIKELY) * -(-count // settings.batch_size)
    if settings.engine == "torch":
        obstacle = "as asked"
    elif settings.engine == "auto" and steps < REPAYS:
        obstacle = obstacle or f"{steps:,} steps do not repay compiling"
    obstacle = obstacle or missing()
    if settings.engine == "compiled" and obstacle:
        msg = f"training.engine=compiled cannot train the {name}: {obstacle}"
        raise BadInputError(msg)
    if settings.epochs:
        log.info("%s: trained by %s", name, f"torch ({obstacle})" if obstacle else "compiled code")
    return not obstacle


def missing() -> str:
    """What of Numba is not there, in a few words; nothing if it works."""
    try:
        import_module("matts.compiled.epochs")
    except ImportError as error:
        return f"Numba is not there ({error}): pip install 'matts[fast]'"
    except RuntimeError as error:  # neither the package's folder nor a home can be written to
        return f"Numba has nowhere to keep compiled code ({error}): set NUMBA_CACHE_DIR"
    return ""


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
    rows = np.ascontiguousarray(latent)  # another layout would be compiled anew

    def epoch(order: Ints, rate: float) -> dict[str, float]:
        with one_thread.limit(limits=1):
            total = classifier_epoch(rows, targets, order, size, twin, costs, rate)
        hand_over(twin, classifier)
        return {"fault": total / -(-len(order) // size)}

    return epoch
