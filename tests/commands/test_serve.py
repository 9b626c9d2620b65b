"""The command `matts serve`, as somebody types it: its help, its refusals, its endings."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def matts(*words: str, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    program = "from matts.commands import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_source() -> None:
    done = matts("serve", "--help")
    assert done.returncode == 0
    assert all(f"--{name}" in done.stdout for name in ("replay", "simulate", "mqtt", "opcua"))


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["serve", "--spede", "3"], 2, "--spede"),
        (["serve", "--speed", "-1"], 2, "--speed"),
        (["serve", "--dataset", "nine"], 1, "there is no dataset 'nine'"),
        (["serve", "--params", "serve.live.wit=2"], 1, "did you mean wait?"),
        (["serve", "--detectors", "pca"], 1, "pca is a control"),
        (["serve", "--params", "dataset"], 1, "key=value"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_no_trace(words: list[str], code: int, told: str) -> None:
    done = matts(*words)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_elsewhere_than_in_a_project_it_says_so(tmp_path: Path) -> None:
    done = matts("serve", folder=tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        f"matts: conf/base is needed, and it is not below {tmp_path.name}: go to the project\n",
    )
