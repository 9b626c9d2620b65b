import json

import numpy as np
import pytest

from matts.tabular.preparation import Preparation
from matts.tabular.weighing import Calibrator, class_weights


def test_weights_even_classes_out() -> None:
    y = np.array([0] * 6 + [1] * 3 + [2])
    for balance, third in ((0.0, 0.1), (1.0, 1 / 3)):
        weights = class_weights(y, 3, balance)
        assert weights[y].mean() == pytest.approx(1)
        assert weights[2] / (weights[y].sum()) == pytest.approx(third)


def test_a_calibrator_finds_the_frequencies_and_keeps_the_order() -> None:
    draw = np.random.default_rng(0)
    odds = draw.normal(-1, 2, 4000)
    y = (draw.random(4000) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    far_off = np.column_stack([np.zeros(4000), 50 * odds - 300])
    calibrator = Calibrator.fit(far_off, y)
    logs = calibrator(far_off)
    said = np.exp(logs[:, 1]) / np.exp(logs).sum(axis=1)
    assert said.mean() == pytest.approx(y.mean(), abs=1e-3)
    assert (np.diff(said[np.argsort(odds)]) >= 0).all()
    again = Calibrator.from_json(json.loads(json.dumps(calibrator.as_json())))
    np.testing.assert_array_equal(again(far_off), logs)


def test_columns_are_filled_by_their_median_and_scaled() -> None:
    x = np.array(
        [[1.0, np.nan, 5.0], [3.0, np.nan, 5.0], [np.nan, np.nan, 5.0], [8.0, np.nan, 5.0]]
    )
    assert np.isnan(Preparation.fit(x, "as_is")(x)[2, 0])
    complete = Preparation.fit(x, "complete")(x)
    assert complete[:, 0].tolist() == [1, 3, 3, 8]
    assert complete[:, 1].tolist() == [0, 0, 0, 0]
    preparation = Preparation.fit(x, "scaled")
    scaled = preparation(x)
    np.testing.assert_allclose(scaled[:, 0].astype(float).std(), 1, rtol=1e-6)
    assert (scaled[:, 1:] == 0).all()
    again = Preparation.from_json(json.loads(json.dumps(preparation.as_json())))
    np.testing.assert_array_equal(again(x), scaled)
