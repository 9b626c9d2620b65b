"""What is known of a machine's sensors."""

import pytest
from pydantic import ValidationError

from matts.groups import SensorSettings

MILL = SensorSettings.model_validate(
    {
        "groups": {
            "product": {"like": "width|ys_.*"},
            "force": {"like": r"force_\d", "after": ["product"]},
            "torque": {"like": r"torque_\d", "after": ["force"]},
        },
        "component": r"(?P<channel>.+)_(?P<component>\d)",
        "mode": ["product"],
    }
)


def test_a_group_has_the_sensors_whose_whole_names_are_alike() -> None:
    found = MILL.members(["width", "force_1", "ys_exit", "force_2", "width_2"])
    assert found == {
        "product": ["width", "ys_exit"],
        "force": ["force_1", "force_2"],
        "width_2": ["width_2"],
    }


def test_near_and_far_causes() -> None:
    assert MILL.causes("torque") == {"force", "product"}
    assert MILL.causes("product") == set()


def test_a_sensor_measures_a_channel_of_a_component() -> None:
    assert MILL.place_of("force_2") == ("force", "2")
    assert MILL.place_of("width") is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"groups": {"a": {"like": "("}}}, "needs a regular expression, got '\\('"),
        ({"groups": {"a": {"like": "x", "after": ["b"]}}}, "there is no group 'b'"),
        (
            {"groups": {"a": {"like": "x", "after": ["b"]}, "b": {"like": "y", "after": ["a"]}}},
            "groups.a comes after itself",
        ),
        ({"component": "(.+)_(\\d)"}, "needs \\(\\?P<channel>"),
        ({"mode": ["product"]}, "mode: there is no group 'product'"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        SensorSettings.model_validate(wrong)
