"""Whether a file of trees can be trusted: LightGBM itself follows whatever it is told."""

import re

from matts.domain import BadInputError

FIELD = r"^{}=(.*)$"


def refuse_damage(text: str) -> None:
    r"""Refuse trees of which a split looks at no column, or leads out of its tree.

    >>> refuse_damage("max_feature_idx=0\nTree=0\nnum_leaves=2\nsplit_feature=3\n")
    Traceback (most recent call last):
    ...
    matts.domain.BadInputError: the file of trees is damaged: a split points out of its tree
    """
    head, *trees = re.split(r"^Tree=", text, flags=re.MULTILINE)
    columns = (_numbers(head, "max_feature_idx") or [-1])[0] + 1
    if not trees or not all(_is_whole(tree, columns) for tree in trees):
        msg = "the file of trees is damaged: a split points out of its tree"
        raise BadInputError(msg)


def _is_whole(tree: str, columns: int) -> bool:
    """Whether every split of a tree looks at a column and leads down; leaves count from -1 down."""
    leaves = (_numbers(tree, "num_leaves") or [0])[0]
    if leaves == 1:  # nothing was split
        return True
    features = _numbers(tree, "split_feature")
    children = [_numbers(tree, f"{side}_child") for side in ("left", "right")]
    sizes = {len(features), *map(len, children)}
    down = all(-leaves <= c < 0 or n < c < leaves - 1 for cs in children for n, c in enumerate(cs))
    values = len(_texts(tree, "leaf_value")) == leaves
    thresholds = len(_texts(tree, "threshold")) == leaves - 1
    within = all(0 <= f < columns for f in features)
    return sizes == {leaves - 1} and down and within and values and thresholds


def _texts(text: str, field: str) -> list[str]:
    found = re.search(FIELD.format(field), text, flags=re.MULTILINE)
    return found[1].split() if found else []


def _numbers(text: str, field: str) -> list[int]:
    numbers = _texts(text, field)
    return [int(each) for each in numbers] if all(_is_integer(n) for n in numbers) else []


def _is_integer(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+", text))
