"""Opt-in: a first look at the readings."""

from matts.pipelines.explore.pipeline import create_pipeline

__all__ = ["create_pipeline"]
