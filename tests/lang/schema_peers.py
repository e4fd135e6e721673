"""The other implementations of JSON Schema, brought from their registries into the cache. Not a program.

Nothing is installed into the project: all goes to ~/.cache/junctor, or $JUNCTOR_CACHE, once for each version that the
lock files beside this one pin. What cannot be had raises Missing with a sentence that says why, so that whoever asked
can say it too: it is skipped, never passed.
"""

import hashlib
import os
import shutil
import site
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.dont_write_bytecode = True

import npm  # noqa: E402
import processes  # noqa: E402
from processes import CACHE  # noqa: E402

NETWORK = ("NewConnectionError", "name resolution", "ConnectTimeout", "ProxyError", "from versions: none",
           "failed to download", "spurious network error")


class Missing(Exception):
    """An implementation is not here; the message says why."""


def install_once(folder, lock, make):
    """Call `make` in an empty folder, unless it was done there for the same text of the file `lock`."""
    with npm.locked(folder):
        digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
        stamp, made = folder / "installed", folder / "made"
        if not (stamp.exists() and stamp.read_text() == digest):
            stamp.unlink(missing_ok=True)
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir()
            make(made)
            stamp.write_text(digest)
        return made


def run(what, command, **more):
    """A step of an installation, or Missing with the line that says what went wrong."""
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode:
        reason = next((f"{word}: a registry cannot be reached" for word in NETWORK if word in done.stderr), None)
        raise Missing(f"{what} failed: {reason or (done.stderr.strip().splitlines() or ['it says nothing'])[-1]}")


def python_packages():
    """Make the packages of requirements.txt importable here; the interpreter that has them."""
    lock = HERE / "requirements.txt"

    def make(folder):
        run("python3 -m venv", [sys.executable, "-m", "venv", folder])
        run("pip install", [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary",
                            ":all:", "--require-hashes", "-r", lock])

    made = install_once(CACHE / "lang-python", lock, make)
    site.addsitedir(str(next(made.glob("lib/python*/site-packages"))))
    return made / "bin/python"


def rust_program():
    """The program of peers/rust, built for release."""
    source = HERE / "peers/rust"
    cargo = shutil.which("cargo", path=os.environ.get("PATH", "") + f":{Path.home()}/.cargo/bin")
    if not cargo:
        raise Missing("cargo is not installed")

    def make(folder):
        run("cargo build", [cargo, "build", "--release", "--locked", "--quiet", "--target-dir", folder], cwd=source)

    return install_once(CACHE / "lang-rust", source / "Cargo.lock", make) / "release/junctor-lang-peer"


def node_program():
    """The command that runs peers/node."""
    source = HERE / "peers/node"
    try:
        folder = npm.install(source, "lang-node", "ajv and Node 22 (about 130 MB, once)")
    except processes.CannotRun as trouble:
        raise Missing(str(trouble).splitlines()[0]) from None
    shutil.copy(source / "peer.mjs", folder)  # Node looks for packages from a script's own folder upwards.
    return [npm.node(folder), folder / "peer.mjs"]
