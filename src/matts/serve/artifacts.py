"""Fitted models on disk: one safetensors file, what they are as JSON in its header."""

import json
from collections.abc import Container
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from matts.causes.explainer import Explainer
from matts.channels import Channels
from matts.detect import DETECTORS
from matts.diagnose import DIAGNOSERS
from matts.diagnose.novelty import Novelty
from matts.domain import BadInputError, State, Windows
from matts.files import replacing
from matts.life.estimator import LifeEstimator
from matts.serve.profile import LiveProfile

KINDS: dict[str, Any] = {
    **DETECTORS,
    **DIAGNOSERS,
    "channels": Channels,
    "explainer": Explainer,
    "life": LifeEstimator,
    "live_profile": LiveProfile,
    "novelty": Novelty,
}


class Model(Protocol):
    """Anything that can be taken apart into a state and built from it again."""

    def state(self) -> State:
        """Arrays and settings."""
        ...

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The same again."""
        ...


def save_states(path: Path, states: dict[str, State]) -> None:
    """Write several states into one file, which is whole or not there."""
    arrays = {
        f"{name}:{key}": np.ascontiguousarray(array)
        for name, state in states.items()
        for key, array in state.arrays.items()
    }
    header = {name: json.dumps(state.config) for name, state in states.items()}
    with replacing(path) as partial:
        save_file(arrays, partial, header or None)  # an empty one would be no JSON


def load_states(path: Path) -> dict[str, State]:
    """Read what `save_states` wrote."""
    try:
        with safe_open(path, "np") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        states = {name: State({}, json.loads(config)) for name, config in sorted(header.items())}
        for name, array in arrays.items():
            owner, _, key = name.rpartition(":")
            states[owner].arrays[key] = array
    except Exception as error:
        msg = f"{path} is not a file of matts models: {type(error).__name__} {error}"
        raise BadInputError(msg) from None
    return states


def save_models(path: Path, models: dict[str, Model]) -> None:
    """Write fitted detectors, diagnosers or explainers, each with the name of its kind."""
    kinds = {kind: name for name, kind in KINDS.items()}
    states = {}
    for name, model in models.items():
        state = model.state()
        states[name] = State(state.arrays, {"kind": kinds[type(model)], **state.config})
    save_states(path, states)


def load_models(path: Path, names: Container[str] | None = None) -> dict[str, Any]:
    """Rebuild what `save_models` wrote, or those of these names; nothing is fitted again."""
    states = {k: v for k, v in load_states(path).items() if names is None or k in names}
    for name, state in states.items():
        if state.config.get("kind") not in KINDS:
            msg = f"{path} needs a kind of model for {name!r}, got {state.config.get('kind')!r}"
            raise BadInputError(msg)
    return {name: KINDS[state.config["kind"]].from_state(state) for name, state in states.items()}


def windows_to_state(windows: Windows) -> State:
    """Windows as arrays and names; the assets of rows as numbers into a list of names."""
    arrays = {"rows": windows.rows, "row_faults": windows.row_faults, "last": windows.last}
    config: dict[str, Any] = {
        "length": windows.length,
        "sensors": windows.sensors,
        "fault_names": windows.fault_names,
    }
    if windows.row_numbers is not None:
        arrays["row_numbers"] = windows.row_numbers
    if windows.segments is not None:
        arrays["segments"] = windows.segments
    if windows.row_life is not None:
        arrays["row_life"] = windows.row_life
    if windows.row_known is not None:
        arrays["row_known"] = windows.row_known
    if windows.row_assets is not None:
        names, arrays["row_assets"] = np.unique(windows.row_assets, return_inverse=True)
        config["assets"] = names.tolist()
    return State(arrays, config)


def windows_from_state(state: State) -> Windows:
    """The windows that `windows_to_state` took apart."""
    arrays: dict[str, Any] = dict(state.arrays)
    config = dict(state.config)
    if "assets" in config:
        arrays["row_assets"] = np.array(config.pop("assets"))[arrays["row_assets"]]
    config["sensors"], config["fault_names"] = (
        tuple(config["sensors"]),
        tuple(config["fault_names"]),
    )
    return Windows(**arrays, **config)
