"""Figures and tables as Markdown."""

from collections.abc import Sequence


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that also reads well as plain text.

    >>> print(table(["detector", "F1"], [["pca", "0.5"]]))
    | detector | F1  |
    |----------|-----|
    | pca      | 0.5 |
    """
    columns = list(zip(headings, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in [headings, *rows]
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def number(value: float | None) -> str:
    """Three digits after the point, fewer of what is large; a dash for what does not exist.

    >>> number(None), number(3.0), number(0.5), number(54.108), number(4321.5)
    ('-', '3', '0.500', '54.1', '4,322')
    """
    if value is None:
        return "-"
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    digits = 3 if abs(value) < 10 else 1 if abs(value) < 1000 else 0  # noqa: PLR2004
    return f"{value:,.{digits}f}"
