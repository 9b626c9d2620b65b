"""raw_readings -> readings, episodes, data_source."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.ingest import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.ingest,
                inputs=["raw_readings", "params:source"],
                outputs=["readings", "episodes", "data_source"],
            ),
        ],
        tags="ingest",
    )
