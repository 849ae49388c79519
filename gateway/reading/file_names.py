"""Names for files that came without one: by what they are declared to be, then by how they begin.

Pure. Names that senders give are cleaned in `clean`.
"""

from gateway.reading import clean, fields, headers
from gateway.reading.headers import Headers
from gateway.reading.mime import Part

# As much of a letter inside as may be its header.
_HEADER = 128 * 1024
_LETTERS = frozenset({"message/rfc822", "message/global"})
# What signed and sealed letters are made of (RFC 8551 §3.2.1, RFC 3156).
_NAMED = {
    "application/pgp-signature": "signature.asc",
    "application/pgp-keys": "public-key.asc",
    "application/pgp-encrypted": "version.txt",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/ms-tnef": "winmail.dat",
    "application/vnd.ms-tnef": "winmail.dat",
    "text/calendar": "invite.ics",
    "application/ics": "invite.ics",
    "text/x-vcalendar": "invite.vcs",
    "text/vcard": "contact.vcf",
    "text/x-vcard": "contact.vcf",
}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ENDINGS = {
    "text/plain": "txt",
    "text/html": "html",
    "text/csv": "csv",
    "text/xml": "xml",
    "text/rtf": "rtf",
    "text/markdown": "md",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/bmp": "bmp",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/x-zip-compressed": "zip",
    "application/x-rar-compressed": "rar",
    "application/gzip": "gz",
    "application/json": "json",
    "application/xml": "xml",
    "application/rtf": "rtf",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    _OFFICE + "wordprocessingml.document": "docx",
    _OFFICE + "spreadsheetml.sheet": "xlsx",
    _OFFICE + "presentationml.presentation": "pptx",
    "message/delivery-status": "txt",
    "text/rfc822-headers": "txt",
}
_BEGINNINGS = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF8", "gif"),
    (b"PK\x03\x04", "zip"),
    (b"{\\rtf", "rtf"),
)


def of(part: Part) -> str:
    """The name to keep a part under."""
    return part.file_name or invented(part)


def invented(part: Part) -> str:
    """A name for a file that came without one."""
    if part.content_type in _LETTERS:
        subject = Headers(fields=headers.lowered(fields.split(part.content[:_HEADER]).fields), hints=part.headers.hints).text("subject")
        return clean.file_name((subject or "message").replace("/", "-").replace("\\", "-") + ".eml")
    if "smime-type=certs-only" in part.headers.raw("content-type").lower():
        return "smime.p7c"
    if name := _NAMED.get(part.content_type):
        return name
    if part.content.startswith(b"-----BEGIN PGP MESSAGE-----"):
        return "encrypted.asc"
    kind = part.content_type.split("/")[0] or "file"
    return clean.file_name(f"{kind}.{_ENDINGS.get(part.content_type) or _by_beginning(part.content)}")


def _by_beginning(content: bytes) -> str:
    return next((ending for beginning, ending in _BEGINNINGS if content.startswith(beginning)), "bin")
