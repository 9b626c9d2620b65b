# %% [markdown]
# # A first look
#
# Readings, faults, windows and scores, on a small simulated mill. It takes half a minute. Editors
# run this file cell by cell; `jupytext --to ipynb --set-kernel python3` makes a notebook of it.
#
# The mill has five stands. It rolls one steel strip, a *coil*, after the other; one reading is one
# coil. The network here learns for seconds only: its figures teach, they are no result.

# %%
import logging

import matplotlib.pyplot as plt
import numpy as np

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.detect.threshold import ThresholdSettings, calibrate
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.evaluate.detection import detection_metrics
from matts.readings import to_readings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.training import TrainingSettings
from matts.windows import WindowSettings, count_faults, split_readings

logging.getLogger("matts").setLevel(logging.WARNING)

# %% [markdown]
# ## Readings
#
# A run of the mill gives a table, one row a coil, and the list of all fault episodes in it. With
# simulated data the truth is known. In a plant it comes from the maintenance log.

# %%
run = simulate_tandem_mill(MillSettings(dataset=4, coils=12_000, seed=4))
print(run.readings.filter(regex="_3$").head().round(2).to_string())
print(run.episodes["fault"].value_counts().to_string())

# %% [markdown]
# ## What an Electric fault looks like
#
# A motor takes more power than the rolls need: its losses. Healthy, power is torque times roll
# speed over roll radius, divided by an efficiency of 0.95. An Electric fault lowers the efficiency
# of one motor. Then power leaves the line while torque and speed stay as they were.
#
# So power alone says little: it varies with product and speed. Power *against* torque says it.

# %%
electric = run.episodes[run.episodes["fault"] == "Electric"]
stand = int(electric["stand"].mode().iloc[0])
readings = run.readings
needed = (
    readings[f"torque_{stand}"]
    * readings[f"roll_speed_{stand}"]
    / (readings[f"work_roll_diam_{stand}"] / 2)
)  # Nm times m/s over mm is kW
taken, bad = readings[f"motor_power_{stand}"], readings[f"Anomaly_Electric_{stand}"]

figure, (alone, against) = plt.subplots(1, 2, figsize=(10, 4))
alone.plot(taken.index[~bad], taken[~bad], ".", color="0.7", markersize=2)
alone.plot(taken.index[bad], taken[bad], "x", color="tab:red")
alone.set(xlabel="coil", ylabel=f"power of motor {stand}, kW", title="power alone")
against.plot(needed[~bad], taken[~bad], ".", color="0.7", markersize=2, label="no Electric fault")
against.plot(needed[bad], taken[bad], "x", color="tab:red", label="Electric fault")
against.set(xlabel="torque x speed / radius, kW", title="power against torque")
against.legend()
figure.tight_layout()

# %% [markdown]
# ## Windows
#
# The detector judges a *window*: five coils in a row. The window has the faults of its last coil,
# for this is the coil that the operator is asked about. The record is split in the order of time,
# with a gap of four coils, so that no reading is in two parts.

# %%
split = split_readings(to_readings(run.readings), WindowSettings(length=5))
for part in (split.train, split.validation, split.test):
    first, last = part.positions[[0, -1]]
    print(f"coils {first} to {last}: {part.values.shape}", count_faults(part))

# %% [markdown]
# ## A detector
#
# An LSTM squeezes each window into 16 numbers. A small head turns these into the probability of a
# fault: the *score*. A decoder learns to rebuild healthy windows from the same 16 numbers; what it
# rebuilds badly tells which sensors are strange.

# %%
quick = TrainingSettings(epochs=20, batch_size=32, learning_rate=0.005, patience=20)
detector = AutoencoderDetector(DetectorSettings(monitor="pr_auc"), quick)
detector.fit(split.train, split.validation)
scores = detector.score(split.test)
print(f"{len(scores)} scores from {scores.min():.4f} to {scores.max():.4f}")

# %% [markdown]
# ## How a window is scored
#
# Around one Electric episode: the score is low, rises with the first faulty coil, and falls when
# the fault is over. The sensors with the largest part in the score are the place to look first.

# %%
test = split.test
is_electric = test.faults[:, test.fault_names.index("Electric")]
caught = np.flatnonzero(is_electric & (scores == scores[is_electric].max()))[0]
near = slice(max(caught - 20, 0), caught + 20)

figure, axis = plt.subplots(figsize=(10, 3))
coils = test.positions[near]
axis.fill_between(coils, 0, test.faulty[near], step="mid", color="0.85", label="fault")
axis.plot(coils, scores[near], ".-", label="score")
axis.axhline(0.5, color="black", linestyle="--", label="threshold 0.5")
axis.set(xlabel="coil", ylabel="score")
axis.legend()
figure.tight_layout()

# %%
parts = detector.contributions(test)[caught]
for sensor in np.argsort(parts)[::-1][:5]:
    print(f"{test.sensors[sensor]:20} {parts[sensor] / parts.sum():.0%} of the score")
coil = test.positions[caught]
print(run.episodes.query("first_coil <= @coil <= last_coil")[["fault", "stand"]].to_string())

# %% [markdown]
# ## Misses against false alarms
#
# A threshold turns scores into alerts. A low one misses little and cries wolf; a high one is quiet
# and misses more. There is no free choice, only a price: what costs more in your plant?

# %%
limits = np.geomspace(0.001, 0.999, 60)
outcomes = [detection_metrics(scores, scores >= limit, test.faulty) for limit in limits]

figure, axis = plt.subplots(figsize=(6, 4))
axis.plot(
    [outcome["false_alarms_per_1000"] for outcome in outcomes],
    [outcome["events_missed"] for outcome in outcomes],
    ".-",
)
axis.set(xlabel="false alarms per 1,000 coils", ylabel=f"missed of {outcomes[0]['events']} events")
figure.tight_layout()

# %% [markdown]
# The threshold has to be chosen before the test part is looked at. Two ways to do so on validation
# windows:

# %%
for method in (ThresholdSettings(), ThresholdSettings(method="best_f1")):
    found = calibrate(detector.score(split.validation), split.validation.faulty, None, method)
    told = detection_metrics(scores, found.alerts(scores), test.faulty)
    print(
        f"{method.method:8} {found.limit:.3f}: {told['events_found']} of {told['events']} events, "
        f"{told['false_alarms_per_1000']:.1f} false alarms per 1,000"
    )

# %% [markdown]
# ## The name of the fault
#
# A second small network names the fault from the same 16 numbers. It has learnt from faulty windows
# alone, and is asked about alerts alone. Here it is often wrong: the 16 numbers were made to tell
# faulty from healthy, not fault from fault. `detector.joint=true` trains both together.

# %%
longer = TrainingSettings(epochs=100, batch_size=16, learning_rate=0.005)
diagnoser = LatentDiagnoser(detector.network.encoder, detector.scaler, longer)
diagnoser.fit(split.train, split.validation)
alerts = test.where(scores >= 0.5)
named = diagnoser.probabilities(alerts).argmax(axis=1)
right = alerts.faults[np.arange(len(alerts)), named]
for k, name in enumerate(test.fault_names):
    print(f"{name:9} named {np.sum(named == k):3} times, rightly {np.sum(right & (named == k)):3}")

# %% [markdown]
# Next: `make demo` trains on 20,000 coils, and sets the result beside the controls.
