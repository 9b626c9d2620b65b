"""parameters of several datasets -> leaderboard, leaderboard_page, a plot."""

from kedro.pipeline import Node, Pipeline

from matts.pictures import render_nodes
from matts.pipelines.leaderboard import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(nodes.open_datasets, inputs="parameters_of_datasets", outputs="arenas"),
            Node(
                nodes.fill_cells,
                inputs=["arenas", "params:leaderboard", "params:workers"],
                outputs="cells",
            ),
            Node(
                nodes.sum_up,
                inputs=["cells", "arenas"],
                outputs=["leaderboard", "leaderboard_page", "leaderboard_plot"],
            ),
            *render_nodes(["leaderboard_plot"]),
        ],
        tags="leaderboard",
    )
