"""Say what it is all worth, on windows that nothing was fitted on."""

from matts.pipelines.evaluate.pipeline import create_pipeline

__all__ = ["create_pipeline"]
