"""The printer: frozen documents → PDFs by WeasyPrint, which this file alone knows and loads at the first page.

*Issued and not printed* is the queue. A PDF is made outside of any transaction, kept in the file store, then written down together
with the letters that carry it: nothing is mailed without its PDF, nothing is printed twice. A document that jams holds up no other.
WeasyPrint sees a table of assets in memory and nothing else: no file, no network.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any

import segno
from sqlalchemy import Connection, delete, insert, select, update

from billing.archive import IssuedDocument, pair_of, unprinted
from billing.documents import context
from billing.mailing import enqueue_documents, shelf_name
from billing.models import print_jams, print_outs
from billing.qr import payment_text
from config.database import transaction
from config.files import FileStore
from config.surroundings import Surroundings
from config.templating import render

Assets = Mapping[str, tuple[bytes, str]]
_FONTS = ("PTS55F.ttf", "PTS56F.ttf", "PTS75F.ttf", "PTS76F.ttf")


def render_pdf(content: Mapping[str, Any], images: Assets) -> bytes:
    """The PDF of a frozen document; `images` are its `stamp` and `signature`. The same content gives the same bytes."""
    assets = {**_fonts(), **images}
    if content["kind"] == "invoice":
        assets["qr"] = (_qr(content), "image/svg+xml")
    present = {f"has_{name}": name in assets for name in ("stamp", "signature", "qr")}
    html = render(f"documents/{content['kind']}.html", "ru", **context(content), **present)
    return _print(html, render("documents/document.css", "ru"), {f"asset:{name}": asset for name, asset in assets.items()})


def _print(html: str, css: str, assets: Assets) -> bytes:
    from weasyprint import CSS, HTML  # noqa: PLC0415 - half a second that only printing needs
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - the same
    from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415 - the same

    fetcher, fonts = _fetcher(assets), FontConfiguration()
    try:
        stylesheet = CSS(string=css, url_fetcher=fetcher, font_config=fonts)
        page = HTML(string=html, base_url="asset:", url_fetcher=fetcher)
        pdf: bytes = page.write_pdf(stylesheets=[stylesheet], font_config=fonts)
    except FatalURLFetchingError as error:  # no Exception to Python, lest WeasyPrint print the page without its stamp
        raise UnknownAsset(str(error)) from error
    return pdf


def _fetcher(assets: Assets) -> Any:  # noqa: ANN401 - its class is WeasyPrint's, which is not loaded yet
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse  # noqa: PLC0415 - the same

    class Table(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401, ARG002 - WeasyPrint's signature
            if url not in assets:
                message = f"a document asked for {url}, which is not among its assets"
                raise FatalURLFetchingError(message)
            body, content_type = assets[url]
            return URLFetcherResponse(url, body, headers={"Content-Type": content_type})

    return Table(allowed_protocols=[], allow_redirects=False)


@cache
def _fonts() -> dict[str, tuple[bytes, str]]:
    folder = resources.files("templates") / "fonts"
    return {name: ((folder / name).read_bytes(), "font/ttf") for name in _FONTS}


def _qr(content: Mapping[str, Any]) -> bytes:
    """The payment code as SVG: no ECI header, which readers stumble over, and no taller error correction than asked for."""
    code = segno.make(payment_text(content), encoding="utf-8", error="m", micro=False, boost_error=False)
    svg = BytesIO()
    code.save(svg, kind="svg", border=2, xmldecl=False, svgclass=None, lineclass=None, omitsize=True)
    return svg.getvalue()


class UnknownAsset(Exception):
    """A template asks for something that is not among its assets."""


@dataclass(frozen=True, slots=True)
class PrintReport:
    """What a run of the printer did: documents printed, letters written, and why a document could not be printed."""

    printed: int = 0
    mailed: int = 0
    jams: tuple[str, ...] = ()

    def with_result(self, printed: int, mailed: int, jams: tuple[str, ...]) -> "PrintReport":
        """The report with one pair of documents more."""
        return PrintReport(self.printed + printed, self.mailed + mailed, self.jams + jams)


Track = Callable[[Sequence[tuple[int, int]]], Iterable[tuple[int, int]]]


def print_pending(surroundings: Surroundings, track: Track = iter) -> PrintReport:
    """Print everything that was issued and is not printed, oldest first, and write the letters that carry it."""
    with transaction(surroundings.engine) as connection:
        waiting = unprinted(connection)
    heads = {(document.closing_id, document.contract_id): document for document in reversed(waiting)}
    report = PrintReport()
    for pair in track(list(reversed(heads))):
        report = report.with_result(*_print_pair(surroundings, heads[pair]))
    return report


def _print_pair(surroundings: Surroundings, head: IssuedDocument) -> tuple[int, int, tuple[str, ...]]:
    """Print an invoice and its act: the number of pages printed anew, of letters written, and what jammed."""
    with transaction(surroundings.engine) as connection:
        pair = pair_of(connection, head)
    printed: dict[int, tuple[str, int]] = {}
    for document in pair:
        try:
            printed[document.id] = (document.digest, document.size) if document.digest else _store_pdf(surroundings.files, document)
        except Exception as error:  # noqa: BLE001 - a document that breaks the printer is set aside, as a letter that breaks the desk is
            return 0, 0, (_jam(surroundings, document, error),)
    with transaction(surroundings.engine) as connection:
        new = [document for document in pair if _mark_printed(connection, document, printed[document.id], surroundings.clock())]
        return len(new), enqueue_documents(connection, pair_of(connection, head), surroundings) if new else 0, ()


def _store_pdf(files: FileStore, document: IssuedDocument) -> tuple[str, int]:
    """Print a document into the file store; digest and size in bytes."""
    seller = document.content["seller"]
    kept = {name: files.read(seller[name]) for name in ("stamp", "signature") if seller[name]}
    pdf = render_pdf(document.content, {name: (image, "image/png") for name, image in kept.items()})
    digest = files.put(pdf)
    files.publish(digest, shelf_name(document))
    return digest, len(pdf)


def _mark_printed(connection: Connection, document: IssuedDocument, pdf: tuple[str, int], now: datetime) -> bool:
    """Write the print-out down; False where somebody printed it meanwhile."""
    if connection.execute(select(print_outs.c.digest).where(print_outs.c.document_id == document.id)).first():
        return False
    connection.execute(insert(print_outs).values(document_id=document.id, digest=pdf[0], size=pdf[1], printed_at=now))
    connection.execute(delete(print_jams).where(print_jams.c.document_id == document.id))
    return True


def _jam(surroundings: Surroundings, document: IssuedDocument, error: Exception) -> str:
    """Write down why a document jammed; the next run tries again."""
    reason = f"{type(error).__name__}: {error}"
    known = print_jams.c.document_id == document.id
    values = {"error": reason, "jammed_at": surroundings.clock()}
    with transaction(surroundings.engine) as connection:
        again = update(print_jams).where(known).values(attempts=print_jams.c.attempts + 1, **values)
        if not connection.execute(again).rowcount:
            connection.execute(insert(print_jams).values(document_id=document.id, attempts=1, **values))
    return f"{document.kind} {document.number} ({document.period}) could not be printed, it is tried again next time: {reason}"
