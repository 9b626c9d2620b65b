"""What delays and verdicts cost: `python -m benchmarks.alarms`, after `kedro run`.

The files of a finished run are read, and the alarm layer hears its scores again with other
settings. A default is chosen on validation; the test part is looked at beside it.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import pandas as pd

from matts.detect.calibration import Calibration
from matts.formats import number, table
from matts.serve.alarms.rates import alarm_rates
from matts.serve.alarms.settings import AlarmSettings

DELAYS: dict[str, dict[str, Any]] = {
    "one alert": {"on_delay": {"readings": 1}},
    "two, or one 0.1 above": {"at_once": 0.1},
    "two, or one 0.25 above": {},
    "two, or one 0.5 above": {"at_once": 0.5},
    "two, or one 1 above": {"at_once": 1.0},
    "two": {"at_once": None},
    "three": {"on_delay": {"readings": 3}, "at_once": None},
}
DETECTORS = ("matts", "virtual_sensors", "pca")
NAMES = ("", "baseline_")  # of the files of calibration
FIGURES = ("alarms_per_asset_day", "false_per_asset_day", "found")


def read(data: Path, dataset: str) -> tuple[pd.DataFrame, Calibration]:
    """The scores of a finished run, and what its validation decided."""
    models = data / "06_models" / dataset
    trees = [json.loads((models / f"{each}calibration.json").read_text()) for each in NAMES]
    scores = pd.read_parquet(data / "07_model_output" / dataset / "scores.parquet")
    return scores, Calibration.join(*trees)


def rows(scores: pd.DataFrame, calibration: Calibration, part: str) -> list[list[str]]:
    """A row a delay and detector: alarms and false ones a day, events found, of one part."""
    own = scores[scores["part"] == part].assign(part="test")
    found = []
    for title, anomaly in DELAYS.items():
        settings = AlarmSettings.model_validate({"anomaly": anomaly})
        rates = alarm_rates(own, calibration, {}, settings)["detectors"]
        there = [name for name in DETECTORS if name in rates]
        found += [[part, name, title, *_cells(rates[name])] for name in there]
    return sorted(found, key=lambda row: DETECTORS.index(row[1]))


def _cells(entry: dict[str, Any]) -> list[str]:
    """Before and after of each figure, and the delay that is added."""
    pairs = [f"{number(entry['before'][f])} → {number(entry['after'][f])}" for f in FIGURES]
    return [*pairs, str(entry["after"]["events"]), number(entry["delay_added"])]


def main() -> None:
    """Print one table for both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--dataset", default="6")
    given = parser.parse_args()
    run = read(given.data, given.dataset)
    headings = ["part", "detector", "an alarm needs", "alarms / day", "false / day", "found"]
    found = [row for part in ("validation", "test") for row in rows(*run, part)]
    print(table([*headings, "events", "delay added"], found))


if __name__ == "__main__":
    main()
