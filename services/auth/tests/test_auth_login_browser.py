"""The login page in a real browser, under its own headers."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from auth.entrypoints.login_page import NOT_SIGNED_IN, LoginPage
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

NARROWEST_PX = 320


@dataclass(slots=True)
class Site:
    """Serves the page at every address and keeps what is posted to it."""

    url: str
    posted: list[tuple[str | None, dict[str, list[str]]]] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    page = LoginPage()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, page.render(problem=NOT_SIGNED_IN, name="jane"))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            served.posted.append((self.headers["origin"], parse_qs(body)))
            self._answer(200, page.render(problem=NOT_SIGNED_IN))

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            for name, value in (("content-type", "text/html; charset=utf-8"), *page.headers):
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served = Site(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield served
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = shutil.which("chromedriver")
    assert driver is not None, "Debian's chromium-driver is not installed"
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield chrome
    chrome.quit()


def test_the_page_keeps_its_looks_and_the_browser_has_nothing_to_complain_about(
    browser: webdriver.Chrome, site: Site
) -> None:
    browser.get(f"{site.url}/login")
    button = browser.find_element(By.TAG_NAME, "button")

    assert button.value_of_css_property("background-color") != "rgba(0, 0, 0, 0)"
    entries = browser.get_log("browser")  # type: ignore[no-untyped-call]
    complaints = [entry["message"] for entry in entries]
    assert [text for text in complaints if "favicon" not in text] == []


def test_the_page_fits_the_narrowest_screen(browser: webdriver.Chrome, site: Site) -> None:
    screen = {"width": NARROWEST_PX, "height": 640, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    browser.get(f"{site.url}/login")
    width = browser.execute_script("return document.documentElement.scrollWidth")
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    assert width == NARROWEST_PX


def test_a_person_without_a_mouse_signs_in_and_the_form_carries_its_origin(
    browser: webdriver.Chrome, site: Site
) -> None:
    browser.get(f"{site.url}/login")
    browser.find_element(By.ID, "password").send_keys("correct horse battery")
    browser.find_element(By.ID, "code").send_keys("123 456\n")
    WebDriverWait(browser, 20).until(lambda _: site.posted)

    assert site.posted == [
        (site.url, {"name": ["jane"], "password": ["correct horse battery"], "code": ["123 456"]})
    ]
