#!/usr/bin/env python3
"""Our CEL beside cel-go: random expressions over random JSON must come to the same, or fail in both.

    cel_differential.py --program build/dev/cel_eval_main [--seconds 30] [--seed N]
    cel_differential.py --speed build/opt/cel_speed_main

Expressions are made by type, with a wrong type here and there. A batch goes to both programs at a time; a line that
differs fails, but for the differences of KNOWN, each of which has its reason. What one checker refuses and the other
does not is counted, and must come to the same without checking. The seed of each batch is printed with what it found. With --speed instead: nanoseconds of the expressions of cel_speed_cases.json in both, and the ratios.
cel-go is pinned by cel_differential/go.sum; where it cannot be had the exit status is 77, which says skipped.
"""

import argparse
import json
import math
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import cel_conformance as suite  # noqa: E402

HERE = Path(__file__).resolve().parent
GO_MODULE = HERE / "cel_differential"
CASES = HERE / "cel_speed_cases.json"
BATCH = 2000
DEPTH = 4

OTHER_ORDER = "the entries of a map have no order, and those of cel-go's come in another one each time"
INFINITY = "cel-go's string() writes +Inf where its format() writes Infinity, as here"

# Patterns of the expression, of our answer and of cel-go's, and what explains the difference.
KNOWN = [
    (r"timestamp|duration|Timestamp|Duration", r"", r"overflow",
     "cel-go's durations are 64 bits of nanoseconds, 292 years; the official tests want those of protocol buffers, 10,000"),
    (r"base64\.decode", r"this text is no base64", r"",
     "cel-go takes bits that stand beyond the last byte for nothing; two texts must not mean the same bytes here"),
    (r"base64\.decode\(.*\\n", r"error", r"", "cel-go passes over line ends in base64; here they are none of its letters"),
    (r"", r"duplicate_key", r"",
     "cel-go looks for keys that repeat among literals alone; the language definition calls all of them errors"),
    (r"", r"", r"reference to undefined type",
     "cel-go takes a variable of a macro whose value is a type for the name of that type"),
    (r"", r"unsupported_key", r"",
     "cel-go lets other values than bool, int, uint and string be keys of what is made while it runs"),
    (r"ndexOf\(.*,", r"", r"",
     "the official tests want an error for an offset behind the text; cel-go 0.26 changed it to -1, and behind the last "
     "character too"),
    (r"%(\.\d)?[fe]'\.format", r"", r"",
     "cel-go formats an int or uint with a clause of Go that takes floats alone: %!f(uint64=9)"),
    (r"optional", r'"optional": \[\{"optional": \[\]\}\]', r'"optional": \[null\]',
     "cel-go makes null of an optional that holds an empty one"),
    (r"math\.", r"", r"invalid single argument value",
     "cel-go's macro refuses an empty list, which is an error here when it is reached"),
    (r"", r"", r"NaN values cannot be ordered",
     "cel-go makes an error of an order with NaN; by IEEE 754 and the language definition all of them are false"),
    (r"", r"", r"invalid qualifier type",
     "cel-go fails at such keys of optional look-ups; here there is nothing under them"),
    (r"format.*(\\xff|decode)|(\\xff|decode).*format", r"", r"", "cel-go keeps bytes that are no UTF-8 in texts; here they become U+FFFD"),
    (r"ofNonZeroValue\(.*timestamp", r"", r"",
     "the zero of cel-go's timestamps is the year 1 of Go; that of protocol buffers is 1970"),
    (r"(?=.*(string\(|format|get(Seconds|Minutes|Hours)))(?=.*(timestamp|duration))", r"", r"",
     "cel-go reads and writes durations by way of a double, which loses nanoseconds"),
    (r"(filter|map|transformMap)\(.*transform(List|Map)", r"value", r"value", OTHER_ORDER),
    (r"\{.*: .*, .*: .*\}", r"error", r"value",
     "cel-go's maps may have keys twice, or that are none, where the error that comes first here is another one"),
    (r"optional", r"optional", r"",
     "cel-go looks into an optional that is an element or the value of another one, or not, by how it is written"),
    (r"sortBy", r"value", r"error", "cel-go's sortBy() fails at an empty list of which the type is not known"),
    (r"\[\?", r"value", r"error",
     "cel-go evaluates the key of a look-up in an optional that holds nothing, or not, by how the optional is written"),
    (r"optFlatMap", r"value", r"value",
     "cel-go's optFlatMap takes an optional out of an optional that its function gives"),
    (r"\.\?|\[\?", r"no_field_selection|no_such_overload.*\[\w+\], in", r"",
     "cel-go gives none or an error for an optional part of what has no such parts, by how that is written"),
    (r"(duration|timestamp).*getMilliseconds", r"value", r"",
     "the milliseconds of a duration are those of its second in the official tests, and all of it in cel-go"),
    (r"cel\.bind\(.*\+.*\.map\(", r"value", r"value",
     "cel-go appends to a list in place, so that a name bound to it sees what was added"),
    (r"int\(", r"int\(google.protobuf.Duration|no_such_overload", r"",
     "cel-go has int(duration), which the language definition does not"),
    (r"string\(", r"(?i)infinity|SW5maW5pdHk", r"(?i)inf|JbmY|SW5m|K0lu",
     INFINITY),
    (r"string\(.*(1e(308|19)|/ -?0)", r"value", r"", INFINITY),
    (r"null\.or(Value)?\(", r"", r"", "cel-go gives a null back from or() and orValue(); here it is an error, as any other argument"),
    (r"\.or(Value)?\(", r"no_such_overload", r"",
     "cel-go gives what is no optional back from or() and orValue(); here it is an error, as any other argument"),
    (r"optional", r'"type"', r'"string"',
     "cel-go makes a text of a type that an optional holds"),
    (r"", r"", r"hash of unhashable type", "cel-go fails at such keys of maps, even where nothing is looked for"),
    (r"bool\(", r"is no bool", r"", "cel-go reads T and F too; the official tests have t, true, True and TRUE, as cel-cpp"),
    (r"-\(", r"such values: -google.protobuf.Duration", r"", "cel-go negates a duration of which the type is not known"),
    (r"timestamp.*[-+]\d\d:\d\d", r"", r"",
     "cel-go writes a timestamp in the zone that it was read in; here all are in UTC, as protocol buffers have them"),
]

