"""The benchmark of remaining life on the real units; skipped where they are not."""

from pathlib import Path

import pytest

from benchmarks.remaining_life import CHANNELS, VARIANTS, measure, read
from matts.life.settings import LifeSettings

FOLDER = Path(__file__).parents[2] / "../shared/data/cmapss_fd001"

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="needs the files of C-MAPSS FD001")


def test_all_training_units_are_read_to_their_failure() -> None:
    train, validation = read(FOLDER)
    assert len(train.rows) + len(validation.rows) == 20_631
    assert train.row_life is not None
    assert (train.row_life == 0).sum() == 85
    assert validation.row_life is not None
    assert (validation.row_life == 0).sum() == 15


def test_a_line_is_measured() -> None:
    found = measure(read(FOLDER), models={"ridge": {}}, folds=2)
    assert 14 < found["ridge"] < 20


def test_variants_can_be_built() -> None:
    for values in VARIANTS.values():
        assert LifeSettings(models={"boosting": values})
    for values in CHANNELS.values():
        assert LifeSettings(**values)
