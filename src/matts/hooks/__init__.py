"""What surrounds every run: log files, tables at its end, and MLflow's record of it."""

from matts.hooks.mlflow_run import MlflowHooks
from matts.hooks.run_log import RunLogHooks
from matts.hooks.seconds import SecondsHooks

__all__ = ["MlflowHooks", "RunLogHooks", "SecondsHooks"]
