"""What letters of clients, strangers and machines lead to."""

from dataclasses import replace

import pytest

from helpdesk.effects import AddMessage, AddParticipant, Decision, MarkBounced, MarkReturned, NewTicket, OnTicket, SetStatus
from helpdesk.messages import Address, Authenticity, Forwarded, InboundMessage, Report, ReportedRecipient, Verdict
from helpdesk.snapshot import Past, Person, ProjectCard
from helpdesk.workflow import Status
from tests.unit.helpdesk.hand_made import (
    ANNA,
    FILE,
    IVAN,
    NINA,
    OLGA,
    PETR,
    POLICY,
    STRANGER,
    VIKTOR,
    decided,
    kinds,
    letter,
    snapshot,
    ticket,
    to,
    words,
)

OPEN = replace(POLICY, unknown_senders="open")
HELD = [("held", ANNA.email)]


def new_ticket(decision: Decision) -> NewTicket:
    assert isinstance(decision.target, NewTicket), decision
    return decision.target


def test_a_contacts_letter_opens_a_ticket_is_acknowledged_and_reaches_the_staff() -> None:
    decision = decided(letter("Не открывается каталог.", subject="Каталог"), snapshot(OLGA))
    assert decision.reason == "new-ticket"
    assert new_ticket(decision) == NewTicket(5, "Каталог", Address(OLGA.email, OLGA.name), client_id=1, project_id=1)
    assert kinds(decision) == [("acknowledgement", OLGA.email), ("request", IVAN.email), ("request", PETR.email)]
    assert "Не открывается каталог." in words(to(decision, IVAN)[0])


def test_a_second_copy_changes_nothing() -> None:
    known = snapshot(OLGA, past=Past("new-ticket", 1))
    assert decided(letter("Каталог"), known) == Decision("duplicate", OnTicket(1))
    assert decided(letter("Каталог"), replace(known, past=Past("unknown-sender", None))) == Decision("duplicate")


def test_a_stranger_is_held_and_the_studio_hears_of_him() -> None:
    decision = decided(letter("Здравствуйте!"), snapshot(STRANGER))
    assert (decision.reason, decision.held, kinds(decision)) == ("unknown-sender", True, HELD)
    assert "этого адреса нет среди контактов" in words(decision.notices[0])


def test_strangers_may_be_rejected_or_let_in() -> None:
    assert (
        decided(letter("Здравствуйте!"), snapshot(STRANGER), replace(POLICY, unknown_senders="reject")).reason == "rejected-unknown-sender"
    )
    assert new_ticket(decided(letter("Здравствуйте!"), snapshot(STRANGER), OPEN)).client_id is None


def test_the_price_of_a_strangers_ticket_is_not_spoken_of() -> None:
    on = ticket(client=None, requester=STRANGER.address, minutes=60, status=Status.IN_PROGRESS, assignee=IVAN)
    decision = decided(letter("Готово.", "/spent 20m"), snapshot(IVAN, on=on))
    assert "Время: 1 час 20 минут" in words(to(decision, STRANGER)[0])
    assert not any("Стоимость" in words(notice) for notice in decision.notices)


def test_a_removed_contact_is_held_even_where_strangers_are_let_in() -> None:
    fired = Person(Address(OLGA.email), removed=True)
    for policy in (POLICY, OPEN):
        decision = decided(letter("Пароль?"), snapshot(fired, on=ticket()), policy)
        assert (decision.reason, decision.held) == ("unknown-sender", True)


@pytest.mark.parametrize("sender", [None, Address("", "Ольга")])
def test_a_letter_without_a_senders_address_is_held(sender: Address | None) -> None:
    for policy in (POLICY, OPEN):
        nobody = Person(Address("", ""))
        message = letter("Здравствуйте!", sender=sender or Address("", ""))
        assert (decided(message, snapshot(nobody), policy).reason) == "no-sender"


