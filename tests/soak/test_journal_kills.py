"""A process killed while it writes: nothing that it acknowledged is lost, and the journal opens.

``pytest -m soak tests/soak`` kills fifty; the short test kills a few.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.journal import Journal
from assistant.settings import Settings

ROOT = Path(__file__).parents[2]


def killed_writer(home: Path, database: str | None, after_s: float) -> set[str]:
    """Ids of the turns that a writer acknowledged before it was killed."""
    env = {**os.environ, "SOUFFLEUR_HOME": str(home)}
    if database:
        env["DATABASE_URL"] = database
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.journal_writer", str(home)],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    first = writer.stdout.readline()
    time.sleep(after_s)
    writer.send_signal(signal.SIGKILL)
    rest = writer.stdout.read()
    writer.wait()
    whole = first + rest
    return set(whole[: whole.rfind("\n") + 1].split())


def kept_turns(home: Path, database: str | None) -> set[str]:
    journal = Journal.open(Settings(home=home, database_url=database))
    now = datetime.now(UTC)
    calls = journal.calls(
        since=now - timedelta(days=1), until=now + timedelta(days=1), limit=10_000
    )
    journal.close()
    return {turn.id for call in calls for turn in call.turns}


def kill_many(home: Path, database: str | None, kills: int) -> int:
    """Kill that many writers at random moments; returns how many turns were acknowledged."""
    dice = random.Random(3939)
    acknowledged: set[str] = set()
    for _ in range(kills):
        acknowledged |= killed_writer(home, database, dice.uniform(0, 0.4))
        lost = acknowledged - kept_turns(home, database)
        assert not lost
    return len(acknowledged)


def sound(home: Path) -> bool:
    with sqlite3.connect(home / "journal.sqlite") as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def test_a_few_killed_writers_lose_nothing(tmp_path: Path) -> None:
    assert kill_many(tmp_path, None, 3) >= 3
    assert sound(tmp_path)


def test_a_killed_writer_loses_nothing_while_the_database_is_lost(tmp_path: Path) -> None:
    unreachable = "postgresql://nobody@127.0.0.1:1/none"
    acknowledged = killed_writer(tmp_path, unreachable, 0.3)
    assert acknowledged
    assert (tmp_path / "journal.queue").stat().st_size > 0
    assert acknowledged <= kept_turns(tmp_path, None)


@pytest.mark.soak
def test_fifty_killed_writers_lose_nothing(tmp_path: Path) -> None:
    assert kill_many(tmp_path, None, 50) >= 50
    assert sound(tmp_path)


@pytest.mark.soak
def test_fifty_killed_writers_lose_nothing_on_postgresql(tmp_path: Path) -> None:
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        pytest.skip("TEST_DATABASE_URL names no PostgreSQL server")
    from tests.assistant.conftest import empty_postgresql

    with empty_postgresql(url) as database:
        assert kill_many(tmp_path, database, 50) >= 50
