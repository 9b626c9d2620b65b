"""readings with known remaining life -> windows -> models -> what is foreseen -> figures, plots."""

from kedro.pipeline import Node, Pipeline

from matts.pictures import render_nodes
from matts.pipelines.life import nodes

PLOTS = ["life_plot", "life_units_plot"]


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline([*_fitting(), *_telling()], tags="life")


def _fitting() -> list[Node]:
    """From readings to what is foreseen of each."""
    return [
        Node(
            nodes.cut,
            inputs=["readings", "params:windows"],
            outputs=["life_train", "life_validation", "life_test", "life_problem"],
            name="cut_lives",
        ),
        Node(
            nodes.fit,
            inputs=[
                "life_train",
                "life_validation",
                "params:life",
                "params:sensors",
                "params:workers",
            ],
            outputs=["life_models", "life_held_out"],
            name="fit_lives",
        ),
        Node(
            nodes.foresee,
            inputs=["life_models", "life_test"],
            outputs="life_foreseen",
            name="foresee_lives",
        ),
    ]


def _telling() -> list[Node]:
    """What that is worth, and pictures of it."""
    return [
        Node(
            nodes.judge,
            inputs=[
                "life_models",
                "life_held_out",
                "life_foreseen",
                "params:life",
                "life_problem",
            ],
            outputs="judged_life",
            name="judge_lives",
        ),
        Node(
            nodes.draw,
            inputs=["life_foreseen", "results", "params:life"],
            outputs=PLOTS,
            name="draw_lives",
        ),
        *render_nodes(PLOTS),
    ]
