"""The web application around a service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from matts import __version__
from matts.serve.api import doing, looking, streaming, taking
from matts.serve.api.guard import Guard, refuse_open_door
from matts.serve.api.metrics import measure
from matts.serve.api.problems import Problem, add_problems, problem, responses
from matts.serve.api.shapes import Health
from matts.serve.api.streaming import Pump
from matts.serve.dashboard import mount
from matts.serve.service.service import Service
from matts.serve.settings import ServeSettings

TITLE = "matts: from a reading to an alarm"


def create_app(service: Service, settings: ServeSettings, token: str | None = None) -> FastAPI:
    """The API of a service, and its page; the engine begins and ends with the application.

    The sources do not: whoever has them calls `service.start`.

    Raises:
        BadInputError: others could reach it, and there is no token.
    """
    refuse_open_door(settings.service, token)
    pump = Pump(service)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        service.begin()
        pumping = asyncio.create_task(pump.run())
        yield
        pumping.cancel()
        with suppress(asyncio.CancelledError):
            await pumping
        await run_in_threadpool(service.close)

    app = FastAPI(
        title=TITLE,
        version=__version__,
        lifespan=life,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.service, app.state.pump = service, pump
    add_problems(app)
    app.include_router(_api(), prefix="/api/v1")
    app.include_router(_api(), prefix="/api", include_in_schema=False)
    _watched(app, service)
    mount(app)
    app.add_middleware(Guard, settings=settings.service, token=token)
    return app


def _api() -> APIRouter:
    """Every endpoint below /api."""
    router = APIRouter()
    for part in (taking, looking, doing, streaming):
        router.include_router(part.router)

    @router.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> JSONResponse:
        return JSONResponse(describe(request.app))

    return router


def _watched(app: FastAPI, service: Service) -> None:
    """What those ask who keep the service running."""

    @app.get("/health", response_model=Health, tags=["service"])
    def health() -> Any:
        """Whether the service runs at all."""
        status = service.status()
        tree = {name: status[name] for name in ("lag", "failed", "failing")}
        return JSONResponse({"status": "ok", **tree})

    @app.get("/ready", response_model=Health, responses=responses(503), tags=["service"])
    def ready() -> Any:
        """Whether what comes is judged soon."""
        status = service.status()
        if service.engine.thread is None or status["lag"] > service.settings.service.batch * 10:
            return problem(503, f"{status['lag']} readings wait to be judged")
        tree = {name: status[name] for name in ("lag", "failed", "failing")}
        return JSONResponse({"status": "ready", **tree})

    @app.get("/metrics", responses={200: {"content": {"text/plain": {}}}}, tags=["service"])
    def metrics() -> Response:
        """Counts and levels for Prometheus."""
        listening = len(app.state.pump.clients)
        return Response(measure(service, listening), media_type=CONTENT_TYPE_LATEST)


def describe(app: FastAPI) -> dict[str, Any]:
    """The API as OpenAPI has it."""
    tree = get_openapi(title=TITLE, version=__version__, routes=app.routes)
    schemas = tree.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    return tree