SCALARS = ["int", "uint", "double", "string", "bool", "bytes", "timestamp", "duration"]
ANY = [*SCALARS, "list_int", "list_string", "list_dyn", "map", "dyn", "optional", "null", "type"]
STRINGS = ["", "a", "b", "ab", "aBc", "hello world", "é", "日本", "😀x", "1", "-7", "1.5", "true", "x,y,z", " t ", "a\nb",
           "10s", "2024-02-29T12:30:00Z", "%s", "[0-9]+", "^a", "(", "key", "n"]
INTS = [0, 1, -1, 2, 3, 7, 10, 100, -5, 63, 64, 2**31, 2**53, 2**53 + 1, 2**63 - 1, -2**63, -2**53]
UINTS = [0, 1, 2, 7, 64, 2**32, 2**53 + 1, 2**63, 2**64 - 1]
DOUBLES = ["0.0", "1.0", "-1.0", "0.5", "2.5", "-2.5", "1e6", "123456.789", "1e21", "1e-7", "1e308", "-0.0", "3.7", "1e19"]
DURATIONS = ["1s", "0s", "-1.5s", "1h30m", "90m", "1ms", "1us", "250ns", "-2h", "2562047h", "x", ""]
TIMESTAMPS = ["2024-02-29T12:30:00Z", "1970-01-01T00:00:00Z", "2009-02-13T23:31:30.123456789Z", "0001-01-01T00:00:00Z",
              "9999-12-31T23:59:59Z", "2023-12-25T00:00:00-08:00", "2023-12-25", "2024-06-30T23:59:59.5+05:45"]
