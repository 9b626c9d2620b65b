"""Stage two: learn to name the fault."""

from matts.pipelines.train_diagnoser.pipeline import create_pipeline

__all__ = ["create_pipeline"]
