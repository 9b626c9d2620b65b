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
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from matts import pipelines
from matts.domain import BadInputError
from matts.hooks.mlflow_run import end_as_killed
from matts.hooks.run_log import bad_input

OPENING, CLOSING = "[{(", "]})"


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


def split_params(typed: str) -> list[str]:
    """What stands between commas that are outside of brackets, without spaces around it.

    >>> split_params("dataset=6, leaderboard.datasets=[skab,tep]")
    ['dataset=6', 'leaderboard.datasets=[skab,tep]']
    """
    parts, depth = [""], 0
    for sign in typed:
        depth += (sign in OPENING) - (sign in CLOSING)
        if sign == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]


def read_params(context: click.Context, option: click.Parameter, typed: Any) -> Any:
    """What `--params` says, as Kedro reads it, and lists too."""
    if isinstance(typed, dict):
        return typed
    pairs = [part.partition("=") for part in split_params(typed)]
    for key, sign, value in pairs:
        if not key.strip() or not sign:
            context.fail(f"--{option.name} needs key=value, got {key}{sign}{value}")
    found = OmegaConf.from_dotlist([f"{key.strip()}={value}" for key, _, value in pairs])
    return OmegaConf.to_container(found)


def _with_lists(option: click.Parameter) -> click.Parameter:
    """A copy of Kedro's option whose values may be lists."""
    if option.name != "params":
        return option
    option = copy.copy(option)
    option.callback = read_params
    return option


def _with_verbose() -> click.Command:
    """A copy of Kedro's command with one more option."""
    command = copy.copy(kedro_run)
    inner: Any = kedro_run.callback
    option = click.Option(
        ["--verbose", "-v"], is_flag=True, help="Tell every step, show tracebacks."
    )
    command.params = [*map(_with_lists, kedro_run.params), option]

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
