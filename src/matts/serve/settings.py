"""What steers the live service, where the rest of matts looks for it."""

from matts.serve.service.all_settings import ServeSettings

__all__ = ["ServeSettings"]
