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

import contextlib
import json
import statistics
import sys
from pathlib import Path

import cases
import gateway as bench
from call import Door

import npm  # in tests/support, where gateway.py looks
from processes import free_ports, wait_until

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
        yield f"{cost:.2f} us per call is over {LIMIT_US}"
    if row["times"] < LIMIT_TIMES:
        yield f"{row['times']:.0f} times less is not {LIMIT_TIMES:.0f}"


if __name__ == "__main__":
    sys.exit(cases.run(cases.options_of(__doc__, ERAS, seconds=4).parse_args(), Stdio, run_case, problems_of))
