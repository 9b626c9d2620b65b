"""detectors, train_windows, validation_windows -> diagnosers."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.train_diagnoser import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.fit_diagnosers,
                inputs=["detectors", "train_windows", "validation_windows", "params:workers"],
                outputs="diagnosers",
            ),
        ],
        tags="train_diagnoser",
    )
