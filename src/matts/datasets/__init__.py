"""The files of the catalog: Kedro's own, written whole or not at all, and some of ours."""

from matts.datasets.folders import CSVFolder, ParquetFolder, TabularModels
from matts.datasets.long import LongCSV, LongParquet
from matts.datasets.models import Models, ModelsIfAny, WindowsFile
from matts.datasets.pictures import PNG, Bytes, Plotly
from matts.datasets.raw import RawInput, RawSource
from matts.datasets.whole import CSV, JSON, Parquet, ParquetIfAny, Text

__all__ = [
    "CSV",
    "JSON",
    "PNG",
    "Bytes",
    "CSVFolder",
    "LongCSV",
    "LongParquet",
    "Models",
    "ModelsIfAny",
    "Parquet",
    "ParquetFolder",
    "ParquetIfAny",
    "Plotly",
    "RawInput",
    "RawSource",
    "TabularModels",
    "Text",
    "WindowsFile",
]
