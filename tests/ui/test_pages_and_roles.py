"""Every page of the menu, opened as each role: what is not theirs shows nothing but the refusal."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from assistant import settings as settings_module
from tests.ui.test_access import AUTH, User
from ui.access import ROLES, Role

UI = Path(__file__).parents[2] / "ui"


class Listed(NamedTuple):
    file: str
    role: Role


def listed() -> list[Listed]:
    """The pages of the menu in ``ui/app.py`` with the role that opens each, read without running it."""
    tree = ast.parse((UI / "app.py").read_text("utf-8"))
    entries = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Entry"
    ]
    return [Listed(*(ast.literal_eval(entry.args[n]) for n in (0, 3))) for entry in entries]


PAGES = listed()


@pytest.fixture
def opened(tmp_path: Path, souffleur_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with the small corpus, for pages that are run in this process."""
    (tmp_path / "snapshots").symlink_to(souffleur_home / "snapshots")
    (tmp_path / "current").write_text((souffleur_home / "current").read_text("utf-8"), "utf-8")
    monkeypatch.setenv("SOUFFLEUR_HOME", str(tmp_path))
    settings_module.load_settings.cache_clear()
    st.cache_resource.clear()
    return tmp_path


def refusals(page: AppTest) -> list[str]:
    return [box.value for box in page.error if "réservée au rôle" in box.value]


def test_the_menu_lists_every_page_of_each_role() -> None:
    assert {page.role for page in PAGES} == ROLES
    files = {page.file for page in PAGES}
    assert {path.name for path in UI.glob("pilotage_*.py")} <= files


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.file)
@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_page_refuses_every_role_but_its_own(
    opened: Path, monkeypatch: pytest.MonkeyPatch, page: Listed, role: Role
) -> None:
    monkeypatch.setattr(st, "user", User(email="jeanne@exemple.fr", roles=[role]))
    app = AppTest.from_file(str(UI / page.file), default_timeout=60)
    app.secrets["auth"] = AUTH
    app.run()
    assert bool(refusals(app)) == (role != page.role)
    if role != page.role:
        assert not app.exception
        assert [button.label for button in app.button] == ["Se déconnecter"]
        assert not app.markdown
