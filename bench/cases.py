"""What stdio.py and growth.py have in common: options, and the run of several cases that are measured and judged."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from gateway import CannotRun, Failed


def options_of(description, cases, seconds):
    """A parser with the options of all; `cases` are the known ones, and those by default."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)

    def known(text):
        if unknown := set(text.split(",")) - set(cases):
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(cases)}")
        return text.split(",")

    parser.add_argument("--junctor", required=True, type=lambda text: Path(text).resolve())
    parser.add_argument("--cases", type=known, default=list(cases))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=seconds)
    parser.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.set_defaults(stand_in=None)
    return parser


def run(options, make, measure, problems_of):
    """The exit status: 0 good, 1 a case failed or, with --check, went over a limit, 2 could not be run.

    make(options, folder) gives the bench, measure(bench, case) a row, problems_of(row) what is over its limits.
    """
    rows, failed = [], {}
    try:
        with tempfile.TemporaryDirectory(prefix="junctor-bench-") as folder:
            bench = make(options, Path(folder))
            for case in options.cases:
                try:
                    rows.append(measure(bench, case))
                    over = list(problems_of(rows[-1])) if options.check else []
                except (Failed, OSError) as problem:
                    over = [str(problem)]
                if over:
                    failed[case] = over
                    print(*(f"{case:10} failed: {line}" for line in over), sep="\n", flush=True)
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        print("0 passed, 1 failed")
        return 2
    if options.json:
        options.json.write_text(json.dumps({"rows": rows, "failed": failed}, indent=1) + "\n")
    print(f"{len(options.cases) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0
