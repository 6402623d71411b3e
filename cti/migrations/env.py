"""Alembic's door: runs the revisions on the connection the store hands in. Imported by nothing else."""

from alembic import context

from cti.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
