"""A real Dovecot on loopback, in a folder of its own, with one mailbox."""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient

USER, PASSWORD = "support", "тайна-1"

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""


@dataclass
class Dovecot:
    folder: Path
    port: int
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

    @contextmanager
    def client(self) -> Iterator[IMAPClient]:
        client = IMAPClient("127.0.0.1", self.port, ssl=False)
        client.plain_login(USER, PASSWORD)
        try:
            yield client
        finally:
            client.logout()

    def append(self, raw: bytes) -> None:
        with self.client() as client:
            client.append("INBOX", raw)

    def renumber(self) -> None:
        """Give the folder a new UIDVALIDITY."""
        change = ["doveadm", "-c", str(self.folder / "dovecot.conf"), "mailbox", "update", "-u", USER, "--uid-validity", "777777", "INBOX"]
        subprocess.run(change, check=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    server = Dovecot(folder, _free_port())
    try:
        _configure(server)
        server.start()
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _configure(server: Dovecot) -> None:
    """As root Dovecot drops to its own users; otherwise everything runs as we do."""
    me = pwd.getpwuid(os.getuid()).pw_name
    root = os.getuid() == 0
    mail = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
    config = _CONFIG.format(
        folder=server.folder,
        port=server.port,
        internal="dovecot" if root else me,
        internal_group="dovecot" if root else grp.getgrgid(os.getgid()).gr_name,
        login="dovenull" if root else me,
        uid=mail.pw_uid,
        gid=mail.pw_gid,
    )
    server.folder.chmod(0o755)
    (server.folder / "dovecot.conf").write_text(config)
    (server.folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    (server.folder / "mail").mkdir()
    os.chown(server.folder / "mail", mail.pw_uid, mail.pw_gid)
