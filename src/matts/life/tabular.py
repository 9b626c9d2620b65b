"""Models of remaining life on the engineered columns of windows: a straight line, and trees."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sklearn.linear_model import Ridge

from matts.domain import Floats, State, Windows
from matts.extras import MissingLibraryError
from matts.features import FEATURES, engineer
from matts.life.histories import even_weights
from matts.life.trees import refuse_damage
from matts.windows import Scaler

if TYPE_CHECKING:
    import lightgbm


class ColumnSettings(BaseModel):
    """Which features are taken of each channel, over the last so many readings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    spans: tuple[int, ...] = Field((10, 30, 60), min_length=1)
    features: tuple[str, ...] = ("last", "mean", "slope", "ewma", "off_start")

    @field_validator("spans")
    @classmethod
    def _spans_are_readings(cls, spans: tuple[int, ...]) -> tuple[int, ...]:
        if min(spans) < 1:
            msg = f"a span needs at least 1 reading, got {min(spans)}"
            raise ValueError(msg)
        return spans

    @field_validator("features")
    @classmethod
    def _features_exist(cls, features: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in features if name not in FEATURES]
        if unknown or not features:
            msg = f"features are some of {', '.join(FEATURES)}, got {', '.join(unknown) or 'none'}"
            raise ValueError(msg)
        return features

    def columns(self, windows: Windows) -> Floats:
        """Every feature of every channel over every span: [N, D]."""
        spans = [replace(windows, length=span) for span in self.spans]
        return np.concatenate([engineer(each, self.features) for each in spans], axis=1)


class RidgeSettings(ColumnSettings):
    """The columns, and how dear weights are to the line."""

    spans: tuple[int, ...] = Field((30,), min_length=1)
    ridge: float = Field(100.0, gt=0)


class RidgeLife:
    """A straight line through the columns: what anything else must beat."""

    Settings: ClassVar = RidgeSettings

    def __init__(self, settings: RidgeSettings | None = None, seed: int = 0) -> None:  # noqa: ARG002
        self.settings = settings or RidgeSettings()
        self.span = max(self.settings.spans)

    def fit(self, windows: Windows, left: Floats) -> Self:
        """Learn from windows with so many readings left [N], every unit alike."""
        columns = self.settings.columns(windows)
        self.scaler = Scaler.fit(columns)
        line = Ridge(self.settings.ridge)
        line.fit(self.scaler(columns), left, sample_weight=even_weights(windows))
        self.weights = np.r_[line.coef_, line.intercept_]
        return self

    def predict(self, windows: Windows) -> Floats:
        """Foresee how many are left: [N]."""
        columns = self.scaler(self.settings.columns(windows)).astype(np.float64)
        return np.asarray(columns @ self.weights[:-1] + self.weights[-1])

    def state(self) -> State:
        """Scale and weights."""
        arrays = {**self.scaler.arrays, "weights": self.weights}
        return State(arrays, {"settings": self.settings.model_dump()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from scale and weights."""
        model = cls(RidgeSettings(**state.config["settings"]))
        model.scaler, model.weights = Scaler.from_arrays(state.arrays), state.arrays["weights"]
        return model


class BoostingSettings(ColumnSettings):
    """The columns, and how many trees of which size learn how fast from which share of them.

    Neighbouring readings of a unit say nearly the same: a tree sees a small `share` of them.
    """

    trees: int = Field(300, ge=1, le=100_000)
    rate: float = Field(0.03, gt=0, le=1)
    leaves: int = Field(15, ge=2, le=10_000)
    least: int = Field(50, ge=1)  # readings in a leaf
    share: float = Field(0.2, gt=0, le=1)
    column_share: float = Field(0.3, gt=0, le=1)
    ridge: float = Field(5.0, ge=0)

    def parameters(self, seed: int) -> dict[str, Any]:
        """The same in LightGBM's words; one thread and a fixed order give equal numbers."""
        return {
            "objective": "regression",
            "learning_rate": self.rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.least,
            "bagging_fraction": self.share,
            "bagging_freq": 1,
            "feature_fraction": self.column_share,
            "lambda_l2": self.ridge,
            "seed": seed,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }


class BoostedLife:
    """Boosted trees on the columns (LightGBM: Ke et al., NIPS 2017)."""

    Settings: ClassVar = BoostingSettings
    booster: "lightgbm.Booster"

    def __init__(self, settings: BoostingSettings | None = None, seed: int = 0) -> None:
        self.settings, self.seed = settings or BoostingSettings(), seed
        self.span = max(self.settings.spans)

    def fit(self, windows: Windows, left: Floats) -> Self:
        """Learn from windows with so many readings left [N]."""
        library, chosen = lightgbm_library(), self.settings
        data = library.Dataset(chosen.columns(windows), left)
        self.booster = library.train(chosen.parameters(self.seed), data, chosen.trees)
        return self

    def predict(self, windows: Windows) -> Floats:
        """Foresee how many are left: [N]."""
        if not len(windows):
            return np.zeros(0)
        columns = self.settings.columns(windows)
        return np.asarray(self.booster.predict(columns, num_threads=1))

    def state(self) -> State:
        """The trees as LightGBM writes them: text."""
        text = np.frombuffer(self.booster.model_to_string().encode(), np.uint8)
        return State({"trees": text}, {"settings": self.settings.model_dump(), "seed": self.seed})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from the text."""
        model = cls(BoostingSettings(**state.config["settings"]), state.config["seed"])
        text = state.arrays["trees"].tobytes().decode()
        refuse_damage(text)
        model.booster = lightgbm_library().Booster(model_str=text)
        return model


def lightgbm_library() -> Any:
    """LightGBM, or one sentence of where to get it."""
    try:
        import lightgbm  # noqa: PLC0415
    except ImportError:
        msg = (
            "life.models.boosting needs LightGBM: pip install 'matts[tabular]', "
            "or leave it out of life.models"
        )
        raise MissingLibraryError(msg) from None
    return lightgbm
