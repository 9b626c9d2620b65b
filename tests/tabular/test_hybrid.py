"""The hybrid: honest parts, fitted inside what it is given, kept to the last bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from matts.domain import BadInputError, Floats
from matts.tabular import hybrid
from matts.tabular.hybrid import HybridLearner, Target, Told
from matts.tabular.hybrid_networks import foretell, learn_to_foretell
from matts.tabular.hybrid_settings import HybridSettings, NetworkSettings
from matts.tabular.lesson import Lesson, Past
from matts.tabular.model import TabularModel, fit_model
from matts.tabular.rows import Rows
from matts.tabular.zoo import CLASSIFIERS, REGRESSORS

TINY = {
    "networks": {"steps": 4, "step": 2, "hidden": 6, "windows": 200, "epochs": 3, "batch_size": 32},
    "rounds": 10,
}


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Six machines whose first sensor drifts up until it is repaired; only its past tells."""
    draw, each = np.random.default_rng(1), 80
    machines = np.repeat([f"m{k}" for k in range(6)], each)
    left = np.concatenate([(np.arange(each)[::-1] + draw.integers(40)) % 40 for _ in range(6)])
    values = draw.normal(size=(6 * each, 2))
    values[:, 0] += np.maximum(10 - left, 0) / 2 + np.repeat(draw.normal(0, 3, 6), each)
    return Rows(
        values=values,
        sensors=("force", "speed"),
        given=(),
        machines=machines,
        segments=np.repeat(np.arange(6), each),
        times=None,
        faults=np.zeros((6 * each, 0), bool),
        fault_names=(),
        known=np.ones(6 * each, bool),
        targets={"remaining_life": left.astype(float)},
        numbers=np.arange(6 * each),
    )


def lesson(rows: Rows, kind: str, keep: NDArray[np.int64] | None = None) -> Lesson:
    at = np.arange(len(rows)) if keep is None else keep
    left = rows.targets["remaining_life"][at]
    number = kind == "life"
    return Lesson(
        x=rows.values[at],
        y=left if number else (left < 8).astype(np.int64),
        groups=rows.machines[at],
        names=rows.sensors,
        classes=() if number else ("no", "yes"),
        past=Past(rows, at),
    )


@pytest.fixture(scope="module")
def fitted(rows: Rows) -> dict[str, TabularModel]:
    return {kind: fit_model("hybrid", TINY, lesson(rows, kind)) for kind in ("anomaly", "life")}


def ask(model: TabularModel, rows: Rows, at: NDArray[np.int64]) -> Floats:
    x, past = rows.values[at], Past(rows, at)
    return model.probabilities(x, past) if model.classes else model.numbers(x, past)


def test_it_is_in_both_tables_and_asks_for_rows() -> None:
    assert CLASSIFIERS["hybrid"].needs_rows
    assert REGRESSORS["hybrid"].needs_rows


def test_it_learns(fitted: dict[str, TabularModel], rows: Rows) -> None:
    every, left = np.arange(len(rows)), rows.targets["remaining_life"]
    yes = ask(fitted["anomaly"], rows, every)[:, 1]
    assert yes[left < 4].mean() > 2 * yes[left > 15].mean()
    assert np.corrcoef(ask(fitted["life"], rows, every), left)[0, 1] > 0.3


@pytest.mark.parametrize("kind", ["anomaly", "life"])
def test_what_was_saved_says_the_same_to_the_last_bit(
    kind: str, fitted: dict[str, TabularModel], rows: Rows, tmp_path: Path
) -> None:
    fitted[kind].save(tmp_path)
    every = np.arange(len(rows))
    again = TabularModel.load(tmp_path)
    assert np.array_equal(ask(again, rows, every), ask(fitted[kind], rows, every))
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".safetensors", ".ubj"}


def test_a_damaged_file_is_refused(fitted: dict[str, TabularModel], tmp_path: Path) -> None:
    learner = fitted["anomaly"].fitted.learner
    assert isinstance(learner, HybridLearner)
    learner.save(tmp_path)
    (tmp_path / "networks.safetensors").write_bytes(b"{}")
    with pytest.raises(BadInputError, match="is no hybrid model"):
        HybridLearner(learner.settings).load(tmp_path)


@pytest.mark.parametrize("kind", ["anomaly", "life"])
def test_equal_lessons_make_equal_models(
    kind: str, fitted: dict[str, TabularModel], rows: Rows
) -> None:
    again, every = fit_model("hybrid", TINY, lesson(rows, kind)), np.arange(len(rows))
    assert np.array_equal(ask(again, rows, every), ask(fitted[kind], rows, every))


