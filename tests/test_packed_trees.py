import os
import subprocess
import sys

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from matts.packed_trees import pack, unpack

PACK = """
import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
rows = np.random.default_rng(0).normal(size=(60, 3))
forest = ExtraTreesClassifier(5, random_state=0).fit(rows, np.arange(60) % 3)
from hashlib import sha256
from matts.packed_trees import pack
print(sha256(pack(forest)).hexdigest())
"""


def packed_elsewhere() -> str:
    """What another process makes of the same forest."""
    done = subprocess.run(
        [sys.executable, "-c", PACK],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return done.stdout


def test_a_forest_comes_back() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 3))
    forest = ExtraTreesClassifier(5, random_state=0).fit(rows, np.arange(60) % 3)
    again = unpack(pack(forest))
    assert np.array_equal(again.predict_proba(rows), forest.predict_proba(rows))


def test_two_runs_pack_equal_forests_in_equal_bytes() -> None:
    assert packed_elsewhere() == packed_elsewhere()
