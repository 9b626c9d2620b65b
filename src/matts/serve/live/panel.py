"""Every detector on the readings of many assets, as they come. No clock, no web, no chance.

readings -> their order -> their quality -> channels -> windows -> scores -> Judged
"""

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np

from matts.detect.combined import reach_of
from matts.domain import Bools, Floats, Ints, State
from matts.serve.live.deployment import Deployment
from matts.serve.live.jury import Jury, Verdicts
from matts.serve.live.judged import Judged
from matts.serve.live.kept import Kept, Order
from matts.serve.live.ordering import Arrival, Ordering
from matts.serve.live.quality import LATE, MISSING, Graded, Quality
from matts.serve.live.reading import Reading
from matts.serve.live.settings import LiveSettings
from matts.serve.live.sights import Channelled
from matts.serve.live.states import joined, parted
