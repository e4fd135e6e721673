#!/usr/bin/env python3
"""Differential fuzzing: our JSON Schema validator beside jsonschema-rs, on random schemas and values of all dialects.

usage: schema_differential.py --program PATH [--seconds 600] [--seed N]

PATH is schema_verdicts_main as it was built. schema_generator.py makes the schemas, and values of which many are valid;
each value must have the same verdict on both sides, and what one does not compile, the other must refuse as well. Where
they differ, the case is made as small as it goes and looked up in KNOWN, where each difference stands with the reason,
out of the specifications, why ours is right or both may be; any other is printed with both verdicts and that of the
Python package jsonschema, and fails. Numbers reach the peers as they are written: schemas as text, values with
decimals.

jsonschema-rs cannot be given half of a surrogate pair, so that such cases go to the package jsonschema alone. All
packages come from PyPI with pip, by the versions and hashes of requirements.txt, into ~/.cache/junctor, or
$JUNCTOR_CACHE; where that cannot be, it is said and the exit status is 77: skipped, never passed. Exit status 1:
something differs.
"""

import argparse
import collections
import decimal
import json
import random
import re
import subprocess
import sys
import time
from dataclasses import dataclass, replace

import schema_peers
from schema_generator import (DIALECTS, DRAFT2019, DRAFT2020, DRAFT4, NAMES, SchemaGenerator, ValueGenerator,
                              is_number, is_text,
                              mutated, number, text_of)

SKIPPED = 77
BATCH = 200
VALUES = 8
SHARES = (DRAFT2020,) * 5 + (3, 3, 2, 1, 0)  # Of the dialects.
DIFFERENCES_MAX = 25
SHRINK_SECONDS = 20
DOES_NOT_COMPILE, COMPILES = "does not compile", "compiles"
# Nobody is asked about it: it has no verdict at all, and could take the stack of a peer.
DISAGREE = "evaluators disagree"
NO_VERDICT = re.compile("refers to itself for the same value")


@dataclass(frozen=True)
class Case:
    dialect: int
    formats: str
    schema: object
    value: object = None

    def request(self, values):
        return (f'{{"dialect": "{DIALECTS[self.dialect]}", "formats": "{self.formats}", '
                f'"schema": {text_of(self.schema)}, "instances": {text_of(values)}}}\n')


# --- known differences ---------------------------------------------------------------------------

def names_in(case, *names):
    return all(f'"{name}"' in text_of(case.schema) for name in names)


def digits_in(case):
    """All numbers of schema and value."""
    tree = re.sub(r'"(?:[^"\\]|\\.)*"', "", text_of(case.schema) + text_of(case.value))
    return re.findall(r"-?\d[\d.eE+-]*", tree)


def is_beyond_double(digits):
    """Too large, too small, or of more digits than a double has."""
    exact = decimal.Decimal(digits)
    return exact != 0 and (abs(exact) < decimal.Decimal("1e-307") or abs(exact) > decimal.Decimal("1e308") or
                           len(exact.normalize().as_tuple().digits) > 15)


REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
BOUNDS = ("multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def has_format(name, case, characters):
    """The schema asks for the format, and the value has one of the characters, which are a class for re."""
    return (case.formats == "check" and f'"format": "{name}"' in text_of(case.schema) and
            bool(re.search(characters, json.dumps(parsed(text_of(case.value)), ensure_ascii=False, default=str))))


# (what it is, a function of (case, ours, third) that knows the smallest case, why ours is right or both may be)
KNOWN = [
    ("an integer of draft-04 is written as one",
     lambda case, *_: case.dialect == DRAFT4 and names_in(case, "integer") and re.search("[.eE]", text_of(case.value)),
     "draft-04 core section 3.5: an integer is a JSON number without a fraction or exponent part; theirs reads 1.0 as "
     "1, which draft-06 brought"),
    ("contains and unevaluatedItems of 2019-09",
     lambda case, *_: case.dialect == DRAFT2019 and names_in(case, "contains", "unevaluatedItems"),
     "2019-09 core section 9.3.1.3: unevaluatedItems depends on the annotations of items and additionalItems, and on "
     "its own; that of contains was added by 2020-12 (core section 11.2)"),
    ("numbers beyond doubles",
     lambda case, ours, third: third in (ours, None) and any(names_in(case, name) for name in BOUNDS) and
     any(map(is_beyond_double, digits_in(case))),
     "core section 4.2.1: numbers are of any size and precision; theirs compares and divides doubles when one of both "
     "is written with a fraction or an exponent"),
    ("a brace or bracket that stands for itself",
     lambda case, *_: has_format("regex", case, r"[{}\]]"),
     "ECMA-262 annex B.1.2 lets braces stand for themselves, and core section 6.4 only recommends the flag \"u\", "
     "which forbids it: real schemas are full of them"),
    ("characters of idn-hostname that are mapped",
     lambda case, *_: has_format("idn-hostname", case, r"[^\0-\x7f]"),
     "RFC 5892 section 2.2: what changes under NFKC and case folding is DISALLOWED in a U-label; theirs maps it first, "
     "as UTS 46 does for what people type"),
    ("two hyphens in a hostname",
     lambda case, *_: has_format("hostname", case, r"\b..--"),
     "RFC 1123 section 2.1 has no rule for them; RFC 5891 section 4.2.3.1 has one, for U-labels"),
    ("characters of uri-template",
     lambda case, *_: has_format("uri-template", case, r"[\x7f-\x9f\"'<>\\^`|]"),
     "RFC 6570 section 2.1: literals are named one by one; C1 controls, quotes and some others are not among them"),
]


def known_reason(case, *verdicts):
    return next((name for name, matches, _ in KNOWN if matches(case, *verdicts)), None)


# --- ours, theirs, and a third -------------------------------------------------------------------


class Ours:
    def __init__(self, program):
        self.program = program

    def verdicts(self, requests):
        """For each request a list of verdicts, or a sentence that says why there are none."""
        done = subprocess.run([self.program], input="".join(requests), capture_output=True, text=True)
        answers = [json.loads(line) for line in done.stdout.split("\n") if line]
        if done.returncode not in (0, 1) or len(answers) != len(requests):
            last = requests[min(len(answers), len(requests) - 1)]
            sys.exit(f"{self.program} ended with {done.returncode}: {done.stderr[-2000:]}\nat {last}")
        return [answer.get("valid", answer.get("error")) for answer in answers]

    def many(self, cases):
        """One verdict for each case."""
        found = self.verdicts([case.request([case.value]) for case in cases])
        return [each if isinstance(each, str) else each[0] for each in found]


class Theirs:
    """jsonschema-rs, in this process."""

    def __init__(self):
        import jsonschema_rs
        names = ("Draft4Validator", "Draft6Validator", "Draft7Validator", "Draft201909Validator",
                 "Draft202012Validator")
        self.kinds = [getattr(jsonschema_rs, name) for name in names]

    def validator(self, case):
        """Or a sentence that says why there is none."""
        try:
            return self.kinds[case.dialect](text_of(case.schema), validate_formats=case.formats == "check",
                                            offline=True)
        except Exception as trouble:  # Its own kinds of errors, and ValueError.
            return f"{type(trouble).__name__}: {' '.join(str(trouble).split())}"

    def verdict(self, case):
        validator = self.validator(case)
        return validator if isinstance(validator, str) else validator.is_valid(parsed(text_of(case.value)))


class Third:
    """The Python package jsonschema. It knows few formats without more packages."""

    def __init__(self):
        import jsonschema
        names = ("Draft4Validator", "Draft6Validator", "Draft7Validator", "Draft201909Validator",
                 "Draft202012Validator")
        self.kinds = [getattr(jsonschema, name) for name in names]
        self.no_formats = jsonschema.FormatChecker(formats=())

    @staticmethod
    def can_tell(case):
        """Its patterns are Python's, and so is what a pattern may look like."""
        text = text_of(case.schema)
        return '"pattern' not in text and not (case.formats == "check" and '"format"' in text)

    def verdict(self, case):
        """Nothing, where it cannot tell, or fails itself."""
        if not self.can_tell(case):
            return None
        kind, schema = self.kinds[case.dialect], whole(parsed(text_of(case.schema)), case.dialect)
        try:
            kind.check_schema(schema, format_checker=self.no_formats)
            with decimal.localcontext(decimal.Context(prec=1000, Emax=10**6, Emin=-10**6)):
                return kind(schema).is_valid(whole(parsed(text_of(case.value)), case.dialect))
        except Exception:  # Of any kind, RecursionError among them.
            return None


def parsed(text):
    return json.loads(text, parse_float=decimal.Decimal)


def whole(tree, dialect):
    """With integers as such, for Python looks at the kind; in draft-04 they are those that are written so."""
    if isinstance(tree, dict):
        return {name: whole(each, dialect) for name, each in tree.items()}
    if isinstance(tree, list):
        return [whole(each, dialect) for each in tree]
    if isinstance(tree, decimal.Decimal) and dialect != DRAFT4 and tree == tree.to_integral_value():
        return int(tree)
    return tree


# --- smaller cases -------------------------------------------------------------------------------


def smaller(tree):
    """Trees that are a little smaller than this one, the smallest first."""
    if isinstance(tree, dict):
        yield from tree.values()
        for name, each in tree.items():
            rest = {other: value for other, value in tree.items() if other != name}
            yield rest
            if name in REFERENCES:  # A shorter one would be another one.
                continue
            yield from ({**tree, name: less} for less in smaller(each))
            if len(name) > 1 and is_text(name):
                yield from ({**rest, less: each} for less in ("a", name[1:], name[:-1]) if less not in rest)
    elif isinstance(tree, list):
        yield from tree
        for n, each in enumerate(tree):
            yield tree[:n] + tree[n + 1:]
            yield from (tree[:n] + [less] + tree[n + 1:] for less in smaller(each))
    elif is_number(tree):
        yield from (number(digits) for digits in "0 1 2 1.0 1.5".split() if len(digits) < len(tree) - 1)
    elif is_text(tree):
        yield from (less for less in ("", "a", tree[1:], tree[:-1]) if len(less) < len(tree))


def shrunk(case, differ):
    """The smallest case that still differs in the same way, by greedy steps. `differ` gives the first one of many."""
    deadline = time.monotonic() + SHRINK_SECONDS
    while time.monotonic() < deadline:
        steps = [replace(case, schema=less) for less in smaller(case.schema) if isinstance(less, (dict, bool))]
        steps += [replace(case, value=less) for less in smaller(case.value)]
        steps += [replace(case, formats="annotate")] if case.formats == "check" else []
        found = differ(steps)
        if found is None:
            break
        case = found
    return case


# --- the comparison ------------------------------------------------------------------------------


def kind_of(verdict):
    """A verdict, or why there is none, without the place."""
    return verdict.split(" Failed validating")[0] if isinstance(verdict, str) else verdict


def shape_of(schema):
    """The keywords in it that say something of their own."""
    others = {"$defs", "definitions", "$id", "id", "$anchor", "$ref", "allOf", "anyOf", "oneOf", "not", "if", "then",
              "else"}
    return " ".join(sorted(set(re.findall(r'"(\$?[a-zA-Z]{2,})":', text_of(schema))) - others - set(NAMES)))


def has_half_pair(text):
    """An escape of half a surrogate pair."""
    return bool(re.search(r"\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]", text))


class Comparison:
    def __init__(self, program, seed):
        self.dice = random.Random(seed)
        self.ours, self.theirs, self.third = Ours(program), Theirs(), Third()
        self.counts, self.known, self.unknown = collections.Counter(), {}, {}

    def batch(self):
        """Make schemas and values, and ask both sides about them."""
        cases = []
        for _ in range(BATCH):
            dialect = self.dice.choice(SHARES)
            generator = SchemaGenerator(self.dice, dialect)
            case = Case(dialect, self.dice.choice(("annotate", "check")), generator.document())
            values = ValueGenerator(self.dice, generator.targets)
            made = [values.make(case.schema) for _ in range(VALUES // 2)]
            cases.append((case, made + [mutated(self.dice, each) for each in made]))
        said = self.ours.verdicts([case.request(values) for case, values in cases])
        for (case, values), verdicts in zip(cases, said):
            self.compare(case, values, verdicts)

    def compare(self, case, values, verdicts):
        if isinstance(verdicts, str) and NO_VERDICT.search(verdicts):
            self.counts["endless schemas"] += 1
            return
        self.counts["schemas"] += 1
        if isinstance(verdicts, str) and DISAGREE in verdicts:
            self.disagree([replace(case, value=value) for value in values])
            return
        is_half = has_half_pair(text_of(case.schema))
        validator = None if is_half else self.theirs.validator(case)
        if isinstance(verdicts, str) or isinstance(validator, str):
            self.counts["schemas that somebody refuses"] += 1
            if isinstance(verdicts, str) != isinstance(validator, str) and not is_half:
                self.differs(case, verdicts if isinstance(verdicts, str) else COMPILES, validator)
            return
        for value, verdict in zip(values, verdicts):
            self.compare_value(replace(case, value=value), verdict, validator)

    def compare_value(self, case, verdict, validator):
        if verdict is None:
            self.counts["cost exceeded"] += 1
            return
        text = text_of(case.value)
        is_half = validator is None or has_half_pair(text)
        theirs = self.third.verdict(case) if is_half else validator.is_valid(parsed(text))
        if theirs is None:
            self.counts["half a pair that nobody else reads"] += 1
            return
        self.counts["pairs"] += 1
        self.counts["valid"] += verdict
        self.counts["pairs of the third alone"] += is_half
        if theirs != verdict:
            self.differs(case, verdict, theirs)

    def disagree(self, cases):
        """Our two evaluators do not say the same of one of these."""

        def first_of(some):
            return next((each for each, said in zip(some, self.ours.many(some)) if isinstance(said, str)
                         and DISAGREE in said), None)

        found = first_of(cases)
        if found is None:
            values = [text_of(each.value) for each in cases]
            sys.exit(f"only at times: {DISAGREE} on {values} of {text_of(cases[0].schema)}")
        case = shrunk(found, first_of)
        self.keep(case, self.ours.many([case])[0], self.peer_verdict(case))

    def peer_verdict(self, case):
        if has_half_pair(text_of(case.schema)) or has_half_pair(text_of(case.value)):
            return self.third.verdict(case)
        return self.theirs.verdict(case)

    def differs(self, case, ours, theirs):
        """Make it small; count it when it is known, and keep it when not."""
        is_refused = isinstance(ours, str) or isinstance(theirs, str)

        def kinds(each, verdict):
            if isinstance(verdict, str) and NO_VERDICT.search(verdict):
                return None
            found = self.peer_verdict(each)
            if is_refused:
                return (DOES_NOT_COMPILE if isinstance(verdict, str) else COMPILES,
                        kind_of(found) if isinstance(found, str) else COMPILES)
            return verdict, found

        wanted = (DOES_NOT_COMPILE if isinstance(ours, str) and ours != COMPILES else ours,
                  kind_of(theirs) if isinstance(theirs, str) else COMPILES if is_refused else theirs)

        def first_of(cases):
            pairs = zip(cases, self.ours.many(cases))
            return next((each for each, verdict in pairs if kinds(each, verdict) == wanted), None)

        case = shrunk(case, first_of)
        self.keep(case, self.ours.many([case])[0], self.peer_verdict(case))

    def keep(self, case, ours, theirs):
        third = self.third.verdict(case)
        reason = None if isinstance(ours, str) else known_reason(case, ours, third)
        self.counts["known differences" if reason else "unknown differences"] += 1
        key = reason or (shape_of(case.schema), isinstance(ours, str),
                         kind_of(theirs))  # One of each shape is enough to read.
        kept = self.known if reason else self.unknown
        if key not in kept:
            kept[key] = case
            self.show(reason, case, ours, theirs, third)

    def show(self, reason, case, ours, theirs, third):
        print(f"{'known' if reason else 'DIFFERS'} {DIALECTS[case.dialect]} formats: {case.formats}"
              f"{' | ' + reason if reason else ''}\n"
              f"  schema {text_of(case.schema)}\n  value  {text_of(case.value)}\n"
              f"  ours: {ours} | theirs: {str(theirs)[:300]} | third: {third}", flush=True)


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="schema_verdicts_main")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=None)
    return parser.parse_args()


def main():
    chosen = options()
    try:
        schema_peers.python_packages()
    except schema_peers.Missing as missing:
        print(f"skipped: {missing}")
        return SKIPPED
    seed = random.randrange(2**32) if chosen.seed is None else chosen.seed
    print(f"seed {seed}", flush=True)
    comparison, start = Comparison(chosen.program, seed), time.monotonic()
    while time.monotonic() - start < chosen.seconds and len(comparison.unknown) < DIFFERENCES_MAX:
        comparison.batch()
    took = time.monotonic() - start
    print(", ".join(f"{count} {name}" for name, count in comparison.counts.items()))
    print(f"{comparison.counts['pairs'] / took:.0f} pairs a second; {len(comparison.known)} known kinds of difference, "
          f"{len(comparison.unknown)} others")
    return 1 if comparison.unknown else 0


if __name__ == "__main__":
    sys.exit(main())
