"""train_windows, test_windows -> four plots; nothing is trained that is kept."""

from kedro.pipeline import Node, Pipeline

from matts.pictures import render_nodes
from matts.pipelines.explore import nodes

PLOTS = [f"{picture}_plot" for picture in ("series", "components", "spectrum", "forecasts")]


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.take,
                inputs=["train_windows", "test_windows", "params:explore"],
                outputs=["excerpt", "forecasts"],
                name="take_excerpt",
            ),
            Node(
                nodes.draw,
                inputs=["excerpt", "forecasts", "params:explore", "params:dataset", "data_source"],
                outputs=PLOTS,
                name="draw_excerpt",
            ),
            *render_nodes(PLOTS),
        ],
        tags="explore",
    )
