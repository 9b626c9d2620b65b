"""Opt-in: are readings still what training saw?"""

from matts.pipelines.monitor.pipeline import create_pipeline

__all__ = ["create_pipeline"]