def test_a_forged_sender_is_held() -> None:
    decision = decided(letter("/закрыть", authenticity=Authenticity.FAILED), snapshot(OLGA, on=ticket()))
    assert (decision.reason, decision.held, decision.changes, kinds(decision)) == ("forged-sender", True, (), HELD)


def test_an_unproven_contact_is_heard_and_the_staff_are_warned() -> None:
    decision = decided(letter("Где каталог?", authenticity=Authenticity.UNVERIFIED), snapshot(OLGA, on=ticket()))
    assert decision.reason == "reply"
    assert "Отправитель не подтверждён" in words(to(decision, IVAN)[0])


def test_an_answer_reaches_the_assignee_and_takes_up_finished_work() -> None:
    on = ticket(status=Status.DONE, assignee=PETR)
    decision = decided(letter("Снова не открывается."), snapshot(OLGA, on=on))
    assert decision.target == OnTicket(1)
    assert SetStatus(Status.IN_PROGRESS) in decision.changes
    assert kinds(decision) == [("answer", PETR.email)]


def test_a_colleague_who_writes_to_a_ticket_gets_its_letters_from_then_on() -> None:
    decision = decided(letter("И у меня не открывается."), snapshot(NINA, on=ticket()))
    assert AddParticipant(Address(NINA.email, NINA.name)) in decision.changes
    assert f"Пишет {NINA.name}" in words(to(decision, IVAN)[0])
    again = decided(letter("Всё ещё."), snapshot(NINA, on=ticket(participants=(Address(NINA.email),))))
    assert not any(isinstance(change, AddParticipant) for change in again.changes)


def test_who_else_got_the_letter_is_shown_to_the_staff_and_not_written_to() -> None:
    others = (Address("support+1.abc@studio.example"), Address(IVAN.email), Address(NINA.email), Address("design@agency.example"))
    decision = decided(letter("Каталог", cc=others), snapshot(OLGA))
    assert "Копию получили: nina@romashka.example, design@agency.example." in words(to(decision, IVAN)[0])
    assert not to(decision, NINA)


def test_a_quote_alone_is_shown_rather_than_nothing() -> None:
    decision = decided(letter(quoted="Ответы ниже: да, нет."), snapshot(OLGA, on=ticket()))
    assert "Ответы ниже: да, нет." in words(to(decision, IVAN)[0])


def test_an_empty_letter_and_one_with_only_a_file_reach_the_staff() -> None:
    assert "(без текста)" in words(to(decided(letter(), snapshot(OLGA)), IVAN)[0])
    decision = decided(letter(attachments=(FILE,)), snapshot(OLGA, on=ticket()))
    assert "Вложения: снимок.png" in words(to(decision, IVAN)[0])
    assert to(decision, IVAN)[0].with_files


def test_an_unreadable_letter_opens_a_ticket_that_says_where_it_lies() -> None:
    decision = decided(letter(subject="Счёт", unreadable="parts over 500"), snapshot(OLGA))
    assert new_ticket(decision).subject == "Счёт"
    assert "не удалось показать: слишком много частей (parts over 500)" in words(to(decision, IVAN)[0])
    assert "deskpost inbox show 7 --raw" in words(to(decision, IVAN)[0])


def test_what_a_client_forwards_is_read_by_the_staff() -> None:
    first = Forwarded(Address("noc@hosting.example", "Хостинг"), "Переезд сервера", text="Сервер переезжает 7 октября.")
    decision = decided(letter("Что делать?", forwarded=first), snapshot(OLGA))
    shown = words(to(decision, IVAN)[0])
    assert "Что делать?" in shown
    assert "Хостинг <noc@hosting.example>" in shown
    assert "Сервер переезжает 7 октября." in shown


def test_a_clients_path_is_not_taken_for_a_command() -> None:
    decision = decided(letter("Поправьте:", "/shop"), snapshot(OLGA))
    assert "/shop" in words(to(decision, IVAN)[0])
    assert ("transcript", OLGA.email) not in kinds(decision)


