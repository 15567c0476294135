"""The assistant over the small corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.chain import Assistant
from assistant.settings import Settings
from vectorstore.search import Search


@pytest.fixture(scope="session")
def assistant(souffleur_home: Path, search: Search) -> Assistant:
    return Assistant(Settings(home=souffleur_home), search)
