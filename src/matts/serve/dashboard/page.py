"""Serves the page of the control room: static files, whose data all come from the API."""

from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

STATIC = files("matts.serve.dashboard") / "static"


def mount(app: FastAPI) -> None:
    """Serve the page at `/` and its files below `/static`; no token is needed to load them."""

    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(str(STATIC / "index.html"), headers={"Cache-Control": "no-cache"})

    app.mount("/static", StaticFiles(directory=str(STATIC)), name="static")