def test_a_refused_command_does_not_lose_the_clients_words() -> None:
    decision = decided(letter("Всё работает.", "/spent 3h"), snapshot(OLGA, on=ticket(status=Status.DONE)))
    assert (decision.reason, SetStatus(Status.IN_PROGRESS) in decision.changes) == ("reply", True)
    assert "Само письмо мы получили." in words(to(decision, OLGA)[0])
    assert "Всё работает." in words(to(decision, IVAN)[0])


def test_a_refused_command_alone_changes_nothing() -> None:
    decision = decided(letter("/spent 3h"), snapshot(OLGA, on=ticket(status=Status.DONE)))
    assert (decision.reason, kinds(decision)) == ("refused", [("transcript", OLGA.email)])
    assert [type(change) for change in decision.changes] == [AddMessage]


def test_closing_a_closed_ticket_does_not_open_it() -> None:
    decision = decided(letter("/закрыть"), snapshot(OLGA, on=ticket(status=Status.CLOSED)))
    assert not any(isinstance(change, SetStatus) for change in decision.changes)


def test_a_client_who_only_closes_his_ticket_is_heard_by_its_assignee() -> None:
    decision = decided(letter("/закрыть", quoted="> старое письмо"), snapshot(OLGA, on=ticket(assignee=IVAN)))
    assert kinds(decision) == [("answer", IVAN.email), ("transcript", OLGA.email)]
    assert "/закрыть" in words(decision.notices[0])
    assert "старое письмо" not in words(decision.notices[0])


def test_a_command_about_no_ticket_opens_none() -> None:
    decision = decided(letter("/закрыть"), snapshot(OLGA))
    assert (decision.reason, kinds(decision)) == ("refused", [("transcript", OLGA.email)])
    assert "к какой заявке это относится, непонятно" in words(decision.notices[0])


def test_help_is_answered_and_opens_no_ticket() -> None:
    decision = decided(letter("/помощь"), snapshot(OLGA))
    assert (decision.reason, kinds(decision)) == ("asked", [("transcript", OLGA.email)])


def test_an_english_client_is_written_to_in_english_and_the_staff_in_russian() -> None:
    decision = decided(letter("The map is old.", subject="Map"), snapshot(VIKTOR))
    assert "It is ticket #5 “Map”." in words(to(decision, VIKTOR)[0])
    assert "Заявка № 5" in words(to(decision, IVAN)[0])


@pytest.mark.parametrize("subject", ["", "   ", "Re: [#1]", "Fwd:"])
def test_a_letter_without_a_subject_is_called_by_its_first_words(subject: str) -> None:
    assert new_ticket(decided(letter("", "Не открывается каталог.", subject=subject), snapshot(OLGA))).subject == "Не открывается каталог."
    assert new_ticket(decided(letter(subject=subject), snapshot(OLGA))).subject == "—"


def test_an_endless_subject_is_cut() -> None:
    subject = new_ticket(decided(letter("Каталог", subject="каталог " * 500), snapshot(OLGA))).subject
    assert len(subject) <= 200
    assert subject.endswith("…")


def test_letters_to_the_billing_address_reach_who_keeps_the_books() -> None:
    message = replace(letter("Скан акта"), envelope_to=("Billing@Studio.example",))
    assert kinds(decided(message, snapshot(OLGA))) == [("acknowledgement", OLGA.email), ("request", ANNA.email)]


def test_a_machines_acknowledgements_end_after_twenty_a_day() -> None:
    assert ("acknowledgement", OLGA.email) not in kinds(decided(letter("Каталог"), snapshot(OLGA, recent_acknowledgements=20)))
    assert ("acknowledgement", OLGA.email) in kinds(decided(letter("Каталог"), snapshot(OLGA, recent_acknowledgements=19)))


def test_mailing_lists_are_not_acknowledged() -> None:
    assert ("acknowledgement", OLGA.email) not in kinds(decided(letter("Каталог", verdict=Verdict.LIST), snapshot(OLGA)))


