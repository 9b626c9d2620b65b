"""The unit of each sensor: as the settings say, or as the layout does."""

from collections.abc import Sequence

from matts.groups import OFF_LEVEL, RESIDUAL, SensorSettings
from matts.readings import RANGES, Layout, quantity_of


def units_of(
    sensors: Sequence[str], layout: Layout, settings: SensorSettings | None = None
) -> dict[str, str]:
    """The unit of each sensor, 1 for a share; of layouts only tcm5 tells them.

    That of a residual is the spread of healthy ones.

    >>> units_of(["force_1", "reduction_2"], "tcm5"), units_of(["force_1"], "plain")
    ({'force_1': 'N', 'reduction_2': '1'}, {'force_1': 'unknown'})
    """
    told = settings or SensorSettings()
    return {name: told.unit_of(name) or _unit(name, layout) for name in sensors}


def _unit(name: str, layout: Layout) -> str:
    if name.endswith(OFF_LEVEL):
        return "off its level"
    if name.endswith(RESIDUAL):
        return "healthy spreads"
    return RANGES[quantity_of(name)][2] or "1" if layout == "tcm5" else "unknown"
