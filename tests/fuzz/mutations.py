"""Changes to a letter as broken programs, servers and deceivers make them: to bytes, to lines, to words that mean something."""

from random import Random

FIELDS = b"""
From: Eve <eve@evil.example>
To: support@studio.example
Subject: =?utf-8?B?0J/RgNC40LLQtdGC?=
Subject: Fwd: x
Date: Mon, 20 Nov 2026 10:00:00 +0300
Message-ID: <a@b.example>
In-Reply-To: <>
References: <a@b> <c@d>
Return-Path: <>
Auto-Submitted: auto-replied
Precedence: bulk
X-Failed-Recipients: a@b.example
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b
Content-Type: multipart/alternative; boundary=b
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
Content-Type: multipart/related; boundary=b
Content-Type: text/html
Content-Type: multipart/signed; boundary=b
Content-Type: multipart/digest; boundary=b
Content-Type: text/plain; charset=utf-7
Content-Type: text/plain; charset=koi8-r; format=flowed; delsp=yes
Content-Type: text/plain; charset=iso-2022-jp
Content-Type: text/calendar
Content-Type: text/enriched
Content-Type: application/rtf
Content-Type: message/rfc822
Content-Type: message/delivery-status
Content-Type: message/disposition-notification
Content-Type: application/ms-tnef; name=winmail.dat
Content-Type: application/pkcs7-mime
Content-Type: text/rfc822-headers
Content-Transfer-Encoding: base64
Content-Transfer-Encoding: quoted-printable
Content-Transfer-Encoding: x-uuencode
Content-Disposition: attachment; filename*0*=utf-8''%D0%90; filename*1=b
Content-ID: <a@b>
Final-Recipient: rfc822; a@b.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such user
Disposition: automatic-action/MDN-sent; deleted
""".strip().split(b"\n")
LINES = (
    *"""
--b
--b--
>> x
On Mon, Apr 4, 2016 at 10:00 AM, Anna <a@b.example> wrote:
15 апр. 2025 г., в 12:10, Анна <a@b.example> написал(а):
-----Исходное сообщение-----
---------- Forwarded message ----------
From: Anna <a@b.example>
Отправлено: 1 мая 2020
Sent: Monday
Кому: x@y.example
Тема: x
Subject: x
С уважением,
Отправлено с iPhone
/spent 1h
##- Пишите выше этой линии -##
> ##- Пишите выше
> этой линии -##
&gt; 50%
begin 644 x.txt
end
BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY;LANGUAGE=ru:x
DTSTART:20260101T100000Z
DTSTART:99991231T000000
DURATION:P1D
END:VEVENT
-----BEGIN PGP SIGNED MESSAGE-----
-----BEGIN PGP SIGNATURE-----
-----END PGP SIGNATURE-----
<a@b.example>: user unknown
550 5.1.1 <a@b.example> no such user
{\\rtf1\\ansicpg1251{\\fonttbl{\\f0\\fcharset204 A;}}\\u1055?\\'cf\\par}
""".strip().split("\n"),
    "-- ",
    "> ",
    "",
)
_WORDS = (
    *b'\x00|\r|\n|\r\n|"|<|>|=?|?=|;|\xff|=|:|(|)|--|\\|\xc2\xa0|@|%|*0*=|\x1b$B|\x1b(B|\x85|\xe2\x80\xa8|\xe2\x80\x8e|\xed\xa0\x80|+2AA-'.split(
        b"|"
    ),
    *b"<blockquote>|</blockquote>|<div class=gmail_quote>|<div style='display:none'>|<style>|<!--|<![if|<pre>|<br>|</div>|<p>".split(b"|"),
    b"<a href='https://a.example/&#10;b c'>x</a>",
    *b"=?utf-7?Q?+2AA-?=|=?utf-8?B?|=?koi8-r?Q?=F0|&#xd800;|<table><tr><td>|\x78\x9f\x3e\x22|\xff\xff\xff\xff|\x7b\x5c".split(b"|"),
)
_LONGEST = 20_000


def mutated(raw: bytes, chance: Random, times: int = 1) -> bytes:
    """`raw` after some changes, no longer than a small letter unless it was."""
    for _ in range(times):
        raw = chance.choice((_of_bytes, _of_lines, _of_lines))(raw, chance)[: max(len(raw), 2 * _LONGEST)]
    return raw[: max(len(raw) // 2, _LONGEST)] if len(raw) > _LONGEST else raw


def _of_bytes(raw: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(raw) + 1)
    match chance.randrange(4):
        case 0:
            return raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]
        case 1:
            return raw[:at] + raw[at + chance.choice((1, 1, 2, 5, 40)) :]
        case 2:
            return raw[:at]
        case _:
            return raw[:at] + chance.choice(_WORDS) * chance.choice((1, 1, 1, 3, 50)) + raw[at:]


def _of_lines(raw: bytes, chance: Random) -> bytes:
    lines = raw.split(b"\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(9):
        case 0:
            lines.insert(other, lines[at])
        case 1:
            lines[at], lines[other] = lines[other], lines[at]
        case 2:
            del lines[at]
        case 3:
            lines[at] = b""
        case 4:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
        case 5:
            lines[at] = bytes(chance.sample(lines[at], len(lines[at])))
        case 6:
            lines[at] = (lines[at] * chance.choice((2, 10, 100)))[:_LONGEST]
        case 7:
            lines.insert(at, chance.choice(FIELDS))
        case _:
            lines.insert(at, chance.choice(LINES).encode(chance.choice(("utf-8", "cp1251", "koi8-r")), "replace"))
    return b"\n".join(lines)
