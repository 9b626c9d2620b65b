"""Machines that can be run for free: each yields readings with known faults."""
