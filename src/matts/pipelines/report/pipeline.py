"""results, scores, models, event_cards -> plots, report."""

from kedro.pipeline import Node, Pipeline

from matts.pictures import render_nodes
from matts.pipelines.report import nodes

PLOTS = [
    f"{picture}_plot"
    for picture in ("scores", "pr", "confusion", "training", "latent", "root_cause")
]


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.draw,
                inputs=[
                    "results",
                    "scores",
                    "calibration",
                    "detectors",
                    "diagnosers",
                    "test_windows",
                ],
                outputs=PLOTS,
            ),
            Node(
                nodes.draw_detectors,
                inputs=["results", "scores", "calibration", "baseline_calibration"],
                outputs="detectors_plot",
            ),
            *render_nodes([*PLOTS, "detectors_plot"]),
            Node(nodes.report, inputs=["results", "event_cards", "quality"], outputs="report"),
        ],
        tags="report",
    )
