"""What the page shows where an answer of the service comes late."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from benchmarks.control_room import CHROMIUM, Room, wait_for
from tests.serve.dashboard.conftest import START, Open, Send
from tests.serve.dashboard.test_page import alarmed, drawn, row

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"the page is looked at in {CHROMIUM}, which is not installed"
)


class Held:
    """The first answer to an address, as it was when the page asked, until it is let go."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address, self.routes = page, address, list[Route]()
        page.route(address, lambda route: self.routes.append(route), times=1)  # noqa: PLW0108

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Within the block the page asks; the service answers at once."""
        yield
        wait_for(lambda: self.page.evaluate("true") and self.routes)  # which hears the browser
        self.answer = self.routes[0].fetch()

    def let_go(self) -> None:
        """Let the page have it, and draw what it makes of it."""
        with self.page.expect_response(self.address):
            self.routes[0].fulfill(response=self.answer)
        self.page.wait_for_timeout(100)


def test_a_page_that_was_left_stays_away(open_page: Open, send: Send) -> None:
    for asset in ("mill", "press"):
        send(asset, 20)
    page = open_page()
    late = Held(page, "**/assets/mill")
    with late.asked():
        page.goto(f"{page.url}#/asset/mill")
    page.evaluate("location.hash = '#/asset/press'")
    expect(page.locator(".sensor").first).to_be_visible()
    late.let_go()
    expect(page.locator("h1")).to_have_text("press")
    expect(page.locator("#summary")).to_contain_text("press: ")
    assert page.title() == "press: matts"


def test_a_plant_that_was_left_says_nothing_more(open_page: Open, send: Send) -> None:
    send("mill", 20)
    page = open_page("#/asset/mill")
    expect(page.locator("#summary")).to_contain_text("mill: ")
    late = Held(page, "**/api/v1/assets")
    with late.asked():
        page.keyboard.press("Escape")
    expect(page.locator(".tiles")).to_be_visible()
    page.go_back()
    expect(page.locator("#summary")).to_contain_text("mill: ")
    late.let_go()
    expect(page.locator("#summary")).to_contain_text("mill: ")


def test_readings_that_come_before_the_history_are_drawn(open_page: Open, send: Send) -> None:
    send("mill", 40)
    page = open_page("#/asset/mill")
    wait_for(lambda: drawn(page) == START + 39)
    late = Held(page, "**/history?*")
    with late.asked():
        page.get_by_label("Span shown").select_option("all")
    send("mill", 10, first=40)
    wait_for(lambda: drawn(page) == START + 49)
    page.evaluate("performance.clearMarks('drawn')")
    late.let_go()
    wait_for(lambda: drawn(page) is not None)
    assert drawn(page) == START + 49


def test_of_two_spans_the_last_chosen_is_drawn(open_page: Open, room: Room, send: Send) -> None:
    send("mill", 900)
    wait_for(lambda: row(room).get("readings") == 900)
    page = open_page("#/asset/mill")
    wait_for(lambda: drawn(page) == START + 899)
    late = Held(page, "**/history?*")
    spans = page.get_by_label("Span shown")
    with late.asked():
        spans.select_option("600")
    page.evaluate("window.drawn = []")
    with page.expect_response("**/history?*"):
        spans.select_option("all")
    wait_for(lambda: page.evaluate("window.drawn.length"))
    axes = set(page.evaluate("window.drawn"))
    late.let_go()
    assert set(page.evaluate("window.drawn")) == axes


def test_an_alarm_that_comes_before_the_list_stays(open_page: Open, room: Room, send: Send) -> None:
    send("mill", 60)
    page = open_page("#/asset/mill")
    wait_for(lambda: drawn(page) == START + 59)
    late = Held(page, "**/alarms?*")
    with late.asked():
        page.reload()
    wait_for(lambda: drawn(page) == START + 59)
    send("mill", 20, first=60, torn=True)
    wait_for(lambda: alarmed(room))
    expect(page.locator(".alarm.open").first).to_be_visible()
    late.let_go()
    expect(page.locator(".alarm.open").first).to_be_visible()
