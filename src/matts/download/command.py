"""The command: `python -m matts.download skab`, or 6 for the mill data of TCM5."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from matts.domain import BadInputError
from matts.download.catalogue import FOLDER, MILL_URL, MILLS, PUBLIC, find_set
from matts.download.mill import download_mill
from matts.download.sets import download_set

NEXT = "next: kedro run --pipeline matts --params dataset={}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Download the sets named on the command line; two sentences each, exit code 1 on an error."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in options.dataset:
        try:
            done = _download(name, options)
        except (BadInputError, OSError) as error:
            parser.exit(1, f"{error}\n")
        asked = name if name in MILLS or name in PUBLIC[find_set(name)].runs else ""
        run = asked or PUBLIC[name].runs[0]
        sys.stdout.write(f"{done}\n{NEXT.format(run)}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m matts.download",
        description="Download public data and check it before it takes its place.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    known = [*MILLS, *PUBLIC, *(run for each in PUBLIC.values() for run in each.runs)]
    parser.add_argument(
        "dataset", choices=list(dict.fromkeys(known)), nargs="+", help="1 to 6: the mill, TCM5"
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where they go")
    parser.add_argument(
        "--base-url",
        default=os.environ.get("MATTS_DATA_URL"),
        help="a web folder (or DOI) with the files or archives; MATTS_DATA_URL sets it, too",
    )
    parser.add_argument(
        "--replace", action="store_true", help="accept files that differ from those seen before"
    )
    return parser


def _download(name: str, options: argparse.Namespace) -> str:
    if name in MILLS:
        url = options.base_url or MILL_URL
        return download_mill(MILLS[name], options.folder, url, replace=options.replace)
    own = find_set(name)
    return download_set(own, options.folder, options.base_url, replace=options.replace)
