"""The page of the control room: static files that talk to the API of the service alone."""

from matts.serve.dashboard.page import mount

__all__ = ["mount"]
