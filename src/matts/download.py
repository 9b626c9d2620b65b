"""Fetch the real mill data: `python -m matts.download 6`.

The files are TCM5 (Jakubowski, Bobek, Nalepa), Zenodo 10.5281/zenodo.11469702, CC-BY-4.0.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pooch

from matts.domain import BadInputError
from matts.readings import check

BASE_URL = "doi:10.5281/zenodo.11469702/"
FOLDER = Path("data/01_raw")
CHECKSUMS = "checksums.json"  # file name -> sha256, of every file once seen


def download(name: str, folder: Path, base_url: str, *, replace: bool = False) -> str:
    """Bring a checked file into the folder unless it is there; tell in a sentence what was done.

    The file takes its place at once and whole. One that differs from what was seen before is
    refused, unless `replace` accepts it.
    """
    target, seen = folder / name, _read_checksums(folder).get(name)
    if target.exists() and not replace:
        if seen is None:  # put there by hand
            return _keep(target, target, "was already there")
        if seen == _checksum(target):
            return f"{target} is already there, unchanged"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as scratch:
        fetched = _fetch(f"{base_url.rstrip('/')}/{name}", Path(scratch) / name)
        came = _checksum(fetched)
        if not replace and seen not in {None, came}:
            msg = (
                f"{name} came with the sha256 {came}, but {seen} was seen before: "
                "run again with --replace to accept the new file"
            )
            raise BadInputError(msg)
        return _keep(fetched, target, "was downloaded")


def main(arguments: Sequence[str] | None = None) -> None:
    """Download the files named on the command line; one sentence each, exit code 1 on an error."""
    parser = argparse.ArgumentParser(
        prog="python -m matts.download",
        description="Download TCM5 mill data and check it before it takes its place.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("dataset", type=int, choices=range(1, 7), nargs="+", help="which files")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where they go")
    parser.add_argument(
        "--base-url",
        default=os.environ.get("MATTS_DATA_URL", BASE_URL),
        help="a DOI or a web folder that holds the files; MATTS_DATA_URL sets it, too",
    )
    parser.add_argument(
        "--replace", action="store_true", help="accept a file that differs from the one seen before"
    )
    options = parser.parse_args(arguments)
    for dataset in options.dataset:
        name = f"tcm5_dataset_{dataset}.csv"
        try:
            done = download(name, options.folder, options.base_url, replace=options.replace)
        except (BadInputError, OSError) as error:
            parser.exit(1, f"{error}\n")
        sys.stdout.write(f"{done}\n")


def _fetch(url: str, path: Path) -> Path:
    pooch.get_logger().setLevel("WARNING")
    try:
        pooch.retrieve(url, None, path.name, path.parent, progressbar=sys.stderr.isatty())
    except (OSError, ValueError, LookupError) as error:  # all that pooch and requests raise
        msg = f"{url} cannot be downloaded: {_reason(error)}"
        raise BadInputError(msg) from error
    path.chmod(0o644)
    return path


def _reason(error: Exception) -> str:
    """One line instead of the nested ones that the web libraries raise."""
    response = getattr(error, "response", None)
    if response is not None:
        response.close()  # pooch leaves it open
        return f"the server answers {response.status_code} {response.reason}"
    if isinstance(error, OSError) and error.errno is None:
        return f"the connection fails ({type(error).__name__})"
    if isinstance(error, LookupError):
        return f"the archive's answer lacks {error}"
    return str(error).strip()


def _keep(fetched: Path, target: Path, what: str) -> str:
    """Check a file, remember its checksum, and only then put it in its place."""
    try:
        readings = check(pd.read_csv(fetched, dtype=str, keep_default_na=False), "tcm5")
    except ValueError as error:  # pandas' own errors, too
        msg = f"{target.name} is no mill data: {str(error).strip()}"
        raise BadInputError(msg) from error
    checksums = _read_checksums(target.parent) | {target.name: _checksum(fetched)}
    draft = target.parent / f".{CHECKSUMS}"
    draft.write_text(json.dumps(checksums, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    draft.replace(target.parent / CHECKSUMS)
    fetched.replace(target)
    return f"{target} {what}: {len(readings)} readings, sha256 {checksums[target.name]}"


def _read_checksums(folder: Path) -> dict[str, str]:
    path = folder / CHECKSUMS
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
    except (ValueError, TypeError) as error:
        msg = f"{path} must hold one JSON object of file names and checksums: {error}"
        raise BadInputError(msg) from error


def _checksum(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
