"""The migrations make exactly the tables that the program works with."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlmodel import SQLModel

import billing.models
import gateway.models
import helpdesk.models
from config.database import NEWEST_SCHEMA, check_schema

MODELS = (billing.models, gateway.models, helpdesk.models)


def test_the_migrated_schema_is_the_models(engine: Engine) -> None:
    assert MODELS
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert differences == []


def test_the_newest_migration_is_the_one_the_program_asks_for(engine: Engine) -> None:
    script = ScriptDirectory("config/migrations")
    assert script.get_current_head() == NEWEST_SCHEMA
    check_schema(engine)
