"""Opt-in: chosen detectors on chosen datasets, in one table."""

from matts.pipelines.leaderboard.pipeline import create_pipeline

__all__ = ["create_pipeline"]
