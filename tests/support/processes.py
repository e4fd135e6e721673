"""Child processes, ports, templates and the cache, for tests/conformance, tests/sdk and bench/. Not a program."""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

CACHE = Path(os.environ.get("JUNCTOR_CACHE") or Path.home() / ".cache/junctor")
READY_SECONDS = 20


class CannotRun(Exception):
    """Something is missing or does not start; the message says what to do."""


def find_program(name, package):
    """The path of a program, which Debian may keep in /usr/sbin."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not found:
        raise CannotRun(f"{name} is missing (Debian: apt install {package})")
    return found


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def fill(template, **values):
    """The text of a file with each {name} replaced; other braces stay."""
    text = Path(template).read_text()
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def die_with_parent():
    """For a child, before it runs: TERM when this program is gone, even if it was killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def stop(child):
    """End a child and everything in its process group: TERM, five seconds, KILL."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(5)
            return


@contextlib.contextmanager
def process(command, log, **more):
    """A child in a session of its own, ended with everything it started."""
    with open(log, "ab") as sink:
        options = {"stdin": subprocess.DEVNULL, "stdout": sink, "stderr": sink, "preexec_fn": die_with_parent} | more
        child = subprocess.Popen([str(word) for word in command], start_new_session=True, **options)
    try:
        yield child
    finally:
        stop(child)


def wait_until(ready, child, log, what):
    """Call `ready` until it gives something true, and return that."""
    deadline = time.monotonic() + READY_SECONDS
    while not (found := ready()):
        if child.poll() is not None:
            raise CannotRun(f"{what}: ended with status {child.returncode} before it was ready\n{tail(log)}")
        if time.monotonic() > deadline:
            raise CannotRun(f"{what}: not ready after {READY_SECONDS} s\n{tail(log)}")
        time.sleep(0.05)
    return found


def answers(url):
    """Whether GET gives 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def tail(log):
    return log.read_text(errors="replace")[-2000:].strip() if log.exists() else ""
