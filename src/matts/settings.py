"""Kedro's settings; what is not named here is Kedro's default."""

from matts.config import DatasetConfigLoader
from matts.hooks import MlflowHooks, RunLogHooks

HOOKS = (MlflowHooks(), RunLogHooks())  # Kedro calls the last one first
CONFIG_LOADER_CLASS = DatasetConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "config_patterns": {"mlflow": ["mlflow*"]},
}
