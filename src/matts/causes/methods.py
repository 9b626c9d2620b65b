"""The methods that say which sensors are to blame, by name."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from matts.causes.healthy import Healthy, errors_of
from matts.causes.network import error_steps, gradient_steps, latent, normalised_steps
from matts.causes.residuals import residual, residual_steps
from matts.causes.shapley import shapley
from matts.domain import BadInputError, Detector, Floats, Windows

Blame = Callable[[Detector, Windows, Healthy], Floats]  # larger is more to blame


class Method(NamedTuple):
    """How sensors are blamed, and which detector is asked unless another one is named."""

    blame: Blame  # [N, F]
    asks: str
    steps: Blame | None = None  # [N, T, F], where it can say when


class Way(NamedTuple):
    """A method, and the detector that it asks."""

    method: str
    detector: str

    @classmethod
    def read(cls, name: str) -> "Way":
        """From its name in the settings.

        >>> Way.read("error:kalman"), Way.read("latent")
        (Way(method='error', detector='kalman'), Way(method='latent', detector='matts'))
        """
        method, _, detector = name.partition(":")
        if method not in METHODS:
            msg = f"there is no method {method!r}: choose from {', '.join(METHODS)}"
            raise BadInputError(msg)
        return cls(method, detector or METHODS[method].asks)


def error(detector: Detector, windows: Windows, healthy: Healthy) -> Floats:  # noqa: ARG001
    """Each sensor's part of the error: [N, F]."""
    return errors_of(detector, windows)


def normalised(detector: Detector, windows: Windows, healthy: Healthy) -> Floats:
    """The same in spreads that it has in healthy windows: [N, F]."""
    return np.asarray(errors_of(detector, windows) / healthy.spread)


def gradients(detector: Detector, windows: Windows, healthy: Healthy) -> Floats:
    """Integrated gradients of a network, all readings of a window together: [N, F]."""
    return np.asarray(gradient_steps(detector, windows, healthy).sum(axis=1))


METHODS: dict[str, Method] = {
    "error": Method(error, "matts", error_steps),
    "normalised": Method(normalised, "matts", normalised_steps),
    "latent": Method(latent, "matts"),
    "gradients": Method(gradients, "matts", gradient_steps),
    "shap": Method(shapley, "isolation_forest"),
    "residual": Method(residual, "virtual_sensors", residual_steps),
}
