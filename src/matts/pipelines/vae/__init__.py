"""Opt-in: what each option of the variational autoencoder is worth."""

from matts.pipelines.vae.pipeline import create_pipeline

__all__ = ["create_pipeline"]
