from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from matts.simulate.machines import SIMULATORS, MachineSettings, simulate
from matts.simulate.smart_factory import SmartFactorySettings
from matts.simulate.tandem_mill import MillSettings
from matts.simulate.turbofan import TurbofanSettings

CHOICE: TypeAdapter[Any] = TypeAdapter(MachineSettings)


def test_settings_that_name_no_machine_are_those_of_the_mill() -> None:
    assert CHOICE.validate_python({"coils": 500}) == MillSettings(coils=500)


@pytest.mark.parametrize(
    "settings", [MillSettings(coils=500), TurbofanSettings(units=3), SmartFactorySettings()]
)
def test_settings_come_back_as_they_were_written(settings: BaseModel) -> None:
    assert CHOICE.validate_python(settings) is settings
    assert CHOICE.validate_python(settings.model_dump(mode="json")) == settings


def test_every_machine_is_a_choice() -> None:
    for name in SIMULATORS:
        assert CHOICE.validate_python({"machine": name}).machine == name


@pytest.mark.parametrize("wrong", [{"machine": "pump"}, {"machine": "turbofan", "coils": 5}, 7])
def test_what_is_no_machine_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        CHOICE.validate_python(wrong)


def test_the_machine_that_is_named_runs() -> None:
    mill = simulate(CHOICE.validate_python({"coils": 200}))
    fleet = simulate(CHOICE.validate_python({"machine": "turbofan", "units": 2, "test_units": 1}))
    small = {"machine": "smart_factory", "machines": 3, "readings": 20}
    factory = simulate(CHOICE.validate_python(small))
    assert len(factory.readings) == 60
    assert len(mill.readings) == 200
    assert fleet.readings["asset"].nunique() == 3
