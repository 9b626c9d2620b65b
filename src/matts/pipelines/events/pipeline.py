"""models, windows -> event_cards, events, two plots."""

from kedro.pipeline import Node, Pipeline

from matts.pictures import render_nodes
from matts.pipelines.events import nodes

PLOTS = ["events_plot", "contributions_plot"]


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline([*_telling(), *_drawing()], tags="events")


def _telling() -> list[Node]:
    """From models and windows to cards."""
    return [
        Node(nodes.pick_cause, inputs=["explainers", "params:causes"], outputs="explainer"),
        Node(
            nodes.listen_to_deployed,
            inputs=[
                "detectors",
                "diagnosers",
                "novelty",
                "explainer",
                "calibration",
                "test_windows",
            ],
            outputs="told",
        ),
        Node(
            nodes.recall,
            inputs=["novelty", "train_windows", "validation_windows"],
            outputs="past_events",
        ),
        Node(
            nodes.write,
            inputs=["told", "past_events", "params:sensors"],
            outputs=["event_cards", "events"],
            name="write_events",
        ),
    ]


def _drawing() -> list[Node]:
    """From cards to pictures."""
    return [
        Node(
            nodes.draw,
            inputs=["told", "event_cards", "params:dataset", "data_source"],
            outputs=PLOTS,
            name="draw_events",
        ),
        *render_nodes(PLOTS),
    ]
