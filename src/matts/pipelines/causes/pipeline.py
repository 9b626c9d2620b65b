"""detectors, baselines, train_windows -> explainers."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.causes import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.prepare,
                inputs=[
                    "detectors",
                    "baselines",
                    "calibration",
                    "baseline_calibration",
                    "train_windows",
                    "params:causes",
                ],
                outputs="explainers",
            ),
        ],
        tags="causes",
    )
