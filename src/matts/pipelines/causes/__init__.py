"""What says which sensors an alert blames."""

from matts.pipelines.causes.pipeline import create_pipeline

__all__ = ["create_pipeline"]
