"""Who may open which page: decided on the server from what the provider vouches for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from assistant import settings as settings_module
from assistant.settings import Settings
from ui.access import ROLES, Role, roles_of
from vectorstore.errors import UsageError

AUTH = {"redirect_uri": "http://localhost/oauth2callback", "cookie_secret": "x" * 32}


def page_of(role: Role) -> AppTest:
    source = f"""
import streamlit as st
from ui.access import draw_person, require
found = require({role!r})
draw_person(found)
st.write("contenu de la page")
"""
    return AppTest.from_string(source)


class User(dict[str, Any]):
    is_logged_in = True

    def to_dict(self) -> dict[str, Any]:
        return dict(self)


Opened = Callable[..., AppTest]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Open the page of a role as someone with these claims, where people sign in."""
    monkeypatch.setenv("SOUFFLEUR_HOME", str(tmp_path))
    settings_module.load_settings.cache_clear()

    def run(role: Role, user: User) -> AppTest:
        monkeypatch.setattr(st, "user", user)
        page = page_of(role)
        page.secrets["auth"] = AUTH
        return page.run()

    return run


def shows(page: AppTest) -> bool:
    assert not page.exception
    return any("contenu" in block.value for block in page.markdown)


@pytest.mark.parametrize("held", sorted(ROLES))
@pytest.mark.parametrize("wanted", sorted(ROLES))
def test_a_page_opens_to_its_role_alone(opened: Opened, held: Role, wanted: Role) -> None:
    page = opened(wanted, User(email="jeanne@exemple.fr", roles=[held]))
    assert shows(page) == (held == wanted)
    assert bool(page.error) == (held != wanted)


def test_who_has_not_signed_in_sees_only_the_way_in(opened: Opened) -> None:
    stranger = User()
    stranger.is_logged_in = False
    page = opened("agent", stranger)
    assert not shows(page)
    assert [button.label for button in page.button] == ["Se connecter"]


def test_who_has_no_role_sees_nothing(opened: Opened) -> None:
    assert not shows(opened("agent", User(email="jeanne@exemple.fr")))


def test_without_sign_in_the_local_person_has_all_roles_and_is_told() -> None:
    for role in sorted(ROLES):
        page = page_of(role).run()
        assert shows(page)
        assert "cette machine seulement" in page.caption[0].value


def test_without_sign_in_a_server_that_listens_to_others_shows_nothing() -> None:
    before = st.get_option("server.address")
    st.config.set_option("server.address", "0.0.0.0")
    try:
        page = page_of("agent").run()
    finally:
        st.config.set_option("server.address", before)
    assert not shows(page)
    assert "écoute le réseau" in page.error[0].value


def test_a_broken_file_of_roles_closes_the_page_with_a_word(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "roles.yaml").write_text("chef: [a@b.fr]", "utf-8")
    page = opened("agent", User(email="a@b.fr", roles=["agent"]))
    assert not shows(page)
    assert "roles.yaml" in page.error[0].value


def test_roles_come_from_a_nested_claim(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, roles_claim="realm_access.roles")
    assert roles_of({"realm_access": {"roles": ["quality", "autre"]}}, settings) == {"quality"}
    assert roles_of({"roles": ["quality"]}, settings) == frozenset()


def test_a_file_gives_roles_to_addresses_and_groups_and_replaces_the_claim(tmp_path: Path) -> None:
    (tmp_path / "roles.yaml").write_text(
        "agent: [Jeanne@exemple.fr]\nquality: [groupe-qualite]\n", "utf-8"
    )
    settings = Settings(home=tmp_path)
    assert roles_of({"email": "jeanne@Exemple.fr"}, settings) == {"agent"}
    assert roles_of({"roles": ["groupe-qualite", "administrator"]}, settings) == {"quality"}
    unverified = {"email": "jeanne@exemple.fr", "email_verified": False}
    assert roles_of(unverified, settings) == frozenset()


def test_a_file_of_roles_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "roles.yaml"
    settings = Settings(home=tmp_path, roles_file=path)
    path.write_text("agent: [a@b.fr]", "utf-8")
    assert roles_of({"email": "a@b.fr"}, settings) == {"agent"}
    path.write_text("agent: []\nquality: [a@b.fr]", "utf-8")
    assert roles_of({"email": "a@b.fr"}, settings) == {"quality"}


def test_a_named_file_of_roles_that_is_missing_gives_no_role(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, roles_file=tmp_path / "absent.yaml")
    with pytest.raises(UsageError, match="introuvable"):
        roles_of({"email": "a@b.fr", "roles": ["agent"]}, settings)
