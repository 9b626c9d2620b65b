# %% [markdown]
# # Every row judged
#
# A model is taught by one file of a plant, saved, and asked about another file without labels. It
# takes seconds. Editors run this file cell by cell; `jupytext --to ipynb --set-kernel python3`
# makes a notebook of it.
#
# Point `TAUGHT` and `ASKED` at files of yours, change the description, and leave out the cell that
# writes them.

# %%
import logging
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import average_precision_score

from matts.simulate.smart_factory import SmartFactorySettings, simulate_smart_factory
from matts.tabular import SmartFactoryDetector, load_table, quick_predict

logging.getLogger("matts").setLevel(logging.ERROR)
TAUGHT, ASKED, MODEL = Path("plant_2024.csv"), Path("plant_today.csv"), Path("model")

# %% [markdown]
# ## Two files as a plant has them
#
# The second one has no labels, its rows are in no order, one machine is new, a column came along
# that nobody knows, and one cell holds a word.

# %%
run = simulate_smart_factory(SmartFactorySettings(machines=16, readings=800)).readings
table = run[["time", "asset", "temperature", "vibration", "pressure", "energy_consumption"]]
table = table.rename(columns={"time": "timestamp", "asset": "machine"})
table["alarm"] = np.where(run["Target_anomaly"] > 0, "Yes", "No")
old = table["machine"].isin(table["machine"].unique()[:13])
table[old].to_csv(TAUGHT, index=False)
today = table[~old].sample(frac=1, random_state=0).drop(columns="alarm").assign(shift="early")
today = today.astype({"pressure": object})
today.iloc[10, today.columns.get_loc("pressure")] = "Bad"
today.to_csv(ASKED, index=False)

# %% [markdown]
# ## What the columns mean
#
# The same keys as `source` has in a dataset file. What is neither named here nor a sensor by
# `columns.like` is not looked at.

# %%
SOURCE = {
    "time": {"column": "timestamp"},
    "asset": {"columns": ["machine"]},
    "columns": {"like": "temperature|vibration|pressure|energy_consumption"},
    "targets": {"anomaly": {"column": "alarm", "healthy": ["No"], "faulty": ["Yes"]}},
}
detector = SmartFactoryDetector("anomaly", model="lightgbm", settings={"source": SOURCE})
readings = load_table(TAUGHT)
print(detector.evaluate(readings).report())

# %% [markdown]
# ## Taught, saved, asked
#
# The folder holds the trees as text, and JSON: nothing is pickled. Answers come in the order of the
# file, with the index of the table.

# %%
detector.fit(readings).save(MODEL)
print(sorted(path.name for path in MODEL.iterdir()))
answers = quick_predict(MODEL, ASKED)
print(answers.head().to_string())
print(f"{answers['prediction'].notna().sum()} of {len(answers)} rows judged")

# %% [markdown]
# `before` says how many readings of its machine came before a row: the statistics of a machine
# begin anew with each table, and among the first few they say little.
#
# ## Was it right?
#
# The labels were kept back; here they are.

# %%
told = today.assign(yes=answers["probability_yes"].to_numpy()).join(table["alarm"])
machine = told["machine"].iloc[0]
own = told[told["machine"] == machine].sort_values("timestamp")
figure, axis = plt.subplots(figsize=(10, 3))
axis.fill_between(own["timestamp"], 0, 1, where=own["alarm"] == "Yes", color="0.8", label="alarm")
axis.plot(own["timestamp"], own["yes"], linewidth=0.8, label="probability")
axis.set(title=machine, ylim=(0, 1))
axis.legend()
figure.tight_layout()

# %%
alarms = told["alarm"] == "Yes"
quality = average_precision_score(alarms, told["yes"])
print(f"PR-AUC {quality:.2f}; who knows nothing has {alarms.mean():.2f}")

# %% [markdown]
# Next: `docs/reference/smart-factory-api.md` has every call; notebook 03 says what
# a figure is worth.
