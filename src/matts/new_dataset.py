"""Describe files that nobody described: `python -m matts.new_dataset pump data/01_raw/pump.csv`."""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import click

from matts.config import DatasetConfigLoader
from matts.domain import BadInputError
from matts.drafting.draft import Draft, draft
from matts.files import replacing
from matts.settings import CONFIG_LOADER_ARGS

CONF = Path("conf")


@click.command()
@click.argument("name")
@click.argument("path")
@click.option("--force", is_flag=True, help="Write over a description that is there already.")
def main(*, name: str, path: str, force: bool) -> None:
    """Look at PATH and write a first description of the data set NAME.

    PATH is a file, a folder, an expression as 'data/*.csv', or a URL of CSV, text or Parquet files.
    It is looked at, never changed. The description is conf/base/parameters/dataset_NAME.yml, with a
    comment beside what is a guess; `kedro run --pipeline matts --params dataset=NAME` runs it.
    """
    try:
        target = choose_target(name, force=force)
        found = draft(name, path)
        check(name, found)
    except BadInputError as error:
        raise click.ClickException(str(error)) from None
    with replacing(target) as partial:
        partial.write_text(found.text, encoding="utf-8")
    lines = [*found.seen, *(f"look at this: {each}" for each in found.doubts)]
    sys.stdout.write("\n".join(lines) + f"\n{target} is written. Next:\n")
    sys.stdout.write(f"  kedro run --pipeline matts --params dataset={name}\n")


def choose_target(name: str, *, force: bool) -> Path:
    """Where the description goes.

    Raises:
        BadInputError: the name is none, the description exists, or this is no project of matts.
    """
    folder = CONF / "base/parameters"
    target = folder / f"dataset_{name}.yml"
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]{0,49}", name):
        msg = f"a name of small letters, digits and _ is needed, as pump_2, got {name!r}"
        raise BadInputError(msg)
    if not folder.is_dir():
        msg = f"{folder} is needed, and it is not below {Path.cwd().name}: run this in the project"
        raise BadInputError(msg)
    if target.exists() and not force:
        msg = f"{target} is there already: choose another name, or say --force"
        raise BadInputError(msg)
    return target


def check(name: str, found: Draft) -> None:
    """Refuse a draft that no run would accept."""
    with tempfile.TemporaryDirectory() as folder:
        there = Path(shutil.copytree(CONF, folder, dirs_exist_ok=True))
        text = found.text
        (there / f"base/parameters/dataset_{name}.yml").write_text(text, encoding="utf-8")
        loader = DatasetConfigLoader(
            str(there), runtime_params={"dataset": name}, **CONFIG_LOADER_ARGS
        )
        _ = loader["parameters"]


if __name__ == "__main__":
    main()
