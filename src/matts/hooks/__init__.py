"""What surrounds every run: log files, the table at its end, and MLflow's record of it."""

from matts.hooks.mlflow_run import MlflowHooks
from matts.hooks.run_log import RunLogHooks

__all__ = ["MlflowHooks", "RunLogHooks"]