NAMES = ["a", "b", "n", "key", "list", "x y", "é"]


def quoted(text):
    return json.dumps(text, ensure_ascii=False).replace("\\/", "/")


class Maker:
    """Expressions of a wanted type."""

    def __init__(self, dice):
        self.dice = dice
        self.locals = []

    def pick(self, options):
        return self.dice.choice(options)

    def make(self, kind, depth=DEPTH):
        if self.dice.random() < 0.03:
            kind = self.pick(ANY)
        if depth <= 0 or self.dice.random() < 0.15:
            return self.leaf(kind)
        options = getattr(self, kind, None)
        general = self.dice.random()
        if general < 0.06:
            return f"({self.make('bool', depth - 1)} ? {self.make(kind, depth - 1)} : {self.make(kind, depth - 1)})"
        if general < 0.09:
            return self.bind(kind, depth)
        if general < 0.12:
            return f"[{self.make(kind, depth - 1)}, {self.make(kind, depth - 1)}][{self.pick([0, 1, 2])}]"
        if general < 0.14:
            return f"{{{quoted(self.pick(NAMES))}: {self.make(kind, depth - 1)}}}[{quoted(self.pick(NAMES))}]"
        return options(depth - 1) if options else self.leaf(kind)

    def bind(self, kind, depth):
        name, bound = f"v{len(self.locals)}", self.pick(ANY)
        value = self.make(bound, depth - 1)
        self.locals.append((name, bound))
        body = self.make(kind, depth - 1)
        self.locals.pop()
        return f"cel.bind({name}, {value}, {body})"

    def with_local(self, bound, kind, depth):
        name = f"v{len(self.locals)}"
        self.locals.append((name, bound))
        body = self.make(kind, depth)
        self.locals.pop()
        return name, body

    def leaf(self, kind):
        known = [name for name, each in self.locals if each == kind]
        if known and self.dice.random() < 0.6:
            return self.pick(known)
        return self.pick(self.leaves(kind))

    def leaves(self, kind):
        if kind == "int":
            return ["i", "j", str(self.pick(INTS)), str(self.pick(INTS[:10]))]
        if kind == "uint":
            return ["u", f"{self.pick(UINTS)}u"]
        if kind == "double":
            return ["f", self.pick(DOUBLES)]
        if kind == "string":
            return ["s", "t", quoted(self.pick(STRINGS))]
        if kind == "bool":
            return ["b", "true", "false", f"has(m.{self.pick(NAMES[:5])})"]
        if kind == "bytes":
            return ["b'ab'", r"b'\xff\x00'", "b''", "bytes(s)"]
        if kind == "timestamp":
            return [f"timestamp({quoted(self.pick(TIMESTAMPS))})"]
        if kind == "duration":
            return [f"duration({quoted(self.pick(DURATIONS))})"]
        if kind == "list_int":
            return ["k", "[]", "[1, 2, 3]", "[3, 1, 2, 3]"]
        if kind == "list_string":
            return ["['a', 'b']", "[s, t]", "s.split('')", "['']"]
        if kind == "list_dyn":
            return ["l", "[1, 'a', null]", "[1.0, 2u]", "[[1], [2, [3]]]"]
        if kind == "map":
            return ["m", "{}", "{'a': 1, 'b': 2}", "{'n': m}"]
        if kind == "dyn":
            field = self.pick(NAMES[:5])
            return ["d", "m.n", f"m.{field}", f"m[{quoted(self.pick(NAMES))}]", f"l[{self.pick([0, 1, 2])}]", "dyn(1)"]
        if kind == "optional":
            return ["optional.none()", "optional.of(1)", f"m.?{self.pick(NAMES[:5])}", f"l[?{self.pick([0, 1, 9])}]",
                    "optional.ofNonZeroValue(i)"]
        if kind == "type":
            return ["int", "string", "type(d)", "list", "map", "type(1.0)", "null_type"]
        return ["null"]

    def int(self, d):
        m = self.make
        return self.pick([
            lambda: f"({m('int', d)} {self.pick(['+', '-', '*', '/', '%'])} {m('int', d)})",
            lambda: f"-({m('int', d)})",
            lambda: f"size({m(self.pick(['string', 'bytes', 'list_int', 'list_dyn', 'map']), d)})",
            lambda: f"{m(self.pick(['string', 'list_string', 'map']), d)}.size()",
            lambda: f"int({m(self.pick(['int', 'uint', 'double', 'string', 'timestamp']), d)})",
            lambda: f"{m('string', d)}.{self.pick(['indexOf', 'lastIndexOf'])}({m('string', d)})",
            lambda: f"{m('string', d)}.{self.pick(['indexOf', 'lastIndexOf'])}({m('string', d)}, {m('int', d)})",
            lambda: f"{m('timestamp', d)}.{self.pick(['getFullYear', 'getMonth', 'getDayOfYear', 'getDayOfMonth', 'getDate', 'getDayOfWeek', 'getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'])}()",
            lambda: f"{m('timestamp', d)}.getHours({self.pick(['+02:30', '-08:00', 'UTC', 'x'])!r})",
            # Not getMilliseconds(): of the second in the official tests, of all in cel-go.
            lambda: f"{m('duration', d)}.{self.pick(['getHours', 'getMinutes', 'getSeconds'])}()",
            lambda: f"math.{self.pick(['greatest', 'least'])}({m('int', d)}, {m('int', d)})",
            lambda: f"math.{self.pick(['greatest', 'least'])}({m('list_int', d)})",
            lambda: f"math.{self.pick(['bitAnd', 'bitOr', 'bitXor', 'bitShiftLeft', 'bitShiftRight'])}({m('int', d)}, {m('int', d)})",
            lambda: f"math.{self.pick(['abs', 'sign', 'bitNot'])}({m('int', d)})",
            lambda: f"{m('list_int', d)}[{m('int', d)}]",
            lambda: f"{m('optional', d)}.orValue({m('int', d)})",
        ])()

    def uint(self, d):
        m = self.make
        return self.pick([
            lambda: f"({m('uint', d)} {self.pick(['+', '-', '*', '/', '%'])} {m('uint', d)})",
            lambda: f"uint({m(self.pick(['int', 'uint', 'double', 'string']), d)})",
            lambda: f"math.{self.pick(['bitAnd', 'bitOr', 'bitXor'])}({m('uint', d)}, {m('uint', d)})",
            lambda: f"math.bitShiftRight({m('uint', d)}, {m('int', d)})",
        ])()

    def double(self, d):
        m = self.make
        return self.pick([
            lambda: f"({m('double', d)} {self.pick(['+', '-', '*', '/'])} {m('double', d)})",
            lambda: f"-({m('double', d)})",
            lambda: f"double({m(self.pick(['int', 'uint', 'double', 'string']), d)})",
            lambda: f"math.{self.pick(['ceil', 'floor', 'round', 'trunc', 'abs', 'sign', 'sqrt'])}({m('double', d)})",
            lambda: f"math.{self.pick(['greatest', 'least'])}({m('double', d)}, {m('double', d)})",
        ])()

    def string(self, d):
        m = self.make
        return self.pick([
            lambda: f"({m('string', d)} + {m('string', d)})",
            lambda: f"string({m(self.pick([*SCALARS]), d)})",
            lambda: f"{m('string', d)}.{self.pick(['lowerAscii', 'upperAscii', 'trim', 'reverse'])}()",
            lambda: f"{m('string', d)}.charAt({m('int', d)})",
            lambda: f"{m('string', d)}.substring({m('int', d)})",
            lambda: f"{m('string', d)}.substring({m('int', d)}, {m('int', d)})",
            lambda: f"{m('string', d)}.replace({m('string', d)}, {m('string', d)})",
            lambda: f"{m('string', d)}.replace({m('string', d)}, {m('string', d)}, {m('int', d)})",
            lambda: f"{m('list_string', d)}.join({m('string', d)})",
            lambda: f"strings.quote({m('string', d)})",
            lambda: f"base64.encode({m('bytes', d)})",
            lambda: f"{self.pick(['%s', '%d', '%.2f', '%x', '%X', '%o', '%b', '%e', '%s-%%', '%.0f', '%.3e', '%s %s', 'é%s'])!r}.format([{m(self.pick(ANY), d)}])",
            lambda: f"{m('list_string', d)}[{m('int', d)}]",
        ])()

    def bool(self, d):
        m = self.make
        same = self.pick(ANY)
        ordered = self.pick(SCALARS)
        return self.pick([
            lambda: f"({m('bool', d)} {self.pick(['&&', '||'])} {m('bool', d)})",
            lambda: f"({m('bool', d)} {self.pick(['&&', '||'])} {m('bool', d)})",
            lambda: f"!({m('bool', d)})",
            lambda: f"({m(same, d)} {self.pick(['==', '!='])} {m(same, d)})",
            lambda: f"(dyn({m(self.pick(ANY), d)}) {self.pick(['==', '!='])} {m(self.pick(ANY), d)})",
            lambda: f"({m(ordered, d)} {self.pick(['<', '<=', '>', '>='])} {m(ordered, d)})",
            lambda: f"(dyn({m(self.pick(SCALARS), d)}) {self.pick(['<', '<=', '>', '>='])} {m(ordered, d)})",
            lambda: f"({m('int', d)} in {m('list_int', d)})",
            lambda: f"({m('dyn', d)} in {m(self.pick(['list_dyn', 'map']), d)})",
            lambda: f"({m('string', d)} in {m(self.pick(['list_string', 'map']), d)})",
            lambda: f"{m('string', d)}.{self.pick(['contains', 'startsWith', 'endsWith', 'matches'])}({m('string', d)})",
            lambda: self.loop("list_int", "int", self.pick(["all", "exists", "exists_one"]), d),
            lambda: self.loop("list_dyn", "dyn", self.pick(["all", "exists", "exists_one"]), d),
            lambda: self.loop("map", "string", self.pick(["all", "exists", "exists_one"]), d),
            lambda: f"has(m.{self.pick(NAMES[:5])})",
            lambda: f"bool({m('string', d)})",
            lambda: f"sets.{self.pick(['contains', 'equivalent', 'intersects'])}({m('list_int', d)}, {m('list_int', d)})",
            lambda: f"math.{self.pick(['isNaN', 'isInf', 'isFinite'])}({m('double', d)})",
            lambda: f"{m('optional', d)}.hasValue()",
        ])()

    def loop(self, over, of, macro, d, body="bool"):
        name, inner = self.with_local(of, body, d)
        return f"{self.make(over, d)}.{macro}({name}, {inner})"

    def bytes(self, d):
        m = self.make
        return self.pick([
            lambda: f"({m('bytes', d)} + {m('bytes', d)})",
            lambda: f"bytes({m('string', d)})",
            lambda: f"base64.decode({m('string', d)})",
        ])()

    def timestamp(self, d):
        m = self.make
        return self.pick([
            lambda: f"({m('timestamp', d)} {self.pick(['+', '-'])} {m('duration', d)})",
            lambda: f"timestamp({m(self.pick(['string', 'int']), d)})",
        ])()

    def duration(self, d):
        m = self.make
        return self.pick([
            lambda: f"({m('duration', d)} {self.pick(['+', '-'])} {m('duration', d)})",
            lambda: f"({m('timestamp', d)} - {m('timestamp', d)})",
            lambda: f"duration({m('string', d)})",
        ])()

    def list_int(self, d):
        m = self.make
        return self.pick([
            lambda: f"[{', '.join(m('int', d) for _ in range(self.dice.randrange(4)))}]",
            lambda: f"({m('list_int', d)} + {m('list_int', d)})",
            lambda: self.loop("list_int", "int", "filter", d),
            lambda: self.loop("list_int", "int", "map", d, "int"),
            lambda: self.loop("list_string", "string", "map", d, "int"),
            lambda: f"{m('list_int', d)}.{self.pick(['sort', 'reverse', 'distinct', 'flatten'])}()",
            lambda: f"{m('list_int', d)}.slice({m('int', d)}, {m('int', d)})",
            lambda: f"lists.range({self.pick([0, 1, 4])})",
            lambda: f"{m('list_int', d)}.transformList(p, q, p + q)",
            lambda: f"[?{m('optional', d)}, {m('int', d)}]",
        ])()

    def list_string(self, d):
        m = self.make
        return self.pick([
            lambda: f"[{', '.join(m('string', d) for _ in range(self.dice.randrange(4)))}]",
            lambda: f"{m('string', d)}.split({m('string', d)})",
            lambda: f"{m('string', d)}.split({m('string', d)}, {m('int', d)})",
            lambda: f"{m('list_string', d)}.{self.pick(['sort', 'reverse', 'distinct'])}()",
            lambda: self.loop("list_string", "string", "filter", d),
            lambda: self.loop("list_string", "string", "sortBy", d, self.pick(["int", "string"])),
        ])()

    def list_dyn(self, d):
        m = self.make
        return self.pick([
            lambda: f"[{', '.join(m(self.pick(ANY), d) for _ in range(self.dice.randrange(4)))}]",
            lambda: f"({m('list_dyn', d)} + {m('list_dyn', d)})",
            lambda: self.loop("list_dyn", "dyn", self.pick(["filter", "map"]), d),
            lambda: self.loop("list_dyn", "dyn", "map", d, "dyn"),
            lambda: f"{m('list_dyn', d)}.{self.pick(['reverse', 'distinct', 'flatten', 'sort'])}()",
            lambda: f"{m('list_dyn', d)}.flatten({self.pick([0, 1, 2])})",
        ])()

    def map(self, d):
        m = self.make
        key = self.pick(["string", "int", "bool", "uint"])
        return self.pick([
            lambda: "{" + ", ".join(f"{m('string', d)}: {m(self.pick(ANY), d)}" for _ in range(self.dice.randrange(4))) + "}",
            lambda: f"{{{m(key, d)}: {m('int', d)}, {m(key, d)}: {m('int', d)}}}",
            lambda: f"{{?{m('string', d)}: {m('optional', d)}}}",
            lambda: f"{m('map', d)}.transformMap(p, q, q)",
            lambda: f"{m('list_int', d)}.transformMap(p, q, p * q)",
            lambda: f"{m('list_string', d)}.transformMapEntry(p, q, {{q: p}})",
        ])()

    def dyn(self, d):
        m = self.make
        return self.pick([
            lambda: f"dyn({m(self.pick(ANY), d)})",
            lambda: f"{m('map', d)}.{self.pick(NAMES[:5])}",
            lambda: f"{m('map', d)}[{m('dyn', d)}]",
            lambda: f"{m('list_dyn', d)}[{m(self.pick(['int', 'dyn']), d)}]",
            lambda: f"{m('optional', d)}.{self.pick(['value()', 'orValue(1)', 'orValue(null)'])}",
            lambda: f"({m('dyn', d)} {self.pick(['+', '-', '*', '/', '%'])} {m('dyn', d)})",
            lambda: f"[{m('dyn', d)}][{self.pick(['0', '0u', '0.0', 'dyn(0.0)', 'dyn(0u)'])}]",
        ])()

    def optional(self, d):
        m = self.make
        return self.pick([
            lambda: f"optional.{self.pick(['of', 'ofNonZeroValue'])}({m(self.pick(ANY), d)})",
            lambda: f"{m('map', d)}.?{self.pick(NAMES[:5])}",
            lambda: f"{m('map', d)}[?{m('string', d)}]",
            lambda: f"{m('list_dyn', d)}[?{m('int', d)}]",
            lambda: f"{m('optional', d)}.or({m('optional', d)})",
            lambda: f"{m('optional', d)}.{self.pick(['optMap'])}(p, [p])",
            lambda: f"{m('optional', d)}.optFlatMap(p, optional.of(p))",
            lambda: f"{m('optional', d)}.?{self.pick(NAMES[:5])}",
        ])()

    def type(self, d):
        return f"type({self.make(self.pick(ANY), d)})"


