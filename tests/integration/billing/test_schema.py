"""The migrations make what the rows describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

import billing.models as rows
from config.database import table_of
from tests.integration.billing.desk import Desk


def test_the_migrations_make_what_the_rows_describe(desk: Desk) -> None:
    ours = {
        table_of(model).name
        for model in vars(rows).values()
        if isinstance(model, type) and issubclass(model, SQLModel) and model is not SQLModel
    }
    with desk.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), SQLModel.metadata)
    named = [difference for difference in found if any(name in str(difference) for name in ours)]
    assert named == []
