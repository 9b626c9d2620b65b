import logging
import os
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from joblib.externals.loky.process_executor import _ExecutorManagerThread

from matts.detect.calibration import fingerprint
from matts.detect.objective import DetectorSettings
from matts.detect.roster import Detectors, fit_matts
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.diagnose.roster import fit_latent
from matts.domain import BadInputError
from matts.parallel import count_workers, run_all
from matts.training import TrainingSettings
from matts.windows import Split
from tests.tasks import MESSAGE, fail, fail_while_others_work, look, modules, tell, threads, warn

SIDE = 600  # of an array that is too large to be sent


def test_results_come_in_the_order_of_the_tasks_from_several_processes() -> None:
    found = run_all(tell, [3, 1, 2], workers=2)
    assert [number for number, *_ in found] == [3, 1, 2]
    assert os.getpid() not in {process for *_, process in found}


def test_one_worker_is_this_process() -> None:
    for tasks in ([3, 1], [3]):
        found = run_all(tell, tasks, workers=1 if len(tasks) > 1 else 2)
        assert {process for *_, process in found} == {os.getpid()}


def test_every_task_has_one_thread_and_this_process_keeps_its_own() -> None:
    torch.set_num_threads(2)
    try:
        for workers in (1, 2):
            assert {count for _, count, _ in run_all(tell, [1, 2], workers)} == {1}
            assert run_all(threads, [1, 2], workers) == [{1}, {1}]
            assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("kind", [BadInputError, LookupError])
def test_an_error_arrives_as_itself_with_what_was_said_before(
    workers: int, kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(kind, match=rf"^{MESSAGE}"):
        run_all(partial(fail, kind), [0, 1, 2, 3, 4, 5], workers)
    assert "it goes wrong" in caplog.messages


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_said_is_not_lost(workers: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        run_all(tell, [1, 2, 3], workers)
    assert sorted(caplog.messages) == ["task 1", "task 2", "task 3"]
    assert {record.name for record in caplog.records} == {"matts.somewhere"}


@pytest.mark.parametrize("workers", [1, 2])
def test_warnings_are_treated_alike(workers: int) -> None:
    with pytest.raises(UserWarning, match="have a care"):
        run_all(warn, [1, 2], workers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert run_all(warn, [1, 2], workers) == [1, 2]


def test_a_warning_that_is_no_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        run_all(warn, [1, 2], workers=2)
    assert sum("have a care" in text for text in caplog.messages) == 2


@pytest.mark.parametrize(("error", "told"), [(KeyError, 0), (RuntimeError, 1)])
def test_only_a_task_that_was_given_up_may_be_missed(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception], told: int
) -> None:
    """The number of a task that nobody knows any more, in the queue of joblib's own thread."""
    give_up = _ExecutorManagerThread.flag_executor_shutting_down
    heard: list[threading.ExceptHookArgs] = []
    ended: list[threading.Thread] = []

    def late(thread: _ExecutorManagerThread) -> None:
        ended.append(thread)
        give_up(thread)
        if error is not KeyError:
            raise error(MESSAGE)
        thread.work_ids_queue.put(-1)

    monkeypatch.setattr(_ExecutorManagerThread, "flag_executor_shutting_down", late)
    monkeypatch.setattr(threading, "excepthook", heard.append)
    with pytest.raises(BadInputError, match=MESSAGE):
        run_all(fail_while_others_work, [1, 2, 3], workers=2)
    for thread in ended:
        thread.join()
    assert ended
    assert len(heard) == told
    assert threading.excepthook == heard.append


def test_a_large_array_is_shared_and_no_worker_changes_another_ones() -> None:
    array = np.zeros((SIDE, SIDE))
    assert run_all(partial(look, array), [1, 2, 3], workers=2) == [(1, True), (2, True), (3, True)]
    assert not array.any()


def test_a_worker_knows_neither_kedro_nor_mlflow() -> None:
    assert not {"kedro", "mlflow", "matplotlib", "optuna"} & run_all(modules, [1, 2], workers=2)[0]


def test_results_are_heard_of_as_they_come() -> None:
    heard: dict[int, int] = {}
    run_all(abs, [-3, -4], 2, arrived=heard.__setitem__)
    assert heard == {0: 3, 1: 4}


def test_no_more_workers_than_cores_or_tasks() -> None:
    assert count_workers(0, 10_000) == len(os.sched_getaffinity(0))
    assert count_workers(8, 3) == 3
    assert run_all(abs, [], workers=2) == []


@pytest.fixture(scope="module")
def fitted(split: Split) -> Callable[[int], Detectors]:
    training = TrainingSettings(epochs=2, batch_size=64, learning_rate=0.01)

    def fit(workers: int) -> Detectors:
        settings = DetectorSettings()
        return fit_matts(split.train, split.validation, settings, training, 2, workers)[0]

    return fit


def test_one_and_two_workers_train_the_same_to_the_last_bit(
    fitted: Callable[[int], Detectors], split: Split
) -> None:
    one, two = fitted(1), fitted(2)
    assert [*one] == [*two]
    for name, detector in one.items():
        assert fingerprint(detector) == fingerprint(two[name])
    stages = [
        fit_latent(each, split.train, split.validation, workers)  # type: ignore[arg-type]
        for each, workers in ((one, 1), (two, 2))
    ]
    assert all(isinstance(each, LatentDiagnoser) for each in stages[0].values())
    prints = [[fingerprint(each) for each in stage.values()] for stage in stages]
    assert prints[0] == prints[1]
    assert len({*prints[0]}) == 2


KILLED = """
import time
from matts.parallel import run_all

if __name__ == "__main__":
    print(*{pid for *_, pid in run_all(__import__("%s").tell, [1, 2], 2)}, flush=True)
    run_all(time.sleep, [60, 60], 2)
"""


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text(
        "import os, time\ndef tell(n):\n    time.sleep(1)\n    return n, os.getpid()\n"
    )
    (tmp_path / "run.py").write_text(KILLED % "task")
    folders = os.pathsep.join([str(tmp_path), *sys.path])
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "run.py")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": folders},
    ) as parent:
        assert parent.stdout
        workers = parent.stdout.readline().split()
        parent.kill()
    assert workers
    until = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(alive, workers))


def alive(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
