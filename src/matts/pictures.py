"""Nodes that turn charts into files; every stage that draws has them."""

from collections.abc import Iterable

from kedro.pipeline import Node

from matts.evaluate.gallery import render


def render_nodes(plots: Iterable[str]) -> list[Node]:
    """One node a chart: `<plot>` -> `<plot>_png`, `<plot>_plotly`."""
    return [
        Node(
            render,
            inputs=plot,
            outputs=[f"{plot}_png", f"{plot}_plotly"],
            name=f"render_{plot}",
        )
        for plot in plots
    ]
