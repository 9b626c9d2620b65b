"""What an operator sees and does on the page, in a real browser on a real service."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.control_room import Room, open_room, wait_for
from matts.serve.live.deployment import Deployment
from tests.serve.dashboard.conftest import HOSTILE, Open, Send

INKED = """canvas => {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0;
  for (let at = 3; at < pixels.length; at += 4) sum = (sum * 31 + pixels[at - 3] + 7 * pixels[at]) % 1000003;
  return sum;
}"""
OVERFLOWING = """() => [...document.querySelectorAll('body *')].filter(node => {
  const box = node.getBoundingClientRect();
  return box.width > 0 && box.right > innerWidth + 1 && !node.closest('.completed .body, #toast');
}).map(node => node.outerHTML.slice(0, 80))"""
# Of WCAG 2: how far the luminance of text is from what lies behind it.
CONTRAST = """() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (colour.startsWith('rgb(')) return parse(colour);
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('h1, h2, h3, .name, .value, .quiet, .badge, button, td, .facts span, .word')]
    .filter(node => node.checkVisibility() && node.textContent.trim())
    .map(node => {
      const [one, other] = [light(parse(getComputedStyle(node).color)), light(behind(node))].sort((a, b) => b - a);
      return [(one + 0.05) / (other + 0.05), node.className, node.textContent];
    }).filter(([ratio]) => ratio < 4.5);
}"""


def picture(page: Page, where: str) -> Any:
    return page.locator(f"{where} canvas").first.evaluate(INKED)


def alarmed(room: Room) -> bool:
    return bool(room.client.get("/api/v1/alarms").json()["alarms"])


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
    page.wait_for_function("window.drawn.length > 20")
    before, ink = set(page.evaluate("window.drawn")), picture(page, ".scores")
    sensor = picture(page, ".sensor")
    page.evaluate("window.drawn = []")
    send("mill", 100, first=40)
    page.wait_for_function("performance.getEntriesByName('drawn')[0]?.detail === 1700000139")
    page.wait_for_timeout(100)
    assert set(page.evaluate("window.drawn")) - before  # an axis that was drawn, not a label
    assert picture(page, ".scores") != ink
    assert picture(page, ".sensor") != sensor


def test_an_alarm_is_acknowledged_by_keyboard(open_page: Open, alarm: None, room: Room) -> None:
    page = open_page()
    first = page.locator(".alarm.open").first
    expect(first).to_contain_text("unacknowledged")
    page.keyboard.press("j")
    expect(first).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator(".alarm").first).to_contain_text("by Ada")
    told = room.client.get("/api/v1/alarms").json()["alarms"]
    assert [each["acknowledged_by"] for each in told] == ["Ada"] * len(told)


def test_an_alarm_appears_while_one_looks(open_page: Open, room: Room, send: Send) -> None:
    send("mill", 60)
    page = open_page("#/asset/mill")
    expect(page.locator(".alarms .nothing")).to_be_visible()
    send("mill", 20, first=60, torn=True)
    expect(page.locator(".alarm.open").first).to_be_visible()
    expect(page.locator(".badge.bad")).to_be_visible()
    expect(page.locator(".causes .bars li").first).to_contain_text("%")
    expect(page.locator(".sensor.blamed").first).to_contain_text("torque")


def test_feedback_and_shelving_reach_the_audit_trail(open_page: Open, alarm: None) -> None:
    page = open_page("#/asset/mill")
    page.locator(".alarm.open").first.focus()
    page.get_by_role("button", name="False alarm").click()
    page.get_by_role("button", name="OK").click()
    expect(page.locator(".alarm").first).to_contain_text("false alarm")
    page.locator(".alarm").first.focus()
    page.get_by_role("button", name="Shelve", exact=True).click()
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
    page.wait_for_function("performance.getEntriesByName('drawn')[0]?.detail === 1700000049")
    room.stop()
    expect(page.locator("#banner")).to_contain_text("Disconnected since")
    room.start()
    send("mill", 50, first=50)  # before the page is back
    page.wait_for_function("performance.getEntriesByName('drawn')[0]?.detail === 1700000099")
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
    assert "owned" not in page.title()


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
@pytest.mark.parametrize("path", ["", "#/asset/mill"])
def test_nothing_is_wider_than_the_screen(
    open_page: Open, alarm: None, path: str, width: int, height: int
) -> None:
    page = open_page(path, width, height)
    page.wait_for_selector(".alarm")
    page.locator(".alarm").first.focus()
    assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "#/asset/mill"])
def test_text_can_be_read_in_both_themes(
    open_page: Open, alarm: None, path: str, scheme: str
) -> None:
    page = open_page(path, color_scheme=scheme)
    page.wait_for_selector(".alarm")
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    assert page.evaluate(CONTRAST) == []
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") != scheme
    assert page.evaluate(CONTRAST) == []


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
        page.get_by_label("Token").fill("secret")
        page.get_by_role("button", name="Enter").click()
        expect(page.locator(".assets")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("#summary")).to_contain_text("0 assets")
        page.close()
