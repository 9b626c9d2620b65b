"""LSTM and XGBoost as one model: what each foretells of machines unseen weighs how much it counts.

An LSTM autoencoder squeezes the last readings of each row into a latent. LSTMs that begin as its
encoder foretell the answer. XGBoost sees the features, the latent, and what an LSTM that never saw
the row's machine foretells. A meta-learner weighs LSTM and XGBoost by what both say of machines
that they have not seen (stacked generalisation: Wolpert, Neural Networks 5, 1992).

Either member is one model for each inner fold of machines, and their mean where a row is new.
"""

from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from matts.domain import BadInputError, Bools, Floats, Ints
from matts.models.lstm_autoencoder import LstmAutoencoder
from matts.models.remaining_life import LifeNetwork
from matts.tabular.histories import Histories, channels_of, histories_of, scaler_of
from matts.tabular.hybrid_files import load_parts, save_parts
from matts.tabular.hybrid_networks import (
    foretell,
    learn_to_foretell,
    learn_to_rebuild,
    new_autoencoder,
    new_foreteller,
    rebuild,
)
from matts.tabular.hybrid_settings import HybridSettings
from matts.tabular.learners.libraries import library
from matts.tabular.lesson import Lesson, Past, folds_by_machine
from matts.tensors import load_weights, weights_of
from matts.windows import Scaler

Target = Bools | Floats  # [n] truth values, or numbers in spreads off their mean


class Told(NamedTuple):
    """What the members say of each row: log-odds of yes, or numbers in spreads off the mean."""

    lstm: Floats  # [n]
    xgboost: Floats  # [n]


class HybridLearner:
    """The parts, fitted to one another; it tells yes from no, or a number."""

    scaler: Scaler
    autoencoder: LstmAutoencoder
    networks: list[LifeNetwork]  # one an inner fold
    boosters: list[Any]  # one an inner fold
    weights: Floats  # [3]: of the LSTM, of XGBoost, the constant

    def __init__(self, settings: HybridSettings) -> None:
        self.settings = settings
        self.middle, self.spread = 0.0, 1.0  # of numbers

    def fit(self, lesson: Lesson) -> Self:
        """Learn from examples whose rows stand in time; of other rows only readings are seen.

        Raises:
            BadInputError: there are more than two classes, or fewer than two machines with both.
        """
        past, part = _past_of(lesson.past), _inner_folds(lesson, self.settings.inner)
        target = self._scaled(lesson)
        channels = self._channels(past)
        self.scaler = scaler_of(channels[past.at], lesson.groups)
        histories = self._histories(past, channels)
        self.autoencoder = learn_to_rebuild(histories, self.settings.networks, lesson.seed)
        lstm = self._fit_networks(histories, target, part, lesson.seed)
        columns = self._columns(lesson.x, histories, lstm)
        xgboost = self._fit_boosters(columns, target, part, lesson.seed)
        self.weights = _weigh(Told(lstm, xgboost), target)
        return self

    def _scaled(self, lesson: Lesson) -> Target:
        if not lesson.is_number:
            return np.asarray(lesson.y == 1)
        self.middle, self.spread = float(lesson.y.mean()), float(lesson.y.std()) or 1.0
        return np.asarray((lesson.y - self.middle) / self.spread)

    def _channels(self, past: Past) -> Floats:
        return channels_of(past.rows.values, past.rows.segments, self.settings.networks.step)

    def _histories(self, past: Past, channels: Floats) -> Histories:
        shape = (self.settings.networks.steps, self.settings.networks.step)
        return histories_of(channels, past.rows.segments, past.at, self.scaler, shape)

    def _fit_networks(self, histories: Histories, target: Target, part: Ints, seed: int) -> Floats:
        """An LSTM an inner fold, and what it says of the fold that it has not seen: [n]."""
        told, self.networks = np.zeros(len(target)), []
        for k in range(part.max() + 1):
            others, own = part != k, part == k
            network = learn_to_foretell(
                self.autoencoder.encoder,
                histories.only(others),
                target[others],
                self.settings.networks,
                seed + k,
            )
            told[own] = foretell(network, histories.only(own))
            self.networks.append(network)
        return told

    def _columns(self, x: Floats, histories: Histories, lstm: Floats) -> NDArray[np.float32]:
        """What XGBoost sees: features, latent, error of playing back, what the LSTM says."""
        latent, error = rebuild(self.autoencoder, histories)
        return np.column_stack([x, latent, error, lstm]).astype(np.float32)

    def _fit_boosters(
        self, columns: NDArray[np.float32], target: Target, part: Ints, seed: int
    ) -> Floats:
        """Trees for each inner fold, and what they say of the fold that they have not seen: [n]."""
        xgboost, told, self.boosters = library("xgboost"), np.zeros(len(target)), []
        objective = "binary:logistic" if target.dtype == np.bool_ else "reg:squarederror"
        for k in range(part.max() + 1):
            others, own = part != k, part == k
            data = xgboost.QuantileDMatrix(
                columns[others], target[others], max_bin=self.settings.bins, nthread=1
            )
            asked = {"objective": objective, **self.settings.trees(seed + k)}
            booster = xgboost.train(asked, data, self.settings.rounds)
            told[own] = _say(booster, columns[own])
            self.boosters.append(booster)
        return told

    def tell(self, x: Floats, past: Past) -> Told:
        """What each member says of rows, the mean over its inner folds."""
        histories = self._histories(past, self._channels(past))
        lstm = np.mean([foretell(network, histories) for network in self.networks], axis=0)
        columns = self._columns(x, histories, lstm)
        return Told(lstm, np.mean([_say(booster, columns) for booster in self.boosters], axis=0))

    def predict(self, x: Floats, past: Past | None) -> Floats:
        """Log-odds of the second class, or numbers: [n]."""
        told = np.column_stack(self.tell(x, _past_of(past)))
        return (
            np.asarray((told * self.weights[:2]).sum(axis=1) + self.weights[2]) * self.spread
            + self.middle
        )

    def save(self, folder: Path) -> None:
        """Networks, scale and weights as one safetensors file, trees as XGBoost writes them."""
        arrays = {f"scaler.{name}": array for name, array in self.scaler.arrays.items()}
        arrays |= {"weights": self.weights, "target": np.array([self.middle, self.spread])}
        arrays |= weights_of(self.autoencoder, "autoencoder.")
        for k, network in enumerate(self.networks):
            arrays |= weights_of(network, f"lstm_{k}.")
        save_parts(folder, arrays, self.boosters)

    def load(self, folder: Path) -> Self:
        """Read into a fresh learner of the same settings what `save` wrote."""
        arrays, self.boosters = load_parts(folder)
        self.scaler = Scaler(arrays["scaler.mean"], arrays["scaler.spread"])
        self.weights, (self.middle, self.spread) = arrays["weights"], arrays["target"].tolist()
        self.autoencoder = new_autoencoder(len(self.scaler.mean), self.settings.networks).eval()
        load_weights(self.autoencoder, arrays, "autoencoder.")
        self.networks = []
        for k in range(len(self.boosters)):
            network = new_foreteller(self.autoencoder.encoder, self.settings.networks).eval()
            load_weights(network, arrays, f"lstm_{k}.")
            self.networks.append(network)
        return self


