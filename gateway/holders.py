"""Who has a letter in hand: a name for this process that tells later whether it still lives.

A lease alone would make the letters of a killed process wait for its end.
"""

import os
import socket
from functools import cache
from pathlib import Path


@cache
def _of_process(pid: int) -> str:
    return "/".join((socket.gethostname(), _boot(), str(pid), _started(pid)))


def this_process() -> str:
    """A name that no other process has, has had or will have."""
    return _of_process(os.getpid())


def is_dead(holder: str) -> bool:
    """True where the named process ran on this host and is gone. Other hosts' processes are never called dead."""
    host, boot, pid, started = (holder.split("/") + [""] * 4)[:4]
    if host != socket.gethostname():
        return False
    return boot != _boot() or not pid.isdigit() or _started(int(pid)) != started


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process started, in the kernel's words; empty where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        return _alive_elsewhere(pid)


def _alive_elsewhere(pid: int) -> str:
    """Where there is no /proc, a living process of that number is taken for the same one."""
    if Path("/proc/self").exists():
        return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "alive"
