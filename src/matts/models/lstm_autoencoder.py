"""The MATTS network: squeeze a window into one vector, play it back, and judge the vector.

Shapes: N windows, T readings a window, F sensors, H hidden units, L latent dimensions, K faults.
"""

from torch import Tensor, nn


class LstmEncoder(nn.Module):
    """[N, T, F] -> [N, L]: the state left after the last reading, projected if L is given."""

    def __init__(
        self,
        sensors: int,
        hidden: int,
        layers: int = 1,
        dropout: float = 0.0,
        latent: int | None = None,
    ) -> None:
        super().__init__()
        self.shape = {
            "sensors": sensors,
            "hidden": hidden,
            "layers": layers,
            "dropout": dropout,
            "latent": latent,
        }
        between = dropout if layers > 1 else 0.0
        self.lstm = nn.LSTM(sensors, hidden, layers, batch_first=True, dropout=between)
        self.project = nn.Linear(hidden, latent) if latent else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.latent = latent or hidden

    def forward(self, windows: Tensor) -> Tensor:
        """[N, T, F] -> [N, L]."""
        _, (state, _) = self.lstm(windows)
        return self.dropout(self.project(state[-1]))  # type: ignore[no-any-return]


class LstmDecoder(nn.Module):
    """[N, L] -> [N, T, F]: the same vector at every step, unrolled and read out."""

    def __init__(self, latent: int, hidden: int, sensors: int, layers: int = 1) -> None:
        super().__init__()
        self.lstm = nn.LSTM(latent, hidden, layers, batch_first=True)
        self.readout = nn.Linear(hidden, sensors)

    def forward(self, latent: Tensor, length: int) -> Tensor:
        """[N, L] -> [N, T, F]."""
        steps, _ = self.lstm(latent.unsqueeze(1).expand(-1, length, -1))
        return self.readout(steps)  # type: ignore[no-any-return]


class LstmAutoencoder(nn.Module):
    """Encoder, decoder, and a detection head on the latent."""

    def __init__(
        self,
        sensors: int,
        hidden: int,
        layers: int = 1,
        dropout: float = 0.0,
        latent: int | None = None,
    ) -> None:
        super().__init__()
        self.encoder = LstmEncoder(sensors, hidden, layers, dropout, latent)
        self.decoder = LstmDecoder(self.encoder.latent, hidden, sensors, layers)
        self.head = nn.Linear(self.encoder.latent, 1)

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[N, T, F] -> latent [N, L], the windows as remembered [N, T, F], anomaly logit [N]."""
        latent = self.encoder(windows)
        return latent, self.decoder(latent, windows.shape[1]), self.head(latent).squeeze(-1)
