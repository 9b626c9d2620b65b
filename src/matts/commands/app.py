"""The commands of `matts`, and how they end."""

import inspect
import sys
from collections.abc import Sequence
from typing import Any, get_type_hints

import typer

from matts import __version__
from matts.commands.options import OWN, ServeOptions

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _about() -> None:
    """Find faults in machines from their readings, name the fault, show the sensors."""


@app.command()
def version() -> None:
    """Say which version this is."""
    typer.echo(__version__)


def serve(**given: Any) -> None:
    """Open the control room: judge readings as they come, raise alarms, show both in the browser.

    Where nothing is trained yet, the models come from the registry of MLflow, or a small training
    is done first. Readings are taken at /api/sensor-data and from the sources named below; where
    none is named, the machine of the dataset is simulated.
    """
    from matts.commands.control_room import open_control_room  # noqa: PLC0415 (seconds)

    open_control_room(ServeOptions(**given))


# typer reads a signature: one class of options is told to it as if it were written out
serve.__signature__ = inspect.signature(ServeOptions)  # type: ignore[attr-defined]
serve.__annotations__ = get_type_hints(ServeOptions, include_extras=True)
app.command()(serve)


def spell_out(words: Sequence[str]) -> list[str]:
    """Typer has no option whose value may be left out: `--replay` alone is `--replay own`.

    >>> spell_out(["serve", "--replay", "--loop"]), spell_out(["serve", "--replay", "pump.csv"])
    (['serve', '--replay=own', '--loop'], ['serve', '--replay', 'pump.csv'])
    """
    following = [*words[1:], "-"]
    return [
        f"{word}={OWN}" if word == "--replay" and after.startswith("-") else word
        for word, after in zip(words, following, strict=True)
    ]


def run() -> None:
    """Run what was typed."""
    from omegaconf.errors import OmegaConfBaseException  # noqa: PLC0415 (so that --help is quick)
    from yaml import YAMLError  # noqa: PLC0415

    from matts.domain import BadInputError  # noqa: PLC0415

    try:
        app(spell_out(sys.argv[1:]))
    except (BadInputError, YAMLError, OmegaConfBaseException) as error:
        sys.exit(f"matts: {' '.join(str(error).split())}")
