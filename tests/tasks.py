"""What workers are asked to do in tests: a module of few imports, for every worker imports it."""

import logging
import os
import sys
import time
import warnings

import numpy as np
import torch
from threadpoolctl import threadpool_info

from matts.domain import BadInputError

log = logging.getLogger("matts.somewhere")
MESSAGE = "no such number"
LONG = 300  # seconds


def tell(number: int) -> tuple[int, int, int]:
    log.info("task %d", number)
    return number, torch.get_num_threads(), os.getpid()


def fail(kind: type[Exception], number: int) -> int:
    if number == 1:
        log.info("it goes wrong")
        raise kind(MESSAGE)
    return number


def fail_while_others_work(number: int) -> int:
    if number != 1:
        time.sleep(LONG)  # given up long before
    return fail(BadInputError, number)


def warn(number: int) -> int:
    warnings.warn("have a care", UserWarning, stacklevel=1)
    return number


def look(array: np.ndarray, number: int) -> tuple[float, bool]:
    array[0, 0] += number  # nobody else sees it
    return float(array[0, 0]), isinstance(array, np.memmap)


def threads(_: int) -> set[int]:
    np.ones((9, 9)) @ np.ones((9, 9))
    return {pool["num_threads"] for pool in threadpool_info()}


def modules(_: int) -> set[str]:
    return {name.split(".")[0] for name in sys.modules}
