#!/usr/bin/env python3
"""CPU of the way from HTTP to a server over stdio: Junctor beside mcp-proxy for Node, in one run, in turns.

usage: stdio.py --junctor PATH [--cases session,stateless] [--rounds 5] [--seconds 4] [--cpu N] [--json FILE] [--check]

cases, both by default
  session    tools/call, 400 byte answer, 16 connections in one session (2025-11-25)
  stateless  the same without sessions (2026-07-28)

What is counted is the gateway alone, not the server behind it (stdio_upstream.cc) and not the load. Both gateways are
up at once and take turns in each round; the figures are medians. --check fails beyond 12 us per call, and below 40
times less than the other gateway. The peer is a package of npm with its version in peer/package-lock.json; it is
installed into ~/.cache/junctor, or $JUNCTOR_CACHE. Needs what gateway.py needs but nginx, and npm.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

import gateway as bench
from call import Door, Failed

import npm  # in tests/support, where gateway.py looks
from processes import CannotRun, free_ports, wait_until

ERAS = {"session": "legacy", "stateless": "modern"}
TEXT_BYTES, CONNECTIONS = 400, 16
LIMIT_US, LIMIT_TIMES = 12.0, 40.0


def cpu_ns(child):
    """Of the process itself: what it started is the server, and is not counted."""
    tasks = Path(f"/proc/{child.pid}/task").glob("*")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


class Stdio(bench.Bench):
    def __init__(self, options, work):
        super().__init__(options, work)
        self.peer = npm.install(bench.HERE / "peer", "bench-peer", "mcp-proxy for Node (about 130 MB, once)")

    @contextlib.contextmanager
    def gateway_to(self, name, era):
        port, folder = free_ports(1)[0], self.place(name)
        # The peer begins a session with its server in both cases.
        spoken = era if name == "junctor" else "legacy"
        server = [str(self.tools / "stdio_upstream"), spoken, str(TEXT_BYTES)]
        if name == "junctor":
            config = folder / "junctor.yaml"
            config.write_text(json.dumps({
                "listen": {"http": f"127.0.0.1:{port}"}, "shards": 1,
                "upstreams": [{"name": "bench", "command": server}],
                "routes": [{"path": "/mcp", "upstream": "bench"}]}))
            command = [self.options.junctor, "serve", "--config", config]
        else:
            program = self.peer / "node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs"
            command = [npm.node(self.peer), program, "--host", "127.0.0.1", "--port", port, "--server", "stream", "--",
                       *server]
        with self.start(command, folder / "log") as child:
            wait_until(lambda: bench.listens(port), child, folder / "log", name)
            yield port, child


def run_case(stdio, case):
    era, names = ERAS[case], ["mcp-proxy", "junctor"]
    samples = {name: [] for name in names}
    with contextlib.ExitStack() as stack:
        doors = {}
        for name in names:
            port, child = stack.enter_context(stdio.gateway_to(name, era))
            door = Door(port, era)
            door.open_session()
            door.verify(TEXT_BYTES)
            bench.wrk(stdio, door, CONNECTIONS, 1, TEXT_BYTES)
            doors[name] = door, child
        for _ in range(stdio.options.rounds):
            for name, (door, child) in doors.items():
                before = cpu_ns(child)
                calls, _, _ = bench.wrk(stdio, door, CONNECTIONS, stdio.options.seconds, TEXT_BYTES)
                samples[name].append((cpu_ns(child) - before) / 1000 / calls)
        for door, _ in doors.values():
            door.verify(TEXT_BYTES)
    costs = {name: statistics.median(values) for name, values in samples.items()}
    times = costs["mcp-proxy"] / costs["junctor"]
    print(f"{case:10} junctor {costs['junctor']:.2f} us/call, mcp-proxy {costs['mcp-proxy']:.0f}: {times:.0f} times less",
          flush=True)
    return {"case": case, "us_per_call": costs, "times": times}


def problems_of(row):
    cost = row["us_per_call"]["junctor"]
    if cost > LIMIT_US:
        yield f"{row['case']}: {cost:.2f} us per call is over {LIMIT_US}"
    if row["times"] < LIMIT_TIMES:
        yield f"{row['case']}: {row['times']:.0f} times less is not {LIMIT_TIMES:.0f}"


def run(options, work):
    stdio = Stdio(options, work)
    made, problems = [], []
    for case in options.cases:
        try:
            made.append(run_case(stdio, case))
        except (Failed, OSError) as problem:
            problems.append(f"{case}: {problem}")
    if options.check:
        problems += [problem for row in made for problem in problems_of(row)]
    for problem in problems:
        print(problem)
    if options.json:
        options.json.write_text(json.dumps({"rows": made, "problems": problems}, indent=1) + "\n")
    print(f"{len(options.cases) - len({problem.split(':')[0] for problem in problems})} passed, {len(problems)} failed")
    return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--junctor", required=True, type=Path)
    parser.add_argument("--cases", type=lambda text: text.split(","), default=list(ERAS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    options.junctor = options.junctor.resolve()
    options.stand_in = None
    if unknown := set(options.cases) - set(ERAS):
        parser.error(f"unknown cases: {', '.join(sorted(unknown))}")
    try:
        with tempfile.TemporaryDirectory(prefix="junctor-stdio-") as work:
            return run(options, Path(work))
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
