"""The verbs of billing on the command line."""

from billing.admin.accounts import ledger_app, payment_app
from billing.admin.contracts import contract_app
from billing.admin.entities import entity_app
from billing.admin.papers import act_app, invoice_app
from billing.admin.periods import nightly, period_app

__all__ = ["act_app", "contract_app", "entity_app", "invoice_app", "ledger_app", "nightly", "payment_app", "period_app"]
