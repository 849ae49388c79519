"""What letters of the studio's own people lead to."""

import pytest

from helpdesk.effects import AddMessage, Assign, Decision, LogTime, NewTicket, Notice, SetStatus
from helpdesk.messages import REPLY_MARKER, Address, Authenticity, Forwarded
from helpdesk.snapshot import Person
from helpdesk.workflow import Kind, Status
from tests.unit.helpdesk.hand_made import (
    ANNA,
    FILE,
    IVAN,
    NINA,
    OLGA,
    PETR,
    POLICY,
    STRANGER,
    TODAY,
    VASILEK,
    decided,
    kinds,
    letter,
    person,
    rendered,
    snapshot,
    task,
    ticket,
    to,
    words,
)

TAKEN = ticket(status=Status.IN_PROGRESS, assignee=IVAN)


def kept(decision: Decision) -> AddMessage:
    return next(change for change in decision.changes if isinstance(change, AddMessage))


def reply(decision: Decision) -> Notice:
    return next(notice for notice in decision.notices if notice.kind == "reply")


def test_an_answer_reaches_the_client_with_time_and_cost_and_without_commands() -> None:
    decision = decided(letter("Починили.", "/spent 2h40m", "/done"), snapshot(IVAN, on=ticket()))
    said = words(reply(decision))
    assert decision.reason == "answer"
    assert "Починили." in said
    assert "Затрачено: 2 часа 40 минут" in said
    assert "Время: 2 часа 40 минут · Стоимость: 4000 руб." in said
    assert "Заявка готова." in said
    assert "/" not in said
    assert decision.changes[1:] == (LogTime(1, 160, TODAY), SetStatus(Status.IN_PROGRESS), Assign(1), SetStatus(Status.DONE))


def test_the_answer_comes_from_support_in_the_colleagues_name() -> None:
    sender = rendered(reply(decided(letter("Починили."), snapshot(IVAN, on=TAKEN)))).sender
    assert (sender.email, sender.name) == (POLICY.support_address, IVAN.name)


def test_participants_get_the_answer_too() -> None:
    on = ticket(participants=(Address(NINA.email), STRANGER.address), assignee=IVAN)
    told = [recipient for kind, recipient in kinds(decided(letter("Починили."), snapshot(IVAN, on=on))) if kind == "reply"]
    assert told == [OLGA.email, NINA.email, STRANGER.address.email]


def test_who_answers_a_new_ticket_has_taken_it() -> None:
    decision = decided(letter("Смотрю."), snapshot(IVAN, on=ticket()))
    assert decision.changes[1:] == (SetStatus(Status.IN_PROGRESS), Assign(IVAN.id))


def test_a_file_alone_is_an_answer() -> None:
    decision = decided(letter(attachments=(FILE,)), snapshot(IVAN, on=ticket()))
    assert (decision.reason, kept(decision).direction, reply(decision).with_files) == ("answer", "out", True)
    assert Assign(IVAN.id) in decision.changes


def test_a_file_under_commands_reaches_the_client() -> None:
    assert reply(decided(letter("/done", attachments=(FILE,)), snapshot(IVAN, on=TAKEN))).with_files


def test_a_note_with_commands_stays_inside_whatever_they_are() -> None:
    decision = decided(letter("/note", "/done", "/spent 20m", "Это их хостинг.", attachments=(FILE,)), snapshot(IVAN, on=TAKEN))
    assert (decision.reason, kept(decision).direction) == ("note", "note")
    assert kinds(decision) == [("transcript", IVAN.email)]
    assert SetStatus(Status.DONE) in decision.changes


def test_a_status_alone_is_told_to_the_client_and_counts_as_an_answer() -> None:
    decision = decided(letter("/wait"), snapshot(IVAN, on=TAKEN))
    assert (decision.reason, kept(decision).direction) == ("commands", "out")
    assert "Ждём вашего ответа" in words(reply(decision))


def test_time_alone_is_not_told_to_the_client() -> None:
    decision = decided(letter("/spent 20m"), snapshot(IVAN, on=TAKEN))
    assert (kinds(decision), kept(decision).direction) == ([("transcript", IVAN.email)], "note")


