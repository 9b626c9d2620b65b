"""Which method blames the right sensors: `python -m benchmarks.causes`.

Simulated mills 4, 5 and 6, where the guilty sensors are known, with the settings of their dataset
files and one training. Every method is asked about every faulty window of the test part, and about
those of them that are alerts of the network. `--no-groups` is a control: virtual sensors are not
told in which order cause leads to effect, so each sensor is foreseen from all others.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch

from matts.causes.explainer import CauseSettings, fit_explainers
from matts.config import DatasetConfigLoader, Parameters, check_parameters
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import calibrate_all
from matts.detect.roster import build
from matts.domain import Detector
from matts.evaluate.cause_views import cause_table
from matts.evaluate.causes import Tree, judge_causes
from matts.groups import SensorSettings
from matts.readings import to_readings
from matts.settings import CONFIG_LOADER_ARGS
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.windows import Split, split_readings

METHODS = (
    *("residual", "error", "normalised", "latent", "gradients", "gradients:matts_reconstruction"),
    *("error:pca", "normalised:pca", "shap:pca", "error:isolation_forest", "shap"),
    *("error:arima", "error:kalman", "error:zscore"),
)
CONF = Path(__file__).parents[1] / "conf"


@dataclass(frozen=True)
class Mill:
    """One simulated mill, split in time, and what is known of it."""

    parameters: Parameters
    split: Split
    episodes: pd.DataFrame
    told: SensorSettings  # what virtual sensors know of the machine

    @classmethod
    def of(cls, dataset: int, coils: int, seed: int, *, groups: bool = True) -> "Mill":
        """With the settings of its dataset file."""
        loader = DatasetConfigLoader(str(CONF), None, {"dataset": dataset}, **CONFIG_LOADER_ARGS)
        parameters = check_parameters(loader["parameters"])
        run = simulate_tandem_mill(MillSettings(dataset=dataset, coils=coils, seed=seed))
        split = split_readings(to_readings(run.readings), parameters.windows)
        told = parameters.sensors if groups else SensorSettings()
        return cls(parameters, split, run.episodes, told)

    def detectors(self, asked: Sequence[str]) -> dict[str, Detector]:
        """The network with both of its scores, and each baseline that is asked."""
        train, validation, chosen = self.split.train, self.split.validation, self.parameters
        network = AutoencoderDetector(chosen.detector, chosen.training).fit(train, validation)
        found: dict[str, Detector] = {
            "matts/0": network,
            "matts_reconstruction/0": network.rescored("reconstruction"),
        }
        for name, values in chosen.baselines.detectors.items():
            if name in asked:
                told = {"sensors": self.told} if name == "virtual_sensors" else {}
                found[f"{name}/0"] = build(name, {**told, **values}).fit(train, validation)
        return found

    def judge(self, methods: Sequence[str]) -> Tree:
        """What every method is worth."""
        settings = CauseSettings(method=methods[0], compare=tuple(methods[1:]))
        detectors = self.detectors(settings.asked)
        limits = calibrate_all(detectors, self.split.validation, self.parameters.threshold)
        explainers = fit_explainers(detectors, limits, self.split.train, settings)
        test = self.split.test
        alerts = limits.thresholds["matts/0"].alerts(detectors["matts/0"].score(test))
        found = judge_causes(explainers, test, alerts, self.episodes, self.parameters.sensors)
        return found or {}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Which method blames the right sensors.")
    parser.add_argument("--datasets", type=int, nargs="+", default=[4, 5, 6])
    parser.add_argument("--coils", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0, help="of the mill")
    parser.add_argument("--methods", nargs="+", default=METHODS, help="<method>[:<detector>]")
    parser.add_argument("--groups", action=argparse.BooleanOptionalAction, default=True)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    for dataset in chosen.datasets:
        mill = Mill.of(dataset, chosen.coils, chosen.seed, groups=chosen.groups)
        found = mill.judge(chosen.methods)
        for view, title in (("faulty", "every faulty window"), ("alerted", "alerts among them")):
            print(f"\nset {dataset}, {title}\n\n{cause_table(found, '', view)}")


if __name__ == "__main__":
    main()
