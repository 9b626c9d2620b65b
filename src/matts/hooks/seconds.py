"""Where the time of a run went, as the last thing it says."""

import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.pipeline.node import Node

from matts.hooks.mlflow_run import name_of

log = logging.getLogger("matts")
LEAST = 0.01  # the share of the whole below which a step is not worth a row


class SecondsHooks:
    """Take the time of the start, of each node, and of what comes after the last one."""

    def __init__(self) -> None:
        self.nodes: dict[str, float] = {}
        self.began: dict[str, float] = {}

    @hook_impl(trylast=True)
    def before_pipeline_run(self) -> None:
        """All is ready: what the process has worked until now was the start."""
        self.start, self.ready = time.process_time(), time.perf_counter()
        self.nodes, self.began = {}, {}

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Start the clock."""
        self.began[node.name] = time.perf_counter()

    @hook_impl
    def after_node_run(self, node: Node) -> None:
        """Stop it."""
        self.nodes[name_of(node)] = time.perf_counter() - self.began[node.name]

    @hook_impl
    def after_dataset_saved(self, data: Any, node: Node) -> None:
        """What is computed a piece at a time is computed as it is saved."""
        if isinstance(data, Iterator):
            self.after_node_run(node)

    @hook_impl(specname="after_pipeline_run", tryfirst=True)
    def last_node_done(self) -> None:
        """What follows is records."""
        self.done = time.perf_counter()

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Say it, the longest first."""
        between = self.done - self.ready - sum(self.nodes.values())
        rest = {"start-up": self.start, "files, in and out": between}
        records = time.perf_counter() - self.done
        log.info("%s", where(self.nodes | rest | {"records in MLflow": records}))


def where(seconds: Mapping[str, float]) -> str:
    """Steps and their seconds, the longest first, the small ones together.

    >>> print(where({"fit": 30.0, "draw": 0.1, "start-up": 4.0}))
    34 s: 30.0 fit, 4.0 start-up, 0.1 all else
    """
    total = sum(seconds.values())
    large = {name: s for name, s in seconds.items() if s >= LEAST * total}
    ranked = sorted(large.items(), key=lambda item: -item[1])
    steps = [*ranked, ("all else", total - sum(large.values()))]
    return f"{total:.0f} s: " + ", ".join(f"{s:.1f} {name}" for name, s in steps)
