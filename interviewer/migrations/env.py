"""Alembic's entry point. `interviewer.store` passes the connection; nothing is configured in a file."""

from __future__ import annotations

from alembic import context

from interviewer.store import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
