"""Signed and encrypted letters: the words where they can be read, the armour and the envelopes as files."""

import base64

import pytest

from gateway.reading import cms, parsing
from helpdesk.messages import Letter

DATA, SIGNED, SEALED = (bytes.fromhex(f"06092a864886f70d0107{kind}") for kind in ("01", "02", "03"))
INNER = "Content-Type: text/plain; charset=utf-8\r\n\r\nВнутри подписи.\r\n".encode()
SIGNATURE = "-----BEGIN PGP SIGNATURE-----\nVersion: 1\n\niQEzBAEBCAAdFiEE\n=ab12\n-----END PGP SIGNATURE-----\n"
SEAL = "-----BEGIN PGP MESSAGE-----\n\nhQEMA1\n=ab12\n-----END PGP MESSAGE-----\n"


def plain(body: str) -> Letter:
    return parsing.parse(f"From: anna@shop.example\nContent-Type: text/plain; charset=utf-8\n\n{body}".encode())


def mixed(kind: str, *parts: str) -> Letter:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return parsing.parse(f"From: anna@shop.example\nContent-Type: {kind}; boundary=b\n\n{body}--b--\n".encode())


def der(tag: int, *content: bytes) -> bytes:
    held = b"".join(content)
    length = bytes((len(held),)) if len(held) < 128 else bytes((0x82, *len(held).to_bytes(2, "big")))
    return bytes((tag,)) + length + held


def streamed(tag: int, *content: bytes) -> bytes:
    """A value without its length, as programs write what they do not know the end of."""
    return bytes((tag, 0x80)) + b"".join(content) + b"\0\0"


def signed(content: bytes) -> bytes:
    body = der(0x30, der(2, b"\1"), der(0x31), der(0x30, DATA, der(0xA0, der(4, content))), der(0x31))
    return der(0x30, SIGNED, der(0xA0, body))


def smime(content: bytes, kind: str = "application/pkcs7-mime") -> Letter:
    head = f"From: anna@shop.example\nSubject: x\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n"
    return parsing.parse(head.encode() + base64.encodebytes(content))


def test_a_clear_signed_text_is_read_without_its_armour() -> None:
    body = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nПроверьте.\n- - пункт\n\n- -- \nАнна\n{SIGNATURE}\nСписок рассылки\n"
    found = plain(body)
    assert found.text.startswith("Проверьте.\n- пункт")
    assert "PGP" not in found.text + found.signature
    assert "iQEz" not in found.text + found.signature
    assert "Анна" in found.signature
    assert not found.sealed


@pytest.mark.parametrize("kind", ["SIGNATURE", "MESSAGE", "PUBLIC KEY BLOCK"])
def test_an_unfinished_armour_takes_no_words_with_it(kind: str) -> None:
    found = plain(f"Hello\n-----BEGIN PGP {kind}-----\n\niQEz\n=abcd\nAlso\nplease\nhurry\n")
    assert (found.text.split()[-3:], found.attachments, found.sealed) == (["Also", "please", "hurry"], (), False)


def test_a_sealed_text_becomes_a_file() -> None:
    found = plain(SEAL)
    assert (found.sealed, found.text) == (True, "")
    assert [(file.name, file.content.decode()) for file in found.attachments] == [("encrypted.asc", SEAL)]


def test_quoted_armour_seals_nothing() -> None:
    quoted = "".join(f"> {line}\n" for line in SEAL.splitlines())
    assert not plain(f"Не открывается.\n\n{quoted}").sealed


def test_a_public_key_is_a_file() -> None:
    found = plain("Мой ключ:\n" + SEAL.replace("PGP MESSAGE", "PGP PUBLIC KEY BLOCK"))
    assert (found.text, [file.name for file in found.attachments], found.sealed) == ("Мой ключ:", ["public-key.asc"], False)


def test_an_encrypted_letter_keeps_its_parts_under_their_names() -> None:
    found = mixed(
        "multipart/encrypted; protocol=application/pgp-encrypted",
        "Content-Type: application/pgp-encrypted\n\nVersion: 1\n",
        f"Content-Type: application/octet-stream\n\n{SEAL}",
    )
    assert (found.sealed, found.text) == (True, "")
    assert [file.name for file in found.attachments] == ["version.txt", "encrypted.asc"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("application/pgp-signature", "signature.asc"),
        ("application/pkcs7-signature", "smime.p7s"),
        ("application/x-pkcs7-signature", "smime.p7s"),
    ],
)
def test_a_signature_without_a_name_gets_its_own(kind: str, name: str) -> None:
    found = mixed("multipart/signed", "Content-Type: text/plain\n\nHello", f"Content-Type: {kind}\n\nx")
    assert (found.text, [file.name for file in found.attachments], found.sealed) == ("Hello", [name], False)


@pytest.mark.parametrize("kind", ["application/pkcs7-mime; smime-type=signed-data", "application/x-pkcs7-mime; name=smime.p7m"])
def test_the_letter_inside_a_signature_is_read_and_the_envelope_kept(kind: str) -> None:
    found = smime(signed(INNER), kind)
    assert (found.text, found.sealed) == ("Внутри подписи.", False)
    assert [file.name for file in found.attachments] == ["smime.p7m"]


@pytest.mark.parametrize("kind", ["application/pkcs7-mime; smime-type=signed-data", "application/octet-stream; name=contract.p7m"])
@pytest.mark.parametrize("disposition", ["attachment", "inline"])
def test_what_somebody_else_signed_stays_a_file_and_commands_nothing(kind: str, disposition: str) -> None:
    armoured = base64.encodebytes(signed(b"Content-Type: text/plain\r\n\r\n/close\r\n")).decode()
    file = f"Content-Type: {kind}\nContent-Disposition: {disposition}\nContent-Transfer-Encoding: base64\n\n{armoured}"
    found = mixed("multipart/mixed", "Content-Type: text/plain\n\nSee the file.", file)
    assert (found.text, found.command_lines) == ("See the file.", ())
    assert len(found.attachments) == 1


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.4\n/close\n", "application/pkcs7-mime"),
        (b"Total: 5\n\n/close\n", "application/pkcs7-mime"),
        (INNER, "application/x; name=a.p7m"),
    ],
)
def test_a_signed_file_alone_is_a_file(content: bytes, kind: str) -> None:
    found = smime(signed(content), kind)
    assert (found.text, found.command_lines, len(found.attachments)) == ("", (), 1)


def test_a_streamed_signature_is_read_too() -> None:
    held = streamed(0x30, DATA, streamed(0xA0, streamed(0x24, der(4, INNER[:20]), der(4, INNER[20:]))))
    found = streamed(0x30, SIGNED, streamed(0xA0, streamed(0x30, der(2, b"\1"), streamed(0x31, der(5)), held)))
    assert cms.signed_content(found) == INNER


def test_an_envelope_stays_closed() -> None:
    found = smime(der(0x30, SEALED, der(0xA0, der(0x30, der(2, b"\0")))))
    assert (found.sealed, found.text, [file.name for file in found.attachments]) == (True, "", ["smime.p7m"])


def test_no_cut_and_no_change_of_a_signature_breaks_the_reader() -> None:
    whole = signed(INNER)
    for at in range(len(whole)):
        assert not smime(whole[:at]).unreadable
        assert not smime(whole[:at] + b"\xff\x80" + whole[at + 2 :]).unreadable


def test_signatures_inside_one_another_end_somewhere() -> None:
    content = INNER
    for _ in range(5):
        head = b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        content = head + base64.encodebytes(signed(content))
    assert not parsing.parse(b"From: a@b.example\r\n" + content).unreadable
