from collections.abc import Callable

import pytest

from matts.domain import BadInputError
from matts.source.described import Described

Make = Callable[..., Described]

TIME = {"column": "t", "gap": None}


def test_segments_with_clocks_of_their_own_are_whole(made: Make) -> None:
    text = "run,t,flow\n" + "".join(f"{run},{t},{run * 10 + t}\n" for run in (2, 1) for t in (1, 0))
    for every, flow in ((None, [20, 21, 10, 11]), (1, [20, 21, 10, 11]), (2, [20, 21, 10, 11])):
        time = TIME | {"every": every}
        found = made(text, time=time, segment={"columns": ["run"]}, columns={"like": "flow"}).table
        assert found["flow"].tolist() == flow
        assert found["segment"].nunique() == 2


def test_files_that_count_again_each(made: Make) -> None:
    files = {f"{run}.csv": f"t,flow\n0,{run}\n1,{run}\n" for run in "12"}
    assert made(files, time=TIME, segment={"file": "name"}).table["flow"].tolist() == [1, 1, 2, 2]


def test_segments_on_one_clock_are_in_the_order_of_time(made: Make) -> None:
    files = {"b.csv": "t,flow\n0,0\n1,1\n", "a.csv": "t,flow\n2,2\n3,3\n"}
    assert made(files, time=TIME, segment={"file": "name"}).table["flow"].tolist() == [0, 1, 2, 3]


def test_a_mode_that_comes_again_is_where_it_was(made: Make) -> None:
    again = "mode,t,flow\nA,0,0\nB,1,1\nA,2,2\n"
    found = made(again, time=TIME, segment={"columns": ["mode"]}).table
    assert found["flow"].tolist() == [0, 1, 2]


def test_times_that_are_all_the_same(made: Make) -> None:
    with pytest.raises(BadInputError, match="2 different times in t, got 1"):
        made("t,flow\n5,1\n5,2\n5,3\n", time=TIME)


def test_the_first_time_is_that_of_any_asset(made: Make) -> None:
    text = "pump,t,flow\nb,5,1\nb,6,1\na,1,1\na,2,1\n"
    found = made(text, time=TIME, asset={"columns": ["pump"]}).found
    assert (found["first"], found["last"]) == ("1.0", "6.0")


def test_rows_of_no_asset_are_left_out_and_told(made: Make) -> None:
    text = "unit,flow\nA,1\n,2\nA,3\n \t,4\nB,5\n"
    found = made(text, asset={"columns": ["unit"]})
    assert found.table["flow"].tolist() == [1, 3, 5]
    assert set(found.table["asset"]) == {"A", "B"}
    assert found.found["rows_without_asset"] == 2


def test_without_any_name_of_an_asset(made: Make) -> None:
    with pytest.raises(BadInputError, match="needs names in unit, and only 1 rows have one"):
        made("unit,flow\nA,1\n,2\n,3\n", asset={"columns": ["unit"]})


def test_nothing_is_filled_from_another_part(made: Make) -> None:
    parts = [{"part": "train", "where": {"run": 1}}, {"part": "test"}]
    text = "run,flow,speed\n1,1,1\n1,2,1\n2,,1\n2,4,1\n"
    found = made(text, missing={"fill": "previous"}, parts=parts).table
    assert found["flow"].isna().tolist() == [False, False, True, False]


MERGED = "folder,file,asset,flow\nN,p1,A,1\nN,p2,A,2\nS,p1,B,3\nS,p2,B,4\n"


def test_a_column_that_a_file_has_itself_counts(made: Make) -> None:
    assert (
        made(MERGED, asset={"columns": ["file"]}).table["asset"].tolist() == ["p1"] * 2 + ["p2"] * 2
    )
    assert made(MERGED, asset={"file": "name"}).table["flow"].tolist() == [1, 3, 2, 4]
    assert set(made(MERGED, asset={"columns": ["folder"]}).table["asset"]) == {"N", "S"}
    found = made(MERGED, asset={"columns": ["file"]}, segment={"columns": ["asset"]}).table
    assert found["segment"].tolist() == ["A 0", "B 0", "A 0", "B 0"]
    parts = [{"part": "test", "where": {"asset": "B"}}, {"part": "train"}]
    found = made(MERGED, asset={"columns": ["file"]}, parts=parts).table
    assert found["part"].tolist() == ["train", "test", "train", "test"]
    assert [*made(MERGED).table] == ["flow"]


def test_files_without_such_a_column_have_the_one_that_is_made(made: Make) -> None:
    files = {"p1.csv": "flow\n1\n2\n", "rest.csv": "file,flow\np2,3\np3,4\n"}
    found = made(files, asset={"columns": ["file"]}).table
    assert found["asset"].tolist() == ["p1", "p1", "p2", "p3"]


def test_several_files_that_name_one_otherwise(made: Make) -> None:
    files = {f"{name}.csv": "file,flow\np1,1\np2,2\n" for name in "ab"}
    assert made(files, asset={"columns": ["file"]}).table["flow"].tolist() == [1, 1, 2, 2]
    with pytest.raises(BadInputError, match=r"source.asset.file is the file of each of 2 files or"):
        made(files, asset={"file": "name"})
