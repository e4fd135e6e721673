#!/usr/bin/env python3
"""Our JSON Schema validator beside others, in one run, in turns: nanoseconds of a validation and of a compilation.

usage: schema_bench.py --program PATH [--seconds 0.3] [--rounds 3] [--limit PEER=RATIO ...] [--limit-ns N] [--json FILE]

PATH is schema_speed_main as it was built, for release. The peers are the Rust crate jsonschema (rust), ajv (node) and
the Python package jsonschema (python). All validate the same values, parsed already, under the same compiled schemas;
each figure is the best of all rounds, because what others do on the machine only ever adds. Beside each peer stands
ours divided by it: below 1 we are faster.

cases
  search, issue, order  arguments of tools, 0.3 to 2 KB, as schema_speed_main has them; only these have limits
  orders                a document of 64 KB: a list of orders
  geojson               a FeatureCollection under the GeoJSON schema
  metaschema            the schemas of an OpenAPI 3.1 document under the metaschema of 2020-12

--limit rust=0.7 fails when one of the first three takes more than 0.7 of that peer's time, --limit-ns 1000 when one
takes more than that. The peers come from their registries by the lock files beside this one, into ~/.cache/junctor, or
$JUNCTOR_CACHE; of what is not here that is said, and a limit against it fails: nothing was shown. Exit status 1: over a
limit, or a peer does not find a value valid.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import schema_bench_cases
import schema_peers

HERE = Path(__file__).resolve().parent
TYPICAL = ("search", "issue", "order")
# About 64 KB, 40 KB and 80 KB.
LARGE = {"orders": schema_bench_cases.orders(113), "geojson": schema_bench_cases.geojson(160),
         "metaschema": schema_bench_cases.metaschema(80)}
RUN_SECONDS = 600


def cases_of(program):
    """Lines of JSON, the same for all."""
    printed = subprocess.run([program, "cases"], capture_output=True, text=True, check=True).stdout
    lines = printed.splitlines()
    lines += [json.dumps({"name": name, "schema": schema, "instance": value}, separators=(",", ":"))
              for name, (schema, value) in LARGE.items()]
    return lines


def bytes_of(line):
    return len(json.dumps(json.loads(line)["instance"], separators=(",", ":"), ensure_ascii=False).encode())


def peers():
    """{name: the command that measures, or a sentence that says why there is none}."""
    makers = {
        "rust": lambda: [schema_peers.rust_program()],
        "node": schema_peers.node_program,
        "python": lambda: [schema_peers.python_packages(), HERE / "peers/python/peer.py"],
    }
    found = {}
    for name, make in makers.items():
        try:
            found[name] = make()
        except schema_peers.Missing as missing:
            found[name] = f"not here: {missing}"
    return found


def measure(command, seconds, lines):
    """{case: its figures} of one run."""
    done = subprocess.run([*map(str, command), str(seconds)], input="\n".join(lines) + "\n", capture_output=True,
                          text=True,
                          timeout=RUN_SECONDS)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["name"]: row for row in rows}


def best_of(old, new):
    if old is None:
        return new
    figures = ("validate_ns", "compile_ns")
    return {case: {"valid": row["valid"] and old[case]["valid"],
                   **{name: min(row[name], old[case][name]) for name in figures}} for case, row in new.items()}


def run(commands, options, lines):
    """{who: {case: figures}}: all take turns in each round."""
    best = {}
    for _ in range(options.rounds):
        for name, command in commands.items():
            best[name] = best_of(best.get(name), measure(command, options.seconds, lines))
    return best


def show(title, figure, best, missing, sizes):
    others = [name for name in best if name != "ours"]
    print(f"{title:<12} {'bytes':>7} {'ours':>12} " + " ".join(f"{name:>12} {'ratio':>6}" for name in others))
    for case, size in sizes.items():
        ours = best["ours"][case][figure]
        row = [f"{best[name][case][figure]:>12.0f} {ours / best[name][case][figure]:>6.2f}" for name in others]
        print(f"{case:<12} {size:>7} {ours:>12.0f} " + " ".join(row))
    for name, reason in missing.items():
        print(f"{name}: {reason}")
    print(flush=True)


def problems_of(best, missing, options):
    for name, rows in best.items():
        yield from (f"{name} does not find {case} valid" for case, row in rows.items() if not row["valid"])
    for case in TYPICAL:
        ours = best["ours"][case]["validate_ns"]
        if options.limit_ns and ours > options.limit_ns:
            yield f"{case}: {ours:.0f} ns are over {options.limit_ns:.0f}"
        for name, ratio in options.limit:
            if name in best and ours > ratio * best[name][case]["validate_ns"]:
                yield f"{case}: {ours / best[name][case]['validate_ns']:.2f} of {name} is over {ratio}"
    yield from (f"{name} is the measure of a limit and {missing[name]}" for name, _ in options.limit if name in missing)


def limit(text):
    name, _, ratio = text.partition("=")
    if name not in ("rust", "node", "python"):
        raise argparse.ArgumentTypeError(f"{name} is none of rust, node and python")
    return name, float(ratio)


def options_of():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, type=Path, help="schema_speed_main")
    parser.add_argument("--seconds", type=float, default=0.3, help="of each figure in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=limit, action="append", default=[], metavar="PEER=RATIO")
    parser.add_argument("--limit-ns", type=float)
    parser.add_argument("--json", type=Path, help="where the figures go")
    return parser.parse_args()


def main():
    options = options_of()
    lines = cases_of(options.program)
    found = peers()
    commands = {"ours": [options.program, "lines"]} | {name: each for name, each in found.items()
                                                       if isinstance(each, list)}
    missing = {name: each for name, each in found.items() if isinstance(each, str)}
    best = run(commands, options, lines)
    sizes = {json.loads(line)["name"]: bytes_of(line) for line in lines}
    show("validate ns", "validate_ns", best, missing, sizes)
    show("compile ns", "compile_ns", best, missing, sizes)
    if options.json:
        options.json.write_text(json.dumps({"best": best, "missing": missing, "bytes": sizes}, indent=1) + "\n")
    problems = list(problems_of(best, missing, options))
    print("\n".join(problems) or "within the limits")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
