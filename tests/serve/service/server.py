"""Real services in processes of their own, to be killed: python -m tests.serve.service.server.

What a service imports takes seconds, so one warm process forks for each. A line in: {"models",
"journal", "port", "service"}; a line out: the number of the process that serves.
"""

import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch._dynamo  # noqa: F401 (which torch's optimizers need)
import uvicorn

from matts.serve.api.app import create_app
from matts.serve.live.deployment import load_deployment
from matts.serve.service.service import Service
from matts.serve.settings import ServeSettings, ServiceSettings


def serve(models: str, journal: str, port: int, service: dict[str, Any]) -> None:
    """Serve what was trained until the process ends."""
    settings = ServeSettings(service=ServiceSettings(**service))
    deployment = load_deployment(Path(models), settings.live)
    app = create_app(Service.open(deployment, settings, Path(journal)), settings)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


def fork() -> None:
    """A service for every line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those that are killed leave nothing behind
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            serve(**json.loads(line))
            os._exit(0)
        print(child, flush=True)  # noqa: T201


if __name__ == "__main__":
    fork()
