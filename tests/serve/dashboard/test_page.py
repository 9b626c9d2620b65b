"""What an operator sees and does on the page, in a real browser on a real service."""

import re
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from benchmarks.control_room import CHROMIUM, Room, open_room, reading, wait_for
from matts.domain import Floats
from matts.serve.live.deployment import Deployment
from matts.serve.sources.source import Sink, Tally
from tests.serve.dashboard.conftest import HOSTILE, START, Open, Send, Tell
from tests.serve.dashboard.scripts import CONTRAST, GONE, INKED, OVERFLOWING

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"the page is looked at in {CHROMIUM}, which is not installed"
)


def picture(page: Page, where: str) -> Any:
    return page.locator(f"{where} canvas").first.evaluate(INKED)


def drawn(page: Page) -> Any:
    """The time of the newest reading in the chart of scores, as it was drawn."""
    return page.evaluate("performance.getEntriesByName('drawn')[0]?.detail")


def alarmed(room: Room) -> bool:
    return bool(room.client.get("/api/v1/alarms").json()["alarms"])


def row(room: Room) -> Any:
    return room.client.get("/api/v1/assets/mill").json()


@pytest.fixture
def alarm(room: Room, send: Send) -> None:
    """The mill has run well, and then its torques went off."""
    send("mill", 60)
    send("mill", 20, first=60, torn=True)
    wait_for(lambda: alarmed(room))


def test_axes_and_pixels_follow_the_readings(open_page: Open, send: Send) -> None:
    send("mill", 40)
    page = open_page("#/asset/mill")
    page.wait_for_selector(".scores canvas")
    wait_for(lambda: drawn(page) == START + 39)
    before, ink = set(page.evaluate("window.drawn")), picture(page, ".scores")
    sensor = picture(page, ".sensor")
    page.evaluate("window.drawn = []")
    send("mill", 100, first=40)
    wait_for(lambda: drawn(page) == START + 139)
    page.wait_for_timeout(100)
    assert set(page.evaluate("window.drawn")) - before  # an axis that was drawn, not a label
    assert picture(page, ".scores") != ink
    assert picture(page, ".sensor") != sensor


@pytest.mark.usefixtures("alarm")
def test_an_alarm_is_acknowledged_by_keyboard(open_page: Open, room: Room) -> None:
    page = open_page()
    first = page.locator(".alarm.open").first
    expect(first).to_contain_text("unacknowledged")
    page.keyboard.press("j")
    expect(first).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator(".alarm").first).to_contain_text("by Ada")
    told = room.client.get("/api/v1/alarms").json()["alarms"]
    assert [each["acknowledged_by"] for each in told] == ["Ada"] * len(told)


def test_an_alarm_appears_while_one_looks(open_page: Open, send: Send) -> None:
    send("mill", 60)
    page = open_page("#/asset/mill")
    expect(page.locator(".alarms .nothing")).to_be_visible()
    send("mill", 20, first=60, torn=True)
    expect(page.locator(".alarm.open").first).to_be_visible()
    expect(page.locator(".badge.bad")).to_be_visible()
    expect(page.locator(".causes .bars li").first).to_contain_text("%")
    expect(page.locator(".sensor.blamed").first).to_contain_text("torque")
    before = picture(page, ".sensor.blamed")  # it was moved to the front, and is still drawn
    send("mill", 20, first=80)
    wait_for(lambda: drawn(page) == START + 99 and picture(page, ".sensor.blamed") != before)


@pytest.mark.usefixtures("alarm")
def test_feedback_and_shelving_reach_the_audit_trail(open_page: Open) -> None:
    page = open_page("#/asset/mill")
    page.locator(".alarm.open").first.focus()
    page.get_by_role("button", name="False alarm").click()
    page.get_by_role("button", name="OK").click()
    expect(page.locator(".alarm").first).to_contain_text("false alarm")
    page.locator(".alarm").first.focus()
    page.get_by_role("button", name="Shelve", exact=True).click()
    minutes = page.get_by_role("dialog").get_by_label("For")
    longest = minutes.locator("option").last.get_attribute("value")
    minutes.select_option(longest)  # of what is offered, all is allowed
    page.get_by_label("Why").fill("roll change")
    page.get_by_role("button", name="OK").click()
    page.locator("summary").click()
    expect(page.locator(".alarm.aside")).to_contain_text("shelved")
    page.locator(".alarm.aside").focus()
    page.locator(".alarm.aside").get_by_role("button", name="Trail").click()
    expect(page.get_by_role("dialog")).to_contain_text("roll change")
    expect(page.get_by_role("dialog")).to_contain_text("Ada")


