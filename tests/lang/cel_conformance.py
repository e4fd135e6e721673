#!/usr/bin/env python3
"""The official CEL conformance tests against our program, but for those of cel_conformance_left_out.txt.

    cel_conformance.py --program build/dev/cel_conformance_main [--zoneinfo /usr/share/zoneinfo]

The tests are in a Go module (its version and sum in tests/lang/cel_conformance), as protocol buffers
in text; a small Go program there turns them into JSON. An older Go (Debian's) gets a newer one as
the module golang.org/toolchain. Without Go, or without those modules, nothing is run: the exit
status is 77, which says skipped, and never 0. A test that is left out but passes fails, and so does
a name on the list that no test has.
"""

import argparse
import collections
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
GO_MODULE = HERE / "cel_conformance"
LEFT_OUT = HERE / "cel_conformance_left_out.txt"
GO_MINIMUM = (1, 23)
GO_TOOLCHAIN = "golang.org/toolchain@v0.0.1-go1.24.9"
SKIPPED = 77


class Skip(Exception):
    pass


def go_commands():
    """The go commands of this machine, with their versions."""
    folders = [None, str(Path(os.environ["GOROOT"]) / "bin") if "GOROOT" in os.environ else None,
               "/usr/local/go/bin"]
    found = {}
    for go in filter(None, (shutil.which("go", path=folder) for folder in folders)):
        version = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True,
                                 env={**os.environ, "GOTOOLCHAIN": "local"}).stdout
        numbers = re.match(r"go(\d+)\.(\d+)", version)
        found[go] = tuple(map(int, numbers.groups())) if numbers else (0, 0)
    return found


def go_command(folder):
    """A go command that is new enough; Skip with the reason otherwise."""
    found = go_commands()
    for go, version in found.items():
        if version >= GO_MINIMUM:
            return go
    if not found:
        raise Skip(f"no go command was found; {'.'.join(map(str, GO_MINIMUM))} or later is needed")
    return newer_go(next(iter(found)), folder)


def newer_go(go, folder):
    """The go command of a newer toolchain, which an older one fetches as a module. The checksum
    database of Go vouches for it. A module holds no programs: they are made executable in a copy."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine())
    if machine is None:
        raise Skip(f"there is no Go toolchain for {platform.machine()} here")
    module = f"{GO_TOOLCHAIN}.linux-{machine}"
    done = subprocess.run([go, "mod", "download", "-json", module], cwd=folder, capture_output=True,
                          text=True, env={**os.environ, "GO111MODULE": "on", "GOFLAGS": ""})
    if done.returncode != 0:
        raise Skip(f"{module} could not be had: {done.stderr.strip() or done.stdout.strip()}")
    root = folder / "go"
    shutil.copytree(json.loads(done.stdout)["Dir"], root, copy_function=shutil.copyfile)
    for program in (*root.glob("bin/*"), *root.glob("pkg/tool/*/*")):
        program.chmod(0o755)
    return str(root / "bin" / "go")


def run_go(go, *arguments, module=GO_MODULE):
    environment = {**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
    environment.pop("GOROOT", None)
    done = subprocess.run([go, *arguments], cwd=module, env=environment,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise Skip(f"go {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def tests_as_json(go, folder):
    """The files of tests, in `folder`. Sums are checked by go.sum."""
    run_go(go, "mod", "download")
    module = json.loads(run_go(go, "list", "-m", "-json", "cel.dev/expr"))
    converter = folder / "convert"
    run_go(go, "build", "-p", "1", "-o", str(converter), ".")
    subprocess.run([converter, Path(module["Dir"]) / "tests/simple/testdata", folder], check=True)
    return sorted(folder.glob("*.json"))


def left_out():
    """Names of tests, and why each is left out."""
    reasons = {}
    for line in LEFT_OUT.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, _, reason = line.partition("\t")
        if not reason or name in reasons:
            raise SystemExit(f"{LEFT_OUT.name}: no reason, or twice: {line}")
        reasons[name] = reason
    return reasons


def judge(output, reasons):
    """(passed, left out, complaints)."""
    passed, left, complaints = 0, 0, []
    seen = collections.Counter()
    for line in filter(None, output.split("\n")):
        status, name, why = line.split("\t", 2)
        seen[name] += 1
        if name in reasons:
            if status == "pass":
                complaints.append(f"{name}: passes, and is left out ({reasons[name]})")
            else:
                left += 1
        elif status == "pass":
            passed += 1
        else:
            complaints.append(f"{name}: {why}")
    complaints += [f"{name}: is left out, and no test has that name" for name in reasons if not seen[name]]
    if passed == 0:
        complaints.append("no test ran")
    return passed, left, complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, required=True, help="made of cel_conformance_main.cc")
    parser.add_argument("--zoneinfo", type=Path, default=Path("/usr/share/zoneinfo"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            files = tests_as_json(go_command(Path(folder)), Path(folder))
        except Skip as reason:
            print(f"skipped: {reason}")
            return SKIPPED
        done = subprocess.run([arguments.program, arguments.zoneinfo, *files],
                              stdout=subprocess.PIPE, text=True)
    passed, left, complaints = judge(done.stdout, left_out())
    if done.returncode != 0:
        complaints.append(f"the program ended with {done.returncode}")
    for complaint in complaints:
        print(complaint)
    print(f"{passed} passed, {len(complaints)} failed, {left} left out")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
