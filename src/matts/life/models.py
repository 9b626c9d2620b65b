"""The models of remaining life, by name."""

from typing import Any, ClassVar, Protocol, Self

from pydantic import BaseModel

from matts.domain import Floats, State, Windows
from matts.life.networks import CnnLife, LstmLife
from matts.life.tabular import BoostedLife, RidgeLife


class LifeModel(Protocol):
    """How many readings are left after each window of channels?"""

    Settings: ClassVar[type[BaseModel]]
    span: int  # readings before an instant that it looks at

    def fit(self, windows: Windows, left: Floats) -> Self:
        """Learn from windows of `span` readings or more with so many left [N]."""
        ...

    def predict(self, windows: Windows) -> Floats:
        """Foresee how many are left: [N]."""
        ...

    def state(self) -> State:
        """All that `from_state` needs to build an equal model."""
        ...

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild a fitted model; nothing is fitted again."""
        ...


LIFE_MODELS: dict[str, Any] = {
    "ridge": RidgeLife,
    "boosting": BoostedLife,
    "cnn": CnnLife,
    "lstm": LstmLife,
}
