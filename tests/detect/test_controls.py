import numpy as np

from matts.detect.controls import ConstantDetector, RandomDetector, RandomSettings
from matts.windows import Split


def test_random_scores_belong_to_places_in_the_record(split: Split) -> None:
    detector = RandomDetector()
    scores = detector.score(split.test)
    np.testing.assert_array_equal(
        detector.score(split.test.where(split.test.faulty)), scores[split.test.faulty]
    )
    assert ((scores >= 0) & (scores < 1)).all()
    assert len(np.unique(scores)) == len(scores)


def test_another_seed_draws_other_numbers(split: Split) -> None:
    other = RandomDetector(RandomSettings(seed=1)).score(split.test)
    assert not np.array_equal(other, RandomDetector().score(split.test))


def test_the_constant_finds_every_window_equally_strange(split: Split) -> None:
    assert not ConstantDetector().score(split.test).any()
