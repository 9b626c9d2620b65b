"""Names in CSV that a spreadsheet would take for formulas, and back."""

BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n")


def marked(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: it gets an apostrophe before it.

    >>> marked("=1+1"), marked("-pump"), marked("pump-1"), unmarked(marked("'=1"))
    ("'=1+1", "'-pump", 'pump-1', "'=1")
    """
    return f"'{text}" if text.lstrip("'").startswith(BEGINNINGS) else text


def unmarked(text: str) -> str:
    """The text that `marked` made a cell of; others as they are."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(BEGINNINGS) else text
