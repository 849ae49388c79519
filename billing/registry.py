"""Legal entities and contracts in the database: add, change, find."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, or_, select, update

from billing.models import contracts, legal_entities
from billing.parties import Contract, LegalEntity, Parties, Requisites
from helpdesk.queries import find_client

STUDIO = "studio"
_REQUISITES = tuple(entry.name for entry in fields(Requisites))


def add_entity(connection: Connection, client_id: int | None, requisites: Requisites, *, now: datetime) -> LegalEntity:
    """Keep a legal entity of a client (None: of the studio)."""
    values = {"client_id": client_id, "created_at": now, **asdict(requisites)}
    entity_id = connection.execute(insert(legal_entities).values(values).returning(legal_entities.c.id)).scalar_one()
    return LegalEntity(entity_id, client_id, requisites)


def change_entity(connection: Connection, entity: LegalEntity, changes: Mapping[str, str]) -> LegalEntity:
    """Change requisites; documents that were issued keep what they were printed with."""
    if changes:
        connection.execute(update(legal_entities).where(legal_entities.c.id == entity.id).values(dict(changes)))
    return LegalEntity(entity.id, entity.client_id, Requisites(**{**asdict(entity.requisites), **changes}))


def entities_of(connection: Connection, client_id: int | None) -> tuple[LegalEntity, ...]:
    """The legal entities of a client (None: of the studio), in the order they were added."""
    return _entities(connection, select(legal_entities).where(legal_entities.c.client_id.is_not_distinct_from(client_id)))


def all_entities(connection: Connection) -> tuple[LegalEntity, ...]:
    """Every legal entity, in the order they were added."""
    return _entities(connection, select(legal_entities))


def matching_entities(connection: Connection, word: str) -> tuple[LegalEntity, ...]:
    """The entities that a word of the command line may mean: ИНН, id, name, or the name of a client."""
    known = all_entities(connection)
    wanted = " ".join(word.split()).casefold()
    client = find_client(connection, word)
    for found in (
        tuple(entity for entity in known if entity.requisites.inn == wanted),
        tuple(entity for entity in known if str(entity.id) == wanted),
        tuple(entity for entity in known if entity.requisites.name.casefold() == wanted),
        tuple(entity for entity in known if client and entity.client_id == client.id),
    ):
        if found:
            return found
    return entities_of(connection, None) if wanted == STUDIO else ()


def add_contract(connection: Connection, values: Mapping[str, Any], *, now: datetime) -> Contract:
    """Keep a contract; `values` are the fields of Contract but its id."""
    statement = insert(contracts).values({**values, "created_at": now}).returning(contracts.c.id)
    return Contract(id=connection.execute(statement).scalar_one(), **values)


def change_contract(connection: Connection, contract_id: int, changes: Mapping[str, Any]) -> None:
    """Change a contract; documents that were issued keep what they were printed with."""
    if changes:
        connection.execute(update(contracts).where(contracts.c.id == contract_id).values(dict(changes)))


def all_contracts(connection: Connection) -> tuple[Contract, ...]:
    """Every contract, in the order they were added."""
    return tuple(_contract(row) for row in connection.execute(select(contracts).order_by(contracts.c.id)))


def load_parties(connection: Connection, client_id: int) -> Parties:
    """Everybody who may be named in a client's documents."""
    entities = entities_of(connection, client_id)
    joined = select(contracts).join(legal_entities, legal_entities.c.id == contracts.c.entity_id)
    statement = joined.where(legal_entities.c.client_id == client_id)
    return Parties(
        contracts=tuple(_contract(row) for row in connection.execute(statement.order_by(contracts.c.id))),
        entities={entity.id: entity for entity in entities},
        own=entities_of(connection, None),
    )


def stands_already(connection: Connection, client_id: int | None, requisites: Requisites) -> bool:
    """Whether the client (None: the studio) has an entity of this ИНН and КПП."""
    same = legal_entities.c.client_id.is_not_distinct_from(client_id)
    alike = or_(legal_entities.c.kpp == requisites.kpp, legal_entities.c.kpp == "")
    return connection.execute(select(legal_entities.c.id).where(same, legal_entities.c.inn == requisites.inn, alike)).first() is not None


def _entities(connection: Connection, statement: Select[Any]) -> tuple[LegalEntity, ...]:
    return tuple(_entity(row) for row in connection.execute(statement.order_by(legal_entities.c.id)))


def _entity(row: Row[Any]) -> LegalEntity:
    return LegalEntity(row.id, row.client_id, Requisites(**{name: getattr(row, name) for name in _REQUISITES}))


def _contract(row: Row[Any]) -> Contract:
    return Contract(row.id, row.entity_id, row.own_entity_id, row.number, row.signed_on, row.rate, row.monthly_fee, row.vat)
