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

    @hook_impl  # type: ignore[untyped-decorator]
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Open the log file of this kind of run."""
        name = "inference.log" if "inference_results" in pipeline.all_outputs() else "training.log"
        folder = Path(str(catalog["results"]._filepath)).parent  # noqa: SLF001
        folder.mkdir(parents=True, exist_ok=True)
        self.handler = logging.FileHandler(folder / name, mode="w", encoding="utf-8")
        self.handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
        )
        logging.getLogger().addHandler(self.handler)

    @hook_impl  # type: ignore[untyped-decorator]
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Show the table and where to look."""
        if "results" in pipeline.all_outputs():
            folder = Path(str(catalog["results"]._filepath)).parent  # noqa: SLF001
            log.info("%s", summary(catalog.load("results"), folder))
        self._close()

    @hook_impl  # type: ignore[untyped-decorator]
    def on_pipeline_error(self, error: Exception) -> None:
        """Leave the error in the log."""
        log.debug("the run failed: %s", error)
        self._close()

    def _close(self) -> None:
        logging.getLogger().removeHandler(self.handler)
        self.handler.close()
