"""Kedro's settings; what is not named here is Kedro's default."""

import gc
import os

# several threads on small matrices wait for each other, for seconds where others work too
os.environ.setdefault("OMP_NUM_THREADS", "1")
gc.disable()  # what is imported stays: to look through it for garbage is a tenth of the start

from matts.config import DatasetConfigLoader  # noqa: E402
from matts.hooks import MlflowHooks, RunLogHooks, SecondsHooks  # noqa: E402

gc.freeze()
gc.enable()

HOOKS = (SecondsHooks(), MlflowHooks(), RunLogHooks())  # Kedro calls the last one first
CONFIG_LOADER_CLASS = DatasetConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "config_patterns": {"mlflow": ["mlflow*"]},
}
