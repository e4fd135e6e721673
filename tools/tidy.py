#!/usr/bin/env python3
"""House rules that no compiler checks. A few seconds at most; runs as the ctest house_tidy.

usage: tidy.py [PROJECT]      (default: the current folder)

Each rule is a function that takes a House and yields (path, line number, message). A finding whose line, or the line
above it, ends in `// tidy: allow <why>` is let through; an allowance without a reason is a finding. Add a rule when a
review comment has been made twice, and a case for it in tidy_test.py.
"""

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from functools import cached_property
from pathlib import Path

COLUMNS_MAX = 100
HEADER_LINES_MAX, SOURCE_LINES_MAX, TEST_LINES_MAX = 300, 700, 1000
FUNCTION_LINES_MAX = 70
ROOMS_MAX = 14
DUPLICATE_LINES_MIN = 12
ROOM_NAMES_REFUSED = {"core", "common", "utils", "util", "helpers", "manager", "misc", "shared"}
FILE_NAMES_REFUSED = re.compile(r"(_detail|_impl|_utils?|_helpers?|_common|_manager|[a-z]2)\.(h|cc)$")

# Outside libraries: which #include belongs to which rooms.
LIBRARIES = [
    (re.compile(r"openssl/(ssl|bio|x509\w*|err)\.h"), {"net"}),
    (re.compile(r"openssl/"), {"base", "net"}),
    (re.compile(r"simdjson"), {"wire"}),
    (re.compile(r"ares\.h|ares_"), {"net"}),
    (re.compile(r"yaml-cpp/"), {"app"}),
    (re.compile(r"nlohmann/"), {"control"}),
    (re.compile(r"CLI/"), {"cli"}),
]

# (where, pattern, message): where is "all", "src" (production) or "test"; the pattern meets code without comments and
# with empty strings, over whole statements, so that a line break does not hide anything.
BANNED = [
    ("all", r"\[[^\]\n]*[\w&=][^\]\n]*\]\s*(?:\([^()]*\))?\s*(?:mutable\s*)?->\s*(?:\w+::)*Task\s*<",
     "coroutine lambda with captures: they die before it does; pass parameters (C4)"),
    ("all", r"\bfor\s*\([^;()]*:[^;{]*\bco_await\b", "range-for over a co_await: name the range first (C5)"),
    ("all", r"\bTask\s*<[^;={}()]*>\s+[\w:]+\([^;{})]*&&\s*\w*\s*[,)]",
     "coroutine parameter by rvalue reference: take it by value (C3)"),
    ("all", r"(?:\.|->)detach\s*\(\s*\)", "nobody detaches: spawn it into a TaskGroup (C2)"),
    ("all", r"(?m)^(?![^\n]*_ptr\b)[^\n]*\bnew\s+[\w:]+\s*[({\[<;)]", "naked new: make_unique, or give it to its owner there and then"),
    ("all", r"(?<![=\w])\s+delete\b\s*(\[\s*\])?\s*[\w*(]", "naked delete"),
    ("all", r"#include <(iostream|sstream|fstream|ostream|istream|iomanip)>", "no iostreams: fmt, and C files"),
    ("all", r"\bstd::(cout|cerr|clog|endl|i?stringstream|ostringstream|[io]?fstream)\b", "no iostreams: use the log, or fmt"),
    ("all", r"\b(system|steady|high_resolution)_clock\s*::\s*now\b|\bclock_gettime\s*\(|\bgettimeofday\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\)",
     "time is a parameter: read it from a Clock"),
    ("all", r"\bstd::random_device\b|\bs?rand\s*\(\s*\)|\bgetrandom\s*\(|\bRAND_bytes\s*\(", "chance is a parameter: draw it from a Random"),
    ("src", r"\bstd::(mt19937\w*|minstd_rand0?|default_random_engine)\b", "chance is a parameter: draw it from a Random"),
    ("all", r"\bthis_thread::sleep_(for|until)\s*\(|\b(u|nano|clock_nano)sleep\s*\(|\bsleep\s*\(\s*[\w']+\s*\)", "nothing sleeps: await a timer or an event"),
    ("all", r"\bassert\s*\(|#include <(cassert|assert\.h)>", "use JUNCTOR_ASSERT, which is on in release"),
    ("all", r"(?m)^using namespace\s+(?!std::(?:\w+::)*\w*literals|junctor\b|testing\b)", "no using namespace at the top of a file"),
    ("src", r"\bthrow\b(?!\s*\(\s*\)|\s*\"\")", "no exceptions: return a Result (a bare text stops consteval)"),
    ("src", r"(?<![\w:])v?fork\s*\(", "never fork: posix_spawn"),
    ("src", r"\b(system|popen)\s*\(", "never a shell"),
    ("src", r"(?:(?<!boolean)\(|,)\s*(?:const\s+)?bool\s+\w+\s*(?:=[^,;)]*)?[,)]", "boolean parameter: a two-valued enum class says more at the call"),
    ("src", r"(?<![\w.])-32[0-9]{3}\b", "error codes stand in one table: base/error.cc, wire's tables"),
    ("test", r"\bGTEST_SKIP\b|\bDISABLED_\w", "a skipped test needs its reason"),
]
BANNED = [(where, re.compile(pattern), message) for where, pattern, message in BANNED]
# The homes of what is banned elsewhere: (path, start of the message).
HOMES = [
    ("src/rt/clock.cc", "time is a parameter"),
    ("src/rt/clock.cc", "chance is a parameter"),
    ("src/base/crypto.cc", "chance is a parameter"),
    ("src/base/error.cc", "error codes"),
    ("src/wire/", "error codes"),
]
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
ALLOW = re.compile(r"//\s*tidy: allow(.*)")
TOKEN = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/', re.S)