def test_a_restart_of_the_service_leaves_no_gap(open_page: Open, room: Room, send: Send) -> None:
    send("mill", 50)
    page = open_page("#/asset/mill")
    wait_for(lambda: drawn(page) == START + 49)
    room.stop()
    expect(page.locator("#banner")).to_contain_text("Disconnected since")
    room.start()
    send("mill", 50, first=50)  # before the page is back
    wait_for(lambda: drawn(page) == START + 99)
    expect(page.locator("#banner")).to_be_hidden()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    rows = download.value.path().read_text().splitlines()
    assert len(rows) == 101  # with a header


def test_names_are_text(open_page: Open, send: Send) -> None:
    send(HOSTILE, 20)
    page = open_page()
    expect(page.locator(".tile .name").first).to_have_text(HOSTILE)
    page.locator(".tile a").first.click()
    expect(page.locator("h1")).to_have_text(HOSTILE)
    assert page.locator("main img").count() == 0
    assert page.title() != "owned"


SCREENS: list[ViewportSize] = [{"width": 1366, "height": 768}, {"width": 390, "height": 844}]


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("path", ["", "#/asset/mill"])
def test_it_fits_the_screen_and_can_be_read_in_both_themes(open_page: Open, path: str) -> None:
    page = open_page(path, color_scheme="light")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        page.wait_for_selector(".alarm")
        assert page.evaluate("document.documentElement.dataset.theme") == scheme
        assert page.evaluate(CONTRAST) == []
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert page.evaluate(CONTRAST) == []
    for screen in SCREENS:
        page.set_viewport_size(screen)
        page.locator(".alarm").first.focus()
        assert page.evaluate(OVERFLOWING) == []


def test_a_long_past_and_the_work_on_an_asset(open_page: Open, room: Room, send: Send) -> None:
    send("mill", 900)
    wait_for(lambda: row(room).get("readings") == 900)  # no asset before its first is judged
    page = open_page("#/asset/mill")
    wait_for(lambda: drawn(page) == START + 899)
    with page.expect_response(lambda each: "/history?" in each.url) as answer:
        page.get_by_label("Span shown").select_option("all")
    told = answer.value.json()
    assert len(told["times"]) == 600
    assert told["times"][0] == START
    for name, mode in (("Maintenance", "maintenance"), ("End maintenance", "")):
        page.get_by_role("button", name=name, exact=True).click()
        wait_for(lambda mode=mode: row(room)["mode"] == mode)
    page.get_by_role("button", name="Out of service").click()
    page.get_by_role("button", name="Back in service").click()
    expect(page.get_by_role("button", name="Out of service")).to_be_visible()


def test_completed_units_and_labels(
    open_page: Open, room: Room, send: Send, healthy: Floats, deployment: Deployment
) -> None:
    send("mill", 20)
    last = reading("mill", START + 20, deployment.inputs, healthy[20])
    room.push([{**last, "end": True}])
    wait_for(lambda: row(room).get("completed"))
    page = open_page()
    expect(page.locator(".completed tbody tr")).to_have_count(1)
    expect(page.locator(".completed tbody")).to_contain_text("mill")
    page.get_by_role("button", name="Completed").click()
    expect(page.locator(".tile .word")).to_have_text("completed")
    with page.expect_download() as download:
        page.get_by_role("button", name="Labels").click()
    assert download.value.path().read_text().startswith("asset,first,last,label,fault,who,time")
    page.get_by_role("button", name="All", exact=True).click()
    room.push([reading("mill", START + 21, deployment.inputs, healthy[21])])  # another unit
    expect(page.locator(".tile .word")).not_to_have_text("completed")
    room.push([{**reading("mill", START + 22, deployment.inputs, healthy[22]), "end": True}])
    expect(page.locator(".completed tbody tr")).to_have_count(2)  # nobody asked for the page anew


