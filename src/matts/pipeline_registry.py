"""Which pipelines exist: one a folder of `pipelines/`, and `matts`, which runs unless one is named."""

from kedro.framework.project import find_pipelines
from kedro.pipeline import Pipeline


def register_pipelines(pipelines_to_find: str | None = None) -> dict[str, Pipeline]:
    """Every stage by its folder's name."""
    return find_pipelines(raise_errors=True)
