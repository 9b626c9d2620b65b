"""What can be said to `matts serve`."""

from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

SOURCES = "Where readings come from, beside HTTP"
SERVICE = "Service"
OWN = "own"  # the dataset's own file


def _option(text: str, *names: str, panel: str | None = None, **more: Any) -> Any:
    return typer.Option(*names, help=text, rich_help_panel=panel, **more)


class ServeOptions(NamedTuple):
    """The options of `matts serve`; what is not said is as the parameters under `serve` say."""

    dataset: Annotated[str, _option("Which dataset's models judge. [default: as kedro run]")] = ""
    replay: Annotated[
        str,
        _option(
            "A CSV or Parquet file; without a value the dataset's own record.",
            panel=SOURCES,
            metavar="[FILE]",
        ),
    ] = ""
    simulate: Annotated[
        bool, _option("Simulated machines, with faults now and then.", "--simulate", panel=SOURCES)
    ] = False
    mqtt: Annotated[
        str, _option("A broker, as mqtt://host:1883 or mqtts://host.", panel=SOURCES)
    ] = ""
    opcua: Annotated[str, _option("A server of OPC UA, as opc.tcp://host:4840.", panel=SOURCES)] = (
        ""
    )
    speed: Annotated[
        float,
        _option(
            "Readings a second of each machine that is replayed or simulated; 0: as they go.",
            panel=SOURCES,
            min=0,
            max=100_000,
        ),
    ] = 2.0
    loop: Annotated[bool, _option("Begin a replay again at its end.", "--loop", panel=SOURCES)] = (
        False
    )
    host: Annotated[
        str, _option("Where to listen; beyond loopback MATTS_TOKEN is needed.", panel=SERVICE)
    ] = ""
    port: Annotated[
        int | None, _option("On which port; 0: any that is free.", panel=SERVICE, min=0, max=65_535)
    ] = None
    detectors: Annotated[str, _option("Which are shown, as matts,vae,kalman.", panel=SERVICE)] = ""
    store: Annotated[
        Path | None, _option("The file of journal, alarms and history.", panel=SERVICE)
    ] = None
    fresh: Annotated[
        bool, _option("Forget journal, alarms and history first.", "--fresh", panel=SERVICE)
    ] = False
    open: Annotated[bool, _option("Open the page in a browser.", "--open", panel=SERVICE)] = False
    env: Annotated[str, _option("Which folder of conf comes on top.", envvar="KEDRO_ENV")] = ""
    params: Annotated[str, _option("Other parameters, as serve.live.wait=2,dataset=6.")] = ""