def test_an_asset_is_not_good_before_it_is_judged(open_page: Open, room: Room, send: Send) -> None:
    send("mill", 2)
    page = open_page()
    expect(page.locator(".tile .word")).to_have_text("filling")
    page.locator(".tile a").click()
    expect(page.locator(".badge.filling")).to_be_visible()
    assert page.evaluate(CONTRAST) == []
    assert (row(room)["health"], row(room)["score"]) == ("filling", None)
    send("mill", 60, first=2)
    expect(page.locator(".badge.filling")).to_have_count(0)
    assert row(room)["health"] in ("good", "watch")


def test_the_grade_of_a_sensor_stands_beside_it(
    open_page: Open, room: Room, send: Send, healthy: Floats, deployment: Deployment
) -> None:
    send("mill", 20)
    page = open_page("#/asset/mill")
    wait_for(lambda: drawn(page) == START + 19)
    expect(page.locator(".sensor .note", has_text="✕")).to_have_count(0)
    name = deployment.inputs[3]
    far = reading("mill", START + 20, deployment.inputs, healthy[20])
    room.push([{**far, "values": {**far["values"], name: 1e12}}])
    shown = page.locator(".sensor", has=page.locator(f".name[title='{name}']")).locator(".note")
    expect(shown).to_contain_text("✕ out of range")
    asked = room.client.get("/api/v1/history", params={"asset": "mill"}).json()
    assert asked["graded"] == [[]] * 20 + [[[name, "out_of_range"]]]
    page.reload()  # from the history, no longer from the stream
    expect(shown).to_contain_text("✕ out of range")


@pytest.mark.usefixtures("alarm")
def test_a_reset_asks_first(open_page: Open, room: Room) -> None:
    page = open_page()
    expect(page.locator(".alarm.open").first).to_be_visible()
    ask = page.get_by_role("button", name="Reset", exact=True)
    ask.click()
    page.get_by_role("button", name="Cancel").click()
    assert row(room)["readings"] == 80
    ask.click()
    page.get_by_role("dialog").get_by_role("button", name="Reset").click()
    expect(page.locator(".alarm.open")).to_have_count(0)
    expect(page.locator(".tile .word")).to_have_text("filling")
    assert row(room)["readings"] == 0


@pytest.mark.usefixtures("alarm")
def test_a_reset_by_somebody_else_is_seen(open_page: Open, room: Room, tell: Tell) -> None:
    page = open_page()
    expect(page.locator(".alarm.open").first).to_be_visible()
    room.client.post("/api/v1/reset", json={"who": "Bob"})
    tell("reset", "*", {})
    expect(page.locator(".alarm")).to_have_count(0)
    expect(page.locator(".tile .word")).to_have_text("filling")


@pytest.mark.usefixtures("alarm")
def test_a_flood_is_told_while_it_lasts(open_page: Open, room: Room, tell: Tell) -> None:
    page = open_page()
    [alarm, *_] = room.client.get("/api/v1/alarms").json()["alarms"]
    expect(page.locator(".alarm.open").first).to_be_visible()
    flag = page.get_by_text("alarm flood")
    expect(flag).to_be_hidden()
    tell("alarm", "mill", {**alarm, "flood": True})
    expect(flag).to_be_visible()
    tell("alarm", "mill", {**alarm, "flood": False})
    expect(flag).to_be_hidden()


@pytest.mark.usefixtures("alarm")
def test_alarms_that_are_forgotten_leave_nothing(open_page: Open, room: Room) -> None:
    page = open_page()
    [alarm, *_] = room.client.get("/api/v1/alarms").json()["alarms"]
    assert page.evaluate(GONE, {**alarm, "state": "normal"}) == [50, 50]


