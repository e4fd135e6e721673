#!/usr/bin/env python3
"""Goal: a MUST without code, test or reason is found, and so is a citation of nothing. Method: the program is run over
small projects in a temporary folder; its exit status and its words are compared."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parent / "spec_coverage.py"
CITED = "//= mcp 2026-07-28 basic/transports#headers MUST\n"
LIST = "docs/spec/must-2026-07-28.txt"
LINE = "2026-07-28 basic/transports#headers MUST name the version in a header"

# (name, files, exit status, words)
CASES = [
    ("no_list", {"src/a.cc": CITED}, 2, "no docs/spec"),
    ("covered", {LIST: LINE, "src/a.cc": CITED, "src/a_test.cc": CITED}, 0, "1 covered"),
    ("python_covers", {LIST: LINE, "src/a.cc": CITED, "tests/journeys/a.py": CITED.replace("//=", "#=")}, 0, "1 covered"),
    ("indented", {LIST: LINE, "src/a.cc": "  " + CITED, "tests/sim/a_test.cc": CITED}, 0, "1 covered"),
    ("no_test", {LIST: LINE, "src/a.cc": CITED}, 1, "MISSING in test"),
    ("no_code", {LIST: LINE, "src/a_test.cc": CITED}, 1, "MISSING in code"),
    ("nothing", {LIST: LINE}, 1, "MISSING in code and test"),
    ("left_out", {LIST: LINE + " | left out: no batches yet"}, 0, "left out: no batches yet"),
    ("left_out_without_reason", {LIST: LINE + " | left out:"}, 1, "1 wrong lines"),
    ("left_out_and_cited", {LIST: LINE + " | left out: later", "src/a.cc": CITED}, 1, "src/a.cc:1: cites 2026-07-28 basic/transports#headers, which is left out"),
    ("words_of_one_section", {LIST: LINE.replace("#headers", "#headers:a") + "\n" + LINE.replace("#headers", "#headers:b"),
                              "src/a.cc": CITED.replace("#headers", "#headers:a"),
                              "tests/a.py": CITED.replace("//=", "#=").replace("#headers", "#headers:a")}, 1, "1 covered, 0 left out, 1 missing"),
    ("must_not", {LIST: LINE.replace("MUST", "MUST NOT"), "src/a.cc": CITED.replace("MUST", "MUST NOT"), "src/a_test.cc": CITED}, 0, "1 covered"),
    ("comments_and_blanks", {LIST: "# A comment.\n\n" + LINE + " | left out: later\n"}, 0, "1 MUSTs"),
    ("other_revision", {LIST: LINE.replace("2026-07-28", "2025-11-25")}, 1, "in the list of 2026-07-28"),
    ("cites_nothing", {LIST: "", "src/a.cc": CITED}, 1, "in no list"),
]


class SpecCoverage(unittest.TestCase):
    def test_cases(self):
        for name, files, status, words in CASES:
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                for rel, text in files.items():
                    path = Path(folder) / rel
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
                done = subprocess.run([sys.executable, TOOL, folder], capture_output=True, text=True)
                self.assertEqual(done.returncode, status, done.stdout + done.stderr)
                self.assertIn(words, done.stdout)


if __name__ == "__main__":
    unittest.main()
