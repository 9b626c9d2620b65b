"""Stage one: learn to tell strange windows from ordinary ones."""

from matts.pipelines.train_detector.pipeline import create_pipeline

__all__ = ["create_pipeline"]
