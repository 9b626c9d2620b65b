"""detectors, diagnosers, calibration, train_windows -> exported_cards, ONNX, .pt2, .ts."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.export import nodes

FORMS = ("onnx", "pt2", "ts")


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.describe_readings,
                inputs=[
                    "train_windows",
                    "data_source",
                    "params:dataset",
                    "params:source",
                    "params:sensors",
                ],
                outputs="described_readings",
            ),
            Node(
                nodes.choose,
                inputs=["detectors", "diagnosers", "calibration"],
                outputs="deployed",
            ),
            Node(
                nodes.write_cards,
                inputs=["deployed", "calibration", "described_readings"],
                outputs="exported_cards",
            ),
            Node(
                nodes.export_detector,
                inputs=["deployed", "exported_cards"],
                outputs=[f"exported_detector_{form}" for form in FORMS],
            ),
            Node(
                nodes.export_diagnoser,
                inputs=["deployed", "exported_cards"],
                outputs=[f"exported_diagnoser_{form}" for form in FORMS],
            ),
        ],
        tags="export",
    )