def code_of(text):
    """The text without comments and with empty literals; every line stays where it is."""
    def blank(match):
        token = match[0]
        kept = "" if token.startswith("/") else token[0] if token[0] in "'\"" else '"'
        return kept * 2 + "\n" * token.count("\n")
    return TOKEN.sub(lambda m: m[0] if m[0].startswith('"') and "#include" in text[text.rfind("\n", 0, m.start()) + 1:m.start()]
                     else blank(m), text)


class Source:
    def __init__(self, root, path):
        self.path = path
        self.rel = path.relative_to(root).as_posix()
        self.text = path.read_text(errors="replace")
        self.lines = self.text.splitlines()
        self.is_test = path.name.endswith("_test.cc") or not self.rel.startswith("src/")
        self.room = self.rel.split("/")[1] if self.rel.startswith("src/") and self.rel.count("/") > 1 else None

    @cached_property
    def code(self):
        return code_of(self.text)

    @cached_property
    def includes(self):
        return [(n, m[1]) for n, line in enumerate(self.lines, 1) if (m := re.match(r'#include ["<]([^">]+)[">]', line))]

    def allows(self, n):
        return any(ALLOW.search(self.lines[i]) for i in (n - 1, n - 2) if 0 <= i < len(self.lines))


class House:
    def __init__(self, root):
        self.root = root
        found = [p for d in ("src", "tests", "bench") for p in sorted((root / d).rglob("*")) if p.suffix in (".h", ".cc")]
        self.sources = [Source(root, p) for p in found]
        self.rooms = {}
        table = root / "CMakeLists.txt"
        text = re.sub(r"#[^\n]*", "", table.read_text()) if table.exists() else ""
        for m in re.finditer(r"junctor_room\(\s*(\w+)\s+DEPS\s*([^)]*?)\s*(?:LIBS[^)]*)?\)", text):
            self.rooms[m[1]] = m[2].split()

    @cached_property
    def by_rel(self):
        return {s.rel: s for s in self.sources}


def rooms(house):
    """The table of rooms is acyclic and short, and every folder of src is in it."""
    table = house.root / "CMakeLists.txt"
    seen = set()
    for room, deps in house.rooms.items():
        for dep in deps:
            if dep not in seen:
                yield table, 1, f"room '{room}' names '{dep}', which does not stand above it: rooms are acyclic"
        seen.add(room)
        if room in ROOM_NAMES_REFUSED:
            yield table, 1, f"a room named '{room}' is a room for nothing"
    if len(house.rooms) > ROOMS_MAX:
        yield table, 1, f"{len(house.rooms)} rooms, over {ROOMS_MAX}"
    for room in sorted({s.room for s in house.sources if s.room} - set(house.rooms)):
        yield house.root / "src" / room, 1, f"room '{room}' is not in the table of CMakeLists.txt"


def layers(house):
    """#include lines obey the table of rooms, and outside libraries stay where they belong."""
    for source in house.sources:
        if source.room not in house.rooms:
            continue
        for n, name in source.includes:
            room = name.split("/")[0]
            if room in house.rooms and room != source.room and room not in house.rooms[source.room]:
                yield source.path, n, f"room '{source.room}' may not include room '{room}' (CMakeLists.txt)"
            home = next((rooms for pattern, rooms in LIBRARIES if pattern.match(name)), None)
            if home is not None and source.room not in home:
                yield source.path, n, f"<{name}> belongs to {' and '.join(sorted(home))} alone"


def shape(house):
    """Sizes, columns, names of files, and how a header opens."""
    for source in house.sources:
        most = TEST_LINES_MAX if source.is_test else HEADER_LINES_MAX if source.path.suffix == ".h" else SOURCE_LINES_MAX
        if len(source.lines) > most:
            yield source.path, len(source.lines), f"over {most} lines: find the seam and split"
        if FILE_NAMES_REFUSED.search(source.path.name):
            yield source.path, 1, "a file is one noun, and this name is a smell"
        if source.path.suffix == ".h" and not re.match(r"#pragma once\n//\s*\S", source.text):
            yield source.path, 1, "a header opens with '#pragma once' and a comment that says what it is for"
        if source.path.name.endswith("_test.cc") and not source.text.startswith("//"):
            yield source.path, 1, "a test opens with a comment that gives its goal and its method"
        for n, line in enumerate(source.lines, 1):
            if len(line) > COLUMNS_MAX:
                yield source.path, n, f"over {COLUMNS_MAX} columns"
            if UNFINISHED.search(line):
                yield source.path, n, "finish it, or open an issue and leave the code without a mark"
            if (allow := ALLOW.search(line)) and not re.search(r"\w{3}", allow[1]):
                yield source.path, n, "an allowance says why"


