"""Assets, their past, and why a reading is an alert."""

import csv
import io
import json
import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import JSONResponse, StreamingResponse

from matts.serve.api import shapes
from matts.serve.api.problems import AS_CSV, responses
from matts.serve.api.taking import TheService
from matts.serve.service.board import number
from matts.serve.service.hub import columns, graded, plain
from matts.serve.service.questions import Span
from matts.serve.service.reasons import analysis
from matts.serve.service.service import Service
from matts.serve.service.thinning import thin
from matts.serve.service.verdicts import Past
from matts.source.formulas import marked

router = APIRouter(tags=["assets"])
Name = Annotated[str, Query(min_length=1, max_length=128)]
Points = Annotated[int, Query(ge=2, le=5000)]
Moment = Annotated[float | None, Query(allow_inf_nan=False)]


class Stretch:
    """Which part of the past, and as what."""

    def __init__(
        self,
        start: Moment = None,
        stop: Moment = None,
        sensors: Annotated[str, Query(max_length=20_000)] = "",
        format: Literal["json", "csv"] = "json",  # noqa: A002 (its name in the address)
    ) -> None:
        self.start, self.stop, self.sensors, self.format = start, stop, sensors, format


@router.get("/assets", response_model=shapes.Assets, responses=responses())
def assets(service: TheService) -> Any:
    """Every asset, the worst first."""
    return JSONResponse({"assets": service.hub.assets()})


@router.get("/assets/{asset:path}", response_model=shapes.AssetPage, responses=responses(404))
def asset_page(asset: str, service: TheService) -> Any:
    """One asset with its sensors and detectors."""
    row = service.hub.rows.get(asset)
    if row is None:
        raise HTTPException(404, f"there is no asset {json.dumps(asset[:128])} here")
    schema = service.deployment.deployed.schema
    return JSONResponse(
        row
        | {
            "sensors": _sensors(service),
            "detectors": _detectors(service),
            "fault_names": list(schema.fault_names),
            "window": schema.window,
        }
    )


def _sensors(service: Service) -> list[dict[str, Any]]:
    known, told = service.deployment.reference, service.deployment.sensors
    found = []
    for k, name in enumerate(known.sensors):
        place = told.place_of(name)
        found.append(
            {
                "name": name,
                "low": number(known.low[k]),
                "high": number(known.high[k]),
                "median": number(known.median[k]),
                "component": place.component if place else None,
                "group": told.group_of(name),
                "unit": told.unit_of(name),
            }
        )
    return found


def _detectors(service: Service) -> list[dict[str, Any]]:
    deployed = service.deployment.deployed_name
    limits = service.deployment.limits.items()
    return [{"name": n, "limit": number(v), "deployed": n == deployed} for n, v in limits]


@router.get("/history", response_model=shapes.History, responses=responses(404) | AS_CSV)
def history(
    service: TheService, asset: Name, span: Annotated[Stretch, Depends()], points: Points = 600
) -> Any:
    """The past of an asset: as JSON in at most so many points, or whole as CSV."""
    past = _past(service, asset, span.start, span.stop)
    chosen = _chosen(service, span.sensors)
    if span.format == "csv":
        heading = {"Content-Disposition": 'attachment; filename="history.csv"'}
        return StreamingResponse(_csv(past, chosen), media_type="text/csv", headers=heading)
    truncated = len(past) == service.settings.service.history_rows
    tree = _tree(service, asset, thin(past, points), chosen)
    return JSONResponse({**tree, "truncated": truncated})


def _past(service: Service, asset: str, start: float | None, stop: float | None) -> Past:
    _refuse_unknown(service, asset)
    low, high = -math.inf if start is None else start, math.inf if stop is None else stop
    rows = service.settings.service.history_rows
    return service.questions.past(Span(asset, low, high, rows))


def _chosen(service: Service, sensors: str) -> list[int]:
    """The places of the sensors that are asked for; of all where none is named."""
    names = service.engine.layout.sensors
    wanted = set(sensors.split(",")) if sensors else set(names)
    if strange := wanted - set(names):
        raise HTTPException(404, f"there is no sensor {json.dumps(sorted(strange)[0][:128])}")
    return [k for k, name in enumerate(names) if name in wanted]


def _tree(service: Service, asset: str, past: Past, chosen: list[int]) -> dict[str, Any]:
    records, layout = past.records, past.layout
    names = tuple(layout.sensors[k] for k in chosen)
    return {
        "asset": asset,
        "times": records["time"].tolist(),
        "numbers": records["number"].tolist(),
        "sensors": columns(names, records["values"][:, chosen]),
        "expected": columns(names, records["expected"][:, chosen]),
        "surprises": columns(layout.detectors, records["surprises"]),
        "limits": {name: number(v) for name, v in service.deployment.limits.items()},
        "alerts": records["alert"].tolist(),
        "faults": past.faults,
        "quality": plain((records["grades"] == 0).mean(axis=1)),
        "graded": graded(names, records["grades"][:, chosen]),
    }


def _csv(past: Past, chosen: list[int]) -> Iterator[str]:
    """A line a reading: time, number, sensors, surprise of each detector, alert, fault."""
    layout, records = past.layout, past.records
    surprises = [f"surprise_{name}" for name in layout.detectors]
    heading = ["time", "number", *(layout.sensors[k] for k in chosen), *surprises]
    yield _line([*heading, "alert", "fault"])
    for row, record in enumerate(records):
        numbers = [*plain(record["values"][chosen]), *plain(record["surprises"])]
        first = [float(record["time"]), int(record["number"])]
        yield _line([*first, *numbers, int(record["alert"]), past.faults[row]])


def _line(cells: list[Any]) -> str:
    """A line of CSV; a word that a spreadsheet would take for a formula is marked as none."""
    text = io.StringIO()
    safe = [marked(cell) if isinstance(cell, str) else cell for cell in cells]
    csv.writer(text, lineterminator="\n").writerow(safe)
    return text.getvalue()


@router.get("/anomaly-scores", response_model=shapes.Scores, responses=responses(404))
def anomaly_scores(service: TheService, asset: Name, points: Points = 600) -> Any:
    """The last scores of each detector, one a reading."""
    _refuse_unknown(service, asset)
    last = service.questions.past(Span(asset, -math.inf, math.inf, points))
    records, names = last.records, last.layout.detectors
    return JSONResponse(
        {
            "asset": asset,
            "times": records["time"].tolist(),
            "scores": columns(names, records["scores"]),
            "surprises": columns(names, records["surprises"]),
            "limits": {name: number(v) for name, v in service.deployment.limits.items()},
            "alerts": records["alert"].tolist(),
        }
    )


@router.get("/xai-analysis", response_model=shapes.Analysis, responses=responses(404))
def xai_analysis(
    service: TheService,
    asset: Name,
    alarm: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    time: Moment = None,
) -> Any:
    """Why a reading is an alert: the one nearest before a time, that of an alarm, or the last."""
    _refuse_unknown(service, asset)
    known = service.questions.alarm(alarm) if alarm is not None else None
    if alarm is not None and (known is None or known["asset"] != asset):
        raise HTTPException(404, f"{json.dumps(asset)} has no alarm {alarm}")
    return JSONResponse(analysis(service, asset, known, time))


def _refuse_unknown(service: Service, asset: str) -> None:
    if asset not in service.newest and asset not in service.hub.rows:
        raise HTTPException(404, f"there is no asset {json.dumps(asset)} here")
