"""A log file beside the results, and the results' table at the end of a run."""

import logging
from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from matts.domain import BadInputError

log = logging.getLogger("matts")
LOGS = {  # the file of the run that makes such an output; the first that fits
    "inference_results": "inference.log",
    "search_results": "search.log",
    "leaderboard": "leaderboard.log",
    "tabular_summary": "tabular.log",
    "detectors": "training.log",
}
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class RunLogHooks:
    """Keep training.log, inference.log, search.log and the like; end with what was found."""

    def __init__(self) -> None:
        self.handler: logging.Handler = logging.NullHandler()
        self.file = logging.Logger("matts.run")  # what the terminal need not hear

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Open the log file of this kind of run."""
        outputs = pipeline.all_outputs()
        folder = file_of(catalog, "leaderboard" if "leaderboard" in outputs else "results").parent
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / log_name(outputs)
        self.handler = logging.FileHandler(path, mode="w", encoding="utf-8")
        self.handler.setFormatter(logging.Formatter(FORMAT))
        for logger in (logging.getLogger(), self.file):
            logger.addHandler(self.handler)
        self.file.info("%s, params %s", run_params["pipeline_names"], run_params["runtime_params"])

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Show the table and where to look."""
        from matts.evaluate.report import summary  # noqa: PLC0415 (`kedro --help` does without)
        from matts.serve.summary import in_one_sentence  # noqa: PLC0415

        if "results" in pipeline.all_outputs():
            log.info("%s", summary(catalog.load("results"), report_folder(catalog)))
        if "inference_results" in pipeline.all_outputs():
            found = in_one_sentence(catalog.load("inference_results"))
            log.info("%s More in %s.", found, file_of(catalog, "verdicts_csv"))
        if "vae_table" in pipeline.all_outputs():
            log.info("%s", catalog.load("vae_table"))
        if "exported_cards" in pipeline.all_outputs():
            folder = file_of(catalog, "exported_cards").parent
            log.info("Detector and diagnoser are in %s, each as .onnx, .pt2 and .ts.", folder)
        if "search_results" in pipeline.all_outputs():
            from matts.search.results import in_words  # noqa: PLC0415

            log.info("%s", in_words(catalog.load("search_results")))
        if "leaderboard" in pipeline.all_outputs():
            from matts.leaderboard.page import write_overall  # noqa: PLC0415

            page = file_of(catalog, "leaderboard_page")
            log.info("%s\n\nMore in %s.", write_overall(catalog.load("leaderboard")), page)
        if "tabular_summary" in pipeline.all_outputs():
            from matts.evaluate.tabular_report import in_words as tabular_words  # noqa: PLC0415

            page = file_of(catalog, "tabular_page")
            log.info("%s", tabular_words(catalog.load("tabular_summary"), str(page)))
        self._close()

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """Leave the error in the log."""
        self.file.error("the run failed: %s", bad_input(error) or error)
        self._close()

    def _close(self) -> None:
        for logger in (logging.getLogger(), self.file):
            logger.removeHandler(self.handler)
        self.handler.close()


def bad_input(error: BaseException) -> BadInputError | None:
    """What a user can mend about an error, without the words that Kedro put around it."""
    cause: BaseException | None = error
    while cause and not isinstance(cause, BadInputError):
        cause = cause.__cause__
    return cause if isinstance(cause, BadInputError) else None


def report_folder(catalog: DataCatalog) -> Path:
    """Where the results of this dataset lie."""
    return file_of(catalog, "results").parent


def file_of(catalog: DataCatalog, name: str) -> Path:
    """The file behind a name in the catalog."""
    return Path(str(getattr(catalog[name], "_filepath")))  # noqa: B009


def log_name(outputs: set[str]) -> str:
    """The log file of a run that gives these outputs.

    >>> log_name({"detectors", "results"}), log_name({"inference_results"}), log_name({"results"})
    ('training.log', 'inference.log', 'run.log')
    """
    return next((file for output, file in LOGS.items() if output in outputs), "run.log")
