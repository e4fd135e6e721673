#!/usr/bin/env python3
"""clang-tidy on many sources at a time, and only on those that changed since they were last found clean.

usage: clang_tidy.py BUILD FILES...      (BUILD has compile_commands.json; ./dev check calls it)

What was found clean is remembered in BUILD/clean, one stamp a source, whose content is a digest of all that the outcome
hangs on: the source, the project's headers that it reaches, its compile command, .clang-tidy and the checker's version.
A new version of a system library is not in the digest: ./dev clean forgets everything. Prints the findings, each once,
and one line that says how many were checked. Exit status 1 when there is a finding.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

CHECKER = "clang-tidy-19"
# The analyzer gets lost in the macros of gtest; tests look at what was moved from on purpose and are not fast paths; and
# an empty optional ends the test by an assertion of the library.
TEST_CHECKS = "-checks=-clang-analyzer-*,-bugprone-use-after-move,-bugprone-unchecked-optional-access,-performance-*"
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
FINDING = re.compile(r"(warning|error|note): |^Error")


@cache
def read(path):
    return path.read_bytes()


class Project:
    def __init__(self, root, build):
        self.root, self.build = root, build
        self.stamps = build / "clean"
        self.stamps.mkdir(parents=True, exist_ok=True)
        commands = json.loads((build / "compile_commands.json").read_text())
        # The place of the build is no part of what is compiled.
        self.commands = {Path(c["file"]): c["command"].replace(str(build), "BUILD") for c in commands}
        version = subprocess.run([CHECKER, "--version"], capture_output=True, text=True, check=True).stdout
        self.common = version.encode() + read(root / ".clang-tidy")

    @cache
    def includes(self, path):
        """The files of the project that this one names."""
        folders = (path.parent, self.root / "src", self.root / "tests", self.build / "generated")
        found = []
        for name in INCLUDE.findall(read(path).decode(errors="replace")):
            found += [folder / name for folder in folders if (folder / name).is_file()][:1]
        return found

    def reached(self, path):
        seen, todo = {path}, [path]
        while todo:
            for found in self.includes(todo.pop()):
                if found not in seen:
                    seen.add(found)
                    todo.append(found)
        return sorted(seen)

    def checks_of(self, path):
        is_test = path.name.endswith("_test.cc") or (self.root / "tests") in path.parents
        return [TEST_CHECKS] if is_test else []

    def digest(self, path):
        parts = hashlib.sha256(self.common + " ".join([self.commands[path], *self.checks_of(path)]).encode())
        for file in self.reached(path):
            parts.update(f"\0{file.name}\0".encode() + read(file))
        return parts.hexdigest()

    def stamp(self, path):
        return self.stamps / path.relative_to(self.root).as_posix().replace("/", "+")

    def findings(self, path):
        """Lines to show; none, and a stamp, when the source is clean."""
        digest = self.digest(path)
        done = subprocess.run([CHECKER, "-p", self.build, "-quiet", *self.checks_of(path), path], capture_output=True, text=True)
        if done.returncode == 0:
            self.stamp(path).write_text(digest)
            return []
        lines = [line for line in done.stdout.splitlines() if FINDING.search(line)]
        return lines or [f"{path}: {CHECKER} ended with {done.returncode}: {done.stderr.strip()[:300]}"]

    def is_known_clean(self, path):
        stamp = self.stamp(path)
        return stamp.is_file() and stamp.read_text() == self.digest(path)


class Outcome:
    def __init__(self, checked, unchanged):
        self.checked, self.unchanged, self.lines = checked, unchanged, []


def check(project, files, tell=lambda line: None):
    """Findings as they come go to `tell`, each once: a header is seen by many sources."""
    # What no target compiles has no command to check it with.
    units = [path for path in files if path in project.commands]
    changed = [path for path in units if not project.is_known_clean(path)]
    outcome = Outcome(len(changed), len(units) - len(changed))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for lines in pool.map(project.findings, changed):
            for line in lines:
                if line not in outcome.lines:
                    outcome.lines.append(line)
                    tell(line)
    return outcome


def main():
    project = Project(Path.cwd(), Path(sys.argv[1]).resolve())
    outcome = check(project, [Path(name).resolve() for name in sys.argv[2:]], lambda line: print(line, flush=True))
    print(f"clang-tidy: {outcome.checked} checked, {outcome.unchanged} unchanged since they were clean")
    return 1 if outcome.lines else 0


if __name__ == "__main__":
    sys.exit(main())
