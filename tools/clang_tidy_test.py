#!/usr/bin/env python3
"""Goal: clang_tidy.py checks what changed, and only that. Method: a project of two sources in a temporary folder, a checker
that refuses every text with "bad" in it, and what is checked again after each change."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import clang_tidy  # noqa: E402

CHECKER = """#!/bin/sh
[ "$1" != --version ] || { echo 1; exit 0; }
for file; do :; done
echo "$file" >>LOG
! grep -q bad "$file" || { echo "$file:1:1: error: it is bad"; echo "context"; exit 1; }
"""


class ClangTidy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        self.build = self.root / "build"
        self.log = self.root / "log"
        checker = self.root / "checker"
        for path, text in {".clang-tidy": "Checks: x\n", "src/base/a.h": "", "src/base/b.h": '#include "base/a.h"\n',
                           "src/base/a.cc": '#include "base/b.h"\n', "src/base/a_test.cc": "", "checker":
                           CHECKER.replace("LOG", str(self.log))}.items():
            self.write(path, text)
        checker.chmod(0o755)
        self.addCleanup(setattr, clang_tidy, "CHECKER", clang_tidy.CHECKER)
        clang_tidy.CHECKER = str(checker)
        self.set_command("c++ -c")

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def set_command(self, command):
        self.write("build/compile_commands.json", json.dumps(
            [{"file": str(self.root / f"src/base/{name}"), "command": f"{command} {self.build}/{name}.o"}
             for name in ("a.cc", "a_test.cc")]))

    def check(self, *names):
        """What was found, and which sources the checker saw."""
        self.log.write_text("")
        clang_tidy.read.cache_clear()
        project = clang_tidy.Project(self.root, self.build)
        found = clang_tidy.check(project, [self.root / f"src/base/{name}" for name in names or ("a.cc", "a_test.cc")])
        return found.lines, sorted(Path(line).name for line in self.log.read_text().split())

    def test_what_is_clean_is_not_checked_again(self):
        self.assertEqual(self.check(), ([], ["a.cc", "a_test.cc"]))
        self.assertEqual(self.check(), ([], []))

    def test_a_finding_is_told_each_time(self):
        self.write("src/base/a.cc", "bad\n")
        for _ in range(2):
            lines, seen = self.check("a.cc")
            self.assertEqual(seen, ["a.cc"])
            self.assertEqual(len(lines), 1)
            self.assertIn("a.cc:1:1: error: it is bad", lines[0])

    def test_a_change_is_checked_with_what_reaches_it(self):
        self.check()
        for path, text, seen in (("src/base/a.cc", '#include "base/b.h"\n//\n', ["a.cc"]),
                                 ("src/base/a.h", "int x;\n", ["a.cc"]),
                                 (".clang-tidy", "Checks: y\n", ["a.cc", "a_test.cc"])):
            with self.subTest(path):
                self.write(path, text)
                self.assertEqual(self.check(), ([], seen))
        self.set_command("c++ -O1 -c")
        self.assertEqual(self.check(), ([], ["a.cc", "a_test.cc"]))

    def test_what_no_target_compiles_is_left_out(self):
        self.write("src/base/loose.cc", "bad\n")
        self.assertEqual(self.check("loose.cc"), ([], []))


if __name__ == "__main__":
    unittest.main()
