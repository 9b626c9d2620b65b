"""Opt-in: search for better settings on validation windows."""

from matts.pipelines.search.pipeline import create_pipeline

__all__ = ["create_pipeline"]
