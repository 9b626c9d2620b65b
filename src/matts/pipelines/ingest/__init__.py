"""Get readings and the truth about them."""

from matts.pipelines.ingest.pipeline import create_pipeline

__all__ = ["create_pipeline"]
