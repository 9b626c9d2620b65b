import numpy as np
import pytest

from benchmarks.combining import HIGHEST, measure, mixtures, uniform
from matts.detect.mixing import WAYS
from matts.detect.pca import PcaDetector
from matts.detect.zscore import ZScoreDetector
from matts.windows import Split


def test_mixtures_of_fitted_parts_are_judged_on_the_test_part(split: Split) -> None:
    pca = PcaDetector().fit(split.train, split.validation)
    found = mixtures({"pca": pca, "zscore": ZScoreDetector().fit(split.train, split.train)}, split)
    assert [*found] == [*WAYS, HIGHEST, "chosen", "PR-AUC"]
    assert found["PR-AUC"] == found[str(found["chosen"])]


def test_how_uniform_tails_are_is_two_shares(split: Split) -> None:
    found = uniform(PcaDetector().fit(split.train, split.validation), split)
    assert np.all((np.array(found) > 0) & (np.array(found) < 1))


@pytest.mark.slow
def test_both_tables_have_a_row_for_each_mill_or_detector() -> None:
    mixed, tails = measure(seeds=1, coils=1500).split("\n\n")
    assert len(mixed.splitlines()) == 2 + 3
    assert len(tails.splitlines()) == 2 + 3 * 7
