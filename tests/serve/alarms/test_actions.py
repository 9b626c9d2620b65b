import json
from typing import Any

import pytest

from matts.domain import BadInputError
from matts.serve.alarms.actions import Action, read_action


def test_an_action_is_read_with_who_and_when() -> None:
    tree = {"kind": "feedback", "alarm": 3, "verdict": "confirmed", "fault": "Leak", "text": "seen"}
    expected = Action(
        "feedback", "Ann", 60.0, alarm=3, verdict="confirmed", fault="Leak", text="seen"
    )
    assert read_action(tree, "Ann", 60.0) == expected
    assert read_action({**tree, "who": "Bob"}, "", 60.0).who == "Bob"
    assert read_action({**tree, "who": "Bob"}, "Ann", 60.0).who == "Ann"  # who is known wins


def test_a_shelf_has_minutes_an_end_or_the_usual_time() -> None:
    tree = {"kind": "shelve", "alarm": 1}
    assert read_action({**tree, "minutes": 2}, "Ann", 60.0).until == 180.0
    assert read_action({**tree, "until": 99}, "Ann", 60.0).until == 99.0
    assert read_action(tree, "Ann", 60.0).until is None


WRONG: dict[str, tuple[Any, str]] = {
    "a list": ([1], "an action needs an object with a kind, got list"),
    "no kind": ({}, "kind needs to be one of acknowledge, shelve"),
    "unknown kind": ({"kind": "x" * 999}, "kind needs to be one of"),
    "unhashable kind": ({"kind": ["mode"]}, "kind needs to be one of"),
    "unknown key": ({"kind": "comment", "shout": 1}, "an action has no 'shout'"),
    "no alarm": ({"kind": "acknowledge"}, "an action needs the number of an alarm, got 'None'"),
    "truth for an alarm": ({"kind": "acknowledge", "alarm": True}, "the number of an alarm"),
    "text for an alarm": ({"kind": "acknowledge", "alarm": "1"}, "the number of an alarm"),
    "no asset": ({"kind": "mode", "mode": "idle"}, "an action needs the name of an asset"),
    "empty comment": ({"kind": "comment", "alarm": 1, "text": " "}, "a comment needs a text"),
    "long comment": ({"kind": "comment", "alarm": 1, "text": "x" * 2001}, "at most 2000 char"),
    "control characters": ({"kind": "comment", "alarm": 1, "text": "a\x00"}, "printable text"),
    "no verdict": ({"kind": "feedback", "alarm": 1}, "verdict needs to be one of false_alarm"),
    "endless": ({"kind": "shelve", "alarm": 1, "minutes": float("inf")}, "minutes needs a number"),
    "no number": ({"kind": "shelve", "alarm": 1, "minutes": float("nan")}, "needs a number"),
    "huge": ({"kind": "shelve", "alarm": 1, "until": 10**400}, "until needs a number"),
    "text for minutes": ({"kind": "shelve", "alarm": 1, "minutes": "5"}, "minutes needs a number"),
}


@pytest.mark.parametrize(("tree", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_read_is_refused_in_one_short_sentence(tree: Any, message: str) -> None:
    with pytest.raises(BadInputError, match=message) as error:
        read_action(tree, "Ann", 60.0)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("who", ["", "  ", "a\nb", "x" * 129], ids=["none", "blank", "two", "long"])
def test_somebody_has_to_do_it(who: str) -> None:
    with pytest.raises(BadInputError, match=r"who does it|at most 128"):
        read_action({"kind": "acknowledge", "alarm": 1}, who, 60.0)


def test_markup_in_a_comment_stays_text() -> None:
    text = "<script>alert(1)</script>'; DROP TABLE alarms;--"
    tree = json.loads(json.dumps({"kind": "comment", "alarm": 1, "text": text}))
    assert read_action(tree, "Ann", 0.0).text == text
