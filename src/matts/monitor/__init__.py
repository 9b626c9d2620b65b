"""Are healthy readings still what they were? Drift of inputs, latents and errors."""
