"""What the models may still cost: per call and per day, kept in one SQLite file across restarts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

Limit = Literal["call", "day"]


class BudgetExhausted(Exception):
    """What is asked for would pass a limit."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit)
        self.limit: Limit = limit


class BudgetUnreadable(Exception):
    """The file of expenses cannot be read or written, so nothing may be spent."""


def open_database(path: Path) -> Engine:
    """An SQLite file that several processes share; its folder is made when missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 2.0})

    @event.listens_for(engine, "connect")
    def _share(connection: object, record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]
        connection.execute("PRAGMA synchronous=NORMAL")  # type: ignore[attr-defined]

    return engine


class Budget:
    """The expenses of one role.

    Args:
        path: the SQLite file, made when missing.
        role: whose expenses these are.
        per_call: euros that one call may cost; None sets no limit.
        per_day: euros that one day may cost.
    """

    def __init__(
        self, path: Path, role: str, per_call: float | None, per_day: float | None
    ) -> None:
        self._path = path
        self._role = role
        self._per_call = per_call
        self._per_day = per_day
        self._engine: Engine | None = None

    def reserve(self, call: str, euros: float) -> None:
        """Set aside what a request may cost at most.

        Args:
            call: whose call it is; requests without one are only counted for the day.

        Raises:
            BudgetExhausted: it does not fit; nothing is set aside.
            BudgetUnreadable: the file fails.
        """
        try:
            with self._opened().begin() as connection:
                # The first statement writes, so that two processes never both see the same rest.
                self._add(connection, call, euros)
                query = (
                    "SELECT coalesce(sum(euros), 0) FROM spend WHERE role = :role AND day = :day"
                )
                values = {"role": self._role, "day": date.today().isoformat(), "call": call}
                spent = connection.execute(text(query), values).scalar_one()
                if self._per_day is not None and spent > self._per_day:
                    raise BudgetExhausted("day")
                spent = euros
                if call:
                    query = "SELECT sum(euros) FROM spend WHERE role = :role AND call = :call"
                    spent = connection.execute(text(query), values).scalar_one()
                if self._per_call is not None and spent > self._per_call:
                    raise BudgetExhausted("call")
        except (SQLAlchemyError, OSError) as error:
            raise BudgetUnreadable(str(error)) from error

    def settle(self, call: str, reserved: float, spent: float) -> None:
        """Put what a request cost in the place of what was set aside for it.

        Raises:
            BudgetUnreadable: the file fails; what was set aside stays counted.
        """
        try:
            with self._opened().begin() as connection:
                self._add(connection, call, spent - reserved)
        except (SQLAlchemyError, OSError) as error:
            raise BudgetUnreadable(str(error)) from error

    def _opened(self) -> Engine:
        if self._engine is None:
            engine = open_database(self._path)
            with engine.begin() as connection:
                connection.execute(
                    text(
                        "CREATE TABLE IF NOT EXISTS spend (role TEXT, day TEXT, call TEXT, "
                        "euros REAL NOT NULL, PRIMARY KEY (role, day, call))"
                    )
                )
            self._engine = engine
        return self._engine

    def _add(self, connection: object, call: str, euros: float) -> None:
        connection.execute(  # type: ignore[attr-defined]
            text(
                "INSERT INTO spend VALUES (:role, :day, :call, :euros) "
                "ON CONFLICT (role, day, call) DO UPDATE SET euros = euros + :euros"
            ),
            {
                "role": self._role,
                "day": date.today().isoformat(),
                "call": call,
                "euros": euros,
            },
        )
