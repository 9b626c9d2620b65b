"""Scikit-learn's forests as bytes, and back: what is read is checked, nothing is unpickled."""

from typing import Any
from zipfile import ZIP_DEFLATED

import numpy as np
from numpy.typing import NDArray

from matts.domain import BadInputError

TRUSTED = ["sklearn.tree._tree.Tree"]  # its indices are checked by `within_bounds`
LEAF = -1  # the left child of a node without children


def pack(forest: Any) -> NDArray[np.uint8]:
    """A fitted forest as skops writes it: [B] bytes."""
    import skops.io  # noqa: PLC0415 (it takes a second, and a run may do without)

    return np.frombuffer(skops.io.dumps(forest, compression=ZIP_DEFLATED), np.uint8)


def unpack(packed: NDArray[np.uint8]) -> Any:
    """The forest again; skops builds trees and nothing that it could not name."""
    import skops.io  # noqa: PLC0415

    return within_bounds(skops.io.loads(packed.tobytes(), trusted=TRUSTED))


def count_numbers(forest: Any) -> int:
    """What it takes to walk down every tree: a sensor, a limit and two ways on a node, and values.

    The bytes of an archive are no measure: equal forests do not compress to equal lengths.
    """
    trees = [estimator.tree_ for estimator in forest.estimators_]
    return int(sum(4 * tree.node_count + tree.value.size for tree in trees))


def within_bounds(forest: Any) -> Any:
    """The forest, if every split looks at a sensor that exists and leads down its own tree."""
    for estimator in np.ravel(forest.estimators_):  # boosting keeps a row a round
        nodes = estimator.tree_
        splits = np.flatnonzero(nodes.children_left != LEAF)
        sensors = nodes.feature[splits]
        children = np.stack([nodes.children_left, nodes.children_right])[:, splits]
        down = (children > splits) & (children < nodes.node_count)
        if not (down.all() and ((sensors >= 0) & (sensors < forest.n_features_in_)).all()):
            msg = "the file of a forest is damaged: a node points out of its tree"
            raise BadInputError(msg)
    return forest
