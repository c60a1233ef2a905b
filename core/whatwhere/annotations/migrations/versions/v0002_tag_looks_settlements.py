"""Colour and place of tags, and what was settled where annotators differ."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; tags look and stand as they did."""
    op.add_column("tags", sa.Column("color", sa.String(20), nullable=False, server_default=""))
    op.add_column("tags", sa.Column("place", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "settlements",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("tag_id", sa.String(80), nullable=False),
        sa.Column("holds", sa.Boolean, nullable=False),
        sa.Column("settled_by", sa.String(120), nullable=False),
        sa.Column("made_at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "tag_id", name="pk_settlements"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_settlements_case_id"),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.tag_id"], name="fk_settlements_tag_id"),
    )
