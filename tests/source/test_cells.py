from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matts.source.cells import is_odd, to_numbers
from matts.source.described import Described
from matts.source.settings import ReadSettings

Make = Callable[..., Described]

NAN = np.nan
CELLS: dict[str, tuple[list[Any], dict[str, Any], list[float]]] = {
    "numbers": (["1", " 2.5 ", "-3e2"], {}, [1, 2.5, -300]),
    "words": (["1", "Bad", "No Data", ""], {}, [1, NAN, NAN, NAN]),
    "endless": (["1", "inf", "-inf"], {}, [1, NAN, NAN]),
    "commas": (["1,5", "2", "Bad", "n/a", "Error"], {}, [1.5, 2, NAN, NAN, NAN]),
    "thousands": (["1.234,5", "2,5"], {}, [1234.5, 2.5]),
    "points beside one comma": (["1.5", "2.5", "3,5"], {}, [1.5, 2.5, NAN]),
    "smaller numbers go without": (["1,495", "1,088", "928"], {}, [1495, 1088, 928]),
    "a smaller number with a point": (["1,495", "1,088", "928.5"], {}, [1495, 1088, 928.5]),
    "two marks": (["1,234,567", "1,495"], {}, [1234567, 1495]),
    "three decimals and two": (["12,345", "12,34", "9"], {}, [12.345, 12.34, 9]),
    "three decimals after 0": (["12,345", "0,345", "9"], {}, [12.345, 0.345, 9]),
    "three decimals": (["12,345", "12,346"], {}, [12.345, 12.346]),
    "larger ones go without, too": (["1,495", "928", "1200"], {}, [1.495, 928, 1200]),
    "decimals where a point is said": (["0,495", "1,495"], {"decimal": "."}, [NAN, 1495]),
    "a comma that is said": (["1.234", "2"], {"decimal": ","}, [1234, 2]),
    "a point that is said": (["1,5", "2"], {"decimal": "."}, [NAN, 2]),
    "truth": (["True", "false", "FALSE"], {}, [1, 0, 0]),
    "a code": (["1", "-999", "-999.0"], {"missing": ["-999"]}, [1, NAN, NAN]),
    "a code among numbers": ([1.0, -999.0], {"missing": ["-999"]}, [1, NAN]),
    "booleans": ([True, False], {}, [1, 0]),
}


@pytest.mark.parametrize(("cells", "read", "expected"), CELLS.values(), ids=CELLS)
def test_cells_become_numbers(
    cells: list[Any], read: dict[str, Any], expected: list[float]
) -> None:
    found = to_numbers(pd.Series(cells), ReadSettings.model_validate(read))
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.float64


def test_only_words_that_nobody_knows_are_odd() -> None:
    cells, read = pd.Series(["1", "Bad", "", "stopped", "9 kg"]), ReadSettings()
    assert is_odd(cells, to_numbers(cells, read), read).tolist() == [False] * 3 + [True] * 2
    assert not is_odd(pd.Series([1.0, NAN]), pd.Series([1.0, NAN]), read).any()
    told = ReadSettings(missing=("stopped", "9 KG"))
    assert is_odd(cells, to_numbers(cells, told), told).tolist() == [False, True, *[False] * 3]


def test_words_stand_for_numbers(made: Make) -> None:
    columns = {"words": {"type": {"L": 0, "M": 1}}}
    found = made("type,n\nl,1\nM ,2\nX,3\n", columns=columns)
    np.testing.assert_array_equal(found.table["type"], [0, 1, NAN])
    assert found.odd == {"type": {"text": 1, "example": "X"}}


def test_thousands_are_set_apart_by_commas() -> None:
    cells = pd.Series(["1,234.5", "2,000", "7.25", "1,5"])
    found = to_numbers(cells, ReadSettings(decimal="."))
    assert found.tolist()[:3] == [1234.5, 2000, 7.25]
    assert np.isnan(found[3])


def test_columns_that_are_neither_numbers_nor_text() -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=2, tz="UTC"))
    assert to_numbers(days, ReadSettings()).isna().all()
    assert to_numbers(days - days[0], ReadSettings()).tolist() == [0, 86_400]
    assert to_numbers(pd.Series(["1", "x"], dtype="category"), ReadSettings())[0] == 1
    assert ReadSettings.model_validate({"missing": [-9999]}).missing == ("-9999",)


RPM = ('"1,495"', '"1,088"', '"1,100"')


@pytest.mark.parametrize("last", ["928", '"1,088"', '"1,088.5"'])
def test_commas_of_a_file_that_commas_separate_are_of_thousands(made: Make, last: str) -> None:
    found = made("t,rpm\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate((*RPM, last))))
    expected = float(last.replace(",", "").strip('"'))
    assert found.table["rpm"].tolist() == [1495, 1088, 1100, expected]
    assert found.odd == {}


def test_decimal_commas_of_a_file_that_commas_separate(made: Make) -> None:
    found = made('t,bar,open\n1,"12,345","1,000"\n2,"12,34","2,000"\n')
    assert found.table["bar"].tolist() == [12.345, 12.34]
    names = {"asset": {"columns": ["t"]}}
    assert made('t,flow\n"1,000",1\n"1,000",2\n', **names).table["asset"].tolist() == ["1,000"] * 2


def test_a_comma_that_may_be_either_is_told(made: Make) -> None:
    odd = made("t;rpm\n1;1,495\n2;1,088\n").odd
    assert odd == {"rpm": {"comma": "1,495 is read as 1.495"}}
    odd = made("t;rpm\n1;1,495\n2;928\n").odd
    assert odd == {"rpm": {"comma": "1,495 is read as 1495"}}
    assert made("t;rpm\n1;1,495\n2;928\n", read={"decimal": "."}).odd == {}
    assert made("t;rpm;bar\n1;1,495;0,5\n2;1,088;0,6\n").odd == {}
