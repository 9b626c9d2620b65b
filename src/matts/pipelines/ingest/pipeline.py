"""raw_readings -> readings, episodes, data_source, quality, quality_report."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.ingest import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.ingest,
                inputs=["raw_readings", "params:source", "params:windows", "params:sensors"],
                outputs=["readings", "episodes", "data_source", "quality"],
            ),
            Node(nodes.report_quality, inputs="quality", outputs="quality_report"),
        ],
        tags="ingest",
    )
