"""A digest with every event; those that are stored get theirs now."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from interviewer.digests import digest_of, parsed_time, stored_events

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null where a replica of an older version wrote, and for rows that were damaged before this.
    op.add_column("events", sa.Column("digest", sa.String(64), nullable=True))
    connection = op.get_bind()
    ids = connection.execute(sa.text("SELECT DISTINCT session_id FROM events")).scalars().all()
    for session_id in ids:
        _fill(connection, session_id)


def _fill(connection: sa.Connection, session_id: str) -> None:
    before: str | None = None
    made = []
    for row in list(stored_events(connection, session_id)):
        try:
            payload, at = json.loads(row.payload), parsed_time(row.at)
        except ValueError:
            before = None
            continue
        before = digest_of(before, session_id, row.seq, row.client_event_id, payload, at)
        made.append({"digest": before, "id": session_id, "seq": row.seq})
    if made:
        order = "UPDATE events SET digest = :digest WHERE session_id = :id AND seq = :seq"
        connection.execute(sa.text(order), made)


def downgrade() -> None:
    op.drop_column("events", "digest")
