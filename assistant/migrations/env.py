"""Alembic's entry point: it runs on the connection that the journal opened."""

from __future__ import annotations

from alembic import context

from assistant.journal_tables import Table

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
