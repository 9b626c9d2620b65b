"""detectors, train_windows, validation_windows -> diagnosers, novelty."""

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
            Node(
                nodes.fit_novelty,
                inputs=["train_windows", "validation_windows", "params:diagnosis"],
                outputs="novelty",
            ),
        ],
        tags="train_diagnoser",
    )
