"""Scikit-learn's forests as bytes, and back: what is read is checked, nothing is unpickled."""

import io
import re
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from matts.domain import BadInputError

TRUSTED = ["sklearn.tree._tree.Tree"]  # its indices are checked by `within_bounds`
UNDATED = (1980, 1, 1, 0, 0, 0)  # the first that an archive can hold
LEAF = -1  # the left child of a node without children


def pack(forest: Any) -> NDArray[np.uint8]:
    """A fitted forest as skops writes it, an equal one in the same bytes: [B]."""
    import skops.io  # noqa: PLC0415 (it takes a second, and a run may do without)

    return np.frombuffer(_numbered_anew(skops.io.dumps(forest)), np.uint8)


def _numbered_anew(raw: bytes) -> bytes:
    """The same archive, its objects counted where skops calls them by their place in memory."""
    packed = io.BytesIO()
    with ZipFile(io.BytesIO(raw)) as came, ZipFile(packed, "w", ZIP_DEFLATED) as made:
        schema = came.read("schema.json").decode()
        found = dict.fromkeys(re.findall(r'(?<="__id__": )\d+|\d+(?=\.npy")', schema))
        numbers = {old: str(new) for new, old in enumerate(found)}
        called = re.compile(r'(?<="__id__": )\d+|\d+(?=\.npy)')
        renamed = called.sub(lambda match: numbers[match[0]], schema)
        files = {
            called.sub(lambda match: numbers[match[0]], name): name for name in came.namelist()
        }
        for name in sorted(files):
            data = renamed.encode() if name == "schema.json" else came.read(files[name])
            made.writestr(ZipInfo(name, UNDATED), data, ZIP_DEFLATED)
    return packed.getvalue()


def unpack(packed: NDArray[np.uint8]) -> Any:
    """The forest again; skops builds trees and nothing that it could not name."""
    import skops.io  # noqa: PLC0415

    return within_bounds(skops.io.loads(packed.tobytes(), trusted=TRUSTED))


def within_bounds(forest: Any) -> Any:
    """The forest, if every split looks at a sensor that exists and leads down its own tree."""
    for estimator in forest.estimators_:
        nodes = estimator.tree_
        splits = np.flatnonzero(nodes.children_left != LEAF)
        sensors = nodes.feature[splits]
        children = np.stack([nodes.children_left, nodes.children_right])[:, splits]
        down = (children > splits) & (children < nodes.node_count)
        if not (down.all() and ((sensors >= 0) & (sensors < forest.n_features_in_)).all()):
            msg = "the file of a forest is damaged: a node points out of its tree"
            raise BadInputError(msg)
    return forest
