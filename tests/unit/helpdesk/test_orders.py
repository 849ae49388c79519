"""The commands of one letter: together, or not at all."""

from datetime import date

from helpdesk.effects import LogTime, SetStatus
from helpdesk.messages import Authenticity, Link
from helpdesk.orders import carry_out, day_totals, says_something, text_to_read
from helpdesk.workflow import Status
from tests.unit.helpdesk.hand_made import FILE, IVAN, OLGA, TODAY, letter, person, snapshot, ticket

KNOWN = snapshot(IVAN, day_minutes={TODAY: 60})
STARTED = ticket(status=Status.IN_PROGRESS, assignee=IVAN)


def test_commands_see_what_those_before_them_did() -> None:
    orders = carry_out(letter("/spent 40m", "/spent -30m", "/done", "/reopen"), KNOWN, STARTED)
    assert not orders.refused
    assert orders.ticket is not None
    assert (orders.minutes, orders.ticket.minutes, orders.status) == (10, 10, Status.IN_PROGRESS)


def test_two_entries_in_one_letter_are_two_entries() -> None:
    orders = carry_out(letter("/spent 40m", "/spent 20m @вчера созвон"), KNOWN, STARTED)
    assert orders.changes == (LogTime(IVAN.id, 40, TODAY), LogTime(IVAN.id, 20, date(2026, 10, 4), "созвон"))
    assert day_totals(orders, KNOWN) == [(date(2026, 10, 4), 20), (TODAY, 100)]


def test_one_refused_line_undoes_the_others() -> None:
    orders = carry_out(letter("/spent 40m", "/note", "/spent долго", "/done"), KNOWN, STARTED)
    assert orders.refused
    assert (orders.changes, orders.ticket, orders.private, orders.minutes, orders.status) == ((), STARTED, False, 0, None)
    assert [answer.good for answer in orders.answers] == [True, True, False, True]


def test_a_near_miss_refuses_the_letter() -> None:
    orders = carry_out(letter("/done", "/spnt 40m"), KNOWN, STARTED)
    assert [(answer.line, answer.said.phrase) for answer in orders.answers] == [("/done", "status"), ("/spnt 40m", "near-miss")]
    assert orders.refused


def test_a_path_is_no_order() -> None:
    orders = carry_out(letter("/var/www/site"), KNOWN, STARTED)
    assert (orders.answers, orders.refused) == ((), False)


def test_an_unproven_sender_may_only_ask() -> None:
    message = letter("/close", authenticity=Authenticity.UNVERIFIED)
    assert [answer.said.phrase for answer in carry_out(message, snapshot(OLGA), ticket()).answers] == ["unproven"]
    asked = letter("/help", authenticity=Authenticity.UNVERIFIED)
    assert not carry_out(asked, snapshot(OLGA), ticket()).refused


def test_a_client_closes_his_ticket() -> None:
    assert carry_out(letter("/закрыть"), snapshot(OLGA), ticket()).changes == (SetStatus(Status.CLOSED),)


def test_a_clients_path_that_is_near_a_command_of_the_studios_is_text() -> None:
    message = letter("Поправьте страницы:", "/shop", "/about")
    assert carry_out(message, snapshot(OLGA), ticket()).answers == ()
    assert text_to_read(message, snapshot(OLGA)) == "Поправьте страницы:\n/shop\n/about"


def test_what_a_client_may_not_command_stays_to_be_read() -> None:
    message = letter("Цены на странице", "/price", "/закрыть")
    assert text_to_read(message, snapshot(OLGA)) == "Цены на странице\n/price"


def test_words_that_are_a_link_say_where_it_leads() -> None:
    message = letter("Макет лежит тут.", links=(Link("тут", "https://disk.example/maket"),))
    assert text_to_read(message, snapshot(OLGA)) == "Макет лежит тут.\n\n[тут] https://disk.example/maket"
    assert text_to_read(letter("/done", links=message.letter.links), snapshot(IVAN)) == ""


def test_all_commands_of_the_studio_leave_its_text() -> None:
    assert text_to_read(letter("Готово.", "/spnt 40m", "/done"), snapshot(IVAN)) == "Готово."


def test_a_letter_of_commands_says_nothing_else() -> None:
    assert not says_something(letter("/spent 40m", "/done"), person(IVAN))
    assert not says_something(letter("/spent 40m"), person(OLGA))
    assert says_something(letter("/shop"), person(OLGA))
    assert says_something(letter("/done", attachments=(FILE,)), person(IVAN))
