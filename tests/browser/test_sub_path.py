"""Everything below a path of the host, behind a proxy that leaves that path and behind one that takes it away."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, WebSocket, expect

from realtime.stack.servers import LOCALHOST, free_port, wait_for_port
from tests.browser.desk import NAME, PASSWORD
from tests.browser.market import Market
from tests.browser.reading import LIVE

DESK = "/desk"
BEGINNING = re.compile(rb"^(GET|HEAD|POST) /desk/?")


class Taking(ThreadingTCPServer):
    """A proxy that asks for `/x` where it is asked for `/desk/x`."""

    daemon_threads = True

    def __init__(self, target: int) -> None:
        super().__init__((LOCALHOST, 0), Passing)
        self.target = target


class Passing(BaseRequestHandler):
    """One connection. A browser begins each request in a packet of its own."""

    server: Taking

    def handle(self) -> None:
        with socket.create_connection((LOCALHOST, self.server.target)) as target:
            Thread(target=self._answers, args=[target], daemon=True).start()
            while packet := self.request.recv(65_536):
                target.sendall(BEGINNING.sub(rb"\1 /", packet))
            target.shutdown(socket.SHUT_WR)

    def _answers(self, target: socket.socket) -> None:
        with suppress(OSError):  # the browser has left
            while packet := target.recv(65_536):
                self.request.sendall(packet)


@contextmanager
def taking(target: int) -> Iterator[int]:
    """The port of a proxy that takes the path away."""
    with Taking(target) as proxy:
        Thread(target=proxy.serve_forever, daemon=True).start()
        yield proxy.server_address[1]
        proxy.shutdown()


@pytest.fixture(scope="module")
def below(market: Market, manager: None) -> Iterator[int]:
    """The port of a web process that is given the path."""
    port = free_port()
    web = market.manage("serve_web", "--port", str(port), SCRIPT_NAME=DESK)
    wait_for_port(port, web.start(), 30)
    yield port
    web.stop()


@pytest.fixture(params=["leaves", "takes"])
def desk_url(below: int, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the pages are for browsers. A proxy that leaves the path may as well be none."""
    if request.param == "leaves":
        yield f"http://{LOCALHOST}:{below}{DESK}"
    else:
        with taking(below) as port:
            yield f"http://{LOCALHOST}:{port}{DESK}"


@pytest.fixture
def asked(page: Page) -> list[str]:
    """Whatever the page asks for."""
    found: list[str] = []

    def heard(request: Request | WebSocket) -> None:
        found.append(request.url)

    page.on("request", heard)
    page.on("websocket", heard)
    return found


def test_pages_sockets_and_api_are_below_the_path(page: Page, desk_url: str, asked: list[str]):
    page.goto(desk_url)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    page.locator("#rows a").first.click()
    expect(page.locator("#touch")).to_contain_text("Best bid")
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    page.get_by_role("link", name="Signals", exact=True).click()
    expect(page.get_by_role("heading", name="Signals", exact=True)).to_be_visible()
    page.get_by_role("link", name="API", exact=True).click()
    with page.expect_response(
        f"{desk_url}/api/v1/feed"
    ) as answer:  # as the document says, where the server is
        page.locator("[id^=operations-feed]").first.click()
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
    assert answer.value.ok
    log_in_and_halt(page)
    beside = [url for url in asked if not urlsplit(url).path.startswith(DESK)]
    assert beside == []
    sockets = {urlsplit(url).path.split("/")[3] for url in asked if url.startswith("ws:")}
    assert sockets == {"pressure", "depth", "configuration", "alerts"}
    assert {cookie.get("path") for cookie in page.context.cookies()} == {DESK}


def log_in_and_halt(page: Page) -> None:
    """Through the admin to the overview; what is halted there is resumed. Then log out."""
    page.get_by_role("link", name="Log in").click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()  # and back to where they were
    expect(page.get_by_role("heading", name="API", exact=True)).to_be_visible()
    # Or we leave before it opens.
    with page.expect_websocket(lambda socket: "/ws/configuration/" in socket.url):
        page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="System")).to_be_visible()
    page.get_by_role("link", name="Markets").click()
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    for key in ("Halt", "Resume"):
        page.locator("#rows tr").first.get_by_role("button", name=key).click()
        page.get_by_role("dialog").get_by_role("textbox", name="Reason").fill("a try")
        page.keyboard.press("Enter")
        expect(page.locator("#halt-outcome")).to_contain_text(
            {"Halt": "Halted: ", "Resume": "Resumed: "}[key]
        )
        page.get_by_role("button", name="Close").click()
