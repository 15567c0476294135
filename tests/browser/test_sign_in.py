"""Signing in for real: the running application, an OIDC provider, a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_httpserver import HTTPServer

from tests.browser.conftest import home_beside
from tests.browser.oidc import Provider
from tests.browser.running import running

PATIENCE_MS = 40_000


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with HTTPServer(host="127.0.0.1") as server:
        yield Provider(server)


@pytest.fixture(scope="module")
def guarded(
    provider: Provider, souffleur_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of an application where people sign in at the provider."""
    folder = tmp_path_factory.mktemp("guarded")
    provider.secrets_file(folder / "user")
    home = home_beside(souffleur_home, folder / "home")
    with running(home, {"HOME": str(folder / "user")}) as address:
        yield address


def signed_in(page: Page, provider: Provider, address: str, **claims: object) -> None:
    provider.claims = {"sub": "42", "email": "jeanne@exemple.fr", **claims}
    page.goto(address)
    page.get_by_role("button", name="Se connecter").click()


def test_an_agent_signs_in_and_works(page: Page, provider: Provider, guarded: str) -> None:
    signed_in(page, provider, guarded, roles=["agent"])
    expect(page.get_by_text("Tapez la question comme l'appelant la pose")).to_be_visible(
        timeout=PATIENCE_MS
    )


@pytest.mark.parametrize(
    ("role", "refused"),
    [
        ("quality", ["poste", "activite", "corpus"]),
        ("agent", ["signalements", "evaluations", "questions", "reponses-validees", "corpus"]),
        ("administrator", ["poste", "signalements"]),
    ],
)
def test_a_page_of_another_role_is_refused_by_its_address(
    page: Page, provider: Provider, guarded: str, role: str, refused: list[str]
) -> None:
    signed_in(page, provider, guarded, roles=[role])
    expect(page.get_by_text("jeanne@exemple.fr")).to_be_visible(timeout=PATIENCE_MS)
    for address in refused:
        page.goto(f"{guarded}/{address}")
        expect(page.get_by_text("Cette page est réservée au rôle")).to_be_visible(
            timeout=PATIENCE_MS
        )


def test_who_has_not_signed_in_sees_nothing(page: Page, guarded: str) -> None:
    page.goto(f"{guarded}/poste")
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Tapez la question")).to_have_count(0)


def test_a_forged_cookie_signs_nobody_in(page: Page, guarded: str) -> None:
    page.context.add_cookies(
        [{"name": "_streamlit_user", "value": '"eyJyb2xlcyI6WyJhZ2VudCJdfQ"', "url": guarded}]
    )
    page.goto(guarded)
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible(timeout=PATIENCE_MS)
