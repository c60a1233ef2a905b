"""How Alembic runs the migrations: on the connection that it is given, in its transaction."""

from alembic import context

from whatwhere.annotations.schema import VERSION_TABLE
from whatwhere.annotations.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    # SQLite alters tables by copying them.
    render_as_batch=True,
)
context.run_migrations()
