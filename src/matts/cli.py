"""`kedro run` as Kedro has it, with --verbose, and errors in one sentence."""

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.io import DatasetError

from matts.domain import BadInputError
from matts.hooks.mlflow_run import end_as_killed


@click.group()
def cli() -> None:
    """What `kedro` can do in this project."""


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
        cause: BaseException | None = error
        while cause and not isinstance(cause, BadInputError):
            cause = cause.__cause__
        if verbose or not cause:
            raise
        raise click.ClickException(str(cause)) from None
    except KeyboardInterrupt:
        end_as_killed()
        raise


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
        with one_sentence(verbose=verbose):
            return inner(**arguments)

    command.callback = run
    return command


cli.add_command(_with_verbose())
