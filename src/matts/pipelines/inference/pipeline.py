"""input_file, channel_maker, trained models -> verdicts, inference_results."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.inference import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.read_channels,
                inputs=["input_file", "params:input", "params:source", "channel_maker", "quality"],
                outputs="input_channels",
            ),
            Node(
                nodes.deploy,
                inputs=[
                    "detectors",
                    "diagnosers",
                    "novelty",
                    "calibration",
                    "explainers",
                    "params:causes",
                ],
                outputs="deployed",
            ),
            Node(
                nodes.judge_file,
                inputs=["input_channels", "deployed"],
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
