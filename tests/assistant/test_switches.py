from __future__ import annotations

from pathlib import Path

import pytest

from assistant.switches import read_switches, write_switch
from vectorstore.errors import SouffleurError


def test_an_installation_begins_with_the_model_on(tmp_path: Path) -> None:
    assert read_switches(tmp_path).model


def test_a_switch_is_seen_at_the_next_reading(tmp_path: Path) -> None:
    write_switch(tmp_path, "model", False)
    assert not read_switches(tmp_path).model
    write_switch(tmp_path, "model", True)
    assert read_switches(tmp_path).model


def test_a_damaged_file_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "switches.json").write_text("{", "utf-8")
    with pytest.raises(SouffleurError, match=r"switches\.json"):
        read_switches(tmp_path)
