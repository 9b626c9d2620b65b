"""The dataset file of the factory reads the public table in both of its layouts."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from matts.ingest import get_readings
from matts.readings import sensors_of, to_readings
from matts.simulate.factory_faults import FAULTS, NAMES
from matts.source.files import read
from matts.source.settings import SourceSettings

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT.parent / "shared/data/smart_manufacturing/smart_manufacturing_sample_2k.csv"
WRITTEN = """timestamp,machine_id,temperature,vibration,humidity,pressure,energy_consumption,\
machine_status,anomaly_flag,predicted_remaining_life,failure_type,downtime_risk,maintenance_required
2025-01-01 00:00:00,39,78.61,28.65,79.96,3.73,2.16,1,0,106,Normal,0.0,0
2025-01-01 00:01:00,29,94.19,57.28,35.94,3.64,0.69,1,1,21,Normal,1.0,1
2025-01-01 00:02:00,15,77.20,50.20,72.06,1.00,2.49,2,0,320,Vibration Issue,0.0,1
2025-01-01 01:03:00,39,77.20,50.20,72.06,1.00,2.49,2,0,320,Electrical Fault,0.0,1
"""


def ingest(path: Path) -> pd.DataFrame:
    text = (ROOT / "conf/base/parameters/dataset_smart_factory.yml").read_text(encoding="utf-8")
    tree: dict[str, Any] = yaml.safe_load(text)["source"]
    source = SourceSettings.model_validate(tree | {"path": str(path)})
    raw = read(source)
    assert raw is not None
    return get_readings(raw, source).readings


def test_the_layout_of_the_public_table(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(WRITTEN, encoding="utf-8")
    table = ingest(tmp_path / "table.csv")
    assert sensors_of(table) == [*NAMES]
    assert to_readings(table).fault_names == tuple(FAULTS)
    assert sorted(table["asset"]) == ["15", "29", "39", "39"]
    by_machine = table.set_index("asset")
    assert by_machine.loc["29", "Target_anomaly"] == 1
    assert by_machine.loc["15", "Anomaly_Vibration Issue"]
    assert by_machine["Target_remaining_life"].loc["39"].tolist() == [106, 320]


@pytest.mark.skipif(not SAMPLE.exists(), reason="needs the sample of the public table")
def test_the_layout_of_the_sample() -> None:
    cells, table = pd.read_csv(SAMPLE), ingest(SAMPLE)
    assert len(table) == len(cells)
    assert sensors_of(table) == [*NAMES]
    assert to_readings(table).fault_names == tuple(FAULTS)
    for fault in FAULTS:
        assert table[f"Anomaly_{fault}"].sum() == (cells["failure_type"] == fault).sum()
    assert table["Target_anomaly"].sum() == (cells["anomaly_flag"] == "Yes").sum()
    for name in ("downtime_risk", "maintenance_required"):
        own = table[f"Target_{name.split('_')[0]}"]
        assert own.isna().sum() == cells[name].isna().sum()
    assert np.isclose(table["Target_downtime"].sum(), cells["downtime_risk"].sum())
    assert table["asset"].nunique() == 50