def test_a_letter_with_nothing_new_tells_its_author_that_nobody_got_it() -> None:
    decision = decided(letter(quoted="> Не открывается каталог."), snapshot(IVAN, on=TAKEN))
    assert (decision.reason, kinds(decision)) == ("empty", [("transcript", IVAN.email)])
    assert "никому ничего не отправлено" in words(decision.notices[0])


@pytest.mark.parametrize("line", ["/spnt 40m", "/spent40m", "/spent 1,6", "/assign Кузьма"])
def test_one_bad_line_keeps_the_whole_letter_inside(line: str) -> None:
    decision = decided(letter("/note", "Пароль: 12345", line, "/done"), snapshot(IVAN, on=TAKEN))
    assert (decision.reason, kinds(decision)) == ("refused", [("transcript", IVAN.email)])
    assert [type(change) for change in decision.changes] == [AddMessage]
    assert kept(decision).direction == "note"
    assert "Ничего не выполнено" in words(decision.notices[0])
    assert "пришлите письмо ещё раз" in words(decision.notices[0])


def test_a_question_under_an_answer_is_answered_and_the_answer_goes_out() -> None:
    decision = decided(letter("Починили.", "/show"), snapshot(IVAN, on=TAKEN))
    assert kinds(decision) == [("reply", OLGA.email), ("transcript", IVAN.email)]


def test_a_question_alone_is_answered_and_nothing_is_kept() -> None:
    decision = decided(letter("/my", "/help", quoted="> старое"), snapshot(IVAN, on=TAKEN))
    assert (decision.reason, decision.changes, kinds(decision)) == ("asked", (), [("transcript", IVAN.email)])


@pytest.mark.parametrize("authenticity", [Authenticity.UNVERIFIED, Authenticity.FAILED])
def test_an_unproven_colleague_is_held_and_only_his_own_address_hears_of_it(authenticity: Authenticity) -> None:
    decision = decided(letter("Пароль: 12345", "/done", authenticity=authenticity), snapshot(IVAN, on=TAKEN))
    assert (decision.reason, decision.held, decision.changes) == ("unproven-staff", True, ())
    assert kinds(decision) == [("unproven", IVAN.email)]
    assert "12345" not in words(decision.notices[0])


def test_a_colleagues_unreadable_letter_is_held_and_not_dropped() -> None:
    decision = decided(letter(unreadable="letter over 50 bytes"), snapshot(IVAN, on=TAKEN))
    assert (decision.reason, decision.held) == ("unreadable", True)
    assert "letter over 50 bytes" in words(to(decision, IVAN)[0])


def test_a_colleague_who_answers_is_seen_by_the_assignee() -> None:
    decision = decided(letter("Вернул шрифт."), snapshot(PETR, on=TAKEN))
    assert kinds(decision) == [("reply", OLGA.email), ("colleague", IVAN.email)]
    assert "Клиенту отвечает Пётр Сидоров." in words(to(decision, IVAN)[0])


def test_a_colleague_who_closes_a_ticket_is_seen_by_its_assignee() -> None:
    assert ("colleague", IVAN.email) in kinds(decided(letter("/close"), snapshot(PETR, on=TAKEN)))
    assert ("colleague", IVAN.email) not in kinds(decided(letter("/spent 20m"), snapshot(PETR, on=TAKEN)))


def test_a_colleagues_note_is_seen_by_the_assignee_even_if_he_is_a_participant() -> None:
    on = ticket(status=Status.IN_PROGRESS, assignee=IVAN, participants=(Address(IVAN.email),))
    decision = decided(letter("/note", "Это их хостинг."), snapshot(PETR, on=on))
    assert kinds(decision) == [("colleague", IVAN.email), ("transcript", PETR.email)]
    assert "Клиент её не видел." in words(to(decision, IVAN)[0])


def test_a_note_on_nobodys_ticket_is_seen_by_who_may_take_it() -> None:
    assert ("colleague", PETR.email) in kinds(decided(letter("/note", "Осторожно."), snapshot(IVAN, on=ticket())))


def test_who_is_given_a_ticket_hears_of_it_with_the_note() -> None:
    decision = decided(letter("/note", "/assign Пётр", "Сделай до пятницы."), snapshot(IVAN, on=TAKEN))
    said = words(to(decision, PETR)[0])
    assert "Иван Петров передаёт вам эту заявку." in said
    assert "Сделай до пятницы." in said
    assert "Клиент её не видел." in said


