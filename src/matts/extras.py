"""Libraries that only some need: the extras of `pip install 'matts[…]'`."""

from collections.abc import Iterator
from contextlib import contextmanager

from matts.domain import BadInputError


class MissingLibraryError(BadInputError):
    """A library of an extra is not installed: what it was for may be asked again once it is."""


@contextmanager
def extra(name: str, needed: str) -> Iterator[None]:
    """Import in the block what the extra brings; its absence is told in one sentence.

    >>> with extra("live", "the flying carpet needs magic"):
    ...     import magic_of_carpets
    Traceback (most recent call last):
    matts.extras.MissingLibraryError: the flying carpet needs magic, which is not installed: \
pip install 'matts[live]'

    Raises:
        MissingLibraryError: the library is not installed.
    """
    try:
        yield
    except ImportError:
        msg = f"{needed}, which is not installed: pip install 'matts[{name}]'"
        raise MissingLibraryError(msg) from None
