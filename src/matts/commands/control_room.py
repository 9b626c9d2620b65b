"""The control room: models, service, sources, and the page, started and ended together."""

import asyncio
import os
import webbrowser
from errno import EADDRINUSE
from threading import Thread
from time import perf_counter, sleep
from typing import Any

import typer

from matts.commands.champion import find_champion
from matts.commands.choosing import choose_sources
from matts.commands.options import ServeOptions
from matts.commands.project import Project, read_project
from matts.domain import BadInputError
from matts.serve.api.guard import refuse_open_door
from matts.serve.live.deployment import Deployment, load_deployment
from matts.serve.service.schema import forget
from matts.serve.service.service import Service
from matts.serve.settings import ServeSettings

TOKEN = "MATTS_TOKEN"  # noqa: S105 (its name)
GRACE = 1  # seconds that open streams have to end


def open_control_room(options: ServeOptions) -> None:
    """Serve until somebody says stop.

    Raises:
        BadInputError: what is asked for does not fit, or there is nothing to serve.
    """
    start = perf_counter()
    project = read_project(options.dataset, _params(options), options.env)
    settings = project.parameters.serve
    refuse_open_door(settings.service, os.environ.get(TOKEN))  # before minutes of training
    _refuse_taken_port(settings.service.host, settings.service.port)
    folder = find_champion(project, typer.echo)
    deployment = load_deployment(folder, settings.live)
    _refuse_untrained(options, deployment)
    seconds = perf_counter() - start
    typer.echo(f"{folder}, version {deployment.version}, loaded after {seconds:.1f} s")
    _listen(_service(options, project, deployment), settings, options)


def _refuse_taken_port(host: str, port: int) -> None:
    """Take the port as uvicorn will, and give it back."""

    async def take() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(asyncio.Protocol, host, port, start_serving=False)
        server.close()

    try:
        asyncio.run(take())
    except OSError as error:
        why = "in use" if error.errno == EADDRINUSE else f"not to be had ({error.strerror})"
        msg = f"serve needs a free port, and {port} on {host} is {why}: choose another with --port"
        raise BadInputError(msg) from error


def _refuse_untrained(options: ServeOptions, deployment: Deployment) -> None:
    """Whoever names a detector wants to see it."""
    named = [name.strip() for name in options.detectors.split(",") if name.strip()]
    if wrong := [name for name in named if name not in deployment.detectors]:
        msg = f"--detectors needs some that were trained on {deployment.name}, got {wrong[0]}"
        raise BadInputError(msg)


def _params(options: ServeOptions) -> str:
    """Options that are parameters as well."""
    told = {
        "serve.live.detectors": f"[{options.detectors}]" if options.detectors else None,
        "serve.service.host": options.host or None,
        "serve.service.port": options.port,
    }
    said = [f"{key}={value}" for key, value in told.items() if value is not None]
    return ",".join(filter(None, [options.params, *said]))


def _service(options: ServeOptions, project: Project, deployment: Deployment) -> Service:
    """The service on its journal, its sources ready; the application begins and ends it."""
    store = options.store or project.store
    if options.fresh:
        forget(store)
    store.parent.mkdir(parents=True, exist_ok=True)
    service = Service.open(deployment, project.parameters.serve, store)
    try:
        service.sources += choose_sources(options, project, deployment, service.newest.get)
    except BaseException:
        service.journal.close()
        raise
    return service


def _listen(service: Service, settings: ServeSettings, options: ServeOptions) -> None:
    """Answer requests until the process is told to end; the sources start when the page is up."""
    import uvicorn  # noqa: PLC0415 (an extra)

    from matts.serve.api.app import create_app  # noqa: PLC0415 (an extra)

    app = create_app(service, settings, token=os.environ.get(TOKEN))
    host, port = settings.service.host, settings.service.port
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=GRACE
    )
    server = uvicorn.Server(config)
    Thread(target=_when_up, args=(server, service, options), daemon=True).start()
    server.run()


def _when_up(server: Any, service: Service, options: ServeOptions) -> None:
    """Say where the page is, and let the sources begin."""
    while not server.started:
        if server.should_exit:
            return
        sleep(0.02)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    named = ", ".join(source.tally.name for source in service.sources)
    typer.echo(f"control room at http://{shown}:{port} from {named}; Ctrl-C ends it")
    service.start()
    if options.open:
        webbrowser.open(f"http://{shown}:{port}")
