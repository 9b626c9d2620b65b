"""results, scores, models, event_cards -> plots, report."""

from kedro.pipeline import Node, Pipeline

from matts.evaluate.gallery import render
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
            *(
                Node(
                    render,
                    inputs=plot,
                    outputs=[f"{plot}_png", f"{plot}_plotly"],
                    name=f"render_{plot}",
                )
                for plot in [*PLOTS, "detectors_plot"]
            ),
            Node(nodes.report, inputs=["results", "event_cards"], outputs="report"),
        ],
        tags="report",
    )
