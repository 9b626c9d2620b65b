import pytest

from benchmarks.together import METHODS, main


def test_the_table_has_a_row_a_method(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in METHODS.keys() - {"pca", "cva"}:
        monkeypatch.delitem(METHODS, name)
    main(["--seeds", "1", "--coils", "1500"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines[2:]] == ["pca", "cva"]
    qualities = [float(cell.split()[0]) for cell in lines[2].split("|")[2:5]]
    assert min(qualities) > 0.15  # a constant gets 0.05
