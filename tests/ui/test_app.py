"""The page as Streamlit runs it, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from assistant import settings as settings_module

PAGE = Path(__file__).parents[2] / "ui" / "app.py"


def opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("SOUFFLEUR_HOME", str(home))
    settings_module.load_settings.cache_clear()
    st.cache_resource.clear()
    return AppTest.from_file(str(PAGE), default_timeout=60).run()


def test_an_empty_desk_says_what_to_do(
    souffleur_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("snapshots", "current"):
        (tmp_path / name).symlink_to(souffleur_home / name)
    page = opened(tmp_path, monkeypatch)
    assert not page.exception
    assert not page.error
    assert "Tapez la question" in page.get("html")[0].proto.body


def test_without_a_corpus_the_page_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(tmp_path, monkeypatch)
    assert not page.exception
    assert "souffleur sync" in page.error[0].value.replace("\\", "")
