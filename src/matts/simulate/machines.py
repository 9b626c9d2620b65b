"""Which machines can be run for free, and how settings say which one is meant."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, Discriminator, Tag

from matts.simulate.smart_factory import FactoryRun, SmartFactorySettings, simulate_smart_factory
from matts.simulate.tandem_mill import MillRun, MillSettings, simulate_tandem_mill
from matts.simulate.turbofan import TurbofanRun, TurbofanSettings, simulate_turbofan

MILL = "tandem_mill"
Run = MillRun | TurbofanRun | FactoryRun

SIMULATORS: dict[str, Callable[[Any], Run]] = {
    MILL: simulate_tandem_mill,
    "turbofan": simulate_turbofan,
    "smart_factory": simulate_smart_factory,
}


def _machine(given: Any) -> Any:
    """The machine that settings name; they are the mill's if they name none."""
    named = given.model_dump() if isinstance(given, BaseModel) else given
    return named.get("machine", MILL) if isinstance(named, dict) else None


MachineSettings = Annotated[
    Annotated[MillSettings, Tag(MILL)]
    | Annotated[TurbofanSettings, Tag("turbofan")]
    | Annotated[SmartFactorySettings, Tag("smart_factory")],
    Discriminator(_machine),
]


def simulate(settings: MillSettings | TurbofanSettings | SmartFactorySettings) -> Run:
    """Run the machine that the settings are of.

    >>> run = simulate(TurbofanSettings(units=2, test_units=1))
    >>> run.readings["asset"].unique().tolist()
    ['unit_0001', 'unit_0002', 'unit_0003']
    """
    return SIMULATORS[settings.machine](settings)
