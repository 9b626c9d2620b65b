"""Which sources a command line names."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matts.commands.options import OWN, ServeOptions
from matts.commands.project import Project
from matts.domain import BadInputError
from matts.serve.sources.mqtt import Mqtt
from matts.serve.sources.opcua import Opcua
from matts.serve.sources.replay import Latest, Replay
from matts.serve.sources.simulated import Simulated
from matts.serve.sources.source import Source
from matts.serve.sources.tables import open_table
from matts.source.files import find

Maker = Callable[[ServeOptions, Project, Any, Latest], Source]


def choose_sources(
    options: ServeOptions, project: Project, deployment: Any, latest: Latest
) -> list[Source]:
    """The sources that were asked for; if none was, what the dataset was learnt from."""
    chosen = [name for name in SOURCES if getattr(options, name)] or [_fitting(project)]
    return [SOURCES[name](options, project, deployment, latest) for name in chosen]


def _fitting(project: Project) -> str:
    """Simulated machines where the models have learnt from one, else the file they have read."""
    told = project.data / "02_intermediate" / project.dataset / "data_source.json"
    real = told.exists() and json.loads(told.read_text())["data_source"] == "real"
    return "replay" if real or project.parameters.source.simulate is None else "simulate"


def _replay(options: ServeOptions, project: Project, deployment: Any, latest: Latest) -> Source:
    settings = project.parameters.source
    named = settings.paths[0] if options.replay in ("", OWN) else options.replay
    path = named if named == options.replay else _own(project)
    chunks = open_table(path, settings, deployment.inputs)
    return Replay(
        chunks,
        asset=Path(named).stem,
        speed=options.speed,
        start=_born(path),
        loop=options.loop,
        batch=project.parameters.serve.sources.batch,
        latest=latest,
    )


def _own(project: Project) -> str:
    """The record that was learnt from: the dataset's file, else what was simulated instead."""
    path = project.parameters.source.paths[0]
    simulated = project.data / "02_intermediate" / project.dataset / "readings.parquet"
    missing = not list(find(path, project.parameters.source))
    return str(simulated) if missing and simulated.exists() else path


def _born(path: str) -> float:
    """When readings without times begin: when their file was written, the same at every start."""
    file = Path(path)
    return float(int(file.stat().st_mtime)) if file.exists() else 0.0


def _simulate(options: ServeOptions, project: Project, _deployment: Any, _latest: Latest) -> Source:
    machine = project.parameters.source.simulate
    if machine is None:
        msg = f"dataset {project.dataset} has no simulator: name a file with --replay"
        raise BadInputError(msg)
    if options.speed == 0:
        msg = "simulated machines run in time: --speed needs more than 0"
        raise BadInputError(msg)
    settings = project.parameters.serve.sources
    return Simulated(machine, settings.simulated, options.speed, settings.batch)


def _mqtt(options: ServeOptions, project: Project, _deployment: Any, _latest: Latest) -> Source:
    settings = project.parameters.serve.sources
    return Mqtt(options.mqtt, settings.mqtt, settings.batch, settings.backoff)


def _opcua(options: ServeOptions, project: Project, _deployment: Any, _latest: Latest) -> Source:
    settings = project.parameters.serve.sources
    return Opcua(options.opcua, settings.opcua, settings.batch, settings.backoff)


SOURCES: dict[str, Maker] = {
    "replay": _replay,
    "simulate": _simulate,
    "mqtt": _mqtt,
    "opcua": _opcua,
}
