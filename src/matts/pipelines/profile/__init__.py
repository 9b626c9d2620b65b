"""What the live service needs beside the models."""

from matts.pipelines.profile.pipeline import create_pipeline

__all__ = ["create_pipeline"]
