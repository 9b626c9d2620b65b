"""Readings from the body of a request: one, a list, or a line each."""

import json
from collections.abc import Sequence
from typing import Any

from fastapi import Request

from matts.domain import BadInputError
from matts.serve.live.reading import Reading, read_reading

NDJSON = "application/x-ndjson"


async def read_json(request: Request) -> Any:
    """The body as JSON.

    Raises:
        BadInputError: it is none, in one sentence.
    """
    return parse(await request.body())


def parse(text: bytes | str) -> Any:
    """JSON as RFC 8259 has it: NaN and Infinity are none.

    >>> parse('{"a": 1}')
    {'a': 1}
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except BadInputError:
        raise
    except (ValueError, RecursionError) as error:
        msg = f"the body needs to be JSON: {error}"
        raise BadInputError(msg) from None


def _refuse(constant: str) -> Any:
    msg = f"{constant} is no number of JSON: send null for what is not known"
    raise BadInputError(msg)


async def trees_of(request: Request, most: int) -> list[Any]:
    """What may be readings: a list, however they were sent."""
    body = await request.body()
    if request.headers.get("content-type", "").split(";")[0].strip() == NDJSON:
        lines = [line for line in body.splitlines() if line.strip()]
        found: Any = [_or_error(line) for line in lines[: most + 1]]
    else:
        found = parse(body)
        if isinstance(found, dict) and found.keys() == {"readings"}:
            found = found["readings"]
        found = found if isinstance(found, list) else [found]
    if not 0 < len(found) <= most:
        came = "none" if not found else f"more ({len(found)})"
        msg = f"a request needs 1 to {most} readings, got {came}"
        raise BadInputError(msg)
    return list(found)


def _or_error(line: bytes) -> Any:
    try:
        return parse(line)
    except BadInputError as error:
        return error


def readings_of(
    trees: Sequence[Any], received: float
) -> tuple[list[tuple[int, Reading]], list[tuple[int, str]]]:
    """The readings among them and what is wrong with the others, each with its place."""
    good, wrong = [], []
    for place, tree in enumerate(trees):
        try:
            if isinstance(tree, BadInputError):
                raise tree
            good.append((place, read_reading(tree, received)._replace(source="http")))
        except BadInputError as error:
            wrong.append((place, str(error)))
    return good, wrong
