"""The `deskpost` command: mounts the packages' admin verbs; settings, engine, files and clock are made here and nowhere else."""

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError

from config import backup, founding, loading, logs
from config import doctor as surgery
from config.backup import CannotBackUp
from config.console import Json, Refused, forgive_characters, print_document, print_listing, print_record
from config.database import (
    NoDatabase,
    SchemaOutdated,
    UnsafeDatabase,
    check_schema,
    open_engine,
    open_existing,
    transaction,
    upgrade_schema,
)
from config.files import FileMissing, FileStore
from config.keyfile import read_key
from config.settings import Settings, SettingsError
from config.surroundings import Surroundings
from helpdesk.people import AlreadyThere, NewStaff, NotAnAddress, add_staff, parse_address
from helpdesk.queries import all_staff
from helpdesk.roles import StaffRole

REFUSED, MISUSED, INTERRUPTED = 1, 2, 130

_CONFIG_HELP = "Configuration file; else $DESKPOST_CONFIG, else ./deskpost.toml."

app = typer.Typer(
    help="An email-driven helpdesk with billing for web studios.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
database_app = typer.Typer(help="The database's schema.", no_args_is_help=True)

app.add_typer(database_app, name="db")

# The packages' verbs, each loaded when it is asked for: most of the program is none of `client add`'s business.
GROUPS = {
    "client": "helpdesk.admin:client_app",
    "contact": "helpdesk.admin:contact_app",
    "project": "helpdesk.admin:project_app",
    "staff": "helpdesk.admin:staff_app",
    "entity": "billing.admin:entity_app",
    "contract": "billing.admin:contract_app",
    "ticket": "helpdesk.admin:ticket_app",
    "mail": "gateway.admin:mail_app",
    "inbox": "gateway.admin:inbox_app",
    "outbox": "gateway.admin:outbox_app",
    "period": "billing.admin:period_app",
    "invoice": "billing.admin:invoice_app",
    "act": "billing.admin:act_app",
    "payment": "billing.admin:payment_app",
    "ledger": "billing.admin:ledger_app",
    "audit": "helpdesk.admin:audit_app",
}
VERBS = {"serve": "rounds.serving:serve", "digest": "rounds.digest:digest", "nightly": "billing.admin:nightly"}
OWN_VERBS = frozenset({"init", "demo", "doctor", "backup", "restore", "db"})
_mounted: set[str] = set()


def mount(asked: str = "") -> None:
    """Put the verbs of the packages into the command: the one that is asked for, or, where it is none of theirs, all."""
    every = {**GROUPS, **VERBS}
    for name in [asked] if asked in every else every:
        if name not in _mounted:
            _mounted.add(name)
            module, _, attribute = every[name].partition(":")
            found = getattr(import_module(module), attribute)
            if name in GROUPS:
                app.add_typer(found, name=name)
            else:
                app.command(name)(found)


def asked_for(words: Sequence[str]) -> str:
    """The verb among the words of a command line, empty where there is none."""
    waiting = iter(words)
    for word in waiting:
        if word in ("-c", "--config"):
            next(waiting, None)
        elif not word.startswith("-"):
            return word
    return ""


@dataclass(slots=True)
class Opener:
    """Opens the surroundings at the first call and keeps them for the rest of the command."""

    config: Path | None
    environment: Mapping[str, str]
    opened: Surroundings | None = None

    def __call__(self) -> Surroundings:
        """The surroundings of this command."""
        if self.opened is None:
            self.opened = open_surroundings(loading.load(self.config, self.environment))
        return self.opened


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def open_surroundings(settings: Settings) -> Surroundings:
    """Everything that a command works with; the schema must be this program's."""
    engine = open_existing(settings.database.url)
    check_schema(engine)
    return Surroundings(settings, engine, FileStore(Path(settings.files.url)), utc_now, read_key(settings.secrets.key_file))


@app.callback()
def prepare(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option("--config", "-c", help=_CONFIG_HELP)] = None,
) -> None:
    """An email-driven helpdesk with billing for web studios."""
    if context.obj is None:
        logs.set_up(os.environ if context.invoked_subcommand == "serve" else {"DESKPOST_LOG": "warning", **os.environ})
        context.obj = Opener(config, os.environ)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where the studio lives.")] = Path(),
    *,
    name: Annotated[str, typer.Option(help="The studio's name.")] = "",
    support: Annotated[str, typer.Option(help="The address that clients write to.")] = "",
    director: Annotated[str, typer.Option(help="The director's own address: becomes a member of staff.")] = "",
    language: Annotated[str, typer.Option(help="Language of mails: ru or en.")] = "ru",
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Set up a studio: configuration, secret key, folders, database. Keeps what is there."""
    wishes = founding.Wishes(name, support, director, language)
    if not yes and not as_json and sys.stdin.isatty():
        wishes = founding.ask(wishes)
    founded = founding.found(folder, wishes, os.environ)
    if wishes.director:
        _add_director(founded.settings, wishes.director)
    document = {"config": str(founded.settings.path), "made": [str(path) for path in founded.made]}
    print_document(document, as_json=as_json, line=_founded_line(founded, wishes))


def _founded_line(founded: founding.Founded, wishes: founding.Wishes) -> str:
    path = founded.settings.path
    made = "".join(f"made {new}\n" for new in founded.made) or "everything was there already\n"
    is_kept = path not in founded.made and (wishes.name or wishes.support)
    kept = f"{path} is kept as it is: change name and address there\n" if is_kept else ""
    return f"{made}{kept}Next: deskpost --config {path} doctor"


def _add_director(settings: Settings, written: str) -> None:
    """The director becomes staff; `written` is an address, or «Анна Лад <anna@studio.ru>»."""
    name, address = parseaddr(written)
    email = parse_address(address or written)
    with transaction(open_engine(settings.database.url)) as connection:
        if not any(card.email == email for card in all_staff(connection)):
            add_staff(connection, NewStaff(email, name or email.partition("@")[0].capitalize(), StaffRole.DIRECTOR))


@app.command()
def demo(
    keep: Annotated[Path | None, typer.Option(help="A new folder for the studio; else a temporary one.")] = None,
) -> None:
    """Let a throw-away studio live through a month, with real mail over SMTP, and show it."""
    from demo.story import play  # noqa: PLC0415 - the demo's SMTP server is no part of the program's start

    folder = Path(tempfile.mkdtemp(prefix="deskpost-demo-")) if keep is None else keep.absolute()
    if keep is not None and folder.exists():
        message = f"{folder} exists already: name a new folder"
        raise Refused(message)
    papers = play(folder, today=utc_now().date())
    for path in papers:
        typer.echo(f"PDF written: {path}")
    typer.echo(
        f"\nThe studio stays in {folder} until you delete it. Look around: {sys.argv[0]} --config {folder / 'deskpost.toml'} ticket list"
    )


@app.command()
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Check database, files, relay, fonts and clock; say what to mend."""
    opener: Opener = context.find_root().obj
    settings = loading.load(opener.config, opener.environment)
    findings = surgery.examine(settings, utc_now())
    rows = [{"about": one.about, "health": one.health.value, "found": one.found, "remedy": one.remedy} for one in findings]
    print_listing("findings", rows, as_json=as_json, columns=("health", "about", "found", "remedy"))
    if any(one.health is surgery.Health.FAIL for one in findings):
        raise typer.Exit(REFUSED)


