#!/usr/bin/env python3
"""Each MUST of the specification: where it is implemented, and which test would notice its loss.

usage: spec_coverage.py [PROJECT] [--missing]      (--missing: only what is not covered)

docs/spec/must-<revision>.txt lists the MUSTs, one a line, in own words; `#` begins a comment:

    <revision> <page>#<anchor>[:<word>] MUST <summary> [| left out: <reason>]

Code and tests cite a clause as `//= mcp <revision> <page>#<anchor>[:<word>] MUST` (`#=` in Python); the word tells
the MUSTs of one section apart. A citation stands for every MUST of its clause. Code is src/ without tests; tests are
src/**_test.cc and tests/. Exit status: 0 when each MUST is cited in code and in a test, or left out with a reason; 1
when one is not, or a citation or line is wrong (a MUST that is left out must not be cited); 2 when there is no list.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

MUST = re.compile(r"(\S+) (\S+#\S+) (?P<summary>MUST [^|]+?)\s*(?:\|\s*left out:\s*(?P<reason>\S.*))?$")
CITATION = re.compile(r"^\s*(?://|#)= mcp (\S+) (\S+) MUST\b")


def read_musts(path):
    """[(clause, summary, reason or None)] and what is wrong with the list."""
    musts, wrong = [], []
    revision = path.stem.removeprefix("must-")
    for n, line in enumerate(path.read_text().splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = MUST.fullmatch(line)
        if not match:
            wrong.append(f"{path.name}:{n}: not `<revision> <page>#<anchor> MUST <summary> [| left out: <reason>]`")
        elif match[1] != revision:
            wrong.append(f"{path.name}:{n}: a MUST of {match[1]} in the list of {revision}")
        else:
            musts.append(((match[1], match[2]), match["summary"], match["reason"]))
    return musts, wrong


def read_citations(root):
    """{clause: places} in code, and in tests."""
    code, tests = defaultdict(list), defaultdict(list)
    for top in ("src", "tests"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in (".h", ".cc", ".py"):
                continue
            is_test = top == "tests" or path.name.endswith("_test.cc")
            for n, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                if match := CITATION.match(line):
                    (tests if is_test else code)[match[1], match[2]].append(f"{path.relative_to(root)}:{n}")
    return code, tests


def print_table(rows, only_missing):
    """A heading for each page; a line for each MUST, and below it where it is cited, or why it is not."""
    page = None
    for (revision, clause), summary, reason, lacks, code, tests in rows:
        if only_missing and (reason or not lacks):
            continue
        where, _, anchor = clause.partition("#")
        if page != (revision, where):
            page = (revision, where)
            print(f"\n{revision} {where}")
        state = "left out" if reason else f"MISSING in {' and '.join(lacks)}" if lacks else "covered"
        print(f"  #{anchor:<44} {state:<8}  {summary}")
        if reason:
            print(f"{'':14}left out: {reason}")
        for what, places in (("code", code), ("test", tests)):
            if places:
                print(f"{'':14}{what}: {', '.join(places)}")


def main():
    arguments = [a for a in sys.argv[1:] if a != "--missing"]
    root = Path(arguments[0] if arguments else ".").resolve()
    lists = sorted((root / "docs/spec").glob("must-*.txt"))
    if not lists:
        print("no docs/spec/must-<revision>.txt")
        return 2
    musts, wrong = [], []
    for path in lists:
        more, bad = read_musts(path)
        musts += more
        wrong += bad
    code, tests = read_citations(root)
    rows = []
    counts = defaultdict(lambda: [0, 0, 0])
    for clause, summary, reason in musts:
        lacks = [what for what, places in (("code", code), ("test", tests)) if clause not in places]
        rows.append((clause, summary, reason, lacks, code.get(clause, []), tests.get(clause, [])))
        counts[clause[0]][1 if reason else 2 if lacks else 0] += 1
        if reason:
            wrong += [f"{place}: cites {' '.join(clause)}, which is left out" for places in (code, tests) for place in places.get(clause, [])]
    listed = {clause for clause, _, _ in musts}
    for places in (code, tests):
        wrong += [f"{where[0]}: cites {clause[0]} {clause[1]}, which is in no list" for clause, where in places.items() if clause not in listed]
    print_table(rows, "--missing" in sys.argv)
    print()
    for line in wrong:
        print(line)
    for revision, (covered, left_out, missing) in counts.items():
        print(f"{revision}: {covered + left_out + missing} MUSTs: {covered} covered, {left_out} left out, {missing} missing")
    print(f"{len(wrong)} wrong lines")
    return 1 if wrong or any(missing for _, _, missing in counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
