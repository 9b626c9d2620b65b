"""readings, windows, detectors -> live_profile."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.profile import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.measure,
                inputs=[
                    "readings",
                    "params:windows",
                    "train_windows",
                    "validation_windows",
                    "detectors",
                    "calibration",
                ],
                outputs="training_reference",
                name="measure_training",
            ),
            Node(
                nodes.choose_settings,
                inputs=["params:dataset", "params:sensors", "params:causes", "params:source"],
                outputs="live_settings",
            ),
            Node(
                nodes.keep,
                inputs=[
                    "training_reference",
                    "novelty",
                    "train_windows",
                    "validation_windows",
                    "live_settings",
                ],
                outputs="live_profile",
                name="keep_profile",
            ),
        ],
        tags="profile",
    )
