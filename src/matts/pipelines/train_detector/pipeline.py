"""train_windows, validation_windows -> detectors, detector_seconds, calibration."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.train_detector import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.fit_detectors,
                inputs=[
                    "train_windows",
                    "validation_windows",
                    "params:detector",
                    "params:training",
                    "params:evaluate",
                    "params:workers",
                ],
                outputs=["detectors", "detector_seconds"],
            ),
            Node(
                nodes.calibrate_detectors,
                inputs=["detectors", "train_windows", "validation_windows", "params:threshold"],
                outputs="calibration",
            ),
        ],
        tags="train_detector",
    )
