"""Kedro's settings; what is not named here is Kedro's default."""

from matts.config import DatasetConfigLoader
from matts.hooks import MlflowHooks, RunHooks

HOOKS = (RunHooks(), MlflowHooks())
CONFIG_LOADER_CLASS = DatasetConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "merge_strategy": {"parameters": "soft", "dataset_parameters": "soft"},
}
