from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matts.evaluate.runs import runs


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 1)), max_size=30))
def test_runs_are_exactly_the_flagged_readings_and_cannot_be_joined(
    rows: list[tuple[bool, int]],
) -> None:
    flags = np.array([flag for flag, _ in rows], dtype=bool)
    segments = np.cumsum([step for _, step in rows], dtype=np.int64)
    spans = runs(flags, segments)
    covered = [reading for start, stop in spans for reading in range(start, stop)]
    assert covered == np.flatnonzero(flags).tolist()
    assert all(len(set(segments[start:stop])) == 1 for start, stop in spans)
    for (_, stop), (start, _) in pairwise(spans):
        assert stop < start or segments[stop - 1] != segments[start]


def test_no_flag_gives_no_run() -> None:
    assert runs(np.zeros(3, bool), np.zeros(3, np.int64)).shape == (0, 2)
