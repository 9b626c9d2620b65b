"""Whatever the description allows, or does not: no answer that it does not describe."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from benchmarks.control_room import Room, open_room, wait_for
from matts.serve.settings import ServeSettings, ServiceSettings
from tests.plants import Plant, live, table_of

CHECKS = [  # that what is described makes sense, too, no description can say
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
TOO_LONG = "Invalid HTTP request received."  # uvicorn, of an address of 64 KiB
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


@pytest.fixture(scope="module")
def room(plant: Plant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A service that has assets, alarms and labels."""
    service = ServiceSettings(requests_a_second=1e6, burst=10**6)
    path = tmp_path_factory.mktemp("schema") / "journal.db"
    settings = ServeSettings(service=service)
    with open_room(plant.deployment, path, settings=settings) as room:
        readings = live("a", table_of(7, 60), plant.deployment.inputs)
        room.push({"asset": "a", "time": r.time, "values": dict(r.values)} for r in readings)
        wait_for(lambda: room.service.engine.lag == 0)
        yield room


@pytest.fixture(scope="module")
def api(room: Room) -> BaseSchema:
    return schemathesis.openapi.from_url(f"{room.url}/api/openapi.json")


def conforms(case: Case[Any]) -> None:
    answer = case.call()
    if answer.text != TOO_LONG:
        case.validate_response(answer, checks=CHECKS)


def asked(api: BaseSchema, mode: GenerationMode) -> list[str]:
    """Ask a few times of each endpoint but the endless one: what went wrong, if anything."""
    wrong = []
    for each in api.exclude(path="/api/v1/stream").get_all_operations():
        operation = each.ok()  # type: ignore[union-attr]
        given_cases = given(operation.as_strategy(generation_mode=mode))
        few = settings(
            max_examples=8,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        try:
            few(given_cases(conforms))()
        except Unsatisfiable:  # nothing that could be wrong
            continue
        except (Exception, BaseExceptionGroup) as error:
            wrong.append(f"{operation.label}: {error}")
    return wrong


@pytest.mark.parametrize("mode", MODES)
def test_answers_are_as_described(api: BaseSchema, mode: GenerationMode) -> None:
    wrong = asked(api, mode)
    assert not wrong, "\n\n".join(wrong)
