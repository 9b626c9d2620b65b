"""Score a new file with what was trained; nothing is fitted again."""

from matts.pipelines.inference.pipeline import create_pipeline

__all__ = ["create_pipeline"]
