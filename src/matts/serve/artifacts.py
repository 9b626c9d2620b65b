"""Fitted models on disk: their arrays in one safetensors file, what they are as JSON in its header."""

import json
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from matts.detect import DETECTORS
from matts.diagnose import DIAGNOSERS
from matts.domain import BadInputError, State
from matts.files import replacing

KINDS: dict[str, Any] = {**DETECTORS, **DIAGNOSERS}


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
        save_file(arrays, partial, header)


def load_states(path: Path) -> dict[str, State]:
    """Read what `save_states` wrote."""
    try:
        with safe_open(path, "np") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except Exception as error:
        msg = f"{path} is not a file of matts models: {error}"
        raise BadInputError(msg) from None
    states = {name: State({}, json.loads(config)) for name, config in header.items()}
    for name, array in arrays.items():
        owner, key = name.rsplit(":", 1)
        states[owner].arrays[key] = array
    return states


def save_models(path: Path, models: dict[str, Model]) -> None:
    """Write fitted detectors or diagnosers, each with the name of its kind."""
    kinds = {kind: name for name, kind in KINDS.items()}
    states = {}
    for name, model in models.items():
        state = model.state()
        states[name] = State(state.arrays, {"kind": kinds[type(model)], **state.config})
    save_states(path, states)


def load_models(path: Path) -> dict[str, Any]:
    """Rebuild fitted detectors or diagnosers; nothing is fitted again."""
    return {
        name: KINDS[state.config["kind"]].from_state(state)
        for name, state in load_states(path).items()
    }
