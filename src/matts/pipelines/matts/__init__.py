"""The whole road from readings to report."""

from matts.pipelines.matts.pipeline import create_pipeline

__all__ = ["create_pipeline"]
