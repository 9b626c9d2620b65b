# %% [markdown]
# # Bring your own data
#
# From a file that nobody prepared to the first alerts, in half a minute. `make new-dataset` and
# `kedro run` do the same on the command line; here each step is looked at. Editors run this file
# cell by cell; `jupytext --to ipynb --set-kernel python3` makes a notebook of it.
#
# Point `PATH` at a file or a folder of yours, and leave out the cell that writes one.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import yaml

from matts.detect.pca import PcaDetector, PcaSettings
from matts.detect.threshold import ThresholdSettings, calibrate
from matts.drafting.draft import draft
from matts.groups import SensorSettings
from matts.ingest import get_readings, grade
from matts.readings import to_readings
from matts.source.files import read
from matts.source.quality_report import write_quality
from matts.source.settings import SourceSettings
from matts.windows import WindowSettings, count_faults, split_readings

PATH = Path("pump.csv")

# %% [markdown]
# ## A file as plants have it
#
# Semicolons, decimal commas, days before months, `Bad` where there was no reading, a sensor that is
# always the same, and a column in which somebody wrote down when the pump leaked.

# %%
random, rows = np.random.default_rng(5), 3000
load = 0.5 + 0.3 * np.sin(np.arange(rows) / 40) + random.normal(0, 0.02, rows)
leak = np.isin(np.arange(rows) // 50, [9, 21, 33, 43, 50, 56])
table = pd.DataFrame(
    {
        "Zeit": pd.date_range("2024-02-11", periods=rows, freq="10min").strftime("%d.%m.%Y %H:%M"),
        "Flow": 50 * load - 8 * leak + random.normal(0, 0.5, rows),
        "Pressure": 6 + 2 * load - leak + random.normal(0, 0.05, rows),
        "Current": 15 + 8 * load + 2 * leak + random.normal(0, 0.2, rows),
        "Setpoint": 70,
        "leak_fault": np.where(leak, "yes", "no"),
    }
)
table["Flow"] = table["Flow"].map(lambda value: f"{value:.3f}".replace(".", ","))
table.loc[100:120, "Flow"] = "Bad"
table.to_csv(PATH, sep=";", decimal=",", index=False, encoding="utf-8-sig")
print(PATH.read_text(encoding="utf-8-sig")[:300])

# %% [markdown]
# ## What matts sees in it
#
# This is the file that `make new-dataset` writes. Read it: what is a guess has a comment.

# %%
found = draft("pump", str(PATH))
print(found.text)
print("\n".join([*found.seen, *(f"look at this: {each}" for each in found.doubts)]))

# %% [markdown]
# ## How good the data are
#
# The description is settings like all others. Each sensor gets a grade by the part that trains;
# what is unusable is left out.

# %%
description = yaml.safe_load(found.text)
source = SourceSettings.model_validate(description["source"])
windows = WindowSettings.model_validate(description["windows"])
ingested, quality = grade(get_readings(read(source), source), source, windows, SensorSettings())
print(write_quality(quality))

# %%
readings = ingested.readings
figure, axes = plt.subplots(3, 1, figsize=(10, 6), sharex=True)
for axis, sensor in zip(axes, ("Flow", "Pressure", "Current"), strict=True):
    axis.plot(readings["time"], readings[sensor], linewidth=0.6)
    axis.fill_between(
        readings["time"], *axis.get_ylim(), where=readings["Anomaly_Leak"], color="0.8"
    )
    axis.set_ylabel(sensor)
figure.tight_layout()

# %% [markdown]
# A leak shows in no sensor by itself: each moves with the load. It shows in how they move together.
#
# ## Does a simple detector find it?
#
# The past trains, the future tests. PCA learns how sensors move together from healthy windows; the
# threshold is found on validation windows.

# %%
split = split_readings(to_readings(readings), windows)
for name, part in zip(("train", "validation", "test"), split.parts, strict=True):
    print(f"{name:10} {len(part):5} windows", count_faults(part))
detector = PcaDetector(PcaSettings()).fit(split.train, split.validation)
limit = calibrate(
    detector.score(split.validation),
    split.validation.faulty,
    None,
    ThresholdSettings(method="best_f1"),
)
scores = detector.score(split.test)
alerts = limit.alerts(scores)
print(f"{alerts[split.test.faulty].mean():.0%} of the faulty test windows are alerts,")
print(f"{alerts[~split.test.faulty].mean():.1%} of the healthy ones")

# %%
figure, axis = plt.subplots(figsize=(10, 3))
axis.fill_between(np.arange(len(scores)), 0, scores.max(), where=split.test.faulty, color="0.8")
axis.plot(scores, linewidth=0.8)
axis.axhline(limit.limit, color="black", linestyle="--", label="threshold")
axis.set(xlabel="test window", ylabel="score", yscale="log")
axis.legend()
figure.tight_layout()

# %% [markdown]
# Next: `make new-dataset NAME=pump FILE=pump.csv`, then `kedro run --pipeline matts --params
# dataset=pump`: every detector, the name of the fault, events with their reasons, and a report.
