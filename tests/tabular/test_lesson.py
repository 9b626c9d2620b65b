from dataclasses import replace

import numpy as np
import pytest

from matts.domain import BadInputError
from matts.tabular.lesson import drawn, folds_by_machine, held_out
from tests.tabular.lessons import lesson


def test_folds_are_whole_machines_and_all_of_them() -> None:
    own = lesson(3, machines=7)
    folds = folds_by_machine(own, 3)
    assert sorted(np.concatenate(folds).tolist()) == list(range(len(own)))
    machines = [{*own.groups[part].tolist()} for part in folds]
    assert len(machines) == 3
    assert sum(map(len, machines)) == 7
    assert folds_by_machine(replace(own, groups=np.full(len(own), "one")), 3) == []


@pytest.mark.parametrize("classes", [0, 2])
def test_what_is_held_out_is_of_other_machines(classes: int) -> None:
    own = lesson(classes)
    parts = held_out(own, every_class=True)
    assert parts is not None
    kept, held = parts
    assert not {*kept.groups} & {*held.groups}
    assert len(kept) + len(held) == len(own)


def test_no_class_is_lost_to_learning() -> None:
    own = lesson(2)
    only = replace(own, y=(own.groups == "m0").astype(np.int64))
    parts = held_out(only, every_class=False)
    assert parts is not None
    assert (parts[0].y == 1).any()
    assert held_out(only, every_class=True) is None


def test_a_draw_is_even_over_machines_classes_and_time() -> None:
    own = lesson(2, rows=1200)
    few = drawn(own, 300)
    assert len(few) == 300
    for machine in np.unique(own.groups):
        whole, part = own.y[own.groups == machine], few.y[few.groups == machine]
        assert len(part) == pytest.approx(len(whole) / 4, abs=1)
        assert part.sum() == pytest.approx(whole.sum() / 4, abs=1)
    assert drawn(own, None) is own
    assert len(drawn(own, 5000)) == 1200


def test_a_draw_keeps_the_order_and_follows_the_seed() -> None:
    own = lesson(0, rows=600)
    numbered = replace(own, y=np.arange(600.0))
    first = drawn(numbered, 100)
    assert (np.diff(first.y) > 0).all()
    np.testing.assert_array_equal(first.y, drawn(numbered, 100).y)
    assert not np.array_equal(first.y, drawn(replace(numbered, seed=5), 100).y)


def test_parts_that_do_not_fit_are_refused() -> None:
    own = lesson(2)
    with pytest.raises(BadInputError, match=r"examples must be \[n, 5\], got \[300, 6\]"):
        replace(own, names=own.names[:5])
    with pytest.raises(BadInputError, match=r"at least 1 example, .* got 300, 299 and 300"):
        replace(own, y=own.y[1:])
    with pytest.raises(BadInputError, match=r"at least 1 example, .* got 0, 0 and 0"):
        own.take(np.zeros(0, np.int64))
