"""What is found in SKAB's valve1 files; skipped where the data is not."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.skab import FOLDER, TRIALS, judge, load, main, split

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="needs valve1 of SKAB")


def test_no_folder_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--folder", "nowhere"])
    assert "--folder needs the files of valve1, got none in nowhere" in capsys.readouterr().err


@pytest.fixture(scope="module")
def record() -> pd.DataFrame:
    return load()


def test_nothing_but_the_first_400_rows_teaches(record: pd.DataFrame) -> None:
    parts = split(record, 60, 20)
    place = record.groupby("asset").cumcount().to_numpy()
    for part, first, last in ((parts.train, 60, 319), (parts.validation, 358, 399)):
        places = place[part.positions]
        assert (places.min(), places.max()) == (first, last)
        assert not part.faulty.any()
    assert place[parts.test.positions].min() == 438
    assert parts.test.assets is not None
    assert len(np.unique(parts.test.assets)) == 16


def test_moved_means_beat_the_constant_and_keep_their_promise(record: pd.DataFrame) -> None:
    """Chosen on the even files; F1 .85 at 25 % false alarms is what is to be beaten."""
    found = judge(TRIALS["each, first 60, window 20"], record)
    constant = judge(TRIALS["constant"], record)["all files"]["f1"]
    assert constant == pytest.approx(0.72, abs=0.01)
    for half, least in (("even files", 0.87), ("odd files", 0.855), ("all files", 0.865)):
        f1, false = found[half]["f1"], found[half]["false_alarm_rate"]
        assert f1 is not None
        assert false is not None
        assert f1 > least
        assert false < 0.17
    assert found["all files"]["vus_pr"] == pytest.approx(0.925, abs=0.01)


def test_the_reference_is_what_makes_files_alike(record: pd.DataFrame) -> None:
    found = {
        name: judge(TRIALS[name], record)["all files"]["f1"] or 0.0
        for name in ("each, no reference", "each, a detector a file")
    }
    assert found["each, no reference"] < 0.83
    assert found["each, a detector a file"] < 0.83


def test_the_table_has_a_row_a_trial(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in TRIALS.keys() - {"constant"}:
        monkeypatch.delitem(TRIALS, name)
    main([])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[2].split()[1] == "constant"
