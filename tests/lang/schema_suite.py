#!/usr/bin/env python3
"""Runs the official JSON Schema test suite, all files of all dialects, required and optional.

usage: schema_suite.py PROGRAM [SUITE]

PROGRAM is schema_suite_main as it was built. The suite stands in the source distribution of the package jsonschema on
PyPI, which pip brings, of the version and with the hash that stand below; SUITE is a folder of it (with "tests" and
"remotes") that is there already. Tests that are known to fail stand in schema_suite_exceptions.txt, each with its
reason; one that is listed and passes is a failure too. Where pip cannot bring the suite, that is said and the exit
status is 77: skipped, never passed.
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "4.23.0"
SHA256 = "d71497fef26351a33265337fa77ffeb82423f3ea21283cd9467bb03999266bc4"
DIALECTS = ("draft2020-12", "draft2019-09", "draft7", "draft6", "draft4")
# Formats and contents are checked where the suite is about that; elsewhere "format" says something and refuses nothing.
CHECKING = {"ecmascript-regex.json", "content.json"}
SKIPPED = 77


def python_with_pip(folder):
    """This Python, or one of a new environment where this one has no pip (Debian's has it apart)."""
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return sys.executable
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], capture_output=True)
    return str(folder / "venv" / "bin" / "python")


def fetch(folder):
    """The folder of the suite, out of the source distribution."""
    got = subprocess.run([python_with_pip(folder), "-m", "pip", "download", "--no-deps", "--no-binary", "jsonschema",
                          "--quiet", "--dest", str(folder), f"jsonschema=={VERSION}"], capture_output=True, text=True)
    archive = folder / f"jsonschema-{VERSION}.tar.gz"
    if not archive.is_file():
        print(f"skipped: pip cannot bring jsonschema {VERSION}: {' '.join(got.stderr.strip().splitlines()[-1:])}")
        sys.exit(SKIPPED)
    if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
        sys.exit(f"{archive.name} is not the file it should be: its SHA-256 is another one")
    with tarfile.open(archive) as tar:
        tar.extractall(folder)  # Its content is known: the hash says so.
    return folder / f"jsonschema-{VERSION}" / "json"


def batches(suite, dialect):
    """(mode, folder, files): the optional tests of formats want them checked; some are about the output."""
    files = sorted((suite / "tests" / dialect).rglob("*.json"))
    checked = [f for f in files if f.parent.name == "format" or f.name in CHECKING and f.parent.name == "optional"]
    output = suite / "output-tests" / dialect
    return [("annotate", suite / "remotes", [f for f in files if f not in checked]), ("check", suite / "remotes", checked),
            ("output", output, sorted((output / "content").glob("*.json")))]


def exceptions():
    """Lines "file | group | test | reason"; a test of "*" is every test of its group."""
    path = Path(__file__).with_name("schema_suite_exceptions.txt")
    rows = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {tuple(part.strip() for part in row.split("|")[:3]): row.split("|")[3].strip() for row in rows}


def main():
    program = sys.argv[1]
    known, used, passed, failed = exceptions(), set(), 0, 0
    with tempfile.TemporaryDirectory() as temporary:
        suite = Path(sys.argv[2]) if len(sys.argv) > 2 else fetch(Path(temporary))
        for dialect in DIALECTS:
            for mode, folder, files in batches(suite, dialect):
                if not files:
                    continue
                run = subprocess.run([program, dialect, mode, str(folder), *map(str, files)],
                                     capture_output=True, text=True)
                if run.returncode not in (0, 1):
                    sys.exit(f"{program} failed with {run.returncode}: {run.stderr}")
                for line in run.stdout.splitlines():
                    if line.startswith("passed "):
                        passed += int(line.split()[1])
                    if not line.startswith("FAIL "):
                        continue
                    path, group, test, said = (part.strip() for part in line[5:].split(" | ", 3))
                    name = Path(path).relative_to(suite).as_posix()
                    keys = [k for k in ((name, group, test), (name, group, "*")) if k in known]
                    if keys:
                        used.update(keys)
                    else:
                        failed += 1
                        print(f"FAIL {name} | {group} | {test} | {said}")
    for key in sorted(set(known) - used):
        failed += 1
        print(f"listed as an exception, but passes: {' | '.join(key)}")
    print(f"{passed} passed, {failed} failed, {len(used)} known exceptions")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
