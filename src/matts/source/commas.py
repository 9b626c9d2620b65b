"""What commas in numbers are: decimal signs, or marks that set thousands apart."""

import pandas as pd

COMMA = r"[-+]?[\d.]*\d,\d+([eE][-+]?\d+)?"
POINT = r"[-+]?[\d,]*\d\.\d+([eE][-+]?\d+)?"
THOUSANDS = r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?"  # 0,495 is none
SURELY = r"[-+]?[1-9]\d{0,2}(,\d{3})+(,\d{3}|\.\d+)"  # with two marks, of which one is no decimal's
SMALL, LARGE = r"[-+]?[1-9]\d{0,2}(\.\d{1,2})?", r"[-+]?\d{4,}"  # numbers without a comma


def has_commas(text: "pd.Series[str]") -> bool:
    """Whether cells have decimal commas: more of them than decimal points.

    Where every comma may set thousands apart, it does if smaller numbers go without.

    >>> has_commas(pd.Series(["1,5", "2"])), has_commas(pd.Series(["1,495", "928"]))
    (True, False)
    """
    if not text.str.contains(",", regex=False).any():
        return False
    if text.str.fullmatch(COMMA).sum() <= text.str.fullmatch(POINT).sum():
        return False
    return not (has_thousands_alone(text) and _goes_without(text))


def has_thousands_alone(text: "pd.Series[str]") -> bool:
    """Whether there are numbers with commas, and in each of them these may set thousands apart."""
    having = text[text.str.contains(",", regex=False)]
    numbers = having[having.str.fullmatch(COMMA) | having.str.fullmatch(THOUSANDS)]
    return bool(len(numbers)) and bool(numbers.str.fullmatch(THOUSANDS).all())


def without_thousands(column: pd.Series) -> pd.Series:
    """A column of a file that commas separate, where a comma in a number sets thousands apart."""
    text = column.astype(str).str.strip()
    if not has_thousands_alone(text):
        return column
    return column.mask(text.str.fullmatch(THOUSANDS), text.str.replace(",", "", regex=False))


def unsure(texts: dict[str, "pd.Series[str]"]) -> dict[str, str]:
    """The columns in which a comma may be either sign, and a cell of each.

    None is, if a comma is surely the decimal sign of another column.
    """
    told = {name: has_thousands_alone(text) for name, text in texts.items()}
    if any(has_commas(text) for name, text in texts.items() if not told[name]):
        return {}
    either = {name: texts[name] for name in texts if told[name]}
    return {
        name: str(text[text.str.fullmatch(THOUSANDS)].iloc[0])
        for name, text in either.items()
        if not text.str.fullmatch(SURELY).any()
    }


def _goes_without(text: "pd.Series[str]") -> bool:
    """Whether commas surely set thousands apart, or smaller numbers alone have none."""
    small, large = text.str.fullmatch(SMALL).any(), text.str.fullmatch(LARGE).any()
    return bool(text.str.fullmatch(SURELY).any() or (small and not large))
