import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.required import REQUIRED
from benchmarks.run import BEGIN, END, PAGE, ROWS, replace_block, write_page
from benchmarks.timing import Ratio

ROOT = Path(__file__).parents[2]
FIELDS = {"name", "ratio", "min", "max", "unit", "machine"}


def row(name: str, ratio: float) -> Ratio:
    return Ratio(name, ratio, ratio - 1, ratio + 1, "times faster", "x86_64")


def test_the_page_says_what_is_required_and_whether_it_is_reached() -> None:
    names = [each.name for each in REQUIRED]
    assert len(set(names)) == 10
    text = write_page({"All": [row(names[0], 41), row(names[1], 5), row(names[2], 2.2)]})
    judged = text.split("##")[0].splitlines()
    lines = {line.split("|")[1].strip(): line for line in judged if "|" in line}
    grades = [lines[name].split("|")[5].strip() for name in names[:4]]
    assert grades == ["ok", "not ok", "stretch", "not measured"]


def test_the_page_of_the_docs_has_one_block_to_be_replaced() -> None:
    page = PAGE.read_text()
    assert (page.count(BEGIN), page.count(END)) == (1, 1)
    assert page.index(BEGIN) < page.index(END)
    assert replace_block(replace_block(page, "once\n"), "twice\n").count("twice") == 1


@pytest.mark.slow
def test_the_bench_runs_and_keeps_every_field(tmp_path: Path) -> None:
    before = PAGE.read_text()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "--quick", "--folder", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = json.loads((tmp_path / "results.json").read_text())
    assert all(each.keys() == FIELDS for each in rows)
    assert all(0 < each["min"] <= each["ratio"] <= each["max"] for each in rows)
    names = {each["name"] for each in rows}
    assert {"training step, hidden 32: torch", "scoring by encoder and head"} <= names
    assert {"epoch, rows x16", "scoring, assets 1,000", "epoch, hidden 64"} <= names
    assert len(names) == len(rows)
    assert all(title in done.stdout for title in ROWS)
    assert done.stderr == ""
    assert PAGE.read_text() == before  # a quick look is no measurement
