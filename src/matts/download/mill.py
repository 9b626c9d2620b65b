"""The real mill data, TCM5: one checked CSV a number."""

import tempfile
from pathlib import Path

import pandas as pd

from matts.domain import BadInputError
from matts.download.fetch import checksum, fetch, read_checksums, remember
from matts.readings import check


def download_mill(name: str, folder: Path, base_url: str, *, replace: bool = False) -> str:
    """Bring a checked file into the folder unless it is there; tell in a sentence what was done.

    The file takes its place at once and whole. One that differs from what was seen before is
    refused, unless `replace` accepts it.
    """
    target, seen = folder / name, read_checksums(folder).get(name)
    if target.exists() and not replace:
        if seen is None:  # put there by hand
            return _keep(target, target, "was already there")
        if seen == checksum(target):
            return f"{target} is already there, unchanged"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as scratch:
        fetched = fetch(f"{base_url.rstrip('/')}/{name}", Path(scratch) / name)
        came = checksum(fetched)
        if not replace and seen not in {None, came}:
            msg = (
                f"{name} came with the sha256 {came}, but {seen} was seen before: "
                "run again with --replace to accept the new file"
            )
            raise BadInputError(msg)
        return _keep(fetched, target, "was downloaded")


def _keep(fetched: Path, target: Path, what: str) -> str:
    """Check a file, remember its checksum, and only then put it in its place."""
    try:
        readings = check(pd.read_csv(fetched, dtype=str, keep_default_na=False), "tcm5")
    except ValueError as error:  # pandas' own errors, too
        msg = f"{target.name} is no mill data: {str(error).strip()}"
        raise BadInputError(msg) from error
    came = checksum(fetched)
    remember(target.parent, {target.name: came})
    fetched.replace(target)
    return f"{target} {what}: {len(readings)} readings, sha256 {came}"
