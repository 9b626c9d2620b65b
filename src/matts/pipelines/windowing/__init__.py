"""Cut readings into windows of the past, the present and the future."""

from matts.pipelines.windowing.pipeline import create_pipeline

__all__ = ["create_pipeline"]
