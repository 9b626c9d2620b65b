"""detectors, diagnosers, calibration, train_windows -> exported_cards, ONNX, .pt2, .ts."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.export import nodes

DEPLOYED = ["detectors", "diagnosers", "calibration"]


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.describe_readings,
                inputs=["train_windows", "data_source", "params:dataset", "params:ingest"],
                outputs="described_readings",
            ),
            Node(
                nodes.write_cards,
                inputs=[*DEPLOYED, "described_readings"],
                outputs="exported_cards",
            ),
            Node(
                nodes.export_detector,
                inputs=[*DEPLOYED, "exported_cards"],
                outputs=["exported_detector_onnx", "exported_detector_pt2", "exported_detector_ts"],
            ),
            Node(
                nodes.export_diagnoser,
                inputs=[*DEPLOYED, "exported_cards"],
                outputs=[
                    "exported_diagnoser_onnx",
                    "exported_diagnoser_pt2",
                    "exported_diagnoser_ts",
                ],
            ),
        ],
        tags="export",
    )
