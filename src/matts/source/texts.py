"""Text files: how their bytes are letters, and what stands between their cells."""

import csv
import io
import warnings

import pandas as pd

from matts.domain import BadInputError
from matts.source.columns import with_plain_names
from matts.source.settings import ReadSettings

SEPARATORS = ",;\t|"
SAMPLE = 64 * 1024  # bytes that tell how a file is written
TEXTS = (".txt", ".dat", ".data")  # by spaces, unless another separator is seen


def decode(raw: bytes, encoding: str | None) -> str:
    """The text of a file: UTF-8 with or without its mark, UTF-16 with it, else Western."""
    if encoding:
        return raw.decode(encoding)
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def read_text(text: str, path: str, settings: ReadSettings) -> pd.DataFrame:
    """Cells as text; a row with fewer has nothing in the others, one with more is refused.

    Raises:
        ValueError: the rows have more cells than there are names, or it is no text.
    """
    names = list(settings.columns)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            table = pd.read_csv(
                io.StringIO(text),
                sep=separator_of(text, path, settings) or r"\s+",
                header=None if names else 0,
                skiprows=settings.skip,
                names=names or None,
                index_col=False,
                dtype=str,
                keep_default_na=False,
            )
        except pd.errors.ParserWarning:
            msg = "its rows have more cells than there are names of columns"
            raise ValueError(msg) from None
    return with_plain_names(table.fillna(""))


def separator_of(text: str, path: str, settings: ReadSettings) -> str | None:
    """What stands between the cells of a text; None: spaces."""
    found = settings.separator or find_separator(text[:SAMPLE], settings.skip)
    spaces = settings.format == "whitespace" or (found is None and path.endswith(TEXTS))
    return None if spaces else found or ","


def read_aside(text: str, path: str, settings: ReadSettings, need: str) -> pd.DataFrame:
    """The cells of a file that tells of readings.

    Raises:
        BadInputError: it cannot be read; what it needs is said.
    """
    try:
        return read_text(text, path, settings)
    except ValueError as error:
        msg = f"{path} needs {need}: {str(error).strip()}"
        raise BadInputError(msg) from None


def find_separator(sample: str, skip: int = 0) -> str | None:
    r"""What stands between the cells of most lines, equally often in each; None: nothing does.

    >>> find_separator("time;flow\n1;2,5\n2;2,6\n"), find_separator("1 2 3\n4 5 6\n")
    (';', None)
    """
    lines = [line for line in sample.splitlines()[skip : skip + 50] if line.strip()]
    counts = {}
    for separator in SEPARATORS:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator)]
        usual = max(set(widths), key=widths.count, default=1)
        share = widths.count(usual) / max(len(widths), 1)
        rank = (share, separator != ",", usual)  # a comma may be within numbers, too
        counts[separator] = rank if usual > 1 else (0.0, False, 0)
    best = max(counts, key=lambda each: counts[each])
    return best if counts[best][0] else None
