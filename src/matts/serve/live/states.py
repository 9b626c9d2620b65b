"""Several states as one, and apart again."""

from collections.abc import Mapping

from matts.domain import State


def joined(states: Mapping[str, State]) -> State:
    """Each array behind the name of its state.

    >>> parted(joined({"a": State({}, {"x": 1})}))["a"].config
    {'x': 1}
    """
    arrays = {
        f"{name}:{key}": array
        for name, state in states.items()
        for key, array in state.arrays.items()
    }
    return State(arrays, {name: state.config for name, state in states.items()})


def parted(state: State) -> dict[str, State]:
    """What `joined` put together."""
    states = {name: State({}, config) for name, config in state.config.items()}
    for full, array in state.arrays.items():
        name, _, key = full.partition(":")
        states[name].arrays[key] = array
    return states
