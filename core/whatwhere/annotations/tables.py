"""The tables of the store: one schema for SQLite and PostgreSQL.

A change of the schema is a new file in `migrations/versions`; a test holds the two to each other.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def _of_case() -> Column[str]:
    return Column("case_id", String(32), ForeignKey("cases.case_id"), primary_key=True)


def _who() -> Column[str]:
    return Column("annotator", String(120), primary_key=True)


def _when() -> Column[str]:
    return Column("made_at", String(40), nullable=False)


cases = Table(
    "cases",
    metadata,
    Column("case_id", String(32), primary_key=True),
    Column("data", String(120), nullable=False),
    Column("split", String(120), nullable=False),
    Column("split_hash", String(80), nullable=False),
    Column("row", Integer, nullable=False),
    Column("scene_id", String(120), nullable=False),
    Column("ann_id", String(120), nullable=False),
    Column("target_id", Integer),
    Column("target_label", String(200), nullable=False),
    Column("expression", Text, nullable=False),
    Column("model", String(400), nullable=False),
    Column("model_hash", String(80), nullable=False),
    Column("seen", JSON, nullable=False),
    Index("ix_cases_model_split", "model", "split_hash", "row"),
    Index("ix_cases_scene_id", "scene_id"),
    # For the few cases that carry a tag: which of them are of a model.
    Index("ix_cases_case_id_model", "case_id", "model", "split_hash"),
)

tags = Table(
    "tags",
    metadata,
    Column("tag_id", String(80), primary_key=True),
    Column("caption", String(200), nullable=False),
    Column("digit", Integer),
    Column("is_retired", Boolean, nullable=False),
    Column("color", String(20), nullable=False, server_default=""),
    Column("place", Integer, nullable=False, server_default="0"),
)

case_tags = Table(
    "case_tags",
    metadata,
    _of_case(),
    _who(),
    Column("tag_id", String(80), ForeignKey("tags.tag_id"), primary_key=True),
    _when(),
    Index("ix_case_tags_tag_id", "tag_id", "case_id"),
)

notes = Table("notes", metadata, _of_case(), _who(), Column("text", Text, nullable=False), _when())

seen_cases = Table("seen_cases", metadata, _of_case(), _who(), _when())

verdicts = Table(
    "verdicts", metadata, _of_case(), _who(), Column("verdict", String(20), nullable=False), _when()
)

settlements = Table(
    "settlements",
    metadata,
    _of_case(),
    Column("tag_id", String(80), ForeignKey("tags.tag_id"), primary_key=True),
    Column("holds", Boolean, nullable=False),
    Column("settled_by", String(120), nullable=False),
    _when(),
)

case_boxes = Table(
    "case_boxes",
    metadata,
    Column("box_id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("annotator", String(120), nullable=False),
    Column("role", String(20), nullable=False),
    Column("center", JSON, nullable=False),
    Column("size", JSON, nullable=False),
    Column("yaw_rad", Float, nullable=False),
    Column("origin", String(20), nullable=False),
    _when(),
)

frame_regions = Table(
    "frame_regions",
    metadata,
    Column("region_id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("annotator", String(120), nullable=False),
    Column("frame", String(200), nullable=False),
    Column("outline_px", JSON, nullable=False),
    Column("lifted", JSON),
    _when(),
)

changes = Table(
    "changes",
    metadata,
    # SQLite counts up by itself only in a column that it calls INTEGER.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("change_id", String(32), nullable=False, unique=True),
    Column("annotator", String(120), nullable=False),
    Column("title", String(400), nullable=False),
    Column("made_at", String(40), nullable=False),
    Column("case_id", String(32), nullable=False),
    Column("state", String(10), nullable=False),
    Column("rows", JSON, nullable=False),
    Index("ix_changes_annotator", "annotator", "state", "seq"),
    Index("ix_changes_case_id", "case_id"),
)
"""What was done, in order; "done", "undone" or "dropped" (undone, then another was made)."""
