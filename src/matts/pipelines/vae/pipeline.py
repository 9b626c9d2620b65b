"""train_windows, validation_windows, test_windows -> vae_trials, vae_table, a plot."""

from kedro.pipeline import Node, Pipeline

from matts.pictures import render_nodes
from matts.pipelines.vae import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.list_variants,
                inputs=["params:baselines", "params:vae"],
                outputs="vae_variants",
            ),
            Node(
                nodes.fit_variants,
                inputs=[
                    "train_windows",
                    "validation_windows",
                    "test_windows",
                    "vae_variants",
                    "params:evaluate",
                    "params:workers",
                ],
                outputs="vae_trials",
            ),
            Node(
                nodes.sum_up,
                inputs=["vae_trials", "params:dataset", "data_source"],
                outputs=["vae_table", "vae_plot"],
            ),
            *render_nodes(["vae_plot"]),
        ],
        tags="vae",
    )