def some_json(dice, depth=3):
    choice = dice.randrange(8 if depth else 6)
    if choice < 6:
        return [None, dice.random() < 0.5, dice.choice([0, 1, -3, 2.5, 1e6, 42]), dice.choice(STRINGS), 7, "a"][choice]
    if choice == 6:
        return [some_json(dice, depth - 1) for _ in range(dice.randrange(4))]
    return {dice.choice(NAMES): some_json(dice, depth - 1) for _ in range(dice.randrange(5))}


def some_input(dice):
    return {
        "m": {name: some_json(dice) for name in dice.sample(NAMES, dice.randrange(1, 7))},
        "l": [some_json(dice) for _ in range(dice.randrange(4))],
        "d": some_json(dice), "s": dice.choice(STRINGS), "t": dice.choice(STRINGS), "b": dice.random() < 0.5,
        "f": dice.choice([0, 1, -1.5, 2.25, 1e10]), "i": dice.choice([0, 1, -2, 5, 1000]), "j": dice.randrange(-3, 12),
        "u": dice.choice([0, 1, 9]), "k": [dice.randrange(-2, 6) for _ in range(dice.randrange(5))],
    }


def a_batch(seed):
    dice = random.Random(seed)
    return [{"expr": Maker(dice).make(dice.choice(ANY)), "input": some_input(dice)} for _ in range(BATCH)]