def _past_of(past: Past | None) -> Past:
    if past is None:
        msg = "the hybrid looks back by itself: it needs the rows in time beside the features"
        raise BadInputError(msg)
    return past


def _inner_folds(lesson: Lesson, count: int) -> Ints:
    """The inner fold of each example, whole machines: [n]."""
    if len(lesson.classes) > 2:  # noqa: PLR2004
        msg = f"the hybrid tells yes from no, or a number, got {len(lesson.classes)} classes"
        raise BadInputError(msg)
    part = np.full(len(lesson), -1)
    for k, places in enumerate(folds_by_machine(lesson, count)):
        part[places] = k
    taught = [np.unique(lesson.y[part != k]) for k in range(part.max() + 1)]
    if part.min() < 0 or any(len(each) < 2 for each in taught):  # noqa: PLR2004
        msg = "the hybrid needs different answers in 2 machines or more, got them in fewer"
        raise BadInputError(msg)
    return part


def _weigh(told: Told, target: Target) -> Floats:
    """The meta-learner, logistic regression of truth values or ridge regression of numbers: [3].

    A member that would count against what it says is left out: the other one knows better.
    """
    from sklearn.linear_model import LogisticRegression, Ridge  # noqa: PLC0415

    model, columns = LogisticRegression() if target.dtype == np.bool_ else Ridge(), np.array(told).T
    model.fit(columns, target)
    if (counts := np.ravel(model.coef_) > 0).sum() == 1:
        model.fit(columns * counts, target)
    return np.asarray(np.r_[np.ravel(model.coef_), np.ravel(model.intercept_)])


def _say(booster: Any, columns: NDArray[np.float32]) -> Floats:
    if not len(columns):
        return np.zeros(0)
    return np.asarray(booster.inplace_predict(columns, predict_type="margin"), np.float64)
