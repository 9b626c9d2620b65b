"""Which pipelines exist: one a folder of `pipelines/`; `matts` runs unless another is named."""

from kedro.framework.project import find_pipelines
from kedro.pipeline import Pipeline


def register_pipelines() -> dict[str, Pipeline]:
    """Every pipeline by its folder's name."""
    found: dict[str, Pipeline] = find_pipelines(raise_errors=True)
    return {**found, "__default__": found["matts"]} if "matts" in found else found
