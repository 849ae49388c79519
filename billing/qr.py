"""The payment QR of an invoice: the text of ГОСТ Р 56042-2014 (ST00012, UTF-8). Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from billing.vat import NONE
from billing.words import short_date
from helpdesk.money import plain

_HEADER = "ST00012"
_LONGEST_NAME, _LONGEST_BANK, _LONGEST_PURPOSE = 160, 45, 160


def payment_text(content: Mapping[str, Any]) -> str:
    """What a bank's program reads from the invoice's QR; fields in the order of the standard, the sum in kopecks."""
    seller = content["seller"]
    fields = {
        "Name": seller["name"][:_LONGEST_NAME],
        "PersonalAcc": seller["bank_account"],
        "BankName": seller["bank_name"][:_LONGEST_BANK],
        "BIC": seller["bank_bic"],
        "CorrespAcc": seller["bank_corr"] or "0",
        "PayeeINN": seller["inn"],
        "KPP": seller["kpp"],
        "Sum": str(content["amount"]),
        "Purpose": _purpose(content)[:_LONGEST_PURPOSE],
    }
    return "|".join([_HEADER, *(f"{key}={value.replace('|', ' ')}" for key, value in fields.items() if value)])


def _purpose(content: Mapping[str, Any]) -> str:
    dated = short_date(date.fromisoformat(content["date"]))
    vat = "Без НДС" if content["vat_rate"] == NONE else f"В т.ч. НДС {content['vat_rate']} % - {plain(content['vat'])} руб."
    return f"Оплата по счету № {content['number']} от {dated} по договору № {content['contract']['number']}. {vat}"
