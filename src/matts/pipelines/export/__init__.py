"""Write the deployed detector and its diagnoser for other programs."""

from matts.pipelines.export.pipeline import create_pipeline

__all__ = ["create_pipeline"]
