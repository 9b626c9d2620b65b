"""Tell what was found: pictures, and a page of words and tables."""

from matts.pipelines.report.pipeline import create_pipeline

__all__ = ["create_pipeline"]
