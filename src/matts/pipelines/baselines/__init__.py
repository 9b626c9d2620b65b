"""Fit what the MATTS network is set beside."""

from matts.pipelines.baselines.pipeline import create_pipeline

__all__ = ["create_pipeline"]
