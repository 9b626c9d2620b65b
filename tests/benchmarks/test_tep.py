"""What CVA finds on the Tennessee Eastman process; skipped where the data is not."""

import pytest

from benchmarks.tep import FAULTS, FILE, METHODS, Process, detect, load, main

pytestmark = pytest.mark.skipif(
    not FILE.exists(), reason=f"needs {FILE.name}, the Tennessee Eastman data of Braatz"
)


def test_no_file_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--file", "nowhere.parquet"])
    assert "--file needs the runs of the process, got no file at nowhere" in capsys.readouterr().err


@pytest.fixture(scope="module")
def process() -> Process:
    return load()


def test_the_runs_are_those_of_the_protocol(process: Process) -> None:
    assert (len(process.train), len(process.normal)) == (500, 960)
    assert not process.train.faulty.any()
    assert not process.normal.faulty.any()
    for run in process.faulty.values():
        assert run.faulty.tolist() == [False] * 160 + [True] * 800


@pytest.mark.parametrize(
    ("method", "rate"), [("cva", 0.945), ("cva, smoothed over 20", 0.955), ("pca", 0.75)]
)
def test_so_many_faulty_rows_are_found(process: Process, method: str, rate: float) -> None:
    found = detect(METHODS[method], process, pooled=True)
    assert found.mean(FAULTS) > rate
    assert found.false == pytest.approx(0.01, abs=0.004)


def test_a_limit_of_the_held_out_run_keeps_its_promise(process: Process) -> None:
    found = detect(METHODS["cva"], process, pooled=False)
    assert found.mean(FAULTS) > 0.94
    assert found.false <= 0.01


def test_the_table_has_a_row_a_fault(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in METHODS.keys() - {"pca"}:
        monkeypatch.delitem(METHODS, name)
    main(["--limit", "held-out"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 21 + 3
    assert lines[0].split() == ["|", "fault", "|", "pca", "|"]
