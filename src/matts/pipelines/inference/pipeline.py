"""input_file, detectors, diagnosers, calibration -> verdicts, inference_results."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.inference import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.check_file,
                inputs=["input_file", "params:input", "params:ingest"],
                outputs="input_readings",
            ),
            Node(
                nodes.judge_readings,
                inputs=["input_readings", "detectors", "diagnosers", "calibration"],
                outputs="judged_readings",
            ),
            Node(
                nodes.write_twice,
                inputs="judged_readings",
                outputs=["verdicts", "verdicts_csv"],
            ),
            Node(
                nodes.summarise_verdicts,
                inputs=["judged_readings", "input_readings", "calibration"],
                outputs="inference_results",
            ),
        ],
        tags="inference",
    )
