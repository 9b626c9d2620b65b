"""What goes in comes out: through HTTP as from the panel itself."""

import numpy as np
from fastapi.testclient import TestClient

from matts.serve.live.panel import Panel
from matts.serve.live.settings import LiveSettings
from matts.serve.service.service import Service
from tests.plants import Plant, live, table_of


def test_scores_through_http_equal_those_of_the_panel(
    client: TestClient, service: Service, plant: Plant
) -> None:
    readings = live("a", table_of(7, 60), plant.deployment.inputs)
    expected = Panel.deploy(plant.deployment, LiveSettings()).judge(readings)
    trees = [{"asset": "a", "time": r.time, "values": dict(r.values)} for r in readings]
    assert client.post("/api/v1/sensor-data", json=trees).json()["accepted"] == 60
    service.engine.run_pending()
    told = client.get("/api/anomaly-scores", params={"asset": "a"}).json()
    for name in plant.deployment.detectors:
        came = np.array(told["scores"][name], float)
        np.testing.assert_allclose(came, [each.scores[name] for each in expected], rtol=1e-5)
    assert told["alerts"] == [each.alert for each in expected]
    assert any(told["alerts"])
    history = client.get("/api/history", params={"asset": "a"}).json()
    assert history["times"] == [each.time for each in readings]
    assert history["sensors"]["a"] == [each.values["a"] for each in readings]


def test_an_alarm_is_acknowledged_judged_and_exported(
    client: TestClient, service: Service, plant: Plant
) -> None:
    readings = live("a", table_of(7, 60), plant.deployment.inputs)
    trees = [{"asset": "a", "time": r.time, "values": dict(r.values)} for r in readings]
    client.post("/api/v1/sensor-data", json=trees)
    service.engine.run_pending()
    [*_, alarm] = [a for a in client.get("/api/alarms").json()["alarms"] if a["key"] == "anomaly"]
    path = f"/api/v1/alarms/{alarm['id']}"
    assert (
        client.post(f"{path}/acknowledge", json={"who": "Ann"}).json()["acknowledged_by"] == "Ann"
    )
    assert client.post(f"{path}/acknowledge", json={"who": "Ann"}).status_code == 422
    said = {"who": "Ann", "verdict": "false_alarm"}
    assert client.post(f"{path}/feedback", json=said).json()["feedback"] == "false_alarm"
    assert service.engine.fold.feedback.shift("a") > 0
    assert client.get("/api/labels", params={"format": "csv"}).text.splitlines()[1].startswith("a,")
    kinds = [each["kind"] for each in client.get(f"{path}/audit").json()["records"]]
    assert kinds[0] == "raised"
    assert {"acknowledge", "feedback", "threshold"} <= set(kinds)
    assert client.get("/api/events", params={"asset": "a"}).json()["events"]
    assert client.post("/api/v1/reset").status_code == 200
    assert client.get("/api/alarms").json()["total"] == 0
    assert client.get(path).status_code == 404
    kept = client.get(f"{path}/audit").json()["records"]  # the audit is never forgotten
    assert [each["kind"] for each in kept] == kinds
    assert service.questions.audit()[-1]["kind"] == "reset"
    assert client.get("/api/labels").json()["labels"]


def test_the_audit_has_what_is_of_no_alarm_the_last_first(
    client: TestClient, service: Service, plant: Plant
) -> None:
    readings = live("a", table_of(7, 60), plant.deployment.inputs)
    service.accept([*readings, readings[0]._replace(asset="b")])
    service.engine.run_pending()
    client.post("/api/assets/a/mode", json={"mode": "maintenance", "who": "Ann"})
    client.post("/api/assets/b/out-of-service", json={"who": "Ben"})
    client.post("/api/reset", json={"who": "Cid"})
    told = client.get("/api/v1/audit").json()["records"]
    assert told == service.questions.audit()[::-1]
    last, out = told[:2]
    assert [last[key] for key in ("kind", "who", "asset", "alarm")] == ["reset", "Cid", "", None]
    assert [out[key] for key in ("kind", "who", "asset", "alarm")] == [
        *("out_of_service", "Ben", "b", None),
    ]
    of_a = client.get("/api/audit", params={"asset": "a"}).json()["records"]
    assert of_a == [each for each in told if each["asset"] == "a"]
    assert ("mode", "Ann", None) in [(e["kind"], e["who"], e["alarm"]) for e in of_a]
    assert client.get("/api/audit", params={"limit": 1}).json()["records"] == told[:1]
    assert client.get("/api/audit", params={"asset": "nobody"}).json()["records"] == []
    for limit in ("0", "10001", "many"):
        answer = client.get("/api/audit", params={"limit": limit})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_reading_that_breaks_a_detector_is_marked(
    client: TestClient, service: Service, plant: Plant
) -> None:
    readings = live("a", table_of(7, 12), plant.deployment.inputs)
    whole = service.engine.fold.panel.__class__.judge

    def judge(self: Panel, given: list) -> list:  # type: ignore[type-arg]
        if any(each.time == 6.0 for each in given):
            msg = "this one"
            raise RuntimeError(msg)
        return whole(self, given)

    try:
        Panel.judge = judge  # type: ignore[method-assign,assignment]
        trees = [{"asset": "a", "time": r.time, "values": dict(r.values)} for r in readings]
        client.post("/api/v1/sensor-data", json=trees)
        service.engine.run_pending()
    finally:
        Panel.judge = whole  # type: ignore[method-assign]
    health = client.get("/health").json()
    assert (health["failed"], health["failing"]) == (1, "RuntimeError: this one")
    told = client.get("/api/anomaly-scores", params={"asset": "a"}).json()
    assert len(told["times"]) == 12
    assert told["scores"]["matts"][6] is None
    assert told["scores"]["matts"][11] is not None


def test_similar_events_are_those_of_the_last_anomaly_whatever_alarm_came_after(
    client: TestClient, service: Service, plant: Plant
) -> None:
    readings = live("a", table_of(7, 60), plant.deployment.inputs)
    for each in readings:  # one by one: an alarm is likened while it stands
        service.accept([each._replace(received=1000.0)])
        service.engine.run_pending()
    before = client.get("/api/xai-analysis", params={"asset": "a"}).json()["similar"]
    service.journal.append_tick(1100.0)
    service.engine.run_pending()
    assert client.get("/api/alarms", params={"asset": "a"}).json()["alarms"][0]["key"] == "silent"
    assert client.get("/api/xai-analysis", params={"asset": "a"}).json()["similar"] == before
    assert before


def test_a_long_past_keeps_its_peak_in_few_points(
    client: TestClient, service: Service, plant: Plant
) -> None:
    readings = live("a", table_of(7, 200), plant.deployment.inputs)
    readings[117] = readings[117]._replace(values={**readings[117].values, "b": 31.5})
    trees = [{"asset": "a", "time": r.time, "values": dict(r.values)} for r in readings]
    client.post("/api/v1/sensor-data", json=trees)
    service.engine.run_pending()
    thin = client.get("/api/history", params={"asset": "a", "points": 20, "sensors": "b"}).json()
    assert len(thin["times"]) <= 20
    assert max(thin["sensors"]["b"]) == 31.5
    whole = client.get("/api/history", params={"asset": "a", "format": "csv"}).text.splitlines()
    assert len(whole) == 201
