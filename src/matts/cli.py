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
        cause = error if isinstance(error, BadInputError) else error.__cause__
        if verbose or not isinstance(cause, BadInputError):
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
        else:  # Kedro's word that --pipeline will once be called --pipelines helps nobody here
            warnings.filterwarnings("ignore", message="Option '--pipeline' is deprecated")
        with one_sentence(verbose=verbose):
            return inner(**arguments)

    command.callback = run
    return command


cli.add_command(_with_verbose())
