"""The logo of a signature comes with every letter, and stands in the ticket once."""

from dataclasses import replace

import pytest

from config.surroundings import Surroundings
from helpdesk.messages import Attachment, InboundMessage
from helpdesk.models import message_files
from tests.integration.helpdesk.test_desk import Desk
from tests.unit.helpdesk.hand_made import IVAN, NINA, OLGA, letter

LOGO = Attachment("image001.png", "image/png", b"a small picture", inline=True, content_id="image001.png@01DB")
SCREENSHOT = Attachment("image001.png", "image/png", b"#" * 50_000, inline=True)


@pytest.fixture
def desk(world: Surroundings) -> Desk:
    return Desk(world).open()


def files_of(desk: Desk) -> list[str]:
    return [row.name for row in desk.ask(lambda connection: connection.execute(message_files.select()).all())]


def with_files(*files: Attachment, text: str = "Посмотрите, пожалуйста") -> InboundMessage:
    return letter(text, attachments=files)


def test_a_logo_that_keeps_coming_is_left_out(desk: Desk) -> None:
    for _ in range(3):
        desk.put(OLGA.email, with_files(LOGO))
    desk.put(OLGA.email, with_files(replace(LOGO, name="image007.png"), Attachment("смета.pdf", "application/pdf", b"%PDF")))
    assert files_of(desk) == ["image001.png", "image001.png", "смета.pdf"]


def test_people_of_one_firm_share_their_logo_and_no_others_do(desk: Desk) -> None:
    desk.put(OLGA.email, with_files(LOGO))
    desk.put(OLGA.email, with_files(LOGO))
    desk.put(NINA.email, with_files(LOGO))
    assert len(files_of(desk)) == 2
    desk.put("olga_r@romashka-example.ru", with_files(LOGO))
    assert len(files_of(desk)) == 2


def test_what_a_colleague_sends_goes_out_as_it_is(desk: Desk) -> None:
    for _ in range(4):
        desk.put(IVAN.email, with_files(LOGO))
    assert len(files_of(desk)) == 4


def test_a_file_and_a_screenshot_that_come_again_are_kept(desk: Desk) -> None:
    attached = replace(LOGO, inline=False)
    for _ in range(3):
        desk.put(OLGA.email, with_files(attached, SCREENSHOT))
    assert len(files_of(desk)) == 6


def test_a_letter_that_is_nothing_but_a_picture_keeps_it(desk: Desk) -> None:
    for _ in range(4):
        desk.put(OLGA.email, with_files(LOGO, text=""))
    assert len(files_of(desk)) == 4


def test_nobody_hears_of_a_logo_that_was_left_out(desk: Desk) -> None:
    for _ in range(2):
        desk.put(OLGA.email, with_files(LOGO))
    desk.put(OLGA.email, with_files(LOGO, text="Ещё одно"))
    told = [queued.message for queued in desk.queued() if queued.message.kind == "request"]
    assert [("image001.png" in message.text, len(message.attachments)) for message in told] == [(True, 1)] * 4 + [(False, 0)] * 2
