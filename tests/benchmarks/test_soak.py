"""The service does not grow while readings go through it."""

import pytest

from benchmarks.soak import KEPT, Look, growth, run
from tests.plants import trained

MOST = 3  # MiB that memory may be off by itself


def test_growth_is_from_the_middle_to_the_end() -> None:
    assert growth([Look(n, n, float(max(n, 3))) for n in range(9)]) == 3


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_memory_does_not_grow_with_the_readings() -> None:
    looks = run(trained("raw", {}).deployment, 20)
    assert looks[-1].readings > 2 * KEPT  # the history was full, and was pruned
    assert growth(looks) < MOST
