from datetime import date

from billing.ledger import Entry, EntryKind, balance, statement

ACT = Entry(date(2026, 9, 30), EntryKind.ACT, "Акт № 1", 24_304_000, 0)
PAID = Entry(date(2026, 10, 5), EntryKind.PAYMENT, "п/п 7", 0, 10_000_000)
NEXT = Entry(date(2026, 10, 31), EntryKind.ACT, "Акт № 2", 400_000, 0)


def test_an_act_without_a_payment_is_a_debt() -> None:
    assert balance([ACT]) == -24_304_000


def test_a_statement_runs_in_order_of_date() -> None:
    account = statement([NEXT, PAID, ACT])
    assert [running for _, running in account.entries] == [-24_304_000, -14_304_000, -14_704_000]
    assert account.balance == -14_704_000


def test_a_span_begins_with_the_balance_before_it() -> None:
    account = statement([ACT, PAID, NEXT], since=date(2026, 10, 1), until=date(2026, 10, 30))
    assert (account.opening, account.balance, len(account.entries)) == (-24_304_000, -14_304_000, 1)


def test_an_empty_ledger_is_even() -> None:
    assert statement([]).balance == 0
