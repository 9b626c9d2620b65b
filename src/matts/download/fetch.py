"""Bring a file from the web, and remember what was seen before."""

import json
import sys
from hashlib import file_digest
from pathlib import Path

import pooch

from matts.domain import BadInputError
from matts.files import replacing

CHECKSUMS = "checksums.json"  # file name -> sha256, of every file once seen


def fetch(url: str, path: Path) -> Path:
    """Download to a path of its own; every reason why not is one sentence."""
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


def read_checksums(folder: Path) -> dict[str, str]:
    """What was seen before, by the path below the folder."""
    path = folder / CHECKSUMS
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
    except (ValueError, TypeError) as error:
        msg = f"{path} must hold one JSON object of file names and checksums: {error}"
        raise BadInputError(msg) from error


def remember(folder: Path, seen: dict[str, str]) -> None:
    """Write down what came, beside what is known of other files."""
    checksums = read_checksums(folder) | seen
    with replacing(folder / CHECKSUMS) as draft:
        text = json.dumps(checksums, indent=2, sort_keys=True) + "\n"
        draft.write_text(text, encoding="utf-8")


def checksum(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
