"""Alembic's entry: migrations run on the connection that `stores.migrating` hands over."""

from alembic import context

import stores.exchange_tables  # noqa: F401  (its tables belong to the metadata too)
from stores.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