@dataclass
class Told:
    """A source of which only its tally is to be seen."""

    tally: Tally

    def run(self, sink: Sink, stop: Event) -> None:
        """Send nothing."""


def test_each_source_says_how_it_is(open_page: Open, room: Room) -> None:
    why = "ConnectionRefusedError: nobody listens at opc.tcp://127.0.0.1:4840"
    replay = Tally("replay", "running")
    for tally in (replay, Tally("opcua", "failed", error=why), Tally("mqtt", "waiting")):
        room.service.sources.append(Told(tally))
    page = open_page()
    shown = page.locator("#status")
    expect(shown).to_contain_text("stopped: replay, mqtt")
    page.get_by_role("button", name="Start", exact=True).click()
    others = "… waiting: mqtt · running: replay"
    expect(shown).to_have_text(f"✕ failed: opcua ({why[:40]}…) · {others}")
    expect(shown).to_have_attribute("title", re.compile(f"opcua: failed, .*{why}"))
    expect(shown).to_have_class("warn")
    replay.state = "ended"  # without an event
    expect(shown).to_contain_text("✓ ended: replay")
    expect(shown).not_to_contain_text("running")


def test_sources_are_stopped_and_started(open_page: Open, room: Room) -> None:
    room.service.sources.append(Told(Tally("replay", "running")))
    page = open_page()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#status")).to_contain_text("running: replay")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#status")).to_contain_text("stopped: replay")
    assert not room.service.running


def test_keys_search_move_and_go_back(open_page: Open, send: Send) -> None:
    for asset in ("mill-1", "mill-2", "press"):
        send(asset, 3)
    page = open_page()
    expect(page.locator(".tile")).to_have_count(3)
    page.keyboard.press("/")
    page.keyboard.type("press")
    expect(page.locator(".tile")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("press")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".tiles")).to_be_visible()


def test_what_is_chosen_stays_so_when_all_is_asked_anew(open_page: Open, send: Send) -> None:
    for asset in ("mill-1", "mill-2"):
        send(asset, 3)
    page, held = open_page(), list[Route]()
    expect(page.locator(".tile")).to_have_count(2)
    page.route("**/assets", lambda route: held.append(route))  # noqa: PLW0108 (none of a list)
    with page.expect_request("**/assets"):
        page.reload()
    expect(page.locator(".tile")).to_have_count(2)  # the stream tells them first
    page.keyboard.press("j")
    chosen = page.locator(".tile a").first
    expect(chosen).to_be_focused()
    with page.expect_response("**/assets"):
        held[0].continue_()
    page.wait_for_timeout(100)
    expect(chosen).to_be_focused()


def test_readings_that_stop_look_stale(open_page: Open, send: Send) -> None:
    send("mill", 20)
    page = open_page("#/asset/mill")
    expect(page.locator("main.stale .fresh")).to_contain_text("stale: last reading")
    send("mill", 5, first=20)
    expect(page.locator(".fresh")).to_contain_text("live")
    expect(page.locator("main.stale")).to_have_count(0)


def test_the_token_is_asked_for_once(
    browser: Browser, deployment: Deployment, tmp_path: Path
) -> None:
    with open_room(deployment, tmp_path / "journal.db", token="secret") as room:  # noqa: S106
        page = browser.new_page()
        page.goto(room.url)
        page.get_by_role("textbox", name="Token").fill("secret")
        page.get_by_role("button", name="Enter").click()
        expect(page.locator(".assets")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("#summary")).to_contain_text("0 assets")
        page.close()


def test_a_thousand_assets_do_not_choke_it(
    open_page: Open, room: Room, deployment: Deployment, healthy: Floats
) -> None:
    sensors = deployment.inputs
    room.push(reading(f"mill-{k}", START, sensors, healthy[k % 400]) for k in range(1000))
    page = open_page()
    expect(page.locator(".tile")).to_have_count(1000)
    page.locator("#search").fill("mill-99")
    expect(page.locator(".tile")).to_have_count(11)  # 99, and 990 to 999
    page.locator(".tile a").last.click()
    expect(page.locator("h1")).to_contain_text("mill-99")
