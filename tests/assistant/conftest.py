"""The assistant over the small corpus, and the databases that the journal is tried on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url

from assistant.chain import Assistant
from assistant.journal_store import with_driver
from assistant.settings import Settings
from vectorstore.search import Search


@pytest.fixture(scope="session")
def assistant(souffleur_home: Path, search: Search) -> Assistant:
    return Assistant(Settings(home=souffleur_home), search)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database: SQLite, and PostgreSQL where ``TEST_DATABASE_URL`` names one."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'journal.sqlite'}"
        return
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        pytest.skip("TEST_DATABASE_URL names no PostgreSQL server")
    with empty_postgresql(url) as own:
        yield own


@contextmanager
def empty_postgresql(url: str) -> Iterator[str]:
    """A database of the test's own on that server, dropped afterwards."""
    server = create_engine(make_url(with_driver(url)), isolation_level="AUTOCOMMIT")
    name = f"souffleur_{uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield make_url(with_driver(url)).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()