def test_a_letter_of_a_colleague_to_nobodys_ticket_is_a_task() -> None:
    decision = decided(letter("Обновить сервер.", subject="Сервер"), snapshot(IVAN))
    assert isinstance(decision.target, NewTicket)
    assert (decision.reason, decision.target.kind, kept(decision).direction) == ("new-task", Kind.TASK, "note")
    assert kinds(decision) == [("request", PETR.email), ("transcript", IVAN.email)]
    assert "Заявка открыта." in words(to(decision, IVAN)[0])


def test_a_task_with_a_refused_command_is_open_and_must_not_be_sent_again() -> None:
    decision = decided(letter("Обновить сервер.", "/assign Кузьма"), snapshot(IVAN))
    said = words(to(decision, IVAN)[0])
    assert decision.reason == "new-task"
    assert "Заявка открыта без этих команд" in said
    assert "ещё раз" not in said


@pytest.mark.parametrize("line", ["/spent 2h", "/done", "/spnt 2h"])
def test_commands_without_a_ticket_are_refused_and_open_no_task(line: str) -> None:
    decision = decided(letter(line, subject="время"), snapshot(IVAN))
    assert (decision.reason, decision.changes, kinds(decision)) == ("refused", (), [("transcript", IVAN.email)])


def test_words_beside_a_question_are_not_lost() -> None:
    assert decided(letter("Обновить сервер.", "/help"), snapshot(IVAN)).reason == "new-task"


def test_a_colleagues_answer_to_a_task_reaches_him_who_set_it() -> None:
    decision = decided(letter("Обновил.", "/spent 1h", "/done"), snapshot(PETR, on=task()))
    said = words(to(decision, IVAN)[0])
    assert kinds(decision) == [("reply", IVAN.email), ("transcript", PETR.email)]
    assert "Стоимость" not in said


def test_who_adds_to_his_own_task_does_not_take_it_and_is_heard() -> None:
    decision = decided(letter("И PHP тоже."), snapshot(IVAN, on=task()))
    assert kinds(decision) == [("colleague", PETR.email)]
    assert "Пишет Иван Петров." in words(decision.notices[0])
    assert [type(change) for change in decision.changes] == [AddMessage]
    taken = decided(letter("И PHP тоже."), snapshot(IVAN, on=task(assignee=ANNA)))
    assert kinds(taken) == [("colleague", ANNA.email)]


def test_a_note_on_a_task_is_seen_by_him_who_set_it() -> None:
    decision = decided(letter("/note", "Долго."), snapshot(PETR, on=task(assignee=PETR)))
    assert kinds(decision) == [("colleague", IVAN.email), ("transcript", PETR.email)]


def test_a_colleague_who_left_hears_no_more_of_his_task() -> None:
    decision = decided(letter("Обновил."), snapshot(PETR, on=task(assignee=PETR), staff=(PETR, ANNA)))
    assert kinds(decision) == []


FIRST = Forwarded(Address(OLGA.email, OLGA.name), "Прайс", text="Прайс не печатается.")


def test_a_forwarded_letter_opens_a_ticket_of_him_who_wrote_it() -> None:
    decision = decided(letter("Срочно!", "/assign Пётр", forwarded=FIRST), snapshot(IVAN, forwarded=person(OLGA)))
    assert decision.target == NewTicket(5, "Прайс", Address(OLGA.email, OLGA.name), client_id=1, project_id=1)
    assert Assign(PETR.id) in decision.changes
    assert [change.direction for change in decision.changes if isinstance(change, AddMessage)] == ["in", "note"]
    said = words(to(decision, PETR)[0])
    assert "Срочно!" in said
    assert "Прайс не печатается." in said
    assert "/assign" not in said
    assert not to(decision, OLGA)


def test_a_comment_that_begins_like_the_letter_is_kept_whole() -> None:
    first = Forwarded(Address(OLGA.email), "Прайс", text="Да")
    decision = decided(letter("Да, это срочно.", forwarded=first), snapshot(IVAN, forwarded=person(OLGA)))
    assert [change.text for change in decision.changes if isinstance(change, AddMessage)] == ["Да", "Да, это срочно."]


