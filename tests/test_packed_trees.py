import os
import subprocess
import sys
from hashlib import sha256

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


def test_a_forest_comes_back_and_equal_ones_have_equal_bytes() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 3))
    forest = ExtraTreesClassifier(5, random_state=0).fit(rows, np.arange(60) % 3)
    packed = pack(forest)
    assert np.array_equal(unpack(packed).predict_proba(rows), forest.predict_proba(rows))
    assert np.array_equal(pack(unpack(packed)), pack(unpack(packed)))
    paths = os.pathsep.join(sys.path)
    elsewhere = subprocess.run(
        [sys.executable, "-c", PACK],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert elsewhere.stdout.strip() == sha256(packed.tobytes()).hexdigest()
