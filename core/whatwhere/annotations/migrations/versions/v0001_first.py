"""The first tables.

Written out rather than taken from `tables`: it must stay what it was when the schema goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("data", sa.String(120), nullable=False),
        sa.Column("split", sa.String(120), nullable=False),
        sa.Column("split_hash", sa.String(80), nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("scene_id", sa.String(120), nullable=False),
        sa.Column("ann_id", sa.String(120), nullable=False),
        sa.Column("target_id", sa.Integer),
        sa.Column("target_label", sa.String(200), nullable=False),
        sa.Column("expression", sa.Text, nullable=False),
        sa.Column("model", sa.String(400), nullable=False),
        sa.Column("model_hash", sa.String(80), nullable=False),
        sa.Column("seen", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_cases"),
    )
    op.create_index("ix_cases_model_split", "cases", ["model", "split_hash", "row"])
    op.create_index("ix_cases_scene_id", "cases", ["scene_id"])
    op.create_index("ix_cases_case_id_model", "cases", ["case_id", "model", "split_hash"])
    op.create_table(
        "tags",
        sa.Column("tag_id", sa.String(80), nullable=False),
        sa.Column("caption", sa.String(200), nullable=False),
        sa.Column("digit", sa.Integer),
        sa.Column("is_retired", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("tag_id", name="pk_tags"),
    )
    op.create_table(
        "case_tags",
        _case_id(),
        _annotator(),
        sa.Column("tag_id", sa.String(80), nullable=False),
        _made_at(),
        sa.PrimaryKeyConstraint("case_id", "annotator", "tag_id", name="pk_case_tags"),
        _of_case("case_tags"),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.tag_id"], name="fk_case_tags_tag_id"),
    )
    op.create_index("ix_case_tags_tag_id", "case_tags", ["tag_id", "case_id"])
    for name, extra in (
        ("notes", [sa.Column("text", sa.Text, nullable=False)]),
        ("seen_cases", []),
        ("verdicts", [sa.Column("verdict", sa.String(20), nullable=False)]),
    ):
        op.create_table(
            name,
            _case_id(),
            _annotator(),
            *extra,
            _made_at(),
            sa.PrimaryKeyConstraint("case_id", "annotator", name=f"pk_{name}"),
            _of_case(name),
        )
    op.create_table(
        "case_boxes",
        sa.Column("box_id", sa.String(32), nullable=False),
        _case_id(),
        _annotator(),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("center", sa.JSON, nullable=False),
        sa.Column("size", sa.JSON, nullable=False),
        sa.Column("yaw_rad", sa.Float, nullable=False),
        sa.Column("origin", sa.String(20), nullable=False),
        _made_at(),
        sa.PrimaryKeyConstraint("box_id", name="pk_case_boxes"),
        _of_case("case_boxes"),
    )
    op.create_index("ix_case_boxes_case_id", "case_boxes", ["case_id"])
    op.create_table(
        "frame_regions",
        sa.Column("region_id", sa.String(32), nullable=False),
        _case_id(),
        _annotator(),
        sa.Column("frame", sa.String(200), nullable=False),
        sa.Column("outline_px", sa.JSON, nullable=False),
        sa.Column("lifted", sa.JSON),
        _made_at(),
        sa.PrimaryKeyConstraint("region_id", name="pk_frame_regions"),
        _of_case("frame_regions"),
    )
    op.create_index("ix_frame_regions_case_id", "frame_regions", ["case_id"])
    op.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True),
        sa.Column("change_id", sa.String(32), nullable=False),
        _annotator(),
        sa.Column("title", sa.String(400), nullable=False),
        _made_at(),
        _case_id(),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("rows", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
        sa.UniqueConstraint("change_id", name="uq_changes_change_id"),
    )
    op.create_index("ix_changes_annotator", "changes", ["annotator", "state", "seq"])
    op.create_index("ix_changes_case_id", "changes", ["case_id"])


def _case_id() -> "sa.Column[str]":
    return sa.Column("case_id", sa.String(32), nullable=False)


def _annotator() -> "sa.Column[str]":
    return sa.Column("annotator", sa.String(120), nullable=False)


def _made_at() -> "sa.Column[str]":
    return sa.Column("made_at", sa.String(40), nullable=False)


def _of_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=f"fk_{table}_case_id")
