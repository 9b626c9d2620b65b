"""What the columns of files mean, as far as their names and their cells tell."""

import re
from collections.abc import Iterator

import pandas as pd

from matts.drafting.labels import take_labels
from matts.drafting.meaning import FEW, SURE, Meaning
from matts.drafting.moments import take_asset, take_time
from matts.drafting.written import Look
from matts.source.cells import EMPTY, is_odd, to_numbers, word, worded
from matts.source.described import means_more
from matts.source.settings import MISSING, ReadSettings

COUNTER = re.compile(r"(?i)unnamed.*|.*(index|row|count|_no|number|id|#)|nr|no|udi")
PLACES = {"file", "folder"}  # never sensors
CODES = (-9999.0, -999.0, -99999.0, 9999.0, 99999.0)  # that stand for no reading
FAR = 20.0  # robust spreads
ORDER = ("off", "very low", "l", "low", "m", "medium", "normal", "h", "high", "very high", "on")


def judge(look: Look) -> Meaning:
    """Find time, asset and labels, then sort what is left."""
    cells, meaning = look.cells, Meaning()
    columns = {str(name): cells[name] for name in look.columns}
    take_time(columns, look.origins, meaning)
    take_asset(columns, look.origins, meaning)
    take_labels(columns, meaning)
    numbers = {name: to_numbers(column, look.read) for name, column in columns.items()}
    for name, column in columns.items():
        _sort(name, column, numbers[name], meaning)
    chosen = {name: columns[name] for name in meaning.sensors if name not in meaning.words}
    odd = [_odd_words(column, numbers[name], look.read) for name, column in chosen.items()]
    meaning.missing = sorted({each for words in odd for each in words})
    meaning.missing += _codes({name: numbers[name] for name in chosen})
    return meaning


def _sort(name: str, column: pd.Series, numbers: "pd.Series[float]", meaning: Meaning) -> None:
    """A column that is neither time nor asset nor label: a sensor, or left out, and why."""
    several = numbers.nunique() > FEW
    values = [] if several else _values(column)
    said = numbers[worded(column).isin(values)] if values else numbers
    is_text = not several and bool(said.notna().mean() < 1 - SURE)
    steps = numbers.diff().dropna()
    if name in PLACES:
        meaning.leave_out[name] = "it says where a row is from"
    elif means_more(name):
        meaning.leave_out[name] = "its name means no sensor here: give it another"
    elif not several and len(values) <= 1:
        meaning.leave_out[name] = f"always {values[0]}" if values else "it is empty"
    elif is_text and len(values) > FEW:
        meaning.leave_out[name] = "words, no numbers"
    elif COUNTER.fullmatch(name) and len(steps) and (steps == 1).mean() > SURE:
        meaning.leave_out[name] = "it counts rows"
    else:
        meaning.sensors.append(name)
        if is_text:
            meaning.words[name] = {value: i for i, value in enumerate(values)}


def _values(column: pd.Series) -> list[str]:
    """The different words and numbers of a column, in order; none for a missing reading."""
    return sorted(set(worded(column)) - {*EMPTY, *MISSING.split("|")}, key=_as_said)


def _as_said(value: str) -> tuple[int, str]:
    """Words for more after words for less, as far as they are known."""
    return (ORDER.index(value) if value in ORDER else len(ORDER), value)


def _odd_words(column: pd.Series, numbers: "pd.Series[float]", read: ReadSettings) -> set[str]:
    """The words in a column of numbers that stand for none."""
    everything = read.model_copy(update={"missing": ()})
    odd = is_odd(column, numbers, everything)
    return {word(each) for each in column[odd].astype(str)} - {"nan", "none"}


def _codes(numbers: dict[str, "pd.Series[float]"]) -> list[str]:
    """Numbers that stand for no reading: each is far off wherever it is, and comes again."""
    return [f"{code:g}" for code in CODES if _is_code(code, list(numbers.values()))]


def _is_code(code: float, columns: list["pd.Series[float]"]) -> bool:
    having = [each for each in columns if (each == code).sum() > 1]
    return bool(having) and all(_is_far(code, each[each != code].dropna()) for each in having)


def _is_far(code: float, others: "pd.Series[float]") -> bool:
    spread = float((others - others.median()).abs().median())
    return bool(abs(code - others.median()) > FAR * max(spread, 1e-12))


def sentences(meaning: Meaning) -> Iterator[str]:
    """What was seen, a line each."""
    time = meaning.time.get("column")
    yield f"time: {time}" if time else "no column of times: rows are taken to be in order"
    names = " and ".join(meaning.asset.get("columns", ["the name of the file"]))
    yield f"machines: by {names}" if meaning.asset else "one machine"
    labels = meaning.labels
    told = labels.get("column") or ", ".join(labels.get("columns", {}).values())
    yield f"labels: {labels['kind'].replace('_', ' ')} {told}".rstrip()
    for name, why in meaning.leave_out.items():
        yield f"left out: {name}, {why}"
