"""An endpoint for which nothing has been found out yet."""

from __future__ import annotations

import pytest

from assistant import endpoint


@pytest.fixture(autouse=True)
def unknown_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "_known", {})
