#!/usr/bin/env python3
"""The package jsonschema, measured for schema_bench.py.

usage: peer.py SECONDS < CASES

Cases and answers are as those of peers/rust: a line of JSON each. Numbers with a fraction are decimals, because in
floats 19.99 is no multiple of 0.01.
"""

import decimal
import json
import sys
import time

import jsonschema

ROUNDS = 5


def nanoseconds(seconds, work):
    """At best of several rounds: what others do on the machine only ever adds."""
    times, taken = 1, []
    while len(taken) < ROUNDS:
        start = time.perf_counter()
        for _ in range(times):
            work()
        took = time.perf_counter() - start
        if took < seconds / ROUNDS:
            times *= 2
            continue
        taken.append(took / times * 1e9)
    return min(taken)


def compiled(schema):
    """Checked against the metaschema, as all others do."""
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def main():
    seconds = float(sys.argv[1])
    for line in sys.stdin:
        case = json.loads(line, parse_float=decimal.Decimal)
        validator = compiled(case["schema"])
        valid = validator.is_valid(case["instance"])
        print(json.dumps({
            "name": case["name"], "valid": valid,
            "validate_ns": nanoseconds(seconds, lambda: validator.is_valid(case["instance"])),
            "compile_ns": nanoseconds(seconds, lambda: compiled(case["schema"]))}), flush=True)


if __name__ == "__main__":
    main()
