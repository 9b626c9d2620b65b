"""A real service in a process of its own, to be killed: python -m tests.serve.service.server."""

import sys
from pathlib import Path

import uvicorn

from matts.serve.api.app import create_app
from matts.serve.service.service import Service
from matts.serve.service.settings import ServiceSettings
from matts.serve.settings import ServeSettings
from tests.plants import trained

QUIET = ServiceSettings(snapshot_entries=40, batch=7, tick_seconds=3600, silent_seconds=0)


def serve(path: Path, port: int) -> None:
    """Serve until the process ends."""
    settings = ServeSettings(service=QUIET)
    service = Service.open(trained("raw", {}).deployment, settings, path)
    app = create_app(service, settings)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
