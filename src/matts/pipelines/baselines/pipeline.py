"""windows, what is deployed -> baselines, their combination, calibration and diagnosers."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.baselines import nodes

WINDOWS = ["train_windows", "validation_windows"]


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline([*_fitting(), *_combining(), *_joining()], tags="baselines")


def _fitting() -> list[Node]:
    """From windows to detectors, each by itself, and simple diagnosers."""
    return [
        Node(
            nodes.fit_controls,
            inputs=[
                *WINDOWS,
                "params:baselines",
                "params:sensors",
                "params:evaluate",
                "params:workers",
            ],
            outputs=["controls", "control_seconds", "left_out"],
        ),
        Node(
            nodes.keep_untrained,
            inputs=[*WINDOWS, "params:detector", "params:training", "params:evaluate"],
            outputs=["untrained", "untrained_seconds"],
        ),
        Node(
            nodes.gather,
            inputs=["controls", "control_seconds", "untrained", "untrained_seconds"],
            outputs=["singles", "single_seconds"],
            name="gather_singles",
        ),
        Node(
            nodes.calibrate_singles,
            inputs=["singles", *WINDOWS, "params:threshold"],
            outputs="single_calibration",
        ),
        Node(
            nodes.fit_baseline_diagnosers,
            inputs=[*WINDOWS, "params:sensors", "params:diagnosis"],
            outputs="baseline_diagnosers",
        ),
    ]


def _combining() -> list[Node]:
    """From detectors to the one that mixes them."""
    return [
        Node(
            nodes.choose_parts,
            inputs=[
                "detectors",
                "singles",
                "calibration",
                "single_calibration",
                "params:baselines",
            ],
            outputs="parts",
        ),
        Node(
            nodes.combine_parts,
            inputs=["parts", *WINDOWS, "params:baselines", "params:threshold"],
            outputs=["combined", "combined_seconds", "combined_calibration"],
        ),
    ]


def _joining() -> list[Node]:
    """All of them together."""
    return [
        Node(
            nodes.gather,
            inputs=["singles", "single_seconds", "combined", "combined_seconds"],
            outputs=["baselines", "baseline_seconds"],
            name="gather_baselines",
        ),
        Node(
            nodes.join_calibrations,
            inputs=["single_calibration", "combined_calibration"],
            outputs="baseline_calibration",
        ),
    ]
