import pytest

from benchmarks.zoo import main


def test_the_zoo_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--small", "--rows", "600", "--folds", "2", "--models", "gaussian_nb", "lightgbm"])
    told = capsys.readouterr().out
    assert "anomaly_now" in told
    assert "9 configurations x 2 folds" in told  # two of classes each, one of a number
