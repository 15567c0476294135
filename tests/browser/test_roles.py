"""Each role opens its own pages in the running application, and is refused those of the others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from itsdangerous import URLSafeTimedSerializer
from playwright.sync_api import Page, expect

from tests.browser.conftest import home_beside
from tests.browser.running import running

COOKIE = "_streamlit_user"
SECRET = "une clé d'essai, longue de plus de trente-deux caractères"
PAGES = {
    "agent": ("poste",),
    "quality": ("signalements", "evaluations", "questions", "reponses-validees"),
    "administrator": ("activite", "corpus"),
}
REFUSED = "Cette page est réservée au rôle"
WAIT_MS = 90_000


@pytest.fixture(scope="module")
def closed(souffleur_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application where people sign in."""
    folder = tmp_path_factory.mktemp("closed")
    secrets = folder / "secrets.toml"
    secrets.write_text(
        f'[auth]\nredirect_uri = "http://localhost/oauth2callback"\ncookie_secret = "{SECRET}"\n'
        'client_id = "souffleur"\nclient_secret = "essai"\n'
        'server_metadata_url = "http://localhost/.well-known/openid-configuration"\n',
        "utf-8",
    )
    home = home_beside(souffleur_home, folder / "home")
    with running(home, {"STREAMLIT_SECRETS_FILES": str(secrets)}) as address:
        yield address


def signed_in(page: Page, address: str, role: str) -> None:
    """Give the browser what the application gives to someone whom the provider vouched for."""
    claims = {
        "origin": address,
        "is_logged_in": True,
        "email": f"{role}@exemple.fr",
        "roles": [role],
    }
    value = URLSafeTimedSerializer(SECRET, salt=COOKIE).dumps(json.dumps(claims))
    page.context.add_cookies([{"name": COOKIE, "value": str(value), "url": address}])


OTHERS = [
    (role, name)
    for role in PAGES
    for owner, names in PAGES.items()
    for name in names
    if owner != role
]


@pytest.mark.parametrize(("role", "name"), OTHERS)
def test_a_role_that_opens_anothers_page_by_its_address_is_refused(
    page: Page, closed: str, role: str, name: str
) -> None:
    signed_in(page, closed, role)
    page.goto(f"{closed}/{name}")
    expect(page.get_by_role("alert")).to_contain_text(REFUSED, timeout=WAIT_MS)
    assert page.get_by_role("heading", level=2).count() == 0


@pytest.mark.parametrize(
    ("role", "name"), [(role, name) for role, names in PAGES.items() for name in names]
)
def test_a_role_opens_its_own_pages(page: Page, closed: str, role: str, name: str) -> None:
    signed_in(page, closed, role)
    page.goto(f"{closed}/{name}")
    shown = page.get_by_role("heading", level=2).or_(
        page.get_by_role("combobox", name="Question de l'appelant")
    )
    expect(shown.first).to_be_visible(timeout=WAIT_MS)
    assert page.get_by_text(REFUSED).count() == 0


def test_the_menu_shows_a_role_its_own_pages_only(page: Page, closed: str) -> None:
    signed_in(page, closed, "quality")
    page.goto(closed)
    expect(page.get_by_role("heading", name=re.compile("Signalements"))).to_be_visible(
        timeout=WAIT_MS
    )
    assert page.get_by_text("Corpus et réglages").count() == 0
    assert page.get_by_text("Poste d'appel").count() == 0
