"""The journal when its database is lost: entries wait on the disk, and come back by themselves."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from assistant import journal_store
from assistant.card import Card
from assistant.journal import Journal, JournalError
from assistant.journal_queue import DiskQueue
from assistant.journal_store import with_driver
from assistant.settings import Settings
from tests.assistant.conftest import empty_postgresql


def card(question: str) -> Card:
    return Card(question=question, standalone_question=question)


def questions(journal: Journal, call: str) -> list[str]:
    return [turn.card.question for turn in journal.call(call).turns]


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal.open(Settings(home=tmp_path))
    yield journal
    journal.close()


def test_a_locked_database_lets_entries_wait_and_takes_them_when_it_is_free(
    journal: Journal, tmp_path: Path
) -> None:
    call = journal.start_call()
    with sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        journal.record_turn(call, card("un"))
        assert "attendent sur le disque" in journal.degraded
        started = time.perf_counter()
        journal.record_turn(call, card("deux"))
        assert time.perf_counter() - started < 0.5
        other.execute("ROLLBACK")
    assert within(10, lambda: not journal.degraded)
    assert questions(journal, call) == ["un", "deux"]


def test_a_removed_file_is_made_again_and_what_comes_next_is_kept(
    journal: Journal, tmp_path: Path
) -> None:
    call = journal.start_call()
    journal.record_turn(call, card("avant"))
    for part in tmp_path.glob("journal.sqlite*"):
        part.unlink()
    journal.record_turn(call, card("après"))
    assert within(10, lambda: not journal.degraded)
    assert questions(journal, call) == ["après"]


def test_a_removed_folder_is_made_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    journal = Journal.open(Settings(home=home))
    shutil.rmtree(home)
    call = journal.start_call()
    journal.record_turn(call, card("après"))
    assert within(10, lambda: not journal.degraded)
    assert questions(journal, call) == ["après"]
    journal.close()


def test_a_ruined_file_is_put_aside_and_another_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"ruine " * 10_000)
    journal = Journal.open(Settings(home=tmp_path))
    call = journal.start_call()
    journal.record_turn(call, card("après"))
    assert within(10, lambda: not journal.degraded)
    assert questions(journal, call) == ["après"]
    (aside,) = tmp_path.glob("journal.sqlite.abîmé-*")
    assert aside.read_bytes().startswith(b"ruine")
    journal.close()


def test_a_file_ruined_while_it_is_open_loses_nothing_of_what_comes_next(
    journal: Journal, tmp_path: Path
) -> None:
    call = journal.start_call()
    for part in tmp_path.glob("journal.sqlite-*"):
        part.unlink()
    (tmp_path / "journal.sqlite").write_bytes(b"ruine " * 10_000)
    journal.record_turn(call, card("après"))
    assert within(10, lambda: not journal.degraded)
    journal.close()
    again = Journal.open(Settings(home=tmp_path))
    assert questions(again, call) == ["après"]
    again.close()


def test_reading_a_lost_database_says_that_nothing_is_lost(tmp_path: Path) -> None:
    journal = Journal.open(Settings(home=tmp_path, database_url="postgresql://x@127.0.0.1:1/x"))
    assert journal.degraded
    journal.start_call()
    with pytest.raises(JournalError, match="rien n'est perdu"):
        journal.queue()
    journal.close()


def test_a_password_is_in_no_message(tmp_path: Path) -> None:
    url = "postgresql://agent:secret-7@127.0.0.1:1/x"
    journal = Journal.open(Settings(home=tmp_path, database_url=url))
    with pytest.raises(JournalError) as raised:
        journal.queue()
    assert "secret-7" not in str(raised.value) + journal.degraded
    journal.close()


def test_what_waited_goes_into_the_database_at_the_next_opening(tmp_path: Path) -> None:
    lost = Journal.open(Settings(home=tmp_path, database_url="postgresql://x@127.0.0.1:1/x"))
    call = lost.start_call()
    turn = lost.record_turn(call, card("un"))
    lost.update_turn(turn, card("un, corrigé"))
    lost.close()
    found = Journal.open(Settings(home=tmp_path))
    assert questions(found, call) == ["un, corrigé"]
    assert not DiskQueue(tmp_path / "journal.queue").waiting()
    found.close()


def test_a_line_cut_short_was_not_acknowledged_and_harms_no_other(
    journal: Journal, tmp_path: Path
) -> None:
    queue = DiskQueue(tmp_path / "journal.queue")
    row = {"id": "a" * 32, "started_at": datetime.now(UTC).isoformat()}
    queue.append([("put", "calls", row)])
    with queue.path.open("ab") as file:
        file.write(b'[["put", "calls", {"id": "bbb')
    queue.append([("put", "calls", {**row, "id": "c" * 32})])
    now = datetime.now(UTC)
    calls = journal.calls(since=now - timedelta(days=1), until=now + timedelta(days=1))
    assert [call.id[0] for call in calls] == ["c", "a"]


def test_an_entry_that_no_database_takes_is_put_aside_and_lets_the_others_through(
    journal: Journal, tmp_path: Path
) -> None:
    queue = DiskQueue(tmp_path / "journal.queue")
    orphan = {
        "id": "r" * 32,
        "turn": "nowhere",
        "at": datetime.now(UTC).isoformat(),
        "verdict": "down",
        "reasons": [],
        "comment": "",
    }
    queue.append([("put", "reports", orphan)])
    call = journal.start_call()
    assert journal.call(call).turns == ()
    assert b"nowhere" in (tmp_path / "journal.rejected").read_bytes()


def test_a_full_disk_is_said_and_nothing_is_acknowledged(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = journal.start_call()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal_store.Store, "_apply", full)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(JournalError, match="libérer de la place"):
        journal.record_turn(call, card("perdu"))
    monkeypatch.undo()
    assert within(10, lambda: not journal.degraded)
    journal.record_turn(call, card("gardé"))
    assert questions(journal, call) == ["gardé"]


def test_many_threads_write_at_once(journal: Journal) -> None:
    call = journal.start_call()
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda n: journal.record_turn(call, card(str(n))), range(80)))
    assert not journal.degraded
    assert sorted(turn.id for turn in journal.call(call).turns) == sorted(ids)


def test_two_journals_of_one_home_write_at_once(tmp_path: Path) -> None:
    both = [Journal.open(Settings(home=tmp_path)) for _ in range(2)]
    call = both[0].start_call()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: both[n % 2].record_turn(call, card(str(n))), range(60)))
    assert len(both[1].call(call).turns) == 60
    for journal in both:
        journal.close()


def test_postgresql_whose_connections_are_cut_goes_on(tmp_path: Path) -> None:
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        pytest.skip("TEST_DATABASE_URL names no PostgreSQL server")
    with empty_postgresql(server) as url:
        journal = Journal.open(Settings(home=tmp_path, database_url=url))
        call = journal.start_call()
        engine = create_engine(make_url(with_driver(server)), isolation_level="AUTOCOMMIT")
        name = make_url(url).database
        with engine.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            connection.exec_driver_sql(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
            journal.record_turn(call, card("pendant"))
            assert journal.degraded
            connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert within(10, lambda: not journal.degraded)
        journal.record_turn(call, card("après"))
        assert questions(journal, call) == ["pendant", "après"]
        journal.close()
        engine.dispose()
