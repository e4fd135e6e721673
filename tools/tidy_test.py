#!/usr/bin/env python3
"""Goal: each rule of tidy.py finds what it is for, and lets through what looks like it. Method: small houses written
to a temporary folder, each with one thing in it, and what must be said about them."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import tidy  # noqa: E402

TABLE = "junctor_room(base DEPS LIBS x)\njunctor_room(rt DEPS base)\njunctor_room(wire DEPS base LIBS y)\n"
HEADER = "#pragma once\n// What it is for.\n"


def findings(rule, files):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in {"CMakeLists.txt": TABLE, **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return [f"{path.relative_to(root)}:{line}: {message}" for path, line, message in rule(tidy.House(root))]


class Rule(unittest.TestCase):
    def says(self, rule, files, expected):
        found = findings(rule, files)
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])

    def is_silent(self, rule, files):
        self.assertEqual(findings(rule, files), [])


class Rooms(Rule):
    def test_a_room_names_only_rooms_above_it(self):
        self.says(tidy.rooms, {"CMakeLists.txt": "junctor_room(a DEPS b)\njunctor_room(b DEPS)\n"}, "'a' names 'b'")

    def test_a_folder_outside_the_table_is_found(self):
        self.says(tidy.rooms, {"src/extra/a.cc": ""}, "'extra' is not in the table")

    def test_a_good_table_is_silent(self):
        self.is_silent(tidy.rooms, {"src/rt/a.cc": ""})


class Layers(Rule):
    def test_an_undeclared_room_is_found(self):
        self.says(tidy.layers, {"src/wire/a.cc": '#include "rt/task.h"\n'}, "src/wire/a.cc:1: room 'wire' may not include room 'rt'")

    def test_a_declared_room_and_the_own_one_are_silent(self):
        self.is_silent(tidy.layers, {"src/wire/a.cc": '#include "base/error.h"\n#include "wire/a.h"\n'})

    def test_a_library_outside_its_room_is_found(self):
        self.says(tidy.layers, {"src/rt/a.cc": "#include <simdjson.h>\n"}, "belongs to wire alone")

    def test_a_library_in_its_room_is_silent(self):
        self.is_silent(tidy.layers, {"src/wire/a.cc": "#include <simdjson.h>\n", "src/base/b.cc": "#include <openssl/evp.h>\n"})


class Shape(Rule):
    def test_sizes(self):
        for name, lines in (("src/base/a.h", 301), ("src/base/a.cc", 701), ("src/base/a_test.cc", 1001), ("tests/sim/a.h", 1001)):
            opening = HEADER if name.endswith(".h") else "// Goal.\n"
            with self.subTest(name):
                self.says(tidy.shape, {name: opening + "\n" * (lines - opening.count("\n"))}, "find the seam")
                self.is_silent(tidy.shape, {name: opening + "\n" * (lines - opening.count("\n") - 1)})

    def test_columns_are_characters(self):
        self.says(tidy.shape, {"src/base/a.cc": "x" * 101}, "over 100 columns")
        self.is_silent(tidy.shape, {"src/base/a.cc": "é" * 100})

    def test_openings(self):
        self.says(tidy.shape, {"src/base/a.h": "#pragma once\n\n#include <x>\n"}, "a header opens")
        self.says(tidy.shape, {"src/base/a_test.cc": "#include <x>\n"}, "a test opens")

    def test_smelling_names(self):
        self.says(tidy.shape, {"src/base/buffer_impl.cc": ""}, "a smell")

    def test_marks_of_unfinished_work(self):
        self.says(tidy.shape, {"src/base/a.cc": "// " + "TO" + "DO: later\n"}, "finish it")

    def test_an_allowance_says_why(self):
        self.says(tidy.shape, {"src/base/a.cc": "int* p = new int{};  // tidy: allow\n"}, "says why")


# (name, where, code, what must be said)
REFUSED = [
    ("capturing_coroutine_lambda", "src/rt/a.cc", "auto f = [x]() -> Task<void> { co_return; };", "(C4)"),
    ("range_for_over_await", "src/rt/a.cc", "for (auto& x : *co_await list()) use(x);", "(C5)"),
    ("coroutine_takes_rvalue", "src/rt/a.h", "Task<Result<void>> send(Buffer&& bytes);", "(C3)"),
    ("detached_thread", "src/rt/a.cc", "thread.detach();", "(C2)"),
    ("naked_new", "src/rt/a.cc", "auto* a = new Thing{1};", "naked new"),
    ("naked_delete", "src/rt/a.cc", "if (a) delete a;", "naked delete"),
    ("iostream_header", "src/rt/a.cc", "#include <sstream>", "no iostreams"),
    ("iostream_object", "src/rt/a_test.cc", "std::cout << 1;", "no iostreams"),
    ("clock_over_two_lines", "src/rt/a.cc", "auto t = std::chrono::steady_clock\n    ::now();", "time is a parameter"),
    ("clock", "src/rt/a.cc", "auto t = std::chrono::steady_clock::now();", "time is a parameter"),
    ("c_clock", "src/net/a.cc", "clock_gettime (CLOCK_REALTIME, &t);", "time is a parameter"),
    ("random_device", "src/rt/a.cc", "std::random_device d;", "chance is a parameter"),
    ("sleeping_test", "src/rt/a_test.cc", "std::this_thread::sleep_for(1s);", "nothing sleeps"),
    ("c_sleep", "src/rt/a.cc", "sleep(1);", "nothing sleeps"),
    ("c_assert", "src/rt/a.cc", "assert(x);", "JUNCTOR_ASSERT"),
    ("using_namespace", "src/rt/a.cc", "using namespace std;", "no using namespace"),
    ("throwing", "src/rt/a.cc", "throw std::runtime_error(\"x\");", "no exceptions"),
    ("forking", "src/rt/a.cc", "if (fork() == 0) return;", "never fork"),
    ("shell", "src/app/a.cc", "system(\"ls\");", "never a shell"),
    ("boolean_parameter", "src/rt/a.h", "void open(int fd, bool nonblocking);", "boolean parameter"),
    ("error_code", "src/agent/a.cc", "reply(-32603);", "error codes"),
    ("skipped_test", "src/rt/a_test.cc", "TEST(A, DISABLED_B) {}", "skipped"),
]
ACCEPTED = [
    ("plain_coroutine_lambda", "src/rt/a.cc", "auto f = []() -> Task<void> { co_return; };"),
    ("owned_new", "src/rt/a.cc", "std::unique_ptr<Thing> a{new Thing{1}};"),
    ("placement_new", "src/rt/a.cc", "new (memory) Thing{};"),
    ("deleted_function", "src/rt/a.h", "A(const A&) = delete;"),
    ("clock_in_its_home", "src/rt/clock.cc", "return std::chrono::steady_clock::now();"),
    ("word_in_a_comment", "src/rt/a.cc", "// Not std::cout, and no new Thing()."),
    ("word_in_a_text", "src/rt/a.cc", 'const char* kText = "throw std::cout << new Thing()";'),
    ("own_coroutine_sleep", "tests/sim/a_test.cc", "world.spawn(sleep(world, 20min));"),
    ("own_sleep", "src/rt/a.h", "Task<Wake> sleep_until(Time when);"),
    ("seeded_engine_in_a_test", "src/rt/a_test.cc", "std::mt19937 random{seed};"),
    ("static_assert", "src/rt/a.cc", "static_assert(1 < 2);"),
    ("consteval_throw", "src/base/a.h", 'consteval int f(int n) { if (n > 1) throw "too many"; return n; }'),
    ("own_namespace", "src/rt/a_test.cc", "using namespace junctor::wire;"),
    ("boolean_of_a_loop", "src/rt/a.cc", "for (bool over = false; !over;) over = step();"),
    ("reader_detached_from_a_stream", "src/agent/a.cc", "stream.detach(answer);"),
    ("boolean_result", "src/rt/a.h", "bool is_open() const;"),
    ("boolean_member", "src/rt/a.h", "bool open = false;"),
    ("error_code_in_its_home", "src/wire/mcp.cc", "constexpr int kInternal = -32603;"),
    ("error_code_in_a_test", "src/agent/a_test.cc", "EXPECT_EQ(code, -32603);"),
    ("throw_in_a_test", "src/rt/a_test.cc", "throw std::runtime_error(\"x\");"),
    ("allowed_with_reason", "src/rt/a.cc", "auto* a = new Thing{1};  // tidy: allow the library takes it over"),
    ("allowed_on_the_line_above", "src/rt/a.cc", "// tidy: allow the library takes it over\nauto* a = new Thing{1};"),
]


class Banned(Rule):
    def test_refused(self):
        for name, where, code, expected in REFUSED:
            with self.subTest(name):
                self.says(tidy.banned, {where: code + "\n"}, expected)

    def test_accepted(self):
        for name, where, code in ACCEPTED:
            with self.subTest(name):
                self.is_silent(tidy.banned, {where: code + "\n"})


class Functions(Rule):
    def test_seventy_lines_are_the_most(self):
        body = "void f() {\n" + "  g();\n" * 68 + "}\n"
        self.is_silent(tidy.functions, {"src/base/a.cc": body})
        self.says(tidy.functions, {"src/base/a.cc": body.replace("}", "  g();\n}")}, "f has 71 lines")


class Documents(Rule):
    FILES = {"src/net/server.cc": "Task<void> serve_connection(int fd) {}\n// the old accept_loop\n"}

    def test_a_step_that_exists_is_silent(self):
        self.is_silent(tidy.documents, {**self.FILES, "docs/journeys/a.md": "1. `src/net/server.cc: serve_connection`\n"})

    def test_a_file_that_is_gone_is_found(self):
        self.says(tidy.documents, {**self.FILES, "docs/journeys/a.md": "1. `src/net/client.cc: call`\n"}, "client.cc does not exist")

    def test_a_function_that_is_gone_is_found(self):
        self.says(tidy.documents, {**self.FILES, "docs/journeys/a.md": "`src/net/server.cc: accept_loop`\n"}, "has no 'accept_loop'")

    def test_every_document_is_read(self):
        self.says(tidy.documents, {"README.md": "See tools/gone.py for more.\n"}, "tools/gone.py does not exist")


class DeadFiles(Rule):
    def test_a_header_for_its_own_source_alone_is_found(self):
        self.says(tidy.dead_files, {"src/base/a.h": HEADER, "src/base/a.cc": '#include "base/a.h"\n',
                                    "src/base/a_test.cc": '#include "base/a.h"\n'}, "src/base/a.h:1: nobody")

    def test_a_header_of_someone_else_is_silent(self):
        self.is_silent(tidy.dead_files, {"src/base/a.h": HEADER, "src/rt/b.cc": '#include "base/a.h"\n'})

    def test_a_test_header_by_its_path_below_tests_is_silent(self):
        self.is_silent(tidy.dead_files, {"tests/sim/world.h": HEADER, "tests/sim/a_test.cc": '#include "sim/world.h"\n'})


class Duplicates(Rule):
    def block(self, lines):
        return "".join(f"  call_number({n});\n" for n in range(lines))

    def test_twelve_lines_twice_are_found_once(self):
        files = {"src/base/a.cc": self.block(14), "src/base/b.cc": "  other();\n\n" + self.block(14)}
        self.says(tidy.duplicates, files, "src/base/b.cc:3: the same 12 lines stand at src/base/a.cc:1")

    def test_eleven_lines_are_silent(self):
        self.is_silent(tidy.duplicates, {"src/base/a.cc": self.block(11), "src/base/b.cc": self.block(11)})

    def test_other_texts_are_other_lines(self):
        files = {f"src/base/{name}.cc": "".join(f'  say("{name}{n}");\n' for n in range(14)) for name in "ab"}
        self.is_silent(tidy.duplicates, files)


if __name__ == "__main__":
    unittest.main()
