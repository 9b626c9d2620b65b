"""windows or input_file, trained models -> drift, drift_page, a plot; nothing is fitted again."""

from kedro.pipeline import Node, Pipeline

from matts.pictures import render_nodes
from matts.pipelines.monitor import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.read_channels,
                inputs=["input_file", "params:input", "params:source", "channel_maker", "quality"],
                outputs="watched_channels",
                name="read_watched_channels",
            ),
            Node(
                nodes.deploy,
                inputs=["detectors", "diagnosers", "calibration"],
                outputs="watched_model",
                name="deploy_to_watch",
            ),
            Node(
                nodes.watch,
                inputs=[
                    "train_windows",
                    "validation_windows",
                    "test_windows",
                    "watched_channels",
                    "watched_model",
                    "params:serve",
                ],
                outputs="drift",
                name="watch_drift",
            ),
            Node(
                nodes.draw,
                inputs=["drift", "params:dataset", "data_source"],
                outputs=["drift_page", "drift_plot"],
                name="draw_drift",
            ),
            *render_nodes(["drift_plot"]),
        ],
        tags="monitor",
    )