def answers(program, batch):
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in batch)
    done = subprocess.run(program, input=text.encode(), stdout=subprocess.PIPE, check=True)
    # A line is one answer; Unicode has other ends of lines, which do not count.
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line]


def normal(value):
    """The same for equal values: maps have no order, timestamps no zeros at their end."""
    if isinstance(value, list):
        return [normal(each) for each in value]
    if not isinstance(value, dict):
        return value
    (kind, held), = value.items()
    if kind == "map":
        return {kind: sorted((normal(each) for each in held), key=json.dumps)}
    return {kind: normal(held)}


def is_other_order(line, ours, theirs):
    """The same elements of a list in another order, which is that of a map's entries."""
    lists = [each.get("value") for each in (ours, theirs)]
    if not all(isinstance(each, list) for each in lists) or "sort" in line["expr"]:
        return False
    if not re.search(r"\bm\b|\{|\bl\[|\bd\b", line["expr"]):
        return False
    return sorted(map(json.dumps, normal(lists[0]))) == sorted(map(json.dumps, normal(lists[1])))


def explained(line, ours, theirs):
    if is_other_order(line, ours, theirs):
        return OTHER_ORDER
    for expression, our, their, reason in KNOWN:
        texts = (line["expr"], json.dumps(ours), json.dumps(theirs))
        if all(re.search(pattern, text) for pattern, text in zip((expression, our, their), texts)):
            return reason
    return None


