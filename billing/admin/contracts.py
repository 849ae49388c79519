"""`deskpost contract`: what was agreed with a client's legal entity."""

from datetime import date
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from billing.admin.words import DAY, SUM, owner_name, the_entity
from billing.parties import Contract, LegalEntity
from billing.registry import add_contract, all_contracts, all_entities, change_contract
from billing.vat import RATES
from config.console import Json, Refused, print_document, print_listing, print_record, surroundings
from config.database import transaction
from helpdesk.money import plain
from helpdesk.people import set_client_rate

contract_app = typer.Typer(no_args_is_help=True, help="Contracts (договоры) with clients.")

Which = Annotated[str, typer.Argument(metavar="ENTITY", help="Id, ИНН, name, or the name of its client.")]
Number = Annotated[str, typer.Argument(metavar="CONTRACT", help="Its number or id.")]
Rate = Annotated[int | None, typer.Option(help="Rubles an hour; becomes the client's rate, which letters show.", **SUM)]
Fee = Annotated[int | None, typer.Option(help="Rubles a month.", **SUM)]
Vat = Annotated[str | None, typer.Option(help=f"VAT inside the price: {', '.join(RATES)}.")]
Studio = Annotated[str | None, typer.Option(help="Which legal entity of the studio, where it has several.")]


@contract_app.command("add")
def add(
    context: typer.Context,
    *,
    which: Which,
    number: Annotated[str, typer.Option(help="The contract's number.")],
    signed_on: Annotated[date, typer.Option("--date", help="When it was signed.", **DAY)],
    rate: Rate = None,
    monthly_fee: Fee = None,
    vat: Vat = None,
    studio: Studio = None,
    as_json: Json = False,
) -> None:
    """Add a contract of a client's legal entity."""
    around = surroundings(context)
    with transaction(around.engine) as connection:
        entity = _of_client(the_entity(connection, which))
        _refuse_second(connection, entity, number)
        values = {
            "entity_id": entity.id,
            "own_entity_id": _own(connection, studio),
            "number": number.strip(),
            "signed_on": signed_on,
            "rate": rate,
            "monthly_fee": monthly_fee or 0,
            "vat": _vat(vat or around.settings.billing.vat),
        }
        contract = add_contract(connection, values, now=around.clock())
        _agree_rate(connection, entity, rate)
        document = contract_document(connection, contract)
    print_document(document, as_json=as_json, line=f"{contract.id}: contract {contract.number} with {entity.requisites.name}")


@contract_app.command("set")
def change(
    context: typer.Context,
    *,
    contract: Number,
    rate: Rate = None,
    monthly_fee: Fee = None,
    vat: Vat = None,
    studio: Studio = None,
    as_json: Json = False,
) -> None:
    """Change a contract from the next close on."""
    with transaction(surroundings(context).engine) as connection:
        known = _the_contract(connection, contract)
        given = {"rate": rate, "monthly_fee": monthly_fee, "vat": vat and _vat(vat), "own_entity_id": studio and _own(connection, studio)}
        change_contract(connection, known.id, {key: value for key, value in given.items() if value is not None})
        _agree_rate(connection, _entity(connection, known), rate)
        document = contract_document(connection, _the_contract(connection, str(known.id)))
    print_document(document, as_json=as_json, line=f"{known.id}: contract {known.number} changed")


@contract_app.command("list")
def listing(context: typer.Context, *, as_json: Json = False) -> None:
    """List every contract."""
    with transaction(surroundings(context).engine) as connection:
        rows = [contract_document(connection, contract) for contract in all_contracts(connection)]
    print_listing("contracts", rows, as_json=as_json, columns=("id", "number", "date", "client", "entity", "rate", "monthly_fee", "vat"))


@contract_app.command("show")
def show(context: typer.Context, *, contract: Number, as_json: Json = False) -> None:
    """Show a contract."""
    with transaction(surroundings(context).engine) as connection:
        document = contract_document(connection, _the_contract(connection, contract))
    print_record(document, as_json=as_json)


def contract_document(connection: Connection, contract: Contract) -> dict[str, Any]:
    """A contract as JSON; a rate of null is the client's."""
    entity = _entity(connection, contract)
    return {
        "id": contract.id,
        "number": contract.number,
        "date": contract.signed_on.isoformat(),
        "client": owner_name(connection, entity),
        "entity": entity.requisites.name,
        "inn": entity.requisites.inn,
        "rate": None if contract.rate is None else plain(contract.rate),
        "monthly_fee": plain(contract.monthly_fee),
        "vat": contract.vat,
    }


def _entity(connection: Connection, contract: Contract) -> LegalEntity:
    return next(entity for entity in all_entities(connection) if entity.id == contract.entity_id)


def _of_client(entity: LegalEntity) -> LegalEntity:
    if entity.client_id is None:
        message = f"{entity.requisites.name} is the studio's own: a contract is added to the client's legal entity"
        raise Refused(message)
    return entity


def _own(connection: Connection, word: str | None) -> int | None:
    """The studio's entity of a contract; None leaves it to the only one there is."""
    if word is None:
        return None
    entity = the_entity(connection, word)
    if entity.client_id is not None:
        message = f"{entity.requisites.name} is a client's: --studio names one of the studio's legal entities"
        raise Refused(message)
    return entity.id


def _vat(rate: str) -> str:
    if rate not in RATES:
        message = f"«{rate}» is no VAT rate: one of {', '.join(RATES)}"
        raise typer.BadParameter(message)
    return rate


def _agree_rate(connection: Connection, entity: LegalEntity, rate: int | None) -> None:
    """What letters show must be what the act asks for: the contract's rate becomes the client's."""
    if rate is not None and entity.client_id is not None:
        set_client_rate(connection, entity.client_id, rate)


def _refuse_second(connection: Connection, entity: LegalEntity, number: str) -> None:
    if not number.strip():
        message = "--number is empty: documents name the contract by it"
        raise typer.BadParameter(message)
    if any(known.entity_id == entity.id and known.number == number.strip() for known in all_contracts(connection)):
        message = f"{entity.requisites.name} has a contract {number} already: change it with `deskpost contract set {number} …`"
        raise Refused(message)


def _the_contract(connection: Connection, word: str) -> Contract:
    known = all_contracts(connection)
    found = [one for one in known if one.number == word.strip()] or [one for one in known if str(one.id) == word.strip()]
    if len(found) == 1:
        return found[0]
    reason = f"there is no contract «{word}»: see" if not found else f"several contracts have the number «{word}»: name it by its id, see"
    message = f"{reason} `deskpost contract list`"
    raise Refused(message)
