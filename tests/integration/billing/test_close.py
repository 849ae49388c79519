"""Closing a month: what is issued, once, without gaps, and what stands in the ledger."""


def test_a_month_becomes_an_invoice_and_an_act(studio):
    studio.ticket(1, 14883)
    studio.spent(14883, 160)
    import json
    print(json.dumps(studio.run("period", "preview", "2026-10", "--json"), ensure_ascii=False, indent=1))
    out = studio.run("period", "close", "2026-10", "--json")
    print(json.dumps(out, ensure_ascii=False, indent=1), studio.said)
    print(studio.run("ledger", "show", "Ромашка", "--json"))
    print(studio.run("invoice", "show", "1"))
    from helpdesk.models import OutboxRow
    print(studio.rows(OutboxRow))
    assert 0
