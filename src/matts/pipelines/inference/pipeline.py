"""input_file, detectors, diagnosers, novelty, calibration -> verdicts, inference_results."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.inference import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.deploy,
                inputs=["detectors", "diagnosers", "novelty", "calibration"],
                outputs="at_work",
            ),
            Node(
                nodes.judge_file,
                inputs=["input_file", "params:input", "params:ingest", "at_work"],
                outputs="verdicts",
            ),
            Node(nodes.copy_verdicts, inputs="verdicts", outputs="verdicts_csv"),
            Node(
                nodes.summarise_verdicts,
                inputs=["verdicts", "calibration"],
                outputs="inference_results",
            ),
        ],
        tags="inference",
    )
