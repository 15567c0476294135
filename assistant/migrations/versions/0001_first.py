"""The first schema: calls, turns, reports, queue, decisions, curated answers, audits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _table(name: str, *columns: sa.Column) -> None:  # type: ignore[type-arg]
    op.create_table(
        name,
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        *columns,
    )


def _of(name: str, table: str, nullable: bool = False) -> sa.Column:  # type: ignore[type-arg]
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, sa.String(32), key, nullable=nullable, index=not nullable)


def upgrade() -> None:
    _table(
        "calls",
        sa.Column("agent", sa.String(64)),
        sa.Column("started_at", sa.DateTime, nullable=False, index=True),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("outcome", sa.String(20)),
    )
    _table(
        "turns",
        _of("call", "calls"),
        sa.Column("asked_at", sa.DateTime, nullable=False, index=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("route", sa.String(20), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("abstained", sa.Boolean, nullable=False),
        sa.Column("fiche", sa.String(20)),
        sa.Column("title", sa.Text),
        sa.Column("total_ms", sa.Float, nullable=False),
        sa.Column("card", sa.Text, nullable=False),
    )
    _table(
        "reports",
        _of("turn", "turns"),
        sa.Column("at", sa.DateTime, nullable=False, index=True),
        sa.Column("verdict", sa.String(4), nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
    )
    _table(
        "queue",
        _of("turn", "turns"),
        _of("report", "reports", nullable=True),
        sa.Column("at", sa.DateTime, nullable=False, index=True),
        sa.Column("decision", sa.String(20), index=True),
    )
    _table(
        "decisions",
        _of("entry", "queue"),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    _table(
        "curated",
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("say", sa.Text, nullable=False),
        sa.Column("fiche", sa.String(20), nullable=False, index=True),
        sa.Column("fiche_hash", sa.String(64), nullable=False),
        sa.Column("expires", sa.Date, nullable=False),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    _table(
        "audits",
        sa.Column("at", sa.DateTime, nullable=False, index=True),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("act", sa.String(100), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for name in ("audits", "curated", "decisions", "queue", "reports", "turns", "calls"):
        op.drop_table(name)
