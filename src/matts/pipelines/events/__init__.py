"""Say of each run of alerts when it was, which sensors made it, which fault it is like."""

from matts.pipelines.events.pipeline import create_pipeline

__all__ = ["create_pipeline"]
