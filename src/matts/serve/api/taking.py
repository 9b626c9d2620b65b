"""Readings come in."""

from time import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from matts.serve.api.bodies import NDJSON, readings_of, trees_of
from matts.serve.api.problems import problem, responses
from matts.serve.api.shapes import Taken
from matts.serve.service.service import Service
from matts.serve.sources.source import Busy

READING = {
    "type": "object",
    "required": ["asset", "values"],
    "additionalProperties": False,
    "properties": {
        "asset": {"type": "string", "minLength": 1, "maxLength": 128},
        "time": {"type": ["number", "string"], "description": "seconds since 1970, or ISO 8601"},
        "values": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": ["number", "null"]},
        },
        "end": {"type": "boolean", "description": "the last reading of this unit"},
    },
}
LIST = {"type": "array", "items": READING, "minItems": 1}
BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "oneOf": [
                    READING,
                    LIST,
                    {
                        "type": "object",
                        "required": ["readings"],
                        "additionalProperties": False,
                        "properties": {"readings": LIST},
                    },
                ]
            }
        },
        NDJSON: {"schema": {"type": "string", "description": "a reading a line"}},
    },
}

router = APIRouter(tags=["readings"])


def the_service(request: Request) -> Service:
    """The service behind the app."""
    service: Service = request.app.state.service
    return service


TheService = Annotated[Service, Depends(the_service)]


@router.post(
    "/sensor-data",
    response_model=Taken,
    responses=responses(503),
    openapi_extra={"requestBody": BODY},
)
async def take(request: Request, service: TheService) -> Any:
    """Take readings; what is accepted is kept, whatever happens to the service afterwards."""
    trees = await trees_of(request, service.settings.service.readings)
    good, wrong = readings_of(trees, time())
    places = [place for place, _ in good]
    try:
        came = await run_in_threadpool(service.accept, [reading for _, reading in good])
    except Busy:
        service.send_away(len(good))
        raise
    wrong = sorted(wrong + [(places[k], detail) for k, detail in came.errors])
    if len(wrong) == len(trees):
        return problem(422, wrong[0][1])
    errors = [{"index": place, "detail": detail} for place, detail in wrong]
    return JSONResponse(
        {
            "accepted": came.accepted,
            "duplicates": came.duplicates,
            "late": came.late,
            "errors": errors,
        }
    )
