"""Files as they were published become those that a dataset file reads."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from matts.domain import BadInputError, Floats

ONSET = 160  # the reading of a test run of the process at which its fault begins
MEASURED, SET = 41, 11  # variables of the process
FORCES = ("Fx", "Fy", "Fz", "Tx", "Ty", "Tz")
STEPS = 15  # readings of a robot's case


def as_it_is(folder: Path) -> None:
    """Nothing is to be done."""


def tep(folder: Path) -> None:
    """The 44 text files of the Tennessee Eastman process become one table."""
    paths = sorted(folder.glob("d*.dat"), key=lambda path: (path.stem.endswith("_te"), path.stem))
    table = pd.concat([_tep_run(path) for path in paths], ignore_index=True)
    _refuse_too_few(len(paths), 44, "files d00.dat to d21_te.dat")
    table.to_parquet(folder / "tep_braatz.parquet", index=False)
    _remove(paths)


def _tep_run(path: Path) -> pd.DataFrame:
    """One run: its part, its fault, the readings, and from when on the fault is there."""
    values = _numbers(path)
    run, tested = int(path.stem[1:3]), path.stem.endswith("_te")
    names = [f"XMEAS_{n}" for n in range(1, MEASURED + 1)] + [f"XMV_{n}" for n in range(1, SET + 1)]
    sample = np.arange(len(values))
    told = pd.DataFrame(
        {
            "split": "test" if tested else "train",
            "fault_run": np.full(len(values), run, np.int8),
            "sample": sample,
            "label": np.where(sample >= ONSET * tested, run, 0).astype(np.int8),
        }
    )
    return pd.concat([told, pd.DataFrame(values.astype(np.float32), columns=names)], axis=1)


def _numbers(path: Path) -> Floats:
    """[R, 52]: the readings of a run; one file was published with its rows for columns."""
    wide = MEASURED + SET
    try:
        values = np.loadtxt(path, ndmin=2)
    except ValueError as error:
        msg = f"{path.name} needs numbers alone: {error}"
        raise BadInputError(msg) from None
    values = values.T if values.shape[1] != wide == values.shape[0] else values
    if values.shape[1] != wide:
        msg = f"{path.name} needs {wide} numbers a line, got {values.shape[1]}"
        raise BadInputError(msg)
    return values


def robot(folder: Path) -> None:
    """The five text files of the robot become one table in long form."""
    paths = sorted(folder.glob("lp*.data"))
    table = pd.concat([_robot_cases(path) for path in paths], ignore_index=True)
    _refuse_too_few(len(paths), 5, "files lp1.data to lp5.data")
    table.to_csv(folder / "robot_failures.csv", index=False)
    _remove(paths)


def _robot_cases(path: Path) -> pd.DataFrame:
    """The cases of a problem: a line with what went wrong, then fifteen with forces."""
    tables = [_robot_case(*each, path) for each in enumerate(_blocks(path), start=1)]
    return pd.concat([table for table in tables if len(table)] or tables, ignore_index=True)


def _blocks(path: Path) -> Iterator[list[str]]:
    """Lines from one that begins with a letter up to the next such."""
    lines = [
        line.split() for line in path.read_text(encoding="utf-8", errors="replace").split("\n")
    ]
    block: list[list[str]] = []
    for cells in [*(line for line in lines if line), ["end"]]:
        if re.match(r"[A-Za-z]", cells[0]):
            if block:
                yield [" ".join(each) for each in block]
            block = []
        block.append(cells)


def _robot_case(number: int, lines: list[str], path: Path) -> pd.DataFrame:
    cells = [line.split() for line in lines[1:]]
    whole = len(cells) == STEPS and all(len(row) == len(FORCES) for row in cells)
    if not whole or not all(re.fullmatch(r"-?\d+", each) for row in cells for each in row):
        msg = (
            f"{path.name} needs {STEPS} lines of {len(FORCES)} whole numbers below each class, "
            f"got others in case {number}"
        )
        raise BadInputError(msg)
    table = pd.DataFrame(np.array(cells, np.int64), columns=list(FORCES))
    told = {"problem": path.stem, "case": number, "label": lines[0], "t": np.arange(STEPS)}
    return pd.concat([pd.DataFrame(told), table], axis=1)


def _refuse_too_few(came: int, needed: int, what: str) -> None:
    if came != needed:
        msg = f"the archive needs {needed} {what}, got {came}"
        raise BadInputError(msg)


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink()


FORMS: dict[str, Callable[[Path], None]] = {"as it is": as_it_is, "tep": tep, "robot": robot}
