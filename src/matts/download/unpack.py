"""Take files out of an archive that nobody vouches for: no path escapes, no size is unbounded."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from matts.domain import BadInputError

CHUNK = 2**20
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)


def unpack(
    archive: Path, folder: Path, keep: tuple[str, str], most: int, *, nested: bool = False
) -> list[Path]:
    """Write the members that `keep` names to a folder: what it finds in a name, the path there.

    With `nested` archives within the archive count, too. Nothing is left behind by an archive
    that is refused but what a scratch folder may hold.

    Raises:
        BadInputError: it is no zip archive, a path leads out of it, or it holds over `most` bytes.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            written = list(_write(opened, folder, keep, most))
            inner = _inner(opened, folder, most) if nested else []
    except BROKEN as error:
        msg = f"{archive.name} is no zip archive that can be read: {error}"
        raise BadInputError(msg) from None
    for each in inner:
        left = most - sum(path.stat().st_size for path in {*written})
        written += unpack(each, folder, keep, left)
    if not written:
        msg = f"{archive.name} holds no file that is looked for ({keep[0]})"
        raise BadInputError(msg)
    return written


def _write(
    archive: zipfile.ZipFile, folder: Path, keep: tuple[str, str], most: int
) -> Iterator[Path]:
    left = most
    for member in archive.infolist():
        _refuse_escape(member.filename)
        found = re.fullmatch(keep[0], member.filename)
        if found and not member.is_dir():
            target = folder / found.expand(keep[1])
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, target.open("wb") as file:
                left -= _copy(source, file, left, member.filename)
            yield target


def _inner(archive: zipfile.ZipFile, folder: Path, most: int) -> list[Path]:
    """The archives within an archive, each in a folder of its own."""
    members = [each for each in archive.infolist() if each.filename.lower().endswith(".zip")]
    return [*_write_all(archive, members, folder / ".inner", most)]


def _write_all(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path, most: int
) -> Iterator[Path]:
    left = most
    for number, member in enumerate(members):
        target = folder / f"{number}-{PurePosixPath(member.filename).name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, target.open("wb") as file:
            left -= _copy(source, file, left, member.filename)
        yield target


def _copy(source: IO[bytes], target: IO[bytes], most: int, name: str) -> int:
    """Copy a member, whatever its header says of its size, and count its bytes."""
    count = 0
    while piece := source.read(CHUNK):
        count += len(piece)
        if count > most:
            msg = f"{name} makes the archive larger than can be meant: {most:,} bytes are left"
            raise BadInputError(msg)
        target.write(piece)
    return count


def _refuse_escape(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
        msg = f"the archive is refused: its member {name!r} leads out of the folder"
        raise BadInputError(msg)
