"""Random JSON Schemas, and random values of which many are valid under them. Not a program.

Both are trees of Python's kinds, but for numbers, which are texts that begin with MARK, so that 1, 1.0 and 1e0 stay
what they are: text_of() writes the tree as JSON. Everything is chosen so that keywords meet: few names, few patterns
that match them, values that are equal but written otherwise, and unevaluated* beside whatever may evaluate.

Source: JSON Schema 2020-12, 2019-09, draft-07, draft-06 and draft-04.
"""

import copy
import json
import re

DIALECTS = ("draft4", "draft6", "draft7", "draft2019-09", "draft2020-12")
DRAFT4, DRAFT6, DRAFT7, DRAFT2019, DRAFT2020 = range(5)
BASE = "http://example.test/"

MARK = "\ue000"
MARKED = re.compile(r'"\\ue000([^"]*)"')


def number(digits):
    return MARK + digits


def is_number(tree):
    return isinstance(tree, str) and tree[:1] == MARK


def is_text(tree):
    return isinstance(tree, str) and tree[:1] != MARK


def text_of(tree):
    """The tree as JSON on one line."""
    return MARKED.sub(r"\1", json.dumps(tree))


NUMBERS = [number(digits) for digits in (
    "0 1 2 3 -1 -2 10 100 0 1 2 3 0.0 1.0 2.0 1e0 10e-1 -0 -0.0 0e5 1e2 1E+2 100.0 0.1 0.01 0.07 0.5 1.5 2.50 -1.5 "
    "0.3 0.0001 0.0075 0.00751 19.99 33.3 1e-7 1e15 1e308 9007199254740992 9007199254740993 9007199254740993.0 "
    "9223372036854775807 9223372036854775808 9.223372036854775808e18 -9223372036854775808 -9223372036854775809 "
    "18446744073709551615 18446744073709551616 18446744073709551616.0 123456789012345678901234567890 1e400 -1e400 "
    "1e399 1e-400 0.1000000000000000055511151231257827 4.5e1 1.7976931348623157e309").split()]
DIVISORS = [number(digits) for digits in "1 2 3 1.0 0.1 0.01 0.5 0.0001 1e-7 2.5 0.3 10 1e2 0.07 1e15 3e-1".split()]
NAMES = ["a", "b", "ab", "ba", "a1", "foo", "", "é", "😀", "a/b", "m~n", "%25", "A", "aa"]
STRINGS = NAMES + ["1", "12", "2024", "abab", "e\u0301", "😀😀", "a😀", " ", "\n", "\r", "a\nb", "\u2028", "\u0000", "٣",
                   "²", "Ａ", "ß", "_", "a-b", "a.b", "\u00a0", "\ufeff", "\u0085", "bbb", "aaaa", "foo bar", "𝟙", "K",
                   "ſ", "\x0b", "\x7f"]
HALVES = ["\ud800", "a\udc00", "\ude00\ud83d"]  # Of surrogate pairs: rare, because most others do not take them.
# What a pattern matches, where Python's engine reads it as ECMA-262 does.
PATTERNS = ["a", "^a", "b$", "^[ab]+$", "^.$", "^..?$", "1", r"^\d+$", r"\w", r"^\S*$", "\\u00e9", "^(a|b)*$", "^$",
            "[^a]", "a{2,3}", r"\s", "(?:ab)+", "^foo", r"^\w+$", r"\D", r"^[^\s]+$", "^[a-z]{1,2}$", "a/b", r"a\/b",
            r"\.", "^a?b?$", r"^\p{L}+$", r"\p{Nd}", r"\P{ASCII}", "^(?:a|ab)(?:b|)$", "", r"\bfoo\b", r"[\w-]b",
            "^[😀é]$", "😀", "^\\ud83d\\ude00$", "é$", r"^\W", "^a.b$", "a+?b", "[.]", r"^\x61", r"\cJ", r"^[\d.]+$"]
PIECES = ["a", "b", ".", r"\d", r"\w", r"\s", r"\S", r"\W", r"\D", "[ab]", "[^a]", "(a|b)", "(?:ab)", "é", "[a-z]", "1",
          "😀", "[^\\n]", "(a|)", "-", "[ß-é]"]
