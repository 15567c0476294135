"""The journal's tables. What changes here needs a migration in ``assistant/migrations``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Float, ForeignKey, Integer, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

ID_CHARS = 32


class Moment(TypeDecorator[datetime]):
    """A moment, stored in UTC without its zone and read back with it, on every database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


class Table(DeclarativeBase):
    """What all tables share: order of arrival, which no clock can upset, and an id."""

    type_annotation_map = {datetime: Moment, date: Date}

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(ID_CHARS), unique=True)


def _of(table: str) -> Mapped[str]:
    """The id of a row of another table, which takes this one with it when it is purged."""
    return mapped_column(
        String(ID_CHARS), ForeignKey(f"{table}.id", ondelete="CASCADE"), index=True
    )


class Call(Table):
    """A conversation with one caller, of whom nothing is kept."""

    __tablename__ = "calls"

    agent: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))


class Turn(Table):
    """One question and its card; the columns beside the card are what is counted."""

    __tablename__ = "turns"

    call: Mapped[str] = _of("calls")
    asked_at: Mapped[datetime] = mapped_column(index=True)
    question: Mapped[str] = mapped_column(Text)
    route: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(20))
    abstained: Mapped[bool] = mapped_column(Boolean)
    fiche: Mapped[str | None] = mapped_column(String(20))
    title: Mapped[str | None] = mapped_column(Text)
    total_ms: Mapped[float] = mapped_column(Float)
    snapshot: Mapped[str | None] = mapped_column(String(40), index=True)
    """The corpus that answered."""
    card: Mapped[str] = mapped_column(Text)
    """The whole card as JSON: the trace."""


class Report(Table):
    """An agent's verdict on a turn."""

    __tablename__ = "reports"

    turn: Mapped[str] = _of("turns")
    at: Mapped[datetime] = mapped_column(index=True)
    verdict: Mapped[str] = mapped_column(String(4))
    reasons: Mapped[list[str]] = mapped_column(JSON)
    comment: Mapped[str] = mapped_column(Text)


class Queued(Table):
    """A turn that the QA team is to look at: reported, or left without an answer."""

    __tablename__ = "queue"

    turn: Mapped[str] = _of("turns")
    report: Mapped[str | None] = mapped_column(
        String(ID_CHARS), ForeignKey("reports.id", ondelete="CASCADE")
    )
    at: Mapped[datetime] = mapped_column(index=True)
    decision: Mapped[str | None] = mapped_column(String(20), index=True)
    """The last decision; all of them are in their own table."""


class Decided(Table):
    """What the QA team decided of an entry of the queue."""

    __tablename__ = "decisions"

    entry: Mapped[str] = _of("queue")
    at: Mapped[datetime]
    decision: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text)


class Curated(Table):
    """A fixed answer that the QA team approved."""

    __tablename__ = "curated"

    question: Mapped[str] = mapped_column(Text)
    say: Mapped[str] = mapped_column(Text)
    fiche: Mapped[str] = mapped_column(String(20), index=True)
    fiche_hash: Mapped[str] = mapped_column(String(64))
    expires: Mapped[date]
    state: Mapped[str] = mapped_column(String(20), index=True)
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


class Audited(Table):
    """What a member of the QA team or an administrator did."""

    __tablename__ = "audits"

    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(200))
    act: Mapped[str] = mapped_column(String(100))
    details: Mapped[str] = mapped_column(Text)


TABLES: dict[str, type[Table]] = {
    model.__tablename__: model for model in (Call, Turn, Report, Queued, Decided, Curated, Audited)
}
"""By name, parents before children."""


def row_of(model: type[Table], values: dict[str, Any]) -> dict[str, Any]:
    """Values as they were written in JSON, with their dates and moments read.

    Raises:
        KeyError: a column that the table does not have.
    """
    read: dict[str, Any] = {}
    for name, value in values.items():
        kind = model.__table__.columns[name].type
        if isinstance(value, str) and isinstance(kind, Moment):
            value = datetime.fromisoformat(value)
        elif isinstance(value, str) and isinstance(kind, Date):
            value = date.fromisoformat(value)
        read[name] = value
    return read
