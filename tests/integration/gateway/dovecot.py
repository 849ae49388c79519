"""A real Dovecot on loopback, in a folder of its own: any user with the one password, or with a token that its provider knows."""

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient

PASSWORD = "тайна-1"

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0 secs
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
maildir_very_dirty_syncs = no
mailbox_list_index = no
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u allow_all_users=yes
}}
"""
_OAUTH = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""


@dataclass
class Dovecot:
    folder: Path
    port: int
    tls_port: int
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(self.folder / "dovecot.conf")])
        deadline = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(15)

    def mailbox(self, user: str) -> "Box":
        return Box(self, user)

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"


@dataclass(frozen=True)
class Box:
    """One user's mail."""

    server: Dovecot
    user: str

    @contextmanager
    def client(self, folder: str = "INBOX") -> Iterator[IMAPClient]:
        client = IMAPClient("127.0.0.1", self.server.port, ssl=False)
        client.plain_login(self.user, PASSWORD)
        try:
            if client.folder_exists(folder):
                client.select_folder(folder)
            yield client
        finally:
            client.logout()

    def append(self, *raws: bytes) -> None:
        with self.client() as client:
            for raw in raws:
                client.append("INBOX", raw)

    def count(self, criteria: str = "ALL", folder: str = "INBOX") -> int:
        with self.client(folder) as client:
            return len(client.search(criteria)) if client.folder_exists(folder) else 0

    def renumber(self) -> None:
        """Give the folder a new UIDVALIDITY, and its letters new UIDs."""
        change = [
            "doveadm",
            "-c",
            str(self.server.folder / "dovecot.conf"),
            "mailbox",
            "update",
            "-u",
            self.user,
            "--uid-validity",
            "777777",
        ]
        subprocess.run([*change, "INBOX"], check=True)

    @contextmanager
    def stopped_processes(self) -> Iterator[None]:
        """The processes that serve this user stand still, as if the network were gone."""
        who = ["doveadm", "-c", str(self.server.folder / "dovecot.conf"), "who", "-1", self.user]
        lines = subprocess.run(who, check=True, capture_output=True, text=True).stdout.splitlines()[1:]
        pids = [int(line.split()[2]) for line in lines]
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def dovecot(introspection: str = "http://127.0.0.1:9/") -> Iterator[Dovecot]:
    """`introspection` is where the server asks whether a token is good (RFC 7662)."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    server = Dovecot(folder, free_port(), free_port())
    try:
        _configure(server, introspection)
        server.start()
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _configure(server: Dovecot, introspection: str) -> None:
    """As root Dovecot drops to its own users; otherwise everything runs as we do."""
    me = pwd.getpwuid(os.getuid()).pw_name
    root = os.getuid() == 0
    mail = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
    config = _CONFIG.format(
        folder=server.folder,
        port=server.port,
        tls_port=server.tls_port,
        password=PASSWORD,
        internal="dovecot" if root else me,
        internal_group="dovecot" if root else grp.getgrgid(os.getgid()).gr_name,
        login="dovenull" if root else me,
        uid=mail.pw_uid,
        gid=mail.pw_gid,
    )
    server.folder.chmod(0o755)
    _make_certificate(server.folder)
    (server.folder / "dovecot.conf").write_text(config, encoding="utf-8")
    (server.folder / "oauth2").write_text(_OAUTH.format(url=introspection), encoding="utf-8")
    (server.folder / "mail").mkdir()
    os.chown(server.folder / "mail", mail.pw_uid, mail.pw_gid)


def _make_certificate(folder: Path) -> None:
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(folder / "key.pem")]
    made = ["-out", str(folder / "certificate.pem"), "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(["openssl", "req", "-x509", *key, *made], check=True, capture_output=True)
