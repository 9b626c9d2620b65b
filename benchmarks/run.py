"""Ratios, measured side by side: `make bench`, or `python -m benchmarks.run --quick` for a look.

Prints a table, says whether what is required is reached, and writes benchmarks/results.json,
benchmarks/results.md and the table in docs/explanation/speed.md. A new row is one function that
takes a `Bench` and returns ratios, and one place in `ROWS`.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from benchmarks import forecasting, scoring, serving, streaming, tabular, training
from benchmarks.required import REQUIRED
from benchmarks.timing import Bench, Ratio, as_json
from matts.evaluate.report import table
from matts.files import replacing

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/explanation/speed.md"
BEGIN, END = "<!-- written by make bench -->", "<!-- end -->"
QUICK = Bench(pairs=2, share=0.05)

ROWS: dict[str, tuple[Callable[[Bench], list[Ratio]], ...]] = {
    "Against the ordinary way": (
        *(training.step_rows, training.parallel_rows),
        *(scoring.loop_rows, scoring.reading_rows, forecasting.filter_rows),
        tabular.feature_rows,
        streaming.panel_rows,
    ),
    "What a service costs": (serving.client_rows,),
    "What single choices gain": (scoring.choice_rows,),
    "How cost grows": (training.growth_rows,),
}
Sections = dict[str, list[Ratio]]


def measure(bench: Bench) -> Sections:
    """Every row, section by section."""
    steps = [(title, rows) for title, each in ROWS.items() for rows in each]
    sections: Sections = {title: [] for title in ROWS}
    for title, rows in tqdm(steps, desc="bench", disable=None, leave=False):
        sections[title] += rows(bench)
    return sections


def write_page(sections: Sections) -> str:
    """All tables as Markdown; the required ones first."""
    return "\n\n".join(_parts(sections)) + "\n"


def _parts(sections: Sections) -> Iterator[str]:
    rows = [row for own in sections.values() for row in own]
    yield f"Measured on: {rows[0].machine}."
    judged = [each.judge(rows) for each in REQUIRED]
    yield table(["required", "at least", "stretch", "measured", ""], judged)
    for title, own in sections.items():
        cells = [[r.name, *(f"{x:.2f}" for x in (r.ratio, r.min, r.max)), r.unit] for r in own]
        yield f"### {title}"
        yield table(["", "median", "lowest", "highest", ""], cells)


def replace_block(page: str, block: str) -> str:
    """The page with what is between its two marks replaced.

    >>> replace_block(f"a {BEGIN} old {END} b", "new").split()[-5:]
    ['new', '<!--', 'end', '-->', 'b']
    """
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{block}\n{END}{after}"


def write(path: Path, text: str) -> None:
    """The whole file or none of it."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description="Ratios, measured side by side.")
    parser.add_argument("--quick", action="store_true", help="few repeats: does it run?")
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent, help="of the results")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    sections = measure(QUICK if chosen.quick else Bench())
    rows = [row for own in sections.values() for row in own]
    write(chosen.folder / "results.json", json.dumps(as_json(rows), indent=1) + "\n")
    text = write_page(sections)
    print(text)
    if not chosen.quick:
        write(chosen.folder / "results.md", text)
        write(PAGE, replace_block(PAGE.read_text(encoding="utf-8"), text))


if __name__ == "__main__":
    main()
