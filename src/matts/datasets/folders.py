"""Folders with a file or a model for each of several names, written one after the other."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from matts.datasets.whole import OwnFile, refuse_absence
from matts.files import replacing
from matts.tabular.deployed import Deployed


class _Folder(OwnFile):
    """Tables by name, a file each; what an earlier run left of others is removed."""

    suffix: str
    read: Any  # of a path, the table
    write: Any  # of a table, a path, and index=False

    def load(self) -> dict[str, pd.DataFrame]:
        """Read them all."""
        refuse_absence(self.path)
        return {path.stem: type(self).read(path) for path in self._files()}

    def save(self, data: dict[str, pd.DataFrame]) -> None:
        """Write each whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        for name, table in data.items():
            with replacing(self.path / f"{name}{self.suffix}") as partial:
                type(self).write(table, partial, index=False)
        for path in self._files():
            if path.stem not in data:
                path.unlink()

    def _files(self) -> list[Path]:
        return sorted(self.path.glob(f"[!.]*{self.suffix}"))


class CSVFolder(_Folder):
    """Tables that any program reads."""

    suffix = ".csv"
    read = staticmethod(pd.read_csv)
    write = staticmethod(pd.DataFrame.to_csv)


class ParquetFolder(_Folder):
    """Tables column by column."""

    suffix = ".parquet"
    read = staticmethod(pd.read_parquet)
    write = staticmethod(pd.DataFrame.to_parquet)


class TabularModels(OwnFile):
    """Fitted models of the tabular suite by task, a folder each; nothing is pickled."""

    def load(self) -> dict[str, Deployed]:
        """Rebuild them."""
        refuse_absence(self.path)
        folders = sorted(path for path in self.path.iterdir() if path.is_dir())
        return {path.name: Deployed.load(path) for path in folders}

    def save(self, data: dict[str, Deployed]) -> None:
        """Write all of them beside the folder, then take its place."""
        beside = self.path.with_name(f".{self.path.name}.partial")
        shutil.rmtree(beside, ignore_errors=True)
        for name, model in data.items():
            model.save(beside / name)
        shutil.rmtree(self.path, ignore_errors=True)
        beside.rename(self.path)
