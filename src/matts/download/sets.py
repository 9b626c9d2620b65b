"""Public data sets that come as an archive: fetched, unpacked, converted, checked, put in place."""

import re
import tempfile
from pathlib import Path

from matts.domain import BadInputError
from matts.download.catalogue import MEGABYTE, PUBLIC, PublicSet
from matts.download.convert import FORMS
from matts.download.fetch import checksum, fetch, read_checksums, remember
from matts.download.unpack import unpack

PARQUET = b"PAR1"


def download_set(name: str, folder: Path, base_url: str | None, *, replace: bool = False) -> str:
    """Bring the files of a set below the folder unless they are there; tell what was done.

    A set that is new takes its place at once and whole. One of which a file differs from what was
    seen before is refused, unless `replace` accepts it.
    """
    entry, target = PUBLIC[name], folder / name
    seen = _seen(folder, name)
    there = {path: checksum(target / path) for path in seen if (target / path).is_file()}
    if seen and there == seen and not replace:
        return f"{target} is already there, unchanged"
    if not seen and not replace and not missing(target, entry):  # put there by hand
        return _keep(folder, name, _digests(target), "was already there")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as scratch:
        came = _prepare(entry, Path(scratch), base_url)
        digests = _digests(came)
        if seen and digests != seen and not replace:
            _refuse_change(name, digests, seen)
        _place(came, target)
    return _keep(folder, name, digests, "was downloaded")


def _prepare(entry: PublicSet, scratch: Path, base_url: str | None) -> Path:
    """The checked files of a set in a folder that may take its place."""
    url = f"{base_url.rstrip('/')}/{entry.archive}" if base_url else entry.url
    archive = fetch(url, scratch / "archive.zip")
    unpacked, ready = scratch / "unpacked", scratch / "ready"
    most = entry.megabytes * MEGABYTE
    try:
        paths = unpack(archive, unpacked, entry.keep, most, nested=entry.nested)
        for path in paths:
            moved = ready / path.relative_to(unpacked)
            moved.parent.mkdir(parents=True, exist_ok=True)
            path.replace(moved)
        FORMS[entry.form](ready)
    except BadInputError as error:
        msg = f"{url}: {error}"
        raise BadInputError(msg) from None
    if problem := missing(ready, entry):
        msg = f"{url}: {problem}"
        raise BadInputError(msg)
    return ready


def missing(folder: Path, entry: PublicSet) -> str:
    """What a set lacks in a folder, in words: a file, or what its first line should be."""
    for pattern, first in entry.needs.items():
        paths = sorted(folder.glob(pattern))
        if not paths:
            return f"{pattern} is needed, and it is not there"
        for path in paths:
            if not _begins(path, first):
                return f"{path.relative_to(folder)} is no file of {entry.title}"
    return ""


def _begins(path: Path, first: str) -> bool:
    """Whether a file begins as it should."""
    with path.open("rb") as file:
        if path.suffix == ".parquet":
            return file.read(len(PARQUET)) == PARQUET
        line = file.readline(MEGABYTE).decode("utf-8", errors="replace").rstrip("\r\n")
    return re.fullmatch(first, line) is not None


def _seen(folder: Path, name: str) -> dict[str, str]:
    """The files of a set that were seen before, by their paths below its folder."""
    start = f"{name}/"
    known = read_checksums(folder).items()
    return {path.removeprefix(start): digest for path, digest in known if path.startswith(start)}


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): checksum(path) for path in files}


def _refuse_change(name: str, came: dict[str, str], seen: dict[str, str]) -> None:
    path = next(p for p in sorted({*came, *seen}) if came.get(p) != seen.get(p))
    msg = (
        f"{name}/{path} came with the sha256 {came.get(path)}, but {seen.get(path)} was seen "
        "before: run again with --replace to accept the new files"
    )
    raise BadInputError(msg)


def _place(ready: Path, target: Path) -> None:
    """Put a new set in its place at once; into one that is there file by file, each whole."""
    if not target.exists():
        ready.replace(target)
        return
    for path in sorted(each for each in ready.rglob("*") if each.is_file()):
        final = target / path.relative_to(ready)
        final.parent.mkdir(parents=True, exist_ok=True)
        path.replace(final)


def _keep(folder: Path, name: str, digests: dict[str, str], what: str) -> str:
    """Remember the checksums, and say what is there."""
    remember(folder, {f"{name}/{path}": digest for path, digest in digests.items()})
    size = sum((folder / name / path).stat().st_size for path in digests) / MEGABYTE
    files = f"{len(digests)} file" + "s" * (len(digests) != 1)
    return f"{folder / name} {what}: {files}, {size:.1f} MB; licence: {PUBLIC[name].licence}"
