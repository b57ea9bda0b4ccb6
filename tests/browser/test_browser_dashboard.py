"""The dashboard in a real browser: it works, it fits, and it asks nobody else."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

WIDTHS = [1280, 400]
PAGES = [
    *("/", "/?span=30d", "/transfers", "/transfers?state=UNKNOWN"),
    *("/events", "/events?kind=bank.attempt.finished", "/chain", "TRANSFER"),
]


def console(browser: WebDriver) -> list[dict[str, Any]]:
    """What the browser complained about since the last look."""
    entries: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return entries


def look_at(browser: WebDriver, url: str, width: int = 1280) -> None:
    """Open a page in a window of exactly this width, with an empty console."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    console(browser)
    browser.get(url)


def text_of(browser: WebDriver, selector: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


def fits(browser: WebDriver) -> bool:
    """Nothing of the page lies beyond its right edge."""
    width = "document.documentElement.{}Width"
    return bool(
        browser.execute_script(f"return {width.format('scroll')} <= {width.format('client')}")
    )


def loaded_hosts(browser: WebDriver) -> set[str]:
    names = browser.execute_script(
        "return performance.getEntriesByType('resource').map(entry => entry.name)"
    )
    return {urlsplit(name).netloc for name in names}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_and_loads_from_its_own_host_only(
    path: str, width: int, browser: WebDriver, dashboard: Any
) -> None:
    if path == "TRANSFER":
        path = f"/transfers/{dashboard.transfer_id}"

    look_at(browser, dashboard.url + path, width)

    assert console(browser) == []
    assert loaded_hosts(browser) == {urlsplit(dashboard.url).netloc}
    assert fits(browser)
    # Tabler's style sheet is in force: the page's policy let it load.
    font = browser.execute_script("return getComputedStyle(document.body).fontFamily")
    assert font.startswith("system-ui")
    assert browser.execute_script("return document.styleSheets.length") == 4
    assert browser.get_cookies() == []


def test_the_overview_draws_what_was_recorded(browser: WebDriver, dashboard: Any) -> None:
    look_at(browser, dashboard.url + "/?span=30d")

    assert "IDR" in text_of(browser, "#settled-today")
    assert text_of(browser, "#needs-operator-count").splitlines()[1] == "1"
    assert text_of(browser, "#unknown-count").splitlines()[1] == "1"
    assert "1 transfer waits for an operator" in text_of(browser, "#for-operator")
    # What waits for a person stands before any chart.
    waiting = browser.find_element(By.CSS_SELECTOR, "#waiting tbody tr")
    assert "Needs operator" in waiting.text
    assert waiting.location["y"] < browser.find_element(By.CLASS_NAME, "time-chart").location["y"]
    bars = browser.find_elements(By.CSS_SELECTOR, ".time-chart rect.state-settled")
    assert len(bars) == 30
    # Each drawn bar has a size on the screen and the colour of its state.
    assert all(bar.size["height"] > 1 and bar.size["width"] > 1 for bar in bars)
    assert {bar.value_of_css_property("fill") for bar in bars} == {"rgb(47, 158, 68)"}


def test_an_operator_finds_a_payment_by_its_reference(browser: WebDriver, dashboard: Any) -> None:
    """The way through: search, the event, its two halves, the whole transfer."""
    look_at(browser, dashboard.url + "/events")
    browser.find_element(By.ID, "q").send_keys("VEND-PAY-2026-009001")
    browser.find_element(By.CSS_SELECTOR, "form[role=search] button").click()
    # The click comes back before the browser has left the page.
    WebDriverWait(browser, 10).until(lambda driver: "VEND-PAY" in driver.current_url)
    rows = browser.find_elements(By.CSS_SELECTOR, "#events tbody tr")
    assert len(rows) == 3

    browser.find_element(By.LINK_TEXT, "bank.attempt.finished").click()
    request = browser.find_element(By.CSS_SELECTOR, "[data-half=request]")
    response = browser.find_element(By.CSS_SELECTOR, "[data-half=response]")
    shown = json.loads(request.find_element(By.TAG_NAME, "pre").text)
    assert shown["amount"]["value"] == "48250000.50"
    assert "504" in response.text
    # Side by side.
    assert request.location["y"] == response.location["y"]
    assert request.location["x"] + request.size["width"] <= response.location["x"]

    transfer = f"a[href$='/transfers/{dashboard.transfer_id}']"
    browser.find_element(By.CSS_SELECTOR, transfer).click()
    moments = browser.find_elements(By.CSS_SELECTOR, ".moment")
    assert [("Unknown" in each.text, "Pending" in each.text) for each in moments] == [
        (False, True),
        (False, False),
        (True, False),
    ]
    exchange = moments[1].find_element(By.TAG_NAME, "details")
    assert not exchange.find_element(By.TAG_NAME, "pre").is_displayed()
    # By keyboard, as a person without a mouse would.
    exchange.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    WebDriverWait(browser, 10).until(lambda _: "48250000.50" in exchange.text)
    assert "504 Gateway Time-out" in exchange.text


def test_a_count_leads_to_the_transfers_behind_it(browser: WebDriver, dashboard: Any) -> None:
    look_at(browser, dashboard.url + "/")

    browser.find_element(By.CSS_SELECTOR, "#needs-operator-count a").click()

    WebDriverWait(browser, 10).until(lambda driver: "state=NEEDS_OPERATOR" in driver.current_url)
    rows = browser.find_elements(By.CSS_SELECTOR, "#transfers tbody tr")
    assert ["Needs operator" in row.text for row in rows] == [True]
    rows[0].find_element(By.TAG_NAME, "a").click()
    WebDriverWait(browser, 10).until(lambda driver: driver.title == "Transfer · Gerbang")
    assert "Waits for a person" in text_of(browser, "[role=alert]")


def test_filters_stay_in_the_form_and_older_events_are_a_click_away(
    browser: WebDriver, dashboard: Any
) -> None:
    look_at(browser, dashboard.url + "/events?bank=bca")
    first = text_of(browser, "#events tbody tr")

    browser.find_element(By.ID, "older").click()

    assert text_of(browser, "#events tbody tr") != first
    assert browser.find_element(By.ID, "f-bank").get_attribute("value") == "bca"
    browser.find_element(By.LINK_TEXT, "To the newest").click()
    assert text_of(browser, "#events tbody tr") == first


def test_the_chain_is_verified_by_a_click(browser: WebDriver, dashboard: Any) -> None:
    """A form's POST carries the Origin that the gate asks for."""
    look_at(browser, dashboard.url + "/chain")
    assert "Never" in text_of(browser, "#last-check")

    browser.find_element(By.CSS_SELECTOR, "#last-check button").click()

    def is_whole(driver: WebDriver) -> bool:
        driver.get(dashboard.url + "/chain")
        return "Whole" in text_of(driver, "#last-check")

    WebDriverWait(browser, 20).until(is_whole)
    assert browser.current_url == dashboard.url + "/chain"


def test_the_menu_opens_on_a_phone(browser: WebDriver, dashboard: Any) -> None:
    look_at(browser, dashboard.url + "/", 400)
    link = browser.find_element(By.CSS_SELECTOR, "#sidebar-menu a[href$='/events']")
    assert not link.is_displayed()

    browser.find_element(By.CSS_SELECTOR, ".navbar-toggler").click()
    WebDriverWait(browser, 10).until(lambda _: link.is_displayed())
    link.click()

    WebDriverWait(browser, 10).until(lambda driver: driver.title == "Events · Gerbang")


def test_what_was_recorded_cannot_become_a_script(browser: WebDriver, evil_dashboard: Any) -> None:
    for path in ("/", "/events", "/events?q=x%22%3E%3Cscript%3Ealert(1)%3C/script%3E"):
        look_at(browser, evil_dashboard.url + path)
        assert browser.execute_script("return window.hit") is None
    browser.find_element(By.CSS_SELECTOR, "a[href$='/events']").click()
    browser.find_element(By.LINK_TEXT, "bank.attempt.finished").click()

    assert browser.execute_script("return window.hit") is None
    assert "<script>window.hit" in text_of(browser, "[data-half=request]")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "No transfer has settled since midnight."),
        ("/events", "No event has been recorded yet."),
        ("/chain", "No event has been stored yet."),
    ],
)
def test_an_empty_database_is_told_in_words(
    path: str, words: str, width: int, browser: WebDriver, empty_dashboard: Any
) -> None:
    look_at(browser, empty_dashboard.url + path, width)

    assert words in text_of(browser, "main, .page-body")
    assert fits(browser)
