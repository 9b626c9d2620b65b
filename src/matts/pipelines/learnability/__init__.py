"""Which faults can be learnt at all."""

from matts.pipelines.learnability.pipeline import create_pipeline

__all__ = ["create_pipeline"]
