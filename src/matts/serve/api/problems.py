"""Errors as RFC 9457 has them: application/problem+json."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from matts.domain import BadInputError
from matts.serve.sources.source import Busy

MEDIA = "application/problem+json"


class Problem(BaseModel):
    """What went wrong, in one sentence."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


def problem(status: int, detail: str, **headers: str) -> JSONResponse:
    """The answer to what cannot be answered."""
    tree = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    answer = JSONResponse(tree.model_dump(), status, headers=headers)
    answer.headers["content-type"] = MEDIA
    return answer


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What an endpoint may answer besides its own, for OpenAPI."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    told = {400, 401, 403, 413, 422, 429, *statuses}
    return {
        code: {"description": HTTPStatus(code).phrase, "content": {MEDIA: schema}}
        for code in sorted(told)
    }


class TooLargeError(Exception):
    """The body has more bytes than the service takes."""


def add_problems(app: FastAPI) -> None:
    """Answer every error in the same form."""

    @app.exception_handler(BadInputError)
    async def bad(_: Request, error: BadInputError) -> JSONResponse:
        return problem(422, str(error))

    @app.exception_handler(Busy)
    async def busy(_: Request, error: Busy) -> JSONResponse:
        return problem(503, str(error), **{"Retry-After": "1"})

    @app.exception_handler(TooLargeError)
    async def large(_: Request, error: TooLargeError) -> JSONResponse:
        return problem(413, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "the request"
        return problem(422, f"{where}: {first['msg']}")

    @app.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> JSONResponse:
        if isinstance(error.__cause__, TooLargeError):  # met while FastAPI read the body
            return problem(413, str(error.__cause__))
        return problem(error.status_code, str(error.detail), **(error.headers or {}))

    @app.exception_handler(Exception)
    async def unforeseen(_: Request, error: Exception) -> JSONResponse:
        return problem(500, f"the service could not do this: {type(error).__name__}")