@app.command("backup")
def back_up(context: typer.Context, file: Path, as_json: Json = False) -> None:
    """Write the whole studio into one file, also while the server runs."""
    opener: Opener = context.find_root().obj
    size = backup.back_up(loading.load(opener.config, opener.environment), file)
    print_document(
        {"file": str(file.absolute()), "size": size}, as_json=as_json, line=f"{file}: {size} bytes; keep it as safe as the studio"
    )


@app.command()
def restore(context: typer.Context, file: Path, as_json: Json = False) -> None:
    """Lay a backup's studio where the configuration says; overwrites nothing."""
    opener: Opener = context.find_root().obj
    settings = backup.restore(file, loading.find(opener.config, opener.environment), opener.environment)
    line = f"restored {settings.path}; next: deskpost --config {settings.path} doctor"
    print_document({"config": str(settings.path)}, as_json=as_json, line=line)


@database_app.command("upgrade")
def database_upgrade(context: typer.Context, as_json: Json = False) -> None:
    """Bring the schema to this program's newest revision."""
    opener: Opener = context.find_root().obj
    settings = loading.load(opener.config, opener.environment)
    upgrade_schema(open_existing(settings.database.url))
    print_record({"upgraded": True}, as_json=as_json)


def main() -> None:
    """Run a command: refusals become one line on standard error, never a traceback."""
    forgive_characters()
    try:
        asked = asked_for(sys.argv[1:])
        if asked not in OWN_VERBS:
            mount(asked)
        app()
    except (SettingsError, SchemaOutdated, NoDatabase, UnsafeDatabase) as error:
        sys.exit(_complain(str(error), MISUSED))
    except (Refused, AlreadyThere, NotAnAddress, FileMissing, CannotBackUp) as error:
        sys.exit(_complain(str(error), REFUSED))
    except DBAPIError as error:
        sys.exit(_complain(f"the database refuses: {error.orig}; nothing was changed", REFUSED))
    except KeyboardInterrupt:
        sys.exit(_complain("stopped", INTERRUPTED))
    except OSError as error:
        sys.exit(_complain(f"{error.filename or 'the system'}: {error.strerror}; mend that and try again", REFUSED))


def _complain(message: str, status: int) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"deskpost: {line}\n")
    return status


if __name__ == "__main__":
    main()
