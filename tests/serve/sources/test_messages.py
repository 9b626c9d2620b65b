"""Messages of a broker, read without one: what is wrong harms nothing beside it."""

import json
from types import SimpleNamespace

import pytest

from matts.domain import BadInputError
from matts.serve.sources.messages import read_message
from matts.serve.sources.mqtt import Mqtt, Session

GOOD = [{"time": second, "values": {"force": 1.0}} for second in (1, 2, 3)]
BAD = [{"values": {}}, 7, {"metrics": 3}]


def test_one_that_is_no_reading_takes_none_of_its_list_with_it() -> None:
    payload = json.dumps([GOOD[0], BAD[0], GOOD[1], *BAD[1:], GOOD[2]]).encode()
    good, wrong = read_message("matts/mill/reading", payload, 9.0, 1000)
    assert [(each.asset, each.time) for each in good] == [("mill", 1), ("mill", 2), ("mill", 3)]
    assert [str(each)[:14] for each in wrong] == [
        "values needs a",
        "a reading need",
        "metrics needs ",
    ]


def test_each_that_is_no_reading_is_counted_and_the_message_acknowledged_once() -> None:
    source = Mqtt("mqtt://127.0.0.1")
    session = Session(source)
    payload = json.dumps([*BAD, *GOOD]).encode()
    message = SimpleNamespace(mid=5, qos=1, topic="matts/mill/reading", payload=payload)
    session._take(None, None, message)
    assert [each.time for each in session.held.readings] == [1, 2, 3]
    assert (session.held.messages, source.tally.refused) == ([(5, 1)], 3)


def test_a_time_beyond_any_float_is_a_sentence() -> None:
    """An error that nobody foresaw would leave it with the broker, which tells it for ever."""
    metrics = [{"name": "force", "value": 1}]
    payload = json.dumps({"timestamp": 10**400, "metrics": metrics}).encode()
    assert "timestamp needs" in str(read_message("a/b", payload, 9.0, 1000)[1][0])


@pytest.mark.parametrize("payload", [b"no JSON", b"[NaN]", b" " * 1001])
def test_a_message_that_cannot_be_read_is_refused_whole(payload: bytes) -> None:
    with pytest.raises(BadInputError, match="a message"):
        read_message("a/b", payload, 9.0, 1000)
