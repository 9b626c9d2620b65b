"""A log file beside the results, and the results' table at the end of a run."""

import logging
from pathlib import Path

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from matts.evaluate.report import summary

log = logging.getLogger("matts")


class RunLogHooks:
    """Keep training.log or inference.log, and end with what was found."""

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Open the log file of this kind of run."""
        folder = report_folder(catalog)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / log_name(pipeline.all_outputs())
        self.handler = logging.FileHandler(path, mode="w", encoding="utf-8")
        self.handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
        )
        logging.getLogger().addHandler(self.handler)

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Show the table and where to look."""
        if "results" in pipeline.all_outputs():
            log.info("%s", summary(catalog.load("results"), report_folder(catalog)))
        self._close()

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """Leave the error in the log."""
        log.debug("the run failed: %s", error)
        self._close()

    def _close(self) -> None:
        logging.getLogger().removeHandler(self.handler)
        self.handler.close()


def report_folder(catalog: DataCatalog) -> Path:
    """Where the results of this dataset lie."""
    return Path(str(getattr(catalog["results"], "_filepath"))).parent  # noqa: B009


def log_name(outputs: set[str]) -> str:
    """The log file of a run that gives these outputs.

    >>> log_name({"detectors", "results"}), log_name({"inference_results"}), log_name({"results"})
    ('training.log', 'inference.log', 'run.log')
    """
    if "inference_results" in outputs:
        return "inference.log"
    return "training.log" if "detectors" in outputs else "run.log"
