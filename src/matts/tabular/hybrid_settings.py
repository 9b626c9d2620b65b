"""What the hybrid of LSTM and XGBoost is asked: networks, inner folds, trees."""

from pydantic import BaseModel, ConfigDict, Field

from matts.tabular.learners.xgb import TreeSettings


class NetworkSettings(BaseModel):
    """How far back the networks look, their size, and how they are trained.

    They see `steps` means of `step` readings each; the autoencoder keeps `latent` numbers of them.
    All is small: what is large learns machines by heart. They learn from `windows` of the training
    rows, drawn at random: neighbouring rows say nearly the same.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    steps: int = Field(16, ge=1, le=1000)
    step: int = Field(4, ge=1, le=1000)
    hidden: int = Field(8, ge=1, le=1024)
    latent: int = Field(2, ge=1, le=1024)
    dropout: float = Field(0.3, ge=0, lt=1)
    windows: int = Field(12_000, ge=2)
    epochs: int = Field(3, ge=1, le=10_000)
    batch_size: int = Field(128, ge=1)
    learning_rate: float = Field(0.005, gt=0, lt=1)


class HybridSettings(TreeSettings):
    """The networks, how many inner folds of machines there are, and XGBoost's trees."""

    networks: NetworkSettings = NetworkSettings()
    inner: int = Field(3, ge=2, le=10)
    rounds: int = Field(150, ge=1, le=10_000)
    rate: float = Field(0.07, gt=0, le=1)
    least: float = Field(10.0, ge=0)  # weight in a leaf
