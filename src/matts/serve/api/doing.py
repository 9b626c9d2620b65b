"""Alarms, what operators do to them, and what the service is told to do."""

import json
from time import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import JSONResponse, Response

from matts.serve.alarms.actions import read_action
from matts.serve.alarms.alarm import STATES
from matts.serve.alarms.label_file import label_file
from matts.serve.api import alarm_shapes, shapes
from matts.serve.api.problems import AS_CSV, responses
from matts.serve.api.taking import TheService
from matts.serve.service.reasons import events
from matts.serve.service.service import Service

router = APIRouter(tags=["alarms"])
Some = Annotated[str, Query(max_length=128)]
Limit = Annotated[int, Query(ge=1, le=10_000)]
Id = Annotated[int, Path(ge=1, le=2**62)]
Done = Literal["acknowledge", "shelve", "unshelve", "comment", "feedback", "undo-feedback"]
Service_ = Literal["out-of-service", "in-service"]


@router.get("/alarms", response_model=alarm_shapes.Alarms, responses=responses())
def alarms(
    service: TheService,
    state: Literal["", STATES] = "",  # type: ignore[valid-type]
    asset: Some = "",
    limit: Limit = 200,
) -> Any:
    """Alarms, the last first; of one state or asset, if asked."""
    found, total = service.questions.alarms(state, asset, limit)
    return JSONResponse({"alarms": found, "flood": service.engine.flood, "total": total})


@router.get("/alarms/{alarm}", response_model=alarm_shapes.Alarm, responses=responses(404))
def one_alarm(alarm: Id, service: TheService) -> Any:
    """One alarm."""
    return JSONResponse(_alarm(service, alarm))


def _alarm(service: Service, alarm: int) -> dict[str, Any]:
    found = service.questions.alarm(alarm)
    if found is None:
        raise HTTPException(404, f"there is no alarm {alarm} here")
    return found


@router.get("/alarms/{alarm}/audit", response_model=alarm_shapes.Audit, responses=responses(404))
def audit(alarm: Id, service: TheService) -> Any:
    """All that became of an alarm, and who did it, even after a reset."""
    records = service.questions.audit(alarm)
    if not records:
        _alarm(service, alarm)
    return JSONResponse({"records": records})


@router.post(
    "/alarms/{alarm}/{done}", response_model=alarm_shapes.Alarm, responses=responses(404, 503)
)
def act(alarm: Id, done: Done, said: shapes.Said, service: TheService) -> Any:
    """Do something to an alarm: what it is afterwards."""
    _alarm(service, alarm)
    tree = said.model_dump(exclude_none=True, exclude={"who"})
    tree |= {"kind": done.replace("-", "_"), "alarm": alarm}
    service.act(read_action(tree, said.who, time()))
    return JSONResponse(_alarm(service, alarm))


@router.post(
    "/assets/{asset:path}/mode", response_model=shapes.Asset, responses=responses(404, 503)
)
def mode(asset: str, said: shapes.Mode, service: TheService) -> Any:
    """Say which operating mode an asset is in; some suppress alarms by design."""
    return _of_asset(
        service, asset, {"kind": "mode", "mode": said.mode, "text": said.text}, said.who
    )


@router.post(
    "/assets/{asset:path}/{done}", response_model=shapes.Asset, responses=responses(404, 503)
)
def in_or_out(asset: str, done: Service_, said: shapes.Said, service: TheService) -> Any:
    """Take an asset out of service, or back."""
    tree = {"kind": done.replace("-", "_"), "text": said.text}
    return _of_asset(service, asset, tree, said.who)


def _of_asset(service: Service, asset: str, tree: dict[str, Any], who: str) -> JSONResponse:
    if asset not in service.hub.rows:
        raise HTTPException(404, f"there is no asset {json.dumps(asset[:128])} here")
    service.act(read_action({**tree, "asset": asset}, who, time()))
    return JSONResponse(service.hub.rows[asset])


@router.get("/audit", response_model=alarm_shapes.Audit, responses=responses())
def trail(service: TheService, asset: Some = "", limit: Limit = 200) -> Any:
    """What happened and who did it, the last first: of alarms, and what is of none of them.

    That is modes, assets out of service, floods, resets, and that a model wants to be retrained;
    a flood and a reset are of no asset.
    """
    return JSONResponse({"records": service.questions.last_lines(asset, limit)})


@router.get("/events", response_model=alarm_shapes.Events, responses=responses())
def event_cards(service: TheService, asset: Some = "", limit: Limit = 50) -> Any:
    """What happened: from when to when, which fault, and which past events it is like."""
    return JSONResponse({"events": events(service, asset, limit)})


@router.get("/completed", response_model=alarm_shapes.Completed, responses=responses())
def completed(service: TheService, limit: Limit = 200) -> Any:
    """Units that are completed, the last first."""
    return JSONResponse({"completed": service.questions.completed(limit)})


@router.get("/labels", response_model=alarm_shapes.Labels, responses=responses() | AS_CSV)
def labels(
    service: TheService,
    format: Literal["json", "csv"] = "json",  # noqa: A002 (its name in the address)
) -> Any:
    """What operators said of alarms, as labels to train with."""
    rows = service.questions.labels()
    if format == "json":
        return JSONResponse({"labels": rows})
    return Response(label_file(rows), media_type="text/csv")


@router.get("/drift", response_model=alarm_shapes.Drifts, responses=responses(), tags=["service"])
def drift(service: TheService, asset: Some = "") -> Any:
    """Whether healthy readings are still what they were: of one asset, or of all."""
    found = {k: v for k, v in service.engine.drift().items() if asset in ("", k)}
    return JSONResponse({"assets": found})


@router.get("/models", response_model=alarm_shapes.Models, responses=responses(), tags=["service"])
def models(service: TheService) -> Any:
    """What was trained, and is at work."""
    deployment = service.deployment
    schema = deployment.deployed.schema
    return JSONResponse(
        {
            "name": deployment.name,
            "version": deployment.version,
            "deployed": deployment.deployed_name,
            "detectors": list(deployment.detectors),
            "sensors": len(deployment.inputs),
            "window": schema.window,
            "fault_names": list(schema.fault_names),
        }
    )


@router.get("/status", response_model=shapes.Status, responses=responses(), tags=["service"])
def status(service: TheService) -> Any:
    """How the service and its sources are."""
    return JSONResponse(service.status())


@router.post("/start", response_model=shapes.Status, responses=responses(), tags=["service"])
def start(service: TheService) -> Any:
    """Let the sources send."""
    service.start()
    return JSONResponse(service.status())


@router.post("/stop", response_model=shapes.Status, responses=responses(), tags=["service"])
def stop(service: TheService) -> Any:
    """Let no source send; readings that are posted are still taken."""
    service.stop()
    return JSONResponse(service.status())


@router.post("/reset", response_model=shapes.Status, responses=responses(503), tags=["service"])
def reset(service: TheService, said: shapes.Who | None = None) -> Any:
    """Forget windows and alarms; history, audit, and what is suppressed or out of service stay."""
    service.reset("operator" if said is None else said.who)
    return JSONResponse(service.status())
