import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from matts.detect.alarms import Scored
from matts.detect.mixing import WAYS, How, learn, mix, surprises_of, weigh
from matts.domain import Bools, Floats

COUNT = 3000


def scored(scores: Floats, faulty: Bools) -> Scored:
    return Scored(scores, faulty, np.zeros(len(scores), np.int64))


@pytest.fixture(scope="module")
def faulty() -> Bools:
    """Events of ten windows, a tenth of all."""
    return np.repeat(np.random.default_rng(0).random(COUNT // 10) < 0.1, 10)


def see(faulty: Bools, sight: float, seed: int) -> Scored:
    """What a detector says that lifts faulty windows by so many spreads."""
    noise = np.random.default_rng(seed).normal(size=len(faulty))
    return scored(np.exp(noise + sight * faulty), faulty)


@pytest.fixture(scope="module")
def parts(faulty: Bools) -> dict[str, Scored]:
    """Two that see a little, each on its own scale, and one that sees nothing."""
    blind = see(faulty, 0, 3)
    second = see(faulty, 1.5, 2)
    return {
        "first": see(faulty, 1.5, 1),
        "second": scored(1000 * second.scores - 7, faulty),
        "blind": blind,
    }


def test_what_helps_is_weighed_and_what_is_blind_is_not(parts: dict[str, Scored]) -> None:
    choice, _, _ = learn(parts, "stacking", 200)
    assert sum(choice.weights.values()) == pytest.approx(1)
    assert choice.weights["first"] == pytest.approx(choice.weights["second"], abs=0.15)
    assert choice.weights["blind"] < 0.1
    assert min(choice.weights.values()) >= 0


def test_no_weight_is_negative_though_one_would_help(faulty: Bools) -> None:
    good, against = see(faulty, 2, 1), scored(np.exp(-3.0 * faulty), faulty)
    choice, _, _ = learn({"good": good, "against": against}, "stacking", 200)
    assert choice.weights == {"good": 1.0, "against": 0.0}


def test_two_that_see_differently_are_stacked(parts: dict[str, Scored], faulty: Bools) -> None:
    choice, scales, _ = learn(parts, None, 200)
    assert choice.how == "stacking"
    assert choice.validation_pr_auc.keys() == {*WAYS}
    assert choice.validation_pr_auc["stacking"] > choice.validation_pr_auc["best"] + 0.05
    surprises = surprises_of(list(parts.values()), list(scales.values()))
    whole = mix("stacking", surprises, np.array([*choice.weights.values()]))
    assert average_precision_score(faulty, whole) > choice.validation_pr_auc["best"]


def test_what_no_mixture_beats_stands_alone(faulty: Bools) -> None:
    parts = {"blind": see(faulty, 0, 1), "sharp": see(faulty, 9, 2)}
    choice, _, held_out = learn(parts, None, 200)
    assert choice.how == "best"
    assert choice.weights == {"blind": 0.0, "sharp": 1.0}
    assert average_precision_score(faulty, held_out) == choice.validation_pr_auc["best"]


def test_a_mixture_that_is_worse_in_one_block_is_not_chosen(faulty: Bools) -> None:
    """The second part helps everywhere but in the last fifth, where it points the wrong way."""
    parts = {"first": see(faulty, 1.5, 1), "second": see(faulty, 1.5, 2)}
    assert learn(parts, None, 200)[0].how != "best"
    last = np.arange(COUNT) >= COUNT - COUNT // 5
    wrong = np.where(last & faulty, 1e-9, parts["second"].scores)
    choice, _, _ = learn({**parts, "second": scored(wrong, faulty)}, None, 200)
    assert choice.how == "best"


@pytest.mark.parametrize("how", WAYS)
def test_every_way_can_be_asked_for(parts: dict[str, Scored], how: How, faulty: Bools) -> None:
    choice, scales, held_out = learn(parts, how, 200)
    assert choice.how == how
    assert average_precision_score(faulty, held_out) == choice.validation_pr_auc[how]
    surprises = surprises_of(list(parts.values()), list(scales.values()))
    expected = {"mean": surprises.mean(axis=1), "max": surprises.max(axis=1)}
    found = mix(how, surprises, np.array([*choice.weights.values()]))
    if how in expected:
        np.testing.assert_allclose(found, expected[how])


def test_a_block_is_judged_by_what_the_others_taught_alone() -> None:
    """Parts that see nothing cannot learn the answers of the windows that they are judged on."""
    draw = np.random.default_rng(5)
    blind = {str(n): scored(draw.normal(size=300), draw.random(300) < 0.05) for n in range(40)}
    truth = next(iter(blind.values())).faulty
    blind = {name: scored(part.scores, truth) for name, part in blind.items()}
    choice, scales, held_out = learn(blind, "stacking", 200)
    surprises = surprises_of(list(blind.values()), list(scales.values()))
    learned = mix("stacking", surprises, np.array([*choice.weights.values()]))
    assert average_precision_score(truth, learned) > 3 * truth.mean()  # what leaks looks good
    assert average_precision_score(truth, held_out) < 2 * truth.mean()
    assert len(held_out) == 300


def test_changing_one_block_changes_no_scale_or_weight_that_it_is_judged_by(
    parts: dict[str, Scored], faulty: Bools
) -> None:
    block = np.arange(COUNT) < COUNT // 5
    turned = {name: scored(p.scores, faulty ^ block) for name, p in parts.items()}
    before, after = learn(parts, "stacking", 200)[2], learn(turned, "stacking", 200)[2]
    np.testing.assert_array_equal(before[block], after[block])
    assert not np.array_equal(before[~block], after[~block])


def test_without_faults_nothing_is_learned() -> None:
    calm = {name: see(np.zeros(500, bool), 0, n) for n, name in enumerate("ab")}
    choice, _, held_out = learn(calm, None, 200)
    assert (choice.how, {*choice.validation_pr_auc.values()}) == ("mean", {0.0})
    assert choice.weights == {"a": 0.5, "b": 0.5}
    assert np.isfinite(held_out).all()
    assert weigh("stacking", np.zeros((5, 2)), np.ones(5, bool)).tolist() == [0.5, 0.5]


def test_parts_that_say_nothing_at_all_weigh_the_same(faulty: Bools) -> None:
    assert weigh("stacking", np.zeros((COUNT, 2)), faulty).tolist() == pytest.approx([0.5, 0.5])
    one = {"only": see(faulty[:1], 0, 0)}
    assert learn(one, None, 200)[0].weights == {"only": 1.0}
