"""`deskpost entity`: the legal entities of the studio and of its clients."""

import sys
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from billing.admin.words import owner_name, the_client, the_entity
from billing.checks import Level, Problem
from billing.facsimile import NotAnImage, normalise
from billing.parties import LegalEntity, Requisites, doubts, inn_is_valid
from billing.phrasing import phrase
from billing.registry import STUDIO, add_entity, all_entities, change_entity, entities_of, stands_already
from config.console import Json, Refused, print_document, print_listing, print_record, surroundings
from config.database import transaction
from config.files import FileStore
from config.surroundings import Surroundings

entity_app = typer.Typer(no_args_is_help=True, help="Legal entities (юр. лица) of the studio and of its clients.")

Inn = Annotated[str | None, typer.Option(help="ИНН, 10 digits, or 12 of an entrepreneur.")]
Kpp = Annotated[str | None, typer.Option(help="КПП; an entrepreneur has none.")]
Ogrn = Annotated[str | None, typer.Option(help="ОГРН or ОГРНИП.")]
Name = Annotated[str | None, typer.Option(help="Name as documents print it; the client's or studio's name if left out.")]
Address = Annotated[str | None, typer.Option(help="Postal address.")]
Director = Annotated[str | None, typer.Option(help="Who signs: full name.")]
DirectorPost = Annotated[str | None, typer.Option(help="Position of who signs; «Генеральный директор» if left out.")]
Accountant = Annotated[str | None, typer.Option(help="Chief accountant; the director if left out.")]
BankName = Annotated[str | None, typer.Option(help="Bank and its town.")]
BankBic = Annotated[str | None, typer.Option(help="БИК of the bank.")]
BankAccount = Annotated[str | None, typer.Option(help="Account, 20 digits.")]
BankCorr = Annotated[str | None, typer.Option(help="The bank's correspondent account.")]
Picture = Annotated[Path | None, typer.Option(help="PNG or JPEG to print on documents.", exists=True, dir_okay=False, readable=True)]
Whose = Annotated[str, typer.Argument(metavar="CLIENT|studio")]
Which = Annotated[str, typer.Argument(metavar="ENTITY", help="Id, ИНН, name, or the name of its client.")]


@entity_app.command("add")
def add(
    context: typer.Context,
    *,
    whose: Whose,
    inn: Annotated[str, typer.Option(help="ИНН, 10 digits, or 12 of an entrepreneur.")],
    kpp: Kpp = None,
    ogrn: Ogrn = None,
    name: Name = None,
    address: Address = None,
    director: Director = None,
    director_post: DirectorPost = None,
    accountant: Accountant = None,
    bank_name: BankName = None,
    bank_bic: BankBic = None,
    bank_account: BankAccount = None,
    bank_corr: BankCorr = None,
    stamp: Picture = None,
    signature: Picture = None,
    as_json: Json = False,
) -> None:
    """Add a legal entity of a client, or of the studio."""
    around = surroundings(context)
    given = _given(around.files, locals())
    with transaction(around.engine) as connection:
        client = None if whose.casefold() == STUDIO else the_client(connection, whose)
        default = client.name if client else around.settings.studio.name
        requisites = _checked(Requisites(**{"name": default, **given}))
        if stands_already(connection, client.id if client else None, requisites):
            message = f"{whose} has a legal entity with ИНН {inn} already: change it with `deskpost entity set {inn} …`"
            raise Refused(message)
        entity = add_entity(connection, client.id if client else None, requisites, now=around.clock())
        document = entity_document(connection, entity)
    _say(around, entity, document, as_json=as_json)


@entity_app.command("set")
def change(
    context: typer.Context,
    *,
    which: Which,
    inn: Inn = None,
    kpp: Kpp = None,
    ogrn: Ogrn = None,
    name: Name = None,
    address: Address = None,
    director: Director = None,
    director_post: DirectorPost = None,
    accountant: Accountant = None,
    bank_name: BankName = None,
    bank_bic: BankBic = None,
    bank_account: BankAccount = None,
    bank_corr: BankCorr = None,
    stamp: Picture = None,
    signature: Picture = None,
    as_json: Json = False,
) -> None:
    """Change requisites; documents that are issued keep theirs."""
    around = surroundings(context)
    given = _given(around.files, locals())
    with transaction(around.engine) as connection:
        entity = the_entity(connection, which)
        _refuse_twin(connection, entity, _checked(Requisites(**{**asdict(entity.requisites), **given})))
        entity = change_entity(connection, entity, given)
        document = entity_document(connection, entity)
    _say(around, entity, document, as_json=as_json)


@entity_app.command("list")
def listing(context: typer.Context, *, as_json: Json = False) -> None:
    """List every legal entity."""
    with transaction(surroundings(context).engine) as connection:
        rows = [entity_document(connection, entity) for entity in all_entities(connection)]
    print_listing("entities", rows, as_json=as_json, columns=("id", "client", "name", "inn", "kpp"))


@entity_app.command("show")
def show(context: typer.Context, *, which: Which, as_json: Json = False) -> None:
    """Show a legal entity with all its requisites."""
    with transaction(surroundings(context).engine) as connection:
        document = entity_document(connection, the_entity(connection, which))
    print_record(document, as_json=as_json)


def entity_document(connection: Connection, entity: LegalEntity) -> dict[str, Any]:
    """A legal entity as JSON."""
    requisites = asdict(entity.requisites)
    images = {name: bool(requisites.pop(name)) for name in ("stamp", "signature")}
    return {"id": entity.id, "client": owner_name(connection, entity), **requisites, **images}


def _given(files: FileStore, options: dict[str, Any]) -> dict[str, str]:
    """The requisites among a verb's options that were given; images go into the file store."""
    values = {entry.name: options[entry.name] for entry in fields(Requisites) if options.get(entry.name) is not None}
    return {key: _keep(files, value) if isinstance(value, Path) else " ".join(value.split()) for key, value in values.items()}


def _keep(files: FileStore, path: Path) -> str:
    try:
        return files.put(normalise(path.read_bytes()))
    except NotAnImage as error:
        message = f"{path}: {error}"
        raise Refused(message) from error


def _checked(requisites: Requisites) -> Requisites:
    if not inn_is_valid(requisites.inn):
        message = (
            f"ИНН {requisites.inn} is wrong: 10 digits (12 of an entrepreneur) whose check digits agree; compare it with the client's card"
        )
        raise Refused(message)
    return requisites


def _refuse_twin(connection: Connection, entity: LegalEntity, wanted: Requisites) -> None:
    """Two legal entities of one owner differ by ИНН or КПП."""
    for other in entities_of(connection, entity.client_id):
        if other.id != entity.id and (other.requisites.inn, other.requisites.kpp) == (wanted.inn, wanted.kpp):
            message = f"legal entity {other.id} ({other.requisites.name}) has ИНН {wanted.inn} and this КПП already"
            raise Refused(message)


def _say(around: Surroundings, entity: LegalEntity, document: dict[str, Any], *, as_json: bool) -> None:
    print_document(document, as_json=as_json, line=f"{entity.id}: {entity.requisites.name}, ИНН {entity.requisites.inn}")
    for key in doubts(entity.requisites):
        problem = Problem(Level.WARNING, key, {"name": entity.requisites.name})
        sys.stderr.write(phrase(problem, around.settings.studio.language) + "\n")
