"""Opt-in: what models of rows can tell of machines, now and ahead."""

from matts.pipelines.tabular.pipeline import create_pipeline

__all__ = ["create_pipeline"]
