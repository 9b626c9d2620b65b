"""Whatever comes: a clear answer in one sentence, and a service that goes on."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from matts.domain import BadInputError
from matts.serve.api.app import create_app
from matts.serve.service.journal import Journal
from matts.serve.service.service import Service
from matts.serve.settings import ServeSettings, ServiceSettings
from tests.plants import Plant, live, table_of

VALUES = dict.fromkeys("abcde", 20.0) | {"product": 1.0}
NAMES = ["'); DROP TABLE journal; --", "<script>alert(1)</script>", '"><img src=x>', "../../etc"]


def send(client: TestClient, body: Any, **headers: str) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    kind = {"content-type": "application/json", **headers}
    return client.post("/api/v1/sensor-data", content=text, headers=kind)


def unharmed(client: TestClient, service: Service) -> None:
    """The service takes the next reading, and judges it."""
    answer = send(client, {"asset": "next", "time": 5, "values": VALUES})
    assert answer.json() == {"accepted": 1, "duplicates": 0, "late": 0, "errors": []}
    service.engine.run_pending()
    assert client.get("/api/history", params={"asset": "next"}).json()["times"] == [5.0]
    assert client.get("/health").json()["failed"] == 0


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ("{", 422, "JSON"),
        ("[" * 100_000, 422, "JSON"),
        (b"\xff\xfe{", 422, "JSON"),
        ('{"asset": "a", "values": {"a": NaN}}', 422, "NaN is no number"),
        ('{"asset": "a", "values": {"a": -Infinity}}', 422, "-Infinity is no number"),
        ('{"asset": "a", "values": {"a": 1e999}}', 422, "finite"),
        ('{"asset": "a", "values": {"a": 1' + "0" * 5000 + "}}", 422, "JSON"),
        ({"asset": "a", "values": {"a": "x"}}, 422, "finite number or null"),
        ({"asset": "a", "values": {}}, 422, "sensors"),
        ({"asset": "", "values": VALUES}, 422, "name"),
        ({"asset": "a\nb", "values": VALUES}, 422, "name"),
        ({"asset": "a", "values": {"pressure": 3.0}}, 422, "sensors like"),
        ({"asset": "a", "time": 1e12, "values": VALUES}, 422, "ahead"),
        ({"asset": "a", "time": "yesterday", "values": VALUES}, 422, "time"),
        ("[]", 422, "1 to 500 readings"),
        ([{"asset": "a", "values": VALUES}] * 501, 422, "1 to 500 readings"),
        (b" " * 10_000_000, 413, "bytes"),
    ],
)
def test_what_is_no_reading_is_refused(
    client: TestClient, service: Service, body: Any, status: int, told: str
) -> None:
    answer = send(client, body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() == {"type", "title", "status", "detail"}
    assert told in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"].strip()
    unharmed(client, service)


def test_a_body_without_a_length_is_cut(client: TestClient, service: Service) -> None:
    parts = (b" " * 100_000 for _ in range(100))
    answer = client.post("/api/v1/sensor-data", content=parts)
    assert answer.status_code == 413
    unharmed(client, service)


@pytest.mark.parametrize("name", NAMES)
def test_names_are_just_names(client: TestClient, service: Service, name: str) -> None:
    values = {**VALUES, name: 1.0}
    assert send(client, {"asset": name, "time": 1, "values": values}).status_code == 200
    service.engine.run_pending()
    rows = {row["name"] for row in client.get("/api/assets").json()["assets"]}
    assert name in rows
    assert client.get("/api/history", params={"asset": name}).json()["asset"] == name
    unharmed(client, service)


def test_an_unknown_asset_alarm_or_sensor_is_not_found(client: TestClient) -> None:
    send(client, {"asset": "a", "values": VALUES})
    for path in ("assets/x", "history?asset=x", "alarms/9", "history?asset=a&sensors=x", "x"):
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert client.post("/api/v1/alarms/9/acknowledge", json={}).status_code == 404


def test_time_may_go_backwards_or_stand_still(client: TestClient, service: Service) -> None:
    for time, told in ((10, (1, 0, 0)), (9, (1, 0, 1)), (10, (0, 1, 0))):
        came = send(client, {"asset": "a", "time": time, "values": VALUES}).json()
        assert (came["accepted"], came["duplicates"], came["late"]) == told
    unharmed(client, service)
    assert client.get("/api/history", params={"asset": "a"}).json()["times"] == [9.0, 10.0]


def test_wrong_units_are_graded(client: TestClient, service: Service, plant: Plant) -> None:
    for each in live("a", table_of(7, 30), plant.deployment.inputs):
        values = {**each.values, "a": 1000 * (each.values["a"] or 0)}
        send(client, {"asset": "a", "time": each.time, "values": values})
    service.engine.run_pending()
    found = client.get("/api/alarms").json()["alarms"]
    assert "a out_of_range" in next(a["text"] for a in found if a["key"] == "quality")
    unharmed(client, service)


def test_good_readings_pass_beside_bad_ones(client: TestClient) -> None:
    good = json.dumps({"asset": "a", "time": 1, "values": VALUES})
    kind = {"content-type": "application/x-ndjson"}
    came = client.post("/api/sensor-data", content=f"{good}\n{{\n\n", headers=kind).json()
    assert (came["accepted"], [each["index"] for each in came["errors"]]) == (1, [1])


def app_of(plant: Plant, path: Path, token: str | None = None, **changes: Any) -> TestClient:
    settings = ServeSettings(service=ServiceSettings(**changes))
    service = Service.open(plant.deployment, settings, path)
    try:
        app = create_app(service, settings, token)
    except BaseException:
        service.close()
        raise
    return TestClient(app, base_url="http://127.0.0.1")


def test_beyond_loopback_a_token_is_needed(plant: Plant, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="MATTS_TOKEN"):
        app_of(plant, tmp_path / "a.db", host="0.0.0.0")  # noqa: S104
    with app_of(plant, tmp_path / "a.db", "secret", host="0.0.0.0") as client:  # noqa: S104
        for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic secret"}):
            assert client.get("/api/assets", headers=header).status_code == 401
        assert client.get("/metrics").status_code == 401
        assert client.get("/health").status_code == 200
        right = {"Authorization": "Bearer secret"}
        assert client.get("/api/assets", headers=right).status_code == 200


def test_another_name_or_site_is_refused(client: TestClient) -> None:
    assert client.get("/api/assets", headers={"host": "evil.example"}).status_code == 403
    for header in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert client.post("/api/v1/reset", headers=header).status_code == 403
    own = {"origin": "http://127.0.0.1", "host": "127.0.0.1"}
    assert client.post("/api/v1/reset", headers=own).status_code == 200


def test_a_client_that_asks_too_often_waits(plant: Plant, tmp_path: Path) -> None:
    with app_of(plant, tmp_path / "a.db", requests_a_second=0.01, burst=3) as client:
        found = [client.get("/api/assets").status_code for _ in range(5)]
        assert found == [200] * 3 + [429] * 2
        assert client.get("/health").status_code == 200


def test_too_much_at_once_is_sent_away_and_counted(plant: Plant, tmp_path: Path) -> None:
    with app_of(plant, tmp_path / "a.db", waiting=2) as client:
        answer = send(client, [{"asset": "a", "time": k, "values": VALUES} for k in range(3)])
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        status = client.get("/api/status").json()
        assert (status["busy"], status["dropped"]) == (3, 0)  # they can be sent again


def test_every_answer_has_the_headers_of_a_safe_page(client: TestClient) -> None:
    for path in ("/", "/api/assets", "/api/nothing"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_an_action_that_is_too_long_is_cut(client: TestClient, service: Service) -> None:
    parts = (b" " * 100_000 for _ in range(100))
    kind = {"content-type": "application/json"}
    answer = client.post("/api/v1/assets/a/mode", content=parts, headers=kind)
    assert (answer.status_code, answer.json()["status"]) == (413, 413)
    unharmed(client, service)


def test_an_asset_may_be_named_like_a_path(client: TestClient, service: Service) -> None:
    send(client, {"asset": "hall/mill", "time": 1, "values": VALUES})
    service.engine.run_pending()
    assert client.get("/api/assets/hall%2Fmill").json()["name"] == "hall/mill"
    said = {"mode": "maintenance", "who": "Ann"}
    assert client.post("/api/assets/hall%2Fmill/mode", json=said).json()["mode"] == "maintenance"
    away = client.post("/api/assets/hall%2Fmill/out-of-service", json={"who": "Ann"})
    assert away.json()["mode"] == "out_of_service"


def test_why_asked_of_an_alarm_that_is_not_the_assets_is_not_found(
    client: TestClient, service: Service, plant: Plant
) -> None:
    service.accept(live("a", table_of(7, 60), plant.deployment.inputs))
    send(client, {"asset": "b", "time": 1, "values": VALUES})
    service.engine.run_pending()
    assert client.get("/api/xai-analysis?asset=a&alarm=1").status_code == 200
    for asked in ("asset=a&alarm=999", "asset=b&alarm=1"):
        assert client.get(f"/api/xai-analysis?{asked}").status_code == 404


def test_a_token_may_have_any_letters(plant: Plant, tmp_path: Path) -> None:
    with app_of(plant, tmp_path / "a.db", "gehéim") as client:
        right = {b"authorization": "Bearer gehéim".encode()}
        assert client.get("/api/assets", headers=right).status_code == 200
        wrong = {b"authorization": "Bearer gehéi\xff".encode("latin-1")}
        assert client.get("/api/assets", headers=wrong).status_code == 401


def test_a_journal_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "j.db", tmp_path / "folder"):
        with pytest.raises(BadInputError, match="can be written"):
            Journal(path)


def test_a_link_to_a_journal_is_the_same_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    (tmp_path / "k.db").symlink_to(tmp_path / "j.db")
    with pytest.raises(BadInputError, match="another process"):
        Journal(tmp_path / "k.db")
    journal.close()
