"""A call over the small corpus, with a journal of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.chain import Assistant
from assistant.journal import Journal
from assistant.settings import Settings
from ui.desk_call import Call
from vectorstore.search import Search


@pytest.fixture(scope="session")
def assistant(directory_home: Path, search: Search) -> Assistant:
    return Assistant(Settings(home=directory_home), search)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(Settings(home=tmp_path))
    yield opened
    opened.close()


@pytest.fixture
def call(assistant: Assistant, journal: Journal) -> Call:
    return Call(assistant, journal, agent="essai")
