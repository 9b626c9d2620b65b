"""`kedro run` as Kedro has it, with --verbose, and errors in one sentence."""

import copy
import gc
import logging
import pkgutil
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from kedro.config import MissingConfigException
from kedro.framework.cli.project import run as kedro_run
from kedro.io import DatasetError
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from matts import pipelines
from matts.domain import BadInputError
from matts.hooks.mlflow_run import end_as_killed
from matts.hooks.run_log import bad_input


@click.group()
def cli() -> None:
    """What `kedro` can do in this project."""


CONFIGURATION = (MissingConfigException, YAMLError, OmegaConfBaseException)  # what a typo raises
REPEATS = ("kedro.pipeline.node", "kedro.runner")  # what these say of an error comes again


def tell_less() -> None:
    """Leave out what Kedro says beside the one sentence; a log file has it still."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(lambda record: not record.name.startswith(REPEATS))
    warnings.filterwarnings("ignore", message="Option '--pipeline' is deprecated")


def tell_everything() -> None:
    """Let every logger through to the terminal."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    for handler in root.handlers:
        handler.setLevel(logging.DEBUG)


@contextmanager
def one_sentence(*, verbose: bool) -> Iterator[None]:
    """Turn what a user can mend into a line on the terminal; let bugs through with their trace."""
    try:
        yield
    except (BadInputError, DatasetError) as error:
        cause = bad_input(error)
        if verbose or not cause:
            raise
        raise click.ClickException(str(cause)) from None
    except CONFIGURATION as error:
        if verbose:
            raise
        raise click.ClickException(" ".join(str(error).split())) from None
    except KeyboardInterrupt:
        end_as_killed()
        raise


def refuse_unknown(*names: str | None) -> None:
    """Refuse a pipeline that has no folder."""
    known = [module.name for module in pkgutil.iter_modules(pipelines.__path__)]
    for name in names:
        if name and name not in {*known, "__default__"}:
            msg = f"there is no pipeline {name!r}: choose one of {', '.join(known)}"
            raise BadInputError(msg)


def _with_verbose() -> click.Command:
    """A copy of Kedro's command with one more option."""
    command = copy.copy(kedro_run)
    inner: Any = kedro_run.callback
    option = click.Option(
        ["--verbose", "-v"], is_flag=True, help="Tell every step, show tracebacks."
    )
    command.params = [*kedro_run.params, option]

    def run(*, verbose: bool, **arguments: Any) -> Any:
        if verbose:
            tell_everything()
        else:
            tell_less()
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped is broken off, too
        with one_sentence(verbose=verbose):
            refuse_unknown(arguments["pipeline"], *(arguments["pipelines"] or ()))
            try:
                return inner(**arguments)
            finally:
                gc.freeze()  # the process ends: to take everything apart first costs a second

    command.callback = run
    return command


cli.add_command(_with_verbose())
