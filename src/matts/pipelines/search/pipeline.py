"""readings -> search_trials, search_results, two plots; the test part stays unseen."""

from kedro.pipeline import Node, Pipeline

from matts.pictures import render_nodes
from matts.pipelines.search import nodes

PLOTS = ["search_plot", "search_space_plot"]


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline([*_trying(), *_telling()], tags="search")


def _trying() -> list[Node]:
    """From readings and the preset to trials."""
    return [
        Node(
            nodes.write_recipe,
            inputs=["params:windows", "params:detector", "params:training"],
            outputs="recipe",
        ),
        Node(
            nodes.make_channels,
            inputs=["readings", "params:windows", "params:sensors"],
            outputs="searched_channels",
        ),
        Node(
            nodes.run_trials,
            inputs=[
                "searched_channels",
                "recipe",
                "params:search",
                "params:dataset",
                "params:workers",
            ],
            outputs="trials",
        ),
    ]


def _telling() -> list[Node]:
    """From trials to a table, a summary and pictures."""
    return [
        Node(
            nodes.sum_up,
            inputs=["trials", "recipe", "params:search", "params:dataset", "data_source"],
            outputs=["search_trials", "search_results"],
        ),
        Node(nodes.draw, inputs=["trials", "params:search", "search_results"], outputs=PLOTS),
        *render_nodes(PLOTS),
    ]
