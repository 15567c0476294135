"""Turns say which corpus answered them, so that those of an older one can be found."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("turns", sa.Column("snapshot", sa.String(40)))
    turns = sa.table(
        "turns", sa.column("number"), sa.column("card", sa.Text), sa.column("snapshot", sa.String)
    )
    connection = op.get_bind()
    for number, card in connection.execute(sa.select(turns.c.number, turns.c.card)).all():
        named = turns.c.number == number
        connection.execute(
            turns.update().where(named).values(snapshot=json.loads(card).get("snapshot", ""))
        )
    op.create_index("ix_turns_snapshot", "turns", ["snapshot"])


def downgrade() -> None:
    op.drop_index("ix_turns_snapshot", "turns")
    op.drop_column("turns", "snapshot")
