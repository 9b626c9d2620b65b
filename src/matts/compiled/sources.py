"""Compiled code lies on disk; a change of any file in this folder makes it anew."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])


def fingerprint(folder: Path) -> str:
    """The sha256 of all source in a folder, in short."""
    texts = [path.read_bytes() for path in sorted(folder.glob("*.py"))]
    return sha256(b"\0".join(texts)).hexdigest()[:12]


def named_after_sources(function: Function) -> Function:
    """Put the fingerprint of this folder into the name under which Numba keeps a function.

    Numba looks for changes in the function's own file alone, not in those of what it calls.
    """
    function.__qualname__ += f"_{fingerprint(Path(__file__).parent)}"
    return function
