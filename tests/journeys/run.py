#!/usr/bin/env python3
"""The journeys: tests of the built program as its users meet it, over real sockets on 127.0.0.1.

usage: run.py --junctor PATH [--only PATTERN] [--list]

Runs every function test_* of the modules beside this file, one line each, and says at the end how
many passed, failed and were skipped. PATTERN is part of MODULE.TEST, or a shell pattern of it.
Each docstring states the expected outcome. Nothing here reaches beyond this machine.
"""
import argparse
import fnmatch
import importlib
import inspect
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from support import gateway, wait  # noqa: E402  (the path has to be set first)


def collect():
    for path in sorted(HERE.glob("*.py")):
        if path.stem == "run":
            continue
        module = importlib.import_module(path.stem)
        tests = [f for n, f in vars(module).items() if n.startswith("test_") and callable(f)]
        for test in sorted(tests, key=lambda f: inspect.getsourcelines(f)[1]):
            yield f"{path.stem}.{test.__name__.removeprefix('test_')}", test


def wanted(name, pattern):
    return pattern is None or pattern in name or fnmatch.fnmatchcase(name, pattern)


def run_one(name, test):
    begun = time.monotonic()
    try:
        test()
        outcome, why = "passed", ""
    except wait.Skipped as skipped:
        outcome, why = "skipped", str(skipped)
    except AssertionError as error:
        outcome, why = "failed", str(error) or "".join(traceback.format_exc(limit=-2))
    except Exception:  # Whatever broke, the other tests still run.
        outcome, why = "failed", traceback.format_exc(limit=-4)
    took = time.monotonic() - begun
    print(f"{outcome:7} {name} ({took:.2f} s)", flush=True)
    for line in why.rstrip().splitlines():
        print(f"        {line}", flush=True)
    return outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--junctor", required=True)
    parser.add_argument("--only")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    gateway.use(options.junctor)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name, test in collect():
        if not wanted(name, options.only):
            continue
        if options.list:
            print(name, "-", inspect.getdoc(test))
            continue
        counts[run_one(name, test)] += 1
    if options.list:
        return 0
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
