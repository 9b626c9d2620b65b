import numpy as np

from matts.diagnose.majority import MajorityDiagnoser
from matts.windows import Split


def test_every_window_gets_the_shares_of_training(split: Split) -> None:
    counts = split.train.faults.sum(axis=0)
    probabilities = MajorityDiagnoser().fit(split.train, split.validation).probabilities(split.test)
    np.testing.assert_array_equal(probabilities, [counts / counts.sum()] * len(split.test))
