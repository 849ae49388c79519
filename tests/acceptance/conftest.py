"""Real neighbours on loopback: Postfix with the configuration that the README gives, and a mailbox server."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from demo.mailboxes import Mailboxes, free_port, open_mailboxes

README = Path(__file__).parents[2] / "README.md"
MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.studio.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mynetworks = 127.0.0.0/8
alias_maps =
biff = no
default_transport = smtp:[127.0.0.1]:{sink}
smtp_dns_support_level = disabled
{readme}
"""
MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
local unix - n n - - local
anvil unix - - n - 1 anvil
"""


@pytest.fixture
def mailboxes() -> Iterator[tuple[Mailboxes, Controller]]:
    """A server that keeps every letter."""
    boxes, controller = open_mailboxes()
    yield boxes, controller
    controller.stop()


def readme_configuration(door: int) -> str:
    """The README's main.cf lines, with the door's port."""
    text = README.read_text(encoding="utf-8")
    block = text[text.index("```\nrecipient_delimiter") + 4 :].partition("```")[0]
    return block.replace("127.0.0.1]:2525", f"127.0.0.1]:{door}")


@pytest.fixture
def open_postfix(tmp_path: Path) -> Iterator[Callable[[int, int], int]]:
    """Starts Postfix: `open_postfix(door, sink)` gives its port; mail for us goes to the door, all other mail to the sink."""
    folder = Path("/var/lib") / f"deskpost-test-{tmp_path.name}-{free_port()}"

    def start(door: int, sink: int) -> int:
        port = free_port()
        for name in ("queue", "data", "etc"):
            (folder / name).mkdir(parents=True)
        shutil.chown(folder / "data", "postfix")
        configuration = MAIN_CF.format(folder=folder, sink=sink, readme=readme_configuration(door))
        (folder / "etc" / "main.cf").write_text(configuration, encoding="utf-8")
        (folder / "etc" / "master.cf").write_text(MASTER_CF.format(port=port), encoding="utf-8")
        started = subprocess.run(["postfix", "-c", str(folder / "etc"), "start"], check=False, capture_output=True, text=True)
        assert started.returncode == 0, started.stderr
        _await_port(port)
        return port

    yield start
    subprocess.run(["postfix", "-c", str(folder / "etc"), "abort"], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def _await_port(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    message = f"nothing listens on {port}"
    raise TimeoutError(message)
