"""The running application on the small corpus, and a page of Debian's Chromium that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.running import running

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SMALL, LARGE = {"width": 1280, "height": 720}, {"width": 1920, "height": 1080}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that stands in this folder drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def home_beside(source: Path, target: Path, directory: Path | None = None) -> Path:
    """A SOUFFLEUR_HOME in ``target`` with the snapshots of ``source`` and a journal of its own."""
    target.mkdir(parents=True, exist_ok=True)
    (target / "snapshots").symlink_to(source / "snapshots")
    (target / "current").write_text((source / "current").read_text("utf-8"), "utf-8")
    if directory is not None:
        (target / "directory").symlink_to(directory / "directory")
    return target


@pytest.fixture(scope="session")
def browser_home(
    souffleur_home: Path, directory_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The data of the running application: the small corpus, a few communes and offices."""
    return home_beside(souffleur_home, tmp_path_factory.mktemp("browser") / "home", directory_home)


@pytest.fixture(scope="session")
def application(browser_home: Path) -> Iterator[str]:
    """The address of the application, running on the small corpus."""
    with running(browser_home) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page, 1280×720, in a context of its own: no cookie, nothing stored."""
    context = browser.new_context(viewport=SMALL, locale="fr-FR")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