@pytest.mark.parametrize(
    ("text", "project"),
    [
        ("На lad.ru опечатка.", 1),
        ("Смотрите https://www.lad.ru/news", 1),
        ("На sklad.ru опечатка.", 2),
        ("На lad.ru и sklad.ru опечатки.", None),
        ("Опечатка.", None),
    ],
)
def test_the_site_is_the_one_whose_whole_name_the_letter_says(text: str, project: int | None) -> None:
    sites = (ProjectCard(1, 1, "lad.ru"), ProjectCard(2, 1, "sklad.ru"))
    assert new_ticket(decided(letter(text), snapshot(OLGA, projects=sites))).project_id == project


def test_the_site_is_known_by_the_address_written_to_in_any_case() -> None:
    sites = (ProjectCard(1, 1, "lad.ru", "lad@studio.example"), ProjectCard(2, 1, "sklad.ru"))
    message = replace(letter("На sklad.ru опечатка."), envelope_to=("Lad@Studio.example",))
    assert new_ticket(decided(message, snapshot(OLGA, projects=sites))).project_id == 1


def test_a_machine_never_opens_a_ticket_and_is_never_answered() -> None:
    assert decided(letter("Я в отпуске.", verdict=Verdict.AUTO_REPLY), snapshot(OLGA)) == Decision("auto-reply")
    filed = decided(letter("Я в отпуске.", verdict=Verdict.AUTO_REPLY), snapshot(OLGA, on=ticket(status=Status.DONE)))
    assert (filed.target, filed.notices, [type(change) for change in filed.changes]) == (OnTicket(1), (), [AddMessage])


def test_our_own_letters_end_here() -> None:
    known = snapshot(Person(Address(POLICY.support_address)))
    assert decided(letter("Мы получили"), known, OPEN) == Decision("loop")
    assert decided(letter("Каталог", verdict=Verdict.LOOP), snapshot(OLGA)) == Decision("loop")


def report(address: str, *, status: str = "5.1.1", permanent: bool = True) -> InboundMessage:
    found = Report((ReportedRecipient(address, status, permanent),), "ours@studio.example")
    return letter("Не доставлено", verdict=Verdict.REPORT, report=found)


def test_a_bounce_marks_the_contact_and_reaches_the_assignee() -> None:
    decision = decided(report("Olga@Romashka.example"), snapshot(STRANGER, reported=ticket(assignee=PETR)))
    assert MarkBounced(OLGA.email) in decision.changes
    assert kinds(decision) == [("undelivered", PETR.email)]


def test_a_bounce_of_a_colleagues_own_letter_reaches_the_chief() -> None:
    decision = decided(report(PETR.email), snapshot(STRANGER, reported=ticket(assignee=PETR)))
    assert kinds(decision) == [("undelivered", ANNA.email)]


def test_a_bounced_invoice_is_noticed_though_it_belongs_to_no_ticket() -> None:
    known = snapshot(STRANGER, own_letters={"ours@studio.example": "Счёт № 5"})
    decision = decided(report(NINA.email), known)
    returned = MarkReturned("ours@studio.example", f"5.1.1 delivery failed <{NINA.email}>")
    assert (kinds(decision), decision.changes) == ([("undelivered", ANNA.email)], (MarkBounced(NINA.email), returned))
    assert "Письмо «Счёт № 5» не доставлено." in words(decision.notices[0])


def test_a_delay_marks_nobody_and_a_success_is_no_news() -> None:
    late = decided(report(OLGA.email, status="4.2.0", permanent=False), snapshot(STRANGER, reported=ticket(assignee=PETR)))
    assert not any(isinstance(change, MarkBounced) for change in late.changes)
    assert "пока не принимают" in words(late.notices[0])
    assert decided(report(OLGA.email, status="2.0.0", permanent=False), snapshot(STRANGER, reported=ticket())).notices == ()


def test_reports_about_letters_of_others_lead_to_nothing() -> None:
    assert decided(report("a@b.example"), snapshot(STRANGER)) == Decision("report")