def test_a_bad_command_over_a_forward_loses_only_the_commands() -> None:
    decision = decided(letter("/spnt 20m", forwarded=FIRST), snapshot(IVAN, forwarded=person(OLGA)))
    assert decision.reason == "forwarded"
    assert not any(isinstance(change, LogTime) for change in decision.changes)
    assert "Заявка открыта без этих команд" in words(to(decision, IVAN)[0])


def test_who_forwards_hears_the_new_number() -> None:
    decision = decided(letter(forwarded=FIRST), snapshot(IVAN, forwarded=person(OLGA)))
    assert "Заявка № 5 «Прайс»" in words(to(decision, IVAN)[0])


def test_a_forward_without_an_address_is_a_task_that_shows_it() -> None:
    first = Forwarded(Address("", "Ольга"), "Прайс", text="Прайс не печатается.")
    decision = decided(letter("Смотрите.", forwarded=first, subject="Fwd: Прайс"), snapshot(IVAN))
    assert decision.reason == "new-task"
    assert "Прайс не печатается." in words(to(decision, PETR)[0])


def test_a_clients_letter_forwarded_into_its_ticket_is_filed_as_his() -> None:
    on = ticket(status=Status.WAITING, assignee=PETR)
    decision = decided(letter("Только мне прислала.", forwarded=FIRST), snapshot(IVAN, on=on, forwarded=person(OLGA)))
    assert (decision.reason, kept(decision).direction, kept(decision).sender.email) == ("filed", "in", OLGA.email)
    assert kinds(decision) == [("answer", PETR.email), ("transcript", IVAN.email)]
    assert SetStatus(Status.IN_PROGRESS) in decision.changes


def test_what_is_forwarded_into_a_ticket_never_reaches_the_client() -> None:
    hosting = Forwarded(Address("noc@hosting.example"), "Переезд", text="Пароль сервера: 12345")
    decision = decided(letter("Коллеги, не для клиента.", forwarded=hosting), snapshot(IVAN, on=TAKEN, forwarded=Person(hosting.sender)))
    assert (decision.reason, kept(decision).direction) == ("filed", "note")
    assert not to(decision, OLGA)
    assert "Клиенту ничего не отправлено." in words(to(decision, IVAN)[0])


@pytest.mark.parametrize(
    "quote",
    [
        Forwarded(Address(POLICY.support_address, OLGA.name), "[#1] Каталог", text="Не открывается."),
        Forwarded(Address("", OLGA.name), "[#1] Каталог", text=f"{REPLY_MARKER['ru']}\n\nНе открывается."),
    ],
)
def test_a_letter_of_ours_under_an_answer_is_a_quote(quote: Forwarded) -> None:
    decision = decided(letter(attachments=(FILE,), forwarded=quote), snapshot(IVAN, on=TAKEN))
    assert (decision.reason, kinds(decision)) == ("answer", [("reply", OLGA.email)])


def test_an_english_client_reads_english() -> None:
    on = ticket(client=VASILEK, minutes=60, assignee=IVAN, status=Status.IN_PROGRESS)
    said = words(reply(decided(letter("Done.", "/spent 20m", "/close"), snapshot(IVAN, on=on))))
    assert "Time spent: 20 minutes" in said
    assert "Time: 1 hour 20 minutes · Cost: 2666.67 RUB" in said
    assert "The ticket is closed." in said


def test_warranty_work_is_shown_as_such() -> None:
    said = words(reply(decided(letter("Исправили.", "/spent 20m", "/гарантия"), snapshot(IVAN, on=TAKEN))))
    assert "Стоимость: 0 руб. (гарантия)" in said


def test_the_transcript_gives_each_line_and_the_day() -> None:
    decision = decided(letter("/spent 40m R&D", "/show"), snapshot(IVAN, on=TAKEN, day_minutes={TODAY: 60}))
    said = words(decision.notices[-1])
    assert "/spent 40m R&D\n  ✓ записано: 40 минут, 5 октября 2026 г. — R&D" in said
    assert "Всего у вас за 5 октября 2026 г.: 1 час 40 минут" in said


def test_where_nobody_but_the_author_works_he_still_gets_a_letter_to_answer() -> None:
    decision = decided(letter("Обновить сервер."), snapshot(ANNA, staff=(ANNA,)))
    assert kinds(decision) == [("transcript", ANNA.email)]
