"""The page as a document: nothing runs, nothing is loaded, everything is labelled."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from auth.entrypoints.login_page import NOT_SIGNED_IN, LoginPage


class Elements(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def login_page() -> LoginPage:
    return LoginPage()


@pytest.fixture(scope="module")
def page(login_page: LoginPage) -> str:
    return login_page.render(problem=NOT_SIGNED_IN, name="jane").decode()


def test_the_policy_admits_the_one_style_sheet_of_the_page_by_its_hash(
    login_page: LoginPage, page: str
) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert dict(login_page.headers)["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def test_nothing_runs_and_nothing_is_loaded(page: str) -> None:
    elements = Elements(page)

    assert not {tag for tag, _ in elements.found} & {"script", "link", "img", "iframe", "object"}
    assert not any(
        name in ("src", "href", "style") or name.startswith("on")
        for _, attributes in elements.found
        for name in attributes
    )
    assert not re.search(r"url\(|@import|https?://", page)


def test_every_field_has_a_label_and_the_browser_knows_what_it_is_for(page: str) -> None:
    elements = Elements(page)
    fields = {field["id"]: field for field in elements.of("input")}

    assert [label["for"] for label in elements.of("label")] == list(fields)
    assert {name: field["autocomplete"] for name, field in fields.items()} == {
        "name": "username",
        "password": "current-password",
        "code": "one-time-code",
    }
    assert elements.of("html") == [{"lang": "en"}]


def test_a_problem_is_announced_and_shown_in_both_languages(page: str) -> None:
    assert 'role="alert"' in page
    assert NOT_SIGNED_IN.english in page
    assert NOT_SIGNED_IN.indonesian in page


def test_a_name_is_shown_again_as_text_only(login_page: LoginPage) -> None:
    page = login_page.render(problem=NOT_SIGNED_IN, name='"><script>alert(1)</script>').decode()

    assert "<script" not in page
    assert "&#34;&gt;&lt;script&gt;" in page


def test_without_a_problem_there_is_no_alert(login_page: LoginPage) -> None:
    assert 'role="alert"' not in login_page.render().decode()


def test_a_browser_keeps_sending_the_origin_of_the_form(login_page: LoginPage) -> None:
    """With no-referrer a form is posted with Origin null, and nobody could sign in."""
    assert dict(login_page.headers)["referrer-policy"] == "same-origin"