REPEATS = ["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "*?", "{0}", "{1,}"]

# Of each format what it takes and what it nearly takes.
FORMATS = {
    "date-time": (DRAFT4, ["2024-02-29T12:00:00Z", "2023-02-29T12:00:00Z", "1990-12-31T23:59:60Z",
                           "1990-12-31T23:58:60Z", "2024-01-01t00:00:00z", "2024-01-01T00:00:00.123+01:30",
                           "2024-01-01T24:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00",
                           "1998-12-31T15:59:60.5-08:00", "2024-1-01T00:00:00Z", "٢024-01-01T00:00:00Z"]),
    "email": (DRAFT4, ["a@b.example", "a.b+c@example.com", "a", "@b", "a@", "\"a b\"@example.com", ".a@b.example",
                       "a..b@b.example", "a@[127.0.0.1]", "a@[IPv6:::1]", "a@b", "a b@c.example", "é@b.example",
                       "a@-b.example"]),
    "hostname": (DRAFT4, ["example.com", "a-b.example", "-a.example", "a-.example", "a_b", "a" * 64 + ".b",
                          "a" * 63 + ".b", "1.2.3.4", "a..b", "a.", "xn--nxasmq6b", "xn--x", "", "é.example",
                          "EXAMPLE.com", "a--b", "ab--c"]),
    "ipv4": (DRAFT4, ["127.0.0.1", "256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4 ", "1.2.3.4.5", "0.0.0.0", "0x7f.1",
                      "٣.1.1.1"]),
    "ipv6": (DRAFT4, ["::1", "::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1::2::3", "::ffff:1.2.3.4", "::ffff:1.2.3.400",
                      "fe80::1%eth0", "12345::", ":1", "1:", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:1.2.3.4", "::1/64"]),
    "uri": (DRAFT4, ["http://a.example/b?c#d", "urn:a:b", "//a.example", "a", "", "http://a.example/ b",
                     "http://[::1]/", "http://[1]/", "http://é.example", "mailto:a@b.example", "http://a%2",
                     "http://a/%20", "1a:b", "http://a.example:80x/", "a:", "http://a.example/\\",
                     "http://a.example/<>", "http://a.example/{b}"]),
    "uri-reference": (DRAFT6, ["/a", "a?b#c", "", "#a", "\\a", "a b", "é", "//a.example/b", "%", "a:b", "?",
                               "http://[::1"]),
    "uri-template": (DRAFT6, ["http://a/{b}", "http://a/{b", "{+a}", "{a,b}", "{a:3}", "{a*}", "{}", "a}", "{ a}",
                              "{é}", "", "{?a}"]),
    "json-pointer": (DRAFT6, ["", "/a", "/a~0b", "/a~2", "a", "/a~", "/", "#/a", "/é"]),
    "date": (DRAFT7, ["2024-02-29", "2023-02-29", "2024-13-01", "2024-1-1", "2024-02-30", "0000-01-01", "2024-06-31",
                      "20240101", "2024-01-01 ", "1900-02-29", "2000-02-29"]),
    "time": (DRAFT7, ["12:00:00Z", "12:00:00", "23:59:60Z", "23:59:61Z", "24:00:00Z", "12:00:00.1+01:00", "12:00Z",
                      "22:59:60Z", "12:00:00+24:00", "08:30:06z", "15:59:60-08:00", "12:00:00,5Z", "12:00:00.Z",
                      "12:00:00+0100"]),
    "idn-email": (DRAFT7, ["a@b.example", "é@é.example", "a", "실례@실례.테스트"]),
    "idn-hostname": (DRAFT7, ["example.com", "실례.테스트", "〮실례.테스트", "-a", "é.example", "a..b", "", "xn--nxasmq6b",
                              "a_b"]),
    "iri": (DRAFT7, ["http://é.example/é", "é", "http://a.example/ b", "urn:é", "http://[::1]"]),
    "iri-reference": (DRAFT7, ["é", "/é", "a b", "\\é", "#é", ""]),
    "relative-json-pointer": (DRAFT7, ["0", "1/a", "0#", "/a", "01/a", "-1/a", "", "0##", "+1/a", "1#a",
                                       "120/foo/bar"]),
    "regex": (DRAFT7, ["a", "(a", "[a", "^a$", "a{2", "\\p{L}", "*", "a**", "", "\\a", "(?:a)", "a{2,1}"]),
    "duration": (DRAFT2019, ["P1D", "P1Y2M3DT4H5M6S", "PT1S", "P", "PT", "P1W", "P1W1D", "1D", "P1.5D", "P1S",
                             "PT1H30M", "P1M", "P1YT1S", "PT1D", "P2D1Y"]),
    "uuid": (DRAFT2019, ["2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380",
                         "2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
                         "00000000-0000-0000-0000-000000000000", "2eb8aa08-aa98-11ea-b4aa-73b441d1638g"]),
    "unknown-format": (DRAFT4, ["a"]),
}


def matching(pattern):
    """The strings above that match, for values; a guess, where Python reads it otherwise or not at all."""
    try:
        engine = re.compile(pattern, re.ASCII)
    except re.error:
        return STRINGS
    return [text for text in STRINGS if engine.search(text)] or STRINGS


SAMPLES = {pattern: matching(pattern) for pattern in PATTERNS}


class SchemaGenerator:
    """Makes one document; `targets` has what its references mean."""

    # keyword: (weight, first dialect, last dialect, what it is for)
    KEYWORDS = {
        "type": (4, DRAFT4, DRAFT2020, "any"),
        "enum": (2, DRAFT4, DRAFT2020, "any"),
        "const": (2, DRAFT6, DRAFT2020, "any"),
        "allOf": (3, DRAFT4, DRAFT2020, "any"),
        "anyOf": (3, DRAFT4, DRAFT2020, "any"),
        "oneOf": (3, DRAFT4, DRAFT2020, "any"),
        "not": (2, DRAFT4, DRAFT2020, "any"),
        "if": (3, DRAFT7, DRAFT2020, "any"),
        "$ref": (4, DRAFT4, DRAFT2020, "any"),
        "properties": (6, DRAFT4, DRAFT2020, "object"),
        "patternProperties": (4, DRAFT4, DRAFT2020, "object"),
        "additionalProperties": (4, DRAFT4, DRAFT2020, "object"),
        "propertyNames": (2, DRAFT6, DRAFT2020, "object"),
        "dependencies": (2, DRAFT4, DRAFT7, "object"),
        "dependentSchemas": (3, DRAFT2019, DRAFT2020, "object"),
        "dependentRequired": (2, DRAFT2019, DRAFT2020, "object"),
        "required": (4, DRAFT4, DRAFT2020, "object"),
        "minProperties": (1, DRAFT4, DRAFT2020, "object"),
        "maxProperties": (1, DRAFT4, DRAFT2020, "object"),
        "unevaluatedProperties": (5, DRAFT2019, DRAFT2020, "object"),
        "items": (5, DRAFT4, DRAFT2020, "array"),
        "prefixItems": (4, DRAFT2020, DRAFT2020, "array"),
        "additionalItems": (2, DRAFT4, DRAFT2019, "array"),
        "contains": (4, DRAFT6, DRAFT2020, "array"),
        "minItems": (1, DRAFT4, DRAFT2020, "array"),
        "maxItems": (1, DRAFT4, DRAFT2020, "array"),
        "uniqueItems": (3, DRAFT4, DRAFT2020, "array"),
        "unevaluatedItems": (5, DRAFT2019, DRAFT2020, "array"),
        "minLength": (2, DRAFT4, DRAFT2020, "string"),
        "maxLength": (2, DRAFT4, DRAFT2020, "string"),
        "pattern": (3, DRAFT4, DRAFT2020, "string"),
        "format": (3, DRAFT4, DRAFT2020, "string"),
        "minimum": (2, DRAFT4, DRAFT2020, "number"),
        "maximum": (2, DRAFT4, DRAFT2020, "number"),
        "exclusiveMinimum": (2, DRAFT4, DRAFT2020, "number"),
        "exclusiveMaximum": (2, DRAFT4, DRAFT2020, "number"),
        "multipleOf": (3, DRAFT4, DRAFT2020, "number"),
    }
    TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
    FOCI = ("object", "object", "object", "array", "array", "string", "number", "any")
    IN_PLACE = ("allOf", "anyOf", "oneOf", "if", "$ref", "dependentSchemas")

    def __init__(self, dice, dialect):
        self.dice, self.dialect = dice, dialect
        self.defs = "$defs" if dialect >= DRAFT2019 else "definitions"
        self.id = "id" if dialect == DRAFT4 else "$id"
        self.by_focus = {focus: [(name, row[0]) for name, row in self.KEYWORDS.items()
                                 if row[1] <= dialect <= row[2] and row[3] in ("any", focus)]
                         for focus in self.FOCI}
        self.targets, self.references, self.dynamic = {}, [], ()

    # --- the document ----------------------------------------------------------------------------

    def document(self):
        """A schema with what it refers to: definitions by pointer, by anchor and with URIs of their own."""
        dice = self.dice
        self.has_ids = dice.random() < 0.3
        self.is_dynamic = self.has_ids and self.dialect >= DRAFT2019 and dice.random() < 0.6
        kinds = [self.kind_of_definition() for _ in range(dice.choice((0, 1, 1, 2, 3)))]
        self.targets, self.references = {}, []
        definitions = {}
        for n, kind in enumerate(kinds):
            name = f"d{n}"
            definitions[name] = self.definition(name, kind)
        self.dynamic = self.dynamic_references() if self.is_dynamic else ()
        root = self.schema(dice.choice((1, 1, 2, 2, 3)), False)
        if isinstance(root, bool):
            return root if not definitions and dice.random() < 0.3 else {"not": {}} if not root and self.dialect else {}
        if definitions:
            root[self.defs] = definitions
        if self.has_ids:
            self.identify(root, BASE + "root.json")
        self.targets["#"] = self.targets["root.json#"] = root
        return root

    def kind_of_definition(self):
        kinds = ["pointer", "pointer", "anchor"] + (["resource", "resource"] if self.has_ids else [])
        return "resource" if self.is_dynamic else self.dice.choice(kinds)

    def definition(self, name, kind):
        """It refers in place to those before it alone, so that nothing is endless."""
        self.dynamic = self.dynamic_references() if self.is_dynamic else ()
        made = self.schema(self.dice.choice((1, 1, 2)), False)
        if isinstance(made, bool):
            made = {} if made else {"not": {}}
        pointer = f"#/{self.defs}/{name}"
        references = [f"root.json{pointer}"] if self.has_ids else [pointer]
        if kind == "anchor":
            if self.dialect >= DRAFT2019:
                made["$anchor"] = f"{name}-anchor"
            else:
                self.identify(made, f"#{name}-anchor")
            if not self.has_ids:
                references.append(f"#{name}-anchor")
        if kind == "resource":
            self.identify(made, f"{name}.json")
            references.append(f"{name}.json")
        for reference in references:
            self.targets[reference] = made
            self.references.append(reference)
        return made

    def identify(self, made, uri):
        if self.dialect <= DRAFT7:
            made.pop("$ref", None)  # Beside which an id would mean nothing.
        made[self.id] = uri
        if self.is_dynamic and self.dialect == DRAFT2020:
            made[self.dice.choice(("$dynamicAnchor", "$dynamicAnchor", "$anchor"))] = "node"
        elif self.is_dynamic and self.dice.random() < 0.7:
            made["$recursiveAnchor"] = self.dice.random() < 0.8

    def dynamic_references(self):
        return [("$dynamicRef", "#node")] if self.dialect == DRAFT2020 else [("$recursiveRef", "#")]

    # --- schemas ---------------------------------------------------------------------------------

    def schema(self, depth, is_below):
        """`is_below`: a value within the value, so that it may refer to anything without being endless."""
        dice = self.dice
        if dice.random() < (0.08 if depth else 0.4):
            return self.boolean()
        if is_below and self.dynamic and dice.random() < 0.35:
            return dict([dice.choice(self.dynamic)])
        focus = dice.choice(self.FOCI)
        names, weights = zip(*self.by_focus[focus])
        chosen = set(dice.choices(names, weights, k=dice.choice((1, 1, 2, 2, 3) if depth else (1, 1, 2))))
        if chosen & {"unevaluatedProperties", "unevaluatedItems"} and depth:
            chosen |= set(dice.sample([name for name in self.IN_PLACE if name in names], 2))
        if "additionalProperties" in chosen and dice.random() < 0.6:
            chosen |= {"properties", "patternProperties"}
        made = {}
        for name in dice.sample(sorted(chosen), len(chosen)):
            self.add(made, name, depth, is_below)
        return made

    def boolean(self):
        if self.dialect == DRAFT4:
            return {"not": {}} if self.dice.random() < 0.2 else {}
        return self.dice.random() < 0.65

    def add(self, made, name, depth, is_below):
        """One keyword, with what belongs to it. What holds schemas is left out where it would be too deep."""
        dice = self.dice
        if depth == 0 and name in ("allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas", "dependencies"):
            return
        method = getattr(self, f"add_{name.strip('$')}", None)
        if method:
            method(made, depth, is_below)
        elif name in ("allOf", "anyOf", "oneOf"):
            made[name] = [self.schema(depth - 1, is_below) for _ in range(dice.choice((1, 2, 2, 3)))]
        elif name == "not":
            made[name] = self.schema(depth - 1, is_below)
        elif name.startswith(("min", "max")) and self.KEYWORDS[name][3] != "number":
            made[name] = self.count()
        elif self.KEYWORDS[name][3] == "number":
            self.add_bound(made, name)
        else:
            made[name] = self.below(depth)

    def below(self, depth):
        return self.schema(max(0, depth - 1), True)

    def count(self):
        size = self.dice.choice((0, 1, 1, 2, 2, 3, 4))
        return number(f"{size}.0") if self.dialect >= DRAFT6 and self.dice.random() < 0.1 else size

    def add_type(self, made, *_):
        many = self.dice.random() < 0.3
        made["type"] = self.dice.sample(self.TYPES,
                                        self.dice.choice((1, 2, 3))) if many else self.dice.choice(self.TYPES)

    def add_enum(self, made, *_):
        values = [value(self.dice, 2) for _ in range(self.dice.choice((1, 2, 3, 5)))]
        made["enum"] = values

    def add_const(self, made, *_):
        made["const"] = value(self.dice, 2)

    def add_if(self, made, depth, is_below):
        made["if"] = self.schema(depth - 1, is_below)
        for name in ("then", "else"):
            if self.dice.random() < 0.7:
                made[name] = self.schema(depth - 1, is_below)

    def add_ref(self, made, _, is_below):
        choices = self.references + ((["root.json#"] if self.has_ids else ["#"]) if is_below else [])
        if choices:
            made["$ref"] = self.dice.choice(choices)

    def add_properties(self, made, depth, _):
        made["properties"] = {name: self.below(depth) for name in self.dice.sample(NAMES, self.dice.choice((1, 2, 2, 3,
                                                                                                            4)))}

    def add_patternProperties(self, made, depth, _):
        made["patternProperties"] = {self.pattern(): self.below(depth) for _ in range(self.dice.choice((1, 1, 2)))}

    def add_required(self, made, *_):
        made["required"] = self.dice.sample(NAMES[:8], self.dice.choice((1, 1, 2, 3)))

    def add_dependentSchemas(self, made, depth, is_below):
        made["dependentSchemas"] = {name: self.schema(depth - 1, is_below) for name in self.dice.sample(NAMES[:6], 2)}

    def add_dependentRequired(self, made, *_):
        made["dependentRequired"] = {name: self.dice.sample(NAMES[:6], 1) for name in self.dice.sample(NAMES[:6], 2)}

    def add_dependencies(self, made, depth, is_below):
        made["dependencies"] = {
            name: self.dice.sample(NAMES[:6], 1) if self.dice.random() < 0.5 else self.schema(depth - 1, is_below)
            for name in self.dice.sample(NAMES[:6], 2)}

    def add_items(self, made, depth, _):
        if self.dialect < DRAFT2020 and self.dice.random() < 0.5:
            made["items"] = [self.below(depth) for _ in range(self.dice.choice((1, 2, 3)))]
        else:
            made["items"] = self.below(depth)

    def add_prefixItems(self, made, depth, _):
        made["prefixItems"] = [self.below(depth) for _ in range(self.dice.choice((1, 2, 3)))]

    def add_contains(self, made, depth, _):
        made["contains"] = self.below(depth)
        if self.dialect >= DRAFT2019:
            for name in ("minContains", "maxContains"):
                if self.dice.random() < 0.4:
                    made[name] = self.count()

    def add_uniqueItems(self, made, *_):
        made["uniqueItems"] = self.dice.random() < 0.9

    def pattern(self):
        if self.dice.random() < 0.7:
            return self.dice.choice(PATTERNS)
        row = "".join(self.dice.choice(PIECES) + self.dice.choice(REPEATS)
                      for _ in range(self.dice.choice((1, 2, 2, 3))))
        return self.dice.choice(("", "^")) + row + self.dice.choice(("", "$"))

    def add_pattern(self, made, *_):
        made["pattern"] = self.pattern()

    def add_format(self, made, *_):
        made["format"] = self.dice.choice([name for name, (first, _) in FORMATS.items() if first <= self.dialect])

    def add_multipleOf(self, made, *_):
        made["multipleOf"] = self.dice.choice(DIVISORS)

    def add_bound(self, made, name):
        if self.dialect == DRAFT4 and name.startswith("exclusive"):
            made[name] = self.dice.random() < 0.7
            made.setdefault(name[9].lower() + name[10:], self.dice.choice(NUMBERS))
        else:
            made[name] = self.dice.choice(NUMBERS)


# --- values --------------------------------------------------------------------------------------


def value(dice, depth):
    """Any value."""
    kind = dice.random()
    if kind < 0.3:
        return dice.choice(NUMBERS)
    if kind < 0.55:
        return dice.choice(HALVES) if kind < 0.301 else dice.choice(STRINGS)
    if kind < 0.65 or depth == 0:
        return dice.choice((True, False, None))
    if kind < 0.82:
        return [value(dice, depth - 1) for _ in range(dice.choice((0, 1, 2, 3)))]
    return {name: value(dice, depth - 1) for name in dice.sample(NAMES, dice.choice((0, 1, 2, 3)))}


class ValueGenerator:
    """Values that follow what a schema asks for, as far as that is easily seen, and at times do not."""

    def __init__(self, dice, targets):
        self.dice, self.targets = dice, targets

    def make(self, schema, depth=4):
        if not isinstance(schema, dict) or depth == 0 or self.dice.random() < 0.06:
            return value(self.dice, min(depth, 2))
        active = []
        self.collect(schema, active, 5)
        for each in active:
            if "const" in each and self.dice.random() < 0.8:
                return copy.deepcopy(each["const"])
            if "enum" in each and self.dice.random() < 0.8:
                return copy.deepcopy(self.dice.choice(each["enum"]))
        return getattr(self, f"make_{self.kind(active)}")(active, depth)

    def collect(self, schema, active, depth):
        """The schemas that apply to the same value, with a guess for each choice."""
        if not isinstance(schema, dict) or depth == 0:
            return
        active.append(schema)
        more = list(schema.get("allOf", ()))
        more += [self.dice.choice(schema[name]) for name in ("anyOf", "oneOf") if schema.get(name)]
        more += [schema[name] for name in ("then", "else", "if") if name in schema and self.dice.random() < 0.5]
        more += [each for name in ("dependentSchemas", "dependencies") for each in schema.get(name, {}).values()
                 if self.dice.random() < 0.5]
        more += [self.targets[schema["$ref"]]] if schema.get("$ref") in self.targets else []
        if "$dynamicRef" in schema or "$recursiveRef" in schema:
            more.append(self.targets[self.dice.choice(sorted(self.targets))])
        for each in more:
            self.collect(each, active, depth - 1)

    def kind(self, active):
        """A type that all of them allow, if they say so; else one that their keywords are for."""
        allowed = None
        for each in active:
            if "type" in each:
                types = {each["type"]} if isinstance(each["type"], str) else set(each["type"])
                types |= {"integer"} if "number" in types else set()
                allowed = types if allowed is None else allowed & types
        if allowed:
            return self.dice.choice(sorted(allowed))
        meant = [row[3] for each in active for name in each if (row := SchemaGenerator.KEYWORDS.get(name))
                 and row[3] != "any"]
        return self.dice.choice(meant or SchemaGenerator.TYPES)

    def make_object(self, active, depth):
        wanted = {}
        for each in active:
            for name, schema in each.get("properties", {}).items():
                if self.dice.random() < 0.6:
                    wanted.setdefault(name, []).append(schema)
            for pattern, schema in each.get("patternProperties", {}).items():
                if self.dice.random() < 0.5:
                    wanted.setdefault(self.dice.choice(SAMPLES.get(pattern, STRINGS)), []).append(schema)
            for name in each.get("required", ()):
                wanted.setdefault(name, [])
            for keyword in ("dependentRequired", "dependentSchemas", "dependencies"):
                for name in each.get(keyword, ()):
                    if self.dice.random() < 0.4:
                        wanted.setdefault(name, [])
        for _ in range(self.dice.choice((0, 0, 0, 1, 2))):
            wanted.setdefault(self.dice.choice(NAMES), [])
        others = [each[name] for each in active for name in ("additionalProperties", "unevaluatedProperties")
                  if isinstance(each.get(name), dict)]
        names = list(wanted)
        self.dice.shuffle(names)
        return {name: self.make(self.dice.choice(wanted[name] or others or [True]), depth - 1) for name in names}

    def make_array(self, active, depth):
        low = max((size for each in active if isinstance(size := each.get("minItems"), int)), default=0)
        heads = [each[name] for each in active for name in ("prefixItems", "items") if isinstance(each.get(name), list)]
        size = max(low, self.dice.choice((0, 1, 2, 3, len(heads[0]) if heads else 2, 4)))
        rest = [each[name] for each in active for name in ("items", "contains", "unevaluatedItems", "additionalItems")
                if isinstance(each.get(name), dict)]
        made = []
        for n in range(size):
            fitting = [head[n] for head in heads if n < len(head)] or rest
            made.append(self.make(self.dice.choice(fitting) if fitting else True, depth - 1))
        if made and self.dice.random() < 0.15:
            made.append(respelled(self.dice, copy.deepcopy(self.dice.choice(made))))
        return made

    def make_string(self, active, _):
        for each in active:
            if "format" in each:
                return self.dice.choice(FORMATS[each["format"]][1])
            if "pattern" in each:
                return self.dice.choice(SAMPLES.get(each["pattern"], STRINGS))
        return self.dice.choice(STRINGS)

    def make_number(self, active, _):
        near = [each[name] for each in active for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
                if is_number(each.get(name))]
        divisors = [each["multipleOf"] for each in active if "multipleOf" in each]
        if divisors and self.dice.random() < 0.5:
            digits, _, exponent = self.dice.choice(divisors)[1:].partition("e")
            times = self.dice.choice((1, 2, 3, 7, 1999, 10**20))
            whole, _, fraction = digits.partition(".")
            product = str(int(whole + fraction) * times)
            return number(f"{product}e{int(exponent or 0) - len(fraction)}")
        return self.dice.choice(near) if near and self.dice.random() < 0.4 else self.dice.choice(NUMBERS)

    make_integer = make_number

    def make_boolean(self, *_):
        return self.dice.random() < 0.5

    def make_null(self, *_):
        return None


# --- changes -------------------------------------------------------------------------------------


def respelled(dice, tree):
    """An equal value that is written otherwise: members in another order, numbers with other digits."""
    if isinstance(tree, dict):
        names = list(tree)
        dice.shuffle(names)
        return {name: respelled(dice, tree[name]) for name in names}
    if isinstance(tree, list):
        return [respelled(dice, each) for each in tree]
    if is_number(tree) and tree[1:].lstrip("-").isdigit():
        return tree + dice.choice((".0", "e0", ".00", "E+0"))
    return tree


def mutated(dice, tree):
    """A copy with one change somewhere."""
    if isinstance(tree, dict) and tree and dice.random() < 0.8:
        copied = dict(tree)
        name = dice.choice(list(tree))
        what = dice.random()
        if what < 0.5:
            copied[name] = mutated(dice, tree[name])
        elif what < 0.7:
            del copied[name]
        else:
            copied[dice.choice(NAMES)] = copied.pop(name) if what < 0.8 else value(dice, 1)
        return copied
    if isinstance(tree, list) and tree and dice.random() < 0.8:
        copied, at = list(tree), dice.randrange(len(tree))
        what = dice.random()
        if what < 0.5:
            copied[at] = mutated(dice, tree[at])
        elif what < 0.65:
            del copied[at]
        elif what < 0.85:
            copied.insert(dice.randrange(len(tree) + 1), respelled(dice, tree[at]))
        else:
            copied.append(value(dice, 1))
        return copied
    return respelled(dice, tree) if dice.random() < 0.3 else value(dice, 2)
