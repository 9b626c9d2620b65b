import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

Kedro = Callable[..., CompletedProcess[str]]
PICTURES = ("series", "components", "spectrum", "forecasts")


def test_a_first_look_draws_four_pictures(kedro: Kedro, copied: Path) -> None:
    done = kedro(copied, "run", "--pipeline", "explore", "--params", "explore.readings=100")
    assert done.returncode == 0, done.stderr
    folder = copied / "data/smoke/08_reporting/6"
    for picture in PICTURES:
        assert (folder / f"{picture}.png").read_bytes().startswith(b"\x89PNG\r\n")
        assert json.loads((folder / f"{picture}.plotly.json").read_text())["data"]
    series = json.loads((folder / "series.plotly.json").read_text())
    assert series["layout"]["title"]["text"].startswith("100 readings of 3 sensors")
