"""Where the journal's entries are kept: a database, and a queue on disk while it cannot be reached.

Once ``write`` returns, the entry is acknowledged: it is in the database, or on the disk in front of
whatever comes after it. A thread of its own tries the database again until the queue is empty, so that
no turn waits for it.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from assistant.journal_queue import DiskQueue, Entry
from assistant.journal_records import JournalError
from assistant.journal_tables import TABLES, row_of

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_TIMEOUT_S = 1.0
"""How long a write waits for another one before it goes to the queue."""
CONNECT_TIMEOUT_S = 2
RETRY_S = 1.0
"""How long the database is left alone once it has failed."""
MIGRATION_LOCK = 3939
"""Number of PostgreSQL's advisory lock that lets one process migrate at a time."""
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""Each dialect's own insert, which can replace the row of the same id."""
_RUINED = ("malformed", "not a database", "disk image")

log = logging.getLogger("souffleur.journal")


class Store:
    """The database of the journal, and the queue in front of it.

    Args:
        url: as SQLAlchemy writes it.
        queue: where entries wait.
    """

    def __init__(self, url: str, queue: DiskQueue) -> None:
        self.url = make_url(with_driver(url))
        self.queue = queue
        self.degraded = ""
        """Why entries wait on the disk, in French; empty while they do not."""
        self._file = (
            Path(self.url.database)
            if self.url.get_backend_name() == "sqlite" and self.url.database
            else None
        )
        self._inodes: tuple[int | None, ...] = ()
        self._engine: Engine | None = None
        self._lock = threading.RLock()
        self._recovering: threading.Thread | None = None
        self._closed = threading.Event()
        try:
            self._opened()
            self._drain()
        except (SQLAlchemyError, OSError) as error:
            self._lost(error)

    def write(self, entry: Entry) -> None:
        """Keep an entry.

        Raises:
            JournalError: neither the database nor the disk takes it.
        """
        with self._lock:
            if not self.degraded:
                try:
                    self._drain()
                    self._apply(entry)
                    return
                except (SQLAlchemyError, OSError) as error:
                    self._lost(error)
            try:
                self.queue.append(entry)
            except OSError as error:
                raise JournalError(
                    f"{self.queue.path} : journal hors d'état, ni base ni disque ({error.strerror}) ; "
                    "libérer de la place"
                ) from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that reads what was acknowledged so far.

        Raises:
            JournalError: the database cannot be reached.
        """
        try:
            with self._lock:
                self._drain()
                engine = self._opened()
            with Session(engine) as session:
                yield session
        except (SQLAlchemyError, OSError) as error:
            self._lost(error)
            raise JournalError(
                f"{self.place} : journal illisible pour l'instant ({_first_line(error)}) ; rien n'est "
                "perdu, les nouvelles entrées attendent sur le disque"
            ) from error

    @contextmanager
    def changing(self) -> Iterator[Session]:
        """A session whose changes are committed together; for acts that may fail, like a purge.

        Raises:
            JournalError: the database cannot be reached.
        """
        with self.reading() as session:
            session.connection(execution_options={"writes": True})
            yield session
            session.commit()

    def forget(self) -> None:
        """Empty SQLite's write-ahead log, so that nothing deleted is left in any file."""
        if self._file:
            with self._opened().connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    @property
    def place(self) -> str:
        """Where the database is, without its password."""
        return str(self._file) if self._file else self.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Let go of the database; what waits stays on the disk."""
        self._closed.set()
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _opened(self) -> Engine:
        """The engine, over a database that has today's schema."""
        if self._engine is not None and self._file and _inodes(self._file) != self._inodes:
            self._engine.dispose()  # a file was removed or replaced: what is open is a ghost
            self._engine = None
        if self._engine is None:
            engine = _engine(self.url.render_as_string(hide_password=False))
            if self._file:
                self._file.parent.mkdir(parents=True, exist_ok=True)
            migrate(engine)
            self._engine = engine
            self._inodes = _inodes(self._file) if self._file else ()
        return self._engine

    def _drain(self) -> None:
        if self.queue.waiting():
            self.queue.drain(self._apply_queued)

    def _apply_queued(self, entry: Entry) -> None:
        """Apply an entry that waited; one that no database would take is put aside, not lost."""
        try:
            self._apply(entry)
        except SQLAlchemyError as error:
            if _is_unreachable(error):
                raise
            aside = DiskQueue(self.queue.path.with_suffix(".rejected"))
            aside.append(entry)
            log.error("journal_entry_rejected", extra={"place": str(aside.path)})

    def _apply(self, entry: Entry) -> None:
        """Store the entry in one transaction; a second time changes nothing."""
        try:
            self._stored(entry)
        except IntegrityError:
            # The call of a turn was lost with an earlier database: it gets one that begins with it.
            turns = [row for how, table, row in entry if (how, table) == ("put", "turns")]
            if not turns:
                raise
            calls = [{"id": row["call"], "started_at": row["asked_at"]} for row in turns]
            self._stored([*(("put", "calls", call) for call in calls), *entry])

    def _stored(self, entry: Entry) -> None:
        with self._opened().connect().execution_options(writes=True) as connection:
            insert = _INSERTS[connection.dialect.name]
            for how, name, values in entry:
                model = TABLES[name]
                row = row_of(model, values)
                if how == "put":
                    put = insert(model).values(row)
                    connection.execute(put.on_conflict_do_update(index_elements=["id"], set_=row))
                else:
                    found = model.id == row.pop("id")
                    connection.execute(update(model).where(found).values(row))
            connection.commit()

    def _lost(self, error: Exception) -> None:
        """Say that the database is lost, and have it tried again until it is back."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None
            if self._file and _is_ruined(error):
                self._set_aside(self._file)
            if not self.degraded:
                log.error("journal_degraded", extra={"reason": type(error).__name__})
            self.degraded = (
                f"Journal injoignable ({_first_line(error)}) : les entrées attendent sur le disque."
            )
            if self._recovering is None and not self._closed.is_set():
                self._recovering = threading.Thread(target=self._recover, daemon=True)
                self._recovering.start()

    def _recover(self) -> None:
        while not self._closed.wait(RETRY_S):
            try:
                probe = _engine(self.url.render_as_string(hide_password=False))
                with probe.connect():
                    probe.dispose()  # tried without the lock: writers go on meanwhile
                with self._lock:
                    self._opened()
                    self._drain()
                    self.degraded = ""
                    self._recovering = None
                log.info("journal_recovered")
                return
            except (SQLAlchemyError, OSError) as error:
                with self._lock:
                    if self._file and _is_ruined(error):
                        self._set_aside(self._file)
        self._recovering = None

    def _set_aside(self, file: Path) -> None:
        """Keep a ruined file under another name, so that a new one can take its place."""
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        for suffix in ("", "-wal", "-shm"):
            part = Path(f"{file}{suffix}")
            if part.is_file():
                part.rename(f"{file}.abîmé-{stamp}{suffix}")
        log.error("journal_file_ruined", extra={"place": f"{file}.abîmé-{stamp}"})


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring a database to a schema, from whatever earlier one, one process at a time."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def with_driver(url: str) -> str:
    """PostgreSQL's own spellings of a URL, for the driver that is installed."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": LOCK_TIMEOUT_S})
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    waits = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "tcp_user_timeout": CONNECT_TIMEOUT_S * 1000,
        "keepalives_idle": CONNECT_TIMEOUT_S,
        "options": f"-c statement_timeout=10000 -c lock_timeout={int(LOCK_TIMEOUT_S * 1000)}",
    }
    return create_engine(url, connect_args=waits)


def _configure_sqlite(connection: object, record: object) -> None:
    """WAL, so that readers never wait; every commit flushed; what is deleted is overwritten."""
    connection.isolation_level = None  # type: ignore[attr-defined]  # transactions begin below
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that will write takes its lock at once, where waiting for it is possible."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _inodes(file: Path) -> tuple[int | None, ...]:
    """What the names of the database and of its write-ahead log stand for now."""
    found: list[int | None] = []
    for path in (file, f"{file}-wal"):
        try:
            found.append(os.stat(path).st_ino)
        except OSError:
            found.append(None)
    return tuple(found)


def _is_unreachable(error: SQLAlchemyError) -> bool:
    """Whether the database, and not the entry, is at fault."""
    return not isinstance(error, (IntegrityError, DataError)) and isinstance(
        error, (DatabaseError, DBAPIError)
    )


def _is_ruined(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and any(word in str(error.orig) for word in _RUINED)


def _first_line(error: Exception) -> str:
    orig = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return (str(orig) or type(orig).__name__).splitlines()[0]
