"""train_windows, validation_windows -> baselines, their calibration and diagnosers."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.baselines import nodes

WINDOWS = ["train_windows", "validation_windows"]


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.fit_controls,
                inputs=[*WINDOWS, "params:baselines", "params:sensors", "params:evaluate"],
                outputs=["controls", "control_seconds"],
            ),
            Node(
                nodes.keep_untrained,
                inputs=[*WINDOWS, "params:detector", "params:training", "params:evaluate"],
                outputs=["untrained", "untrained_seconds"],
            ),
            Node(
                nodes.gather,
                inputs=["controls", "control_seconds", "untrained", "untrained_seconds"],
                outputs=["baselines", "baseline_seconds"],
            ),
            Node(
                nodes.calibrate_baselines,
                inputs=["baselines", "train_windows", "validation_windows", "params:threshold"],
                outputs="baseline_calibration",
            ),
            Node(nodes.fit_baseline_diagnosers, inputs=WINDOWS, outputs="baseline_diagnosers"),
        ],
        tags="baselines",
    )
