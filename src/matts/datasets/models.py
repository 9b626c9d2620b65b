"""Windows and fitted models."""

from typing import Any

from matts.datasets.whole import IfAny, OwnFile, refuse_absence
from matts.domain import Windows
from matts.serve.artifacts import (
    load_models,
    load_states,
    save_models,
    save_states,
    windows_from_state,
    windows_to_state,
)


class WindowsFile(OwnFile):
    """Windows: their readings, and which of them end a window."""

    def load(self) -> Windows:
        """Read them."""
        refuse_absence(self.path)
        state = load_states(self.path)["windows"]
        return windows_from_state(state)

    def save(self, data: Windows) -> None:
        """Write them."""
        save_states(self.path, {"windows": windows_to_state(data)})


class Models(OwnFile):
    """Fitted detectors, diagnosers or explainers by name; the file alone rebuilds them."""

    rebuilt: tuple[Any, dict[str, Any]] = (None, {})  # of which file, for this run's other nodes

    def load(self) -> dict[str, Any]:
        """Rebuild them, once for all nodes."""
        refuse_absence(self.path)
        found = self.path.stat()
        file = (found.st_ino, found.st_mtime_ns, found.st_size)
        if self.rebuilt[0] != file:  # which keeps no order of its own
            self.rebuilt = file, dict(sorted(load_models(self.path).items()))
        return dict(self.rebuilt[1])

    def save(self, data: dict[str, Any]) -> None:
        """Write them."""
        save_models(self.path, data)

    def _release(self) -> None:
        self.rebuilt = (None, {})


class ModelsIfAny(IfAny, Models):
    """Models of which there may be none."""

    nothing = dict
