"""What each column of files nobody described is for, as far as it is known."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from matts.source import label_settings
from matts.source.cells import word

Columns = dict[str, pd.Series]  # those that are still to be judged

HEALTHY = (*(word(each) for each in label_settings.HEALTHY), "none")
FEW, CLASSES = 10, 40  # values of what words may say, and of what a class may be
SURE = 0.8  # of the cells


@dataclass
class Meaning:
    """What each column is for."""

    time: dict[str, Any] = field(default_factory=dict)
    asset: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, Any] = field(default_factory=lambda: {"kind": "none"})
    leave_out: dict[str, str] = field(default_factory=dict)  # column: why
    words: dict[str, dict[str, int]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)  # words and codes for no reading
    sensors: list[str] = field(default_factory=list)