def count_refusals(tally, ours, theirs):
    """Where the checkers disagree."""
    for one, other, name in ((ours, theirs, "ours alone"), (theirs, ours, "cel-go's alone")):
        if "refused" in one and "refused" not in other:
            tally[f"refused by the checker of {name}"] = tally.get(f"refused by the checker of {name}", 0) + 1


def compare(program, peer, seed, tally):
    batch = a_batch(seed)
    ours, theirs = answers([program], batch), answers([peer, "eval"], batch)
    if len(ours) != BATCH or len(theirs) != BATCH:
        raise SystemExit(f"seed {seed}: {len(ours)} and {len(theirs)} answers to {BATCH} lines")
    differences = []
    for line, our, their in zip(batch, ours, theirs):
        tally["all"] += 1
        tally["values"] += "value" in our
        count_refusals(tally, our, their)
        both_refuse = "refused" in our and "refused" in their
        if both_refuse or ("error" in our and "error" in their):
            continue
        if "value" in our and "value" in their and normal(our["value"]) == normal(their["value"]):
            continue
        reason = explained(line, our, their)
        if reason:
            tally[reason] = tally.get(reason, 0) + 1
        else:
            differences.append((seed, line, our, their))
    return differences


def run_differential(program, peer, seconds, seed):
    tally = {"all": 0, "values": 0}
    differences = []
    end = time.monotonic() + seconds
    first = seed
    while time.monotonic() < end and len(differences) < 50:
        differences += compare(program, peer, seed, tally)
        seed += 1
    for at, line, ours, theirs in differences:
        print(f"seed {at}: {json.dumps(line, ensure_ascii=False)}\n  ours   {json.dumps(ours, ensure_ascii=False)}\n"
              f"  cel-go {json.dumps(theirs, ensure_ascii=False)}")
    print(f"seeds {first} to {seed - 1}: {tally.pop('all')} expressions, {tally.pop('values')} of them with a value")
    for reason, count in sorted(tally.items()):
        print(f"{count:>6} {reason}")
    print(f"{len(differences)} differences")
    return 1 if differences else 0


