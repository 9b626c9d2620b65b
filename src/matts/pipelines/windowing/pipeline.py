"""readings -> channels -> train_windows, validation_windows, test_windows, split."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.windowing import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.make_channels,
                inputs=["readings", "params:windows", "params:sensors"],
                outputs=["channels", "channel_maker"],
            ),
            Node(
                nodes.cut_windows,
                inputs=["channels", "params:windows"],
                outputs=["train_windows", "validation_windows", "test_windows", "split"],
            ),
        ],
        tags="windowing",
    )
