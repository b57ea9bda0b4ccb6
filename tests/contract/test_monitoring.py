"""The example alerts and their page speak of figures that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "monitoring"
FIGURE = re.compile(r"\bgerbang_[a-z_]+")
SOURCES = [*ROOT.glob("services/*/src/**/*.py"), *ROOT.glob("libs/*/src/**/*.py")]


@pytest.fixture(scope="module")
def figures() -> set[str]:
    """Every name that a process gives to a figure."""
    found = {
        name for path in SOURCES for name in re.findall(r'"(gerbang_[a-z_]+)"', path.read_text())
    }
    return {name for name in found if name.endswith(ENDINGS)}


ENDINGS = ("_seconds", "_transfers", "_events", "_open", "_broken", "_debits", "_hold")


def named_in(text: str) -> set[str]:
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in FIGURE.findall(text)}


def test_every_alert_is_about_figures_that_exist(figures: set[str]) -> None:
    rules = yaml.safe_load((FOLDER / "prometheus-rules.yml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]

    for alert in alerts:
        assert named_in(alert["expr"]) <= figures, alert["alert"]
        assert alert["labels"]["severity"] in {"page", "ticket"}
        assert alert["annotations"]["summary"]
    assert len({alert["alert"] for alert in alerts}) == len(alerts)


def test_the_page_explains_every_figure(figures: set[str]) -> None:
    explained = named_in((ROOT / "docs" / "monitoring.md").read_text())

    assert explained == figures


def test_the_example_scrape_reads_the_rules() -> None:
    scrape = yaml.safe_load((FOLDER / "prometheus.yml").read_text())

    assert [(FOLDER / name).exists() for name in scrape["rule_files"]] == [True]
