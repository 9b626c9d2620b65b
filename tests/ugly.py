"""Files as plants have them, none of which anybody prepared, and what is true of them."""

from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 1500


def plant(rows: int, seed: int) -> pd.DataFrame:
    """A pump: its flow drops and its current rises while it leaks, some four times in a record."""
    random = np.random.default_rng(seed)
    load = 0.5 + 0.3 * np.sin(np.arange(rows) / 40) + random.normal(0, 0.02, rows)
    leak = np.zeros(rows, bool)
    for start in np.linspace(0.15, 0.92, 6):
        leak[int(start * rows) : int(start * rows) + rows // 40] = True
    return pd.DataFrame(
        {
            "Flow": 50 * load - 12 * leak + random.normal(0, 0.5, rows),
            "Pressure": 6 + 2 * load - 1.5 * leak + random.normal(0, 0.05, rows),
            "Current": 15 + 8 * load + 3 * leak + random.normal(0, 0.2, rows),
            "Temperature": 1200 + 100 * load + random.normal(0, 2, rows),
            "Leak": leak,
        }
    )


def german_file(path: Path, rows: int = ROWS) -> Path:
    """`;`, a byte order mark, decimal commas, words where there is no reading, days before months.

    `fault` is yes or no.
    """
    table = plant(rows, seed=1)
    times = pd.date_range("2024-01-09 22:00", periods=rows, freq="10min")
    cells = table.drop(columns="Leak").map(lambda value: f"{value:.3f}".replace(".", ","))
    cells["Temperature"] = table["Temperature"].map(
        lambda value: f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    )
    cells.loc[20:24, "Flow"], cells.loc[200:203, "Pressure"] = "Bad", "No Data"
    cells.loc[300, "Current"] = ""
    cells.insert(0, "Zeit", times.strftime("%d.%m.%Y %H:%M"))
    cells["Seriennummer"] = "A-17"
    cells["fault"] = np.where(table["Leak"], "yes", "no")
    path.write_text(cells.to_csv(sep=";", index=False), encoding="utf-8-sig")
    return path


def historian_export(path: Path, rows: int = ROWS) -> Path:
    """Local times over the end of summer time, gaps, rows twice and in disorder; no labels.

    `P2` is stuck for a while, `SP` constant, `T9` empty; `F1` has spikes, and -9999 for nothing.
    """
    table = plant(rows, seed=2).drop(columns="Leak")
    local = pd.date_range("2023-10-27 12:00", periods=rows, freq="5min", tz="Europe/Berlin")
    export = table.set_axis(["F1", "P2", "I3", "T4"], axis=1)
    for i in range(5, 17):
        export[f"X{i}"] = export["F1"] * i / 10 + np.random.default_rng(i).normal(0, 1, rows)
    export.loc[600:699, "P2"] = export.loc[600, "P2"]
    export.loc[[50, 900], "F1"] = 4000.0
    export.loc[1000:1003, "F1"] = -9999
    export["SP"], export["T9"] = 70, np.nan
    export.insert(0, "Timestamp", local.strftime("%d-%b-%y %H:%M:%S"))
    export = export.drop(index=range(400, 460))
    twice = pd.concat([export, export.iloc[100:105]])
    order = np.r_[:30, 40:50, 30:40, 50 : len(twice)]
    mixed: pd.DataFrame = twice.iloc[order.tolist()]
    mixed.to_csv(path, index=False)
    return path


def folder_of_assets(folder: Path, assets: int = 6, rows: int = 300) -> Path:
    """One file a pump, each with its own leak."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(1, assets + 1):
        table = plant(rows, seed=i)
        table.insert(0, "t", np.arange(rows))
        table["Leak"] = table["Leak"].map({True: "leak", False: "normal"})
        named = table.rename(columns={"Leak": "condition"})
        named.to_csv(folder / f"pump_{i}.csv", index=False)
    return folder
