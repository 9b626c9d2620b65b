"""Foresee how long machines will last, where some were watched until they failed."""

from matts.pipelines.life.pipeline import create_pipeline

__all__ = ["create_pipeline"]