def run_speed(program, peer, seconds):
    ours = subprocess.run([program, CASES, str(seconds)], stdout=subprocess.PIPE, text=True, check=True).stdout
    theirs = subprocess.run([peer, "speed", CASES, str(seconds)], stdout=subprocess.PIPE, text=True, check=True).stdout
    print(f"{'case':<10} {'ours ns':>10} {'cel-go ns':>10} {'ratio':>7} {'compile ns':>11} {'cel-go ns':>10} {'ratio':>7}")
    for our, their in zip(ours.splitlines()[1:], theirs.splitlines()):
        name, evaluating, compiling = their.split("\t")
        numbers = re.search(rf"^{re.escape(name)}\s+([\d.]+)\s+\d+\s+\d+\s+(\d+)$", our)
        pairs = [(float(numbers[1]), float(evaluating)), (float(numbers[2]), float(compiling))]
        print(f"{name:<10} {pairs[0][0]:>10.1f} {pairs[0][1]:>10.1f} {pairs[0][0] / pairs[0][1]:>7.2f} "
              f"{pairs[1][0]:>11.0f} {pairs[1][1]:>10.0f} {pairs[1][0] / pairs[1][1]:>7.2f}")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, help="made of cel_eval_main.cc")
    parser.add_argument("--speed", type=Path, help="made of cel_speed_main.cc")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if not arguments.program and not arguments.speed:
        parser.error("--program or --speed is needed")
    with tempfile.TemporaryDirectory() as folder:
        peer = Path(folder) / "cel_differential"
        try:
            go = suite.go_command(Path(folder))
            suite.run_go(go, "mod", "download", module=GO_MODULE)
            suite.run_go(go, "build", "-p", "1", "-o", str(peer), ".", module=GO_MODULE)
        except suite.Skip as reason:
            print(f"skipped: {reason}")
            return suite.SKIPPED
        if arguments.speed:
            return run_speed(arguments.speed, peer, min(arguments.seconds, 3))
        return run_differential(arguments.program, peer, arguments.seconds, arguments.seed)


if __name__ == "__main__":
    sys.exit(main())