def banned(house):
    """Forms that the house does not use (STYLE.md)."""
    for source in house.sources:
        if source.rel.startswith("bench/"):  # Yardsticks are measured as they are.
            continue
        kinds = {"all", "test" if source.is_test else "src"}
        for where, pattern, message in BANNED:
            if where not in kinds or any(source.rel.startswith(home) and message.startswith(m) for home, m in HOMES):
                continue
            for match in pattern.finditer(source.code):
                n = source.code.count("\n", 0, match.end()) + 1
                if not source.allows(n) and not source.allows(source.code.count("\n", 0, match.start()) + 1):
                    yield source.path, n, message


def functions(house):
    """No function over the stop, tests included."""
    if not shutil.which("ctags"):
        yield house.root, 1, "function lengths cannot be measured: install universal-ctags"
        return
    out = subprocess.run(["ctags", "-x", "--c++-kinds=f", "--_xformat=%F\t%n\t%e\t%N", "--language-force=C++", "-L", "-"],
                         input="\n".join(str(s.path) for s in house.sources), capture_output=True, text=True)
    for row in out.stdout.splitlines():
        path, start, end, name = row.split("\t")
        if start.isdigit() and end.isdigit() and int(end) - int(start) + 1 > FUNCTION_LINES_MAX:
            yield Path(path), int(start), f"{name} has {int(end) - int(start) + 1} lines, over {FUNCTION_LINES_MAX}"


def documents(house):
    """Files that the documents name exist; so do the functions of each step of a journey."""
    documents = [*house.root.glob("*.md"), *(house.root / "docs").rglob("*.md")]
    for path in sorted(documents):
        for n, line in enumerate(path.read_text().splitlines(), 1):
            for m in re.finditer(r"\b((?:src|tests|tools|cmake|packaging|docs|bench)/[\w/.-]*\w\.\w+)(?::\s*`?([A-Za-z_][\w:~]*))?", line):
                target = house.root / m[1]
                if not target.is_file():
                    yield path, n, f"{m[1]} does not exist"
                elif m[2] and target.suffix in (".h", ".cc"):
                    name = m[2].rstrip(":").split("::")[-1]
                    if not re.search(rf"\b{re.escape(name)}\b", code_of(target.read_text())):
                        yield path, n, f"{m[1]} has no '{name}'"


def dead_files(house):
    """A header that only its own source and test include is used by nobody; a source of bench or tests stands alone."""
    used = defaultdict(set)
    for source in house.sources:
        for _, name in source.includes:
            for rel in (f"src/{name}", f"tests/{name}", f"{Path(source.rel).parent.as_posix()}/{name}", name):
                used[rel].add(source.rel)
    for pch in (house.root / "cmake").glob("*.h"):
        for name in re.findall(r'#include "([^"]+)"', pch.read_text()):
            used[f"src/{name}"].add(pch.name)
    for source in house.sources:
        own = {source.rel, source.rel[:-2] + ".cc", source.rel[:-2] + "_test.cc"}
        if source.path.suffix == ".h" and not used[source.rel] - own:
            yield source.path, 1, "nobody includes this header but its own source and test"


def significant(source):
    """(line number, text) of lines that say something: no blanks, braces, includes, namespaces."""
    for n, line in enumerate(source.code.splitlines(), 1):
        text = " ".join(line.split())
        if len(re.sub(r"\W", "", text)) >= 3 and not re.match(r"#|namespace\b|using\b|} // namespace|(public|private):", text):
            yield n, text


def duplicates(house):
    """No block of twelve significant lines stands twice."""
    seen, reported = {}, set()
    for source in house.sources:
        rows = [(n, t) for n, t in significant(source)]
        originals = source.text.splitlines()
        texts = [" ".join(originals[n - 1].split()) for n, _ in rows]  # Literals count as they are written.
        last_end = -1
        for i in range(len(rows) - DUPLICATE_LINES_MIN + 1):
            block = "\n".join(texts[i:i + DUPLICATE_LINES_MIN])
            first = seen.setdefault(block, (source.rel, rows[i][0], i))
            if first == (source.rel, rows[i][0], i) or (first[0] == source.rel and i - first[2] < DUPLICATE_LINES_MIN):
                continue
            if i > last_end and (source.rel, i) not in reported and not source.allows(rows[i][0]):
                yield source.path, rows[i][0], f"the same {DUPLICATE_LINES_MIN} lines stand at {first[0]}:{first[1]}"
            last_end = i + DUPLICATE_LINES_MIN - 1
            reported.add((source.rel, i))


RULES = (rooms, layers, shape, banned, functions, documents, dead_files, duplicates)


def main():
    house = House(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve())
    found = [finding for rule in RULES for finding in rule(house)]
    for path, line, message in found:
        print(f"{path.relative_to(house.root)}:{line}: {message}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