def test_a_row_is_told_alike_in_any_company(fitted: dict[str, TabularModel], rows: Rows) -> None:
    every, few = np.arange(len(rows)), np.array([7, 100, 333])
    for model in fitted.values():
        assert np.array_equal(ask(model, rows, every)[few], ask(model, rows, few))
        assert len(ask(model, rows, few[:0])) == 0


def test_later_readings_change_nothing_and_earlier_ones_do(
    fitted: dict[str, TabularModel], rows: Rows
) -> None:
    at = np.array([70])
    later, earlier = rows.values.copy(), rows.values.copy()
    later[71:] += 9
    earlier[60:70] += 9
    for model in fitted.values():
        before = ask(model, rows, at)
        assert np.array_equal(ask(model, replace(rows, values=later), at), before)
        assert not np.array_equal(
            model.probabilities(rows.values[at], Past(replace(rows, values=earlier), at))
            if model.classes
            else model.numbers(rows.values[at], Past(replace(rows, values=earlier), at)),
            before,
        )


def test_no_part_learns_from_rows_that_are_no_examples(rows: Rows) -> None:
    own = np.flatnonzero(rows.machines != "m5")
    changed = rows.values.copy()
    changed[rows.machines == "m5"] *= 100
    one, other = (
        fit_model("hybrid", TINY, lesson(each, "anomaly", own))
        for each in (rows, replace(rows, values=changed))
    )
    assert np.array_equal(ask(one, rows, own), ask(other, rows, own))


def test_no_lstm_saw_the_machine_that_it_speaks_of(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What XGBoost and the meta-learner are told comes from LSTMs of other machines."""
    seen: list[set[str]] = []

    def spy(encoder, histories, y, settings, seed):  # type: ignore[no-untyped-def]
        seen.append({*rows.machines[histories.places[:, -1]]})
        return learn_to_foretell(encoder, histories, y, settings, seed)

    told: list[Told] = []
    weigh = hybrid._weigh
    monkeypatch.setattr(hybrid, "learn_to_foretell", spy)

    def listen(said: Told, target: Target) -> Floats:
        told.append(said)
        return weigh(said, target)

    monkeypatch.setattr(hybrid, "_weigh", listen)
    own = lesson(rows, "anomaly")
    model = HybridLearner(HybridSettings(**TINY)).fit(own)
    assert len(seen) == 3
    assert set.intersection(*seen) == set()
    for network, machines in zip(model.networks, seen, strict=True):
        unseen = np.flatnonzero(~np.isin(rows.machines, [*machines]))
        histories = model._histories(Past(rows, unseen), model._channels(Past(rows, unseen)))
        assert np.array_equal(foretell(network, histories), told[0].lstm[unseen])


def test_the_meta_learner_trusts_the_better_member() -> None:
    draw = np.random.default_rng(0)
    truth = draw.normal(size=500)
    good, bad = truth + draw.normal(0, 0.1, 500), draw.normal(size=500)
    for target in (truth, truth > 0):
        weights = hybrid._weigh(Told(lstm=bad, xgboost=good), target)
        assert abs(weights[0]) < 0.1 * weights[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"classes": ("Normal", "Leak", "Heat")}, "yes from no, or a number, got 3 classes"),
        ({"groups": np.full(480, "m0")}, "2 machines or more"),
        ({"past": None}, "needs the rows in time"),
    ],
)
def test_what_it_cannot_do_is_said(change: dict[str, object], words: str, rows: Rows) -> None:
    with pytest.raises(BadInputError, match=words):
        HybridLearner(HybridSettings(**TINY)).fit(replace(lesson(rows, "anomaly"), **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"steps": 5},
        {"step": 3},
        {"hidden": 7},
        {"latent": 3},
        {"dropout": 0.5},
        {"windows": 100},
        {"epochs": 2},
        {"batch_size": 16},
        {"learning_rate": 0.01},
        {"rounds": 9},
        {"rate": 0.3},
        {"depth": 2},
        {"least": 1.0},
        {"bins": 8},
        {"row_share": 0.9},
        {"column_share": 1.0},
        {"ridge": 50.0},
        {"inner": 2},
    ],
    ids=str,
)
def test_every_setting_takes_effect(
    changed: dict[str, float], fitted: dict[str, TabularModel], rows: Rows
) -> None:
    (name,) = changed
    own = TINY | changed
    if name in NetworkSettings.model_fields:
        own = TINY | {"networks": TINY["networks"] | changed}  # type: ignore[operator]
    other, every = fit_model("hybrid", own, lesson(rows, "life")), np.arange(len(rows))
    assert not np.array_equal(ask(other, rows, every), ask(fitted["life"], rows, every))
