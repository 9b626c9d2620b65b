from collections.abc import Callable

import numpy as np
import pytest

from matts.domain import BadInputError
from matts.source.cycles import FIGURES, summarise
from matts.source.described import Described
from matts.source.settings import ReadSettings

Make = Callable[..., Described]

PS1, TS1 = "1\t2\t3\t6\n4\t4\t4\t4\n", "20\t21\n22\t20\n"


def test_each_figure_is_of_one_line() -> None:
    found = summarise(PS1, "PS1", ReadSettings(summary=tuple(FIGURES)))
    assert found.iloc[1].to_dict() == {
        **{f"PS1 {each}": 4.0 for each in ("mean", "min", "max", "median", "first", "last")},
        "PS1 sd": 0.0,
        "PS1 slope": 0.0,
    }
    straight = np.polyfit([0, 1 / 3, 2 / 3, 1], [1, 2, 3, 6], 1)[0]
    assert found.iloc[0]["PS1 slope"] == pytest.approx(straight)
    assert found.iloc[0][["PS1 mean", "PS1 min", "PS1 first", "PS1 last"]].tolist() == [3, 1, 1, 6]
    assert found.iloc[0]["PS1 sd"] == pytest.approx(np.std([1, 2, 3, 6]))


def test_a_line_of_one_sample_does_not_rise() -> None:
    assert summarise("5\n6\n", "SE", ReadSettings(summary=("slope",)))["SE slope"].tolist() == [
        0,
        0,
    ]


def test_sensors_stand_side_by_side_and_labels_beside_them(made: Make) -> None:
    read = {
        "format": "cycles",
        "summary": ["mean"],
        "beside": {"file": "p.dat", "columns": ["c", "s"]},
    }
    labels = {"kind": "columns", "columns": {"Cooler": {"column": "c", "healthy": [100]}}}
    files = {"PS1.txt": PS1, "TS1.txt": TS1, "p.dat": "100\t0\n3\t1\n"}
    table = made(files, files=["*S*.txt"], read=read, labels=labels).table
    assert table.to_dict("list") == {
        "PS1 mean": [3.0, 4.0],
        "TS1 mean": [20.5, 21.0],
        "s": [0.0, 1.0],
        "Anomaly_Cooler": [False, True],
    }


def test_lines_that_do_not_fit_each_other(made: Make) -> None:
    read = {"format": "cycles", "beside": {"file": "p.dat", "columns": ["c"]}}
    with pytest.raises(BadInputError, match=r"TS1\.txt needs 2 lines as .*PS1\.txt has.*got 1"):
        made({"PS1.txt": PS1, "TS1.txt": "1\t2\n"}, read={"format": "cycles"})
    with pytest.raises(BadInputError, match=r"p\.dat needs 2 lines, one a reading, got 1"):
        made({"PS1.txt": PS1, "TS1.txt": TS1, "p.dat": "1\n"}, read=read)
