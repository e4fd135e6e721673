#!/usr/bin/env python3
"""What a call and a list cost as upstreams and tools become many, and the memory that each takes.

usage: growth.py --junctor PATH [--cases upstreams,spread,tools,list] [--upstreams 1,1000] [--tools 10,10000]
                 [--rounds 5] [--seconds 3] [--cpu N] [--json FILE] [--check]

cases, all of them by default
  upstreams  CPU per tools/call through one route with so many upstreams of ten tools each, calls to the one in the
             middle; and memory per upstream
  spread     the same with calls to all of them in turns: so many connections and tables do not stay in the caches of a
             processor, so this has no limit; and memory per upstream that has been called
  tools      CPU per tools/call through a route with one upstream that has so many tools; and memory per tool
  list       CPU of a tools/list of the largest number of tools, beside that of an identity route, which passes on the
             same bytes without knowing them

All gateways of a case run at once and take turns in each round; the figures are medians, the ratios those of the
largest to the smallest. --check fails beyond 1.1 for calls and 1.2 for lists. Needs what gateway.py needs but nginx.
"""

import contextlib
import http.client
import json
import re
import statistics
import subprocess
import sys

import cases
import gateway as bench
from call import Door, Failed, headers

LIMIT_CALLS, LIMIT_LIST = 1.1, 1.2
TOOLS_EACH = 10
CONNECTIONS = 16
CASES = ("upstreams", "spread", "tools", "list")


def upstream_name(number):
    return f"u{number}"


def configuration(port, upstream_port, upstreams, identity=False):
    entries = [
        {"name": upstream_name(i), "url": f"http://127.0.0.1:{upstream_port}/mcp/{upstream_name(i)}", "era": "modern"}
        for i in range(upstreams)
    ]
    route = {"path": "/mcp"} | (
        {"upstream": "u0"} if identity else {"upstreams": [entry["name"] for entry in entries]}
    )
    return {"listen": {"http": f"127.0.0.1:{port}"}, "shards": 1, "upstreams": entries, "routes": [route]}


class Growth(bench.Bench):
    """Gateways in front of one process that stands for all upstreams."""

    @contextlib.contextmanager
    def servers(self, tools):
        port, log = bench.free_ports(1)[0], self.place("upstream") / "log"
        with self.start([self.tools / "upstream", port, "modern", "json", 400, 20000, tools], log) as child:
            bench.wait_until(lambda: bench.listens(port), child, log, "the upstream")
            yield port

    @contextlib.contextmanager
    def junctor(self, upstream_port, upstreams, identity=False):
        port, folder = bench.free_ports(1)[0], self.place("junctor")
        config, log = folder / "junctor.yaml", folder / "log"
        config.write_text(json.dumps(configuration(port, upstream_port, upstreams, identity)))
        with self.start([self.options.junctor, "serve", "--config", config], log) as child:
            ready = f"http://127.0.0.1:{port}/readyz"
            bench.wait_until(lambda: bench.answers(ready), child, log, "junctor")
            yield port, child

    def load(self, port, names):
        """One run of wrk over the tools of these names in turns: the calls that were answered."""
        script = self.place("wrk") / "calls.lua"
        fields = headers("modern") | {"Mcp-Name": "NAME"}
        heads = "\n".join(f'h["{name}"] = "{value}"' for name, value in fields.items() if name != "Mcp-Name")
        text = bench.body(12345, "modern").replace("search_issues", "NAME")
        before, after = text.split("NAME")
        script.write_text(
            f"""local names, at, made = {{{", ".join(f'"{name}"' for name in names)}}}, 0, {{}}
function init(args)
  for i, name in ipairs(names) do
    local h = {{}}
    {heads}
    h["Mcp-Name"] = name
    made[i] = wrk.format("POST", "/mcp", h, [==[{before}]==] .. name .. [==[{after}]==])
  end
end
function request()
  at = at % #names + 1
  return made[at]
end
"""
        )
        command = [bench.find_program("wrk", "wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{self.options.seconds}", "-s",
                   script, f"http://127.0.0.1:{port}/mcp"]
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=bench.pin(self.options.cpu))
        found = re.search(r"(\d+) requests in", done.stdout)
        wrong = re.search(r"Non-2xx.*|Socket errors.*", done.stdout)
        if wrong or not found or not int(found[1]):
            raise Failed(f"calls fail: {wrong[0] if wrong else (done.stdout + done.stderr)[-300:]}")
        return int(found[1])


def ask(port, method, params=None):
    """The text of the result; the whole list is one page."""
    meta = json.loads(bench.body(1, "modern"))["params"]["_meta"]
    meta.pop("progressToken")
    fields = headers("modern") | {"Mcp-Method": method}
    fields.pop("Mcp-Name")
    if params:
        fields["Mcp-Name"] = params["name"]
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**(params or {}), "_meta": meta}}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/mcp", json.dumps(message), fields)
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    if answer.status != 200:
        raise Failed(f"{method}: {answer.status} {text[:200]}")
    return text


def count_tools(port):
    result = json.loads(ask(port, "tools/list"))["result"]
    if "nextCursor" in result or result.get("_meta", {}).get("io.junctor/partial"):
        raise Failed("the list is not whole")
    return len(result["tools"])


def wait_for_tools(port, expected):
    """Until the catalog is whole."""
    for _ in range(60):
        with contextlib.suppress(Failed):
            if count_tools(port) == expected:
                return
    raise Failed(f"{count_tools(port)} tools, not {expected}")


def called(kind, upstreams, tools):
    """Names of the tools that are called: the last one of an upstream, or of each."""
    numbers = range(upstreams) if kind == "spread" else [upstreams // 2]
    return [f"{upstream_name(number)}_{tools - 1}" for number in numbers]


def grown(growth, kind, sizes):
    """CPU per call for each of `sizes`, of upstreams or of tools; and what one more of them takes of memory."""
    samples, memory = {size: [] for size in sizes}, {}
    with contextlib.ExitStack() as stack:
        doors = {}
        for size in sizes:
            upstreams, tools = (1, size) if kind == "tools" else (size, TOOLS_EACH)
            port, child = stack.enter_context(growth.junctor(stack.enter_context(growth.servers(tools)), upstreams))
            wait_for_tools(port, upstreams * tools)
            names = called(kind, upstreams, tools)
            growth.load(port, names)
            doors[size] = port, child, names
            memory[size] = bench.memory_kib(child, "Anonymous")
        for _ in range(growth.options.rounds):
            for size, (port, child, names) in doors.items():
                before = bench.cpu_ns(child)
                calls = growth.load(port, names)
                samples[size].append((bench.cpu_ns(child) - before) / 1000 / calls)
    costs = {size: statistics.median(values) for size, values in samples.items()}
    least, most = min(sizes), max(sizes)
    ratio = costs[most] / costs[least]
    each = (memory[most] - memory[least]) * 1024 / (most - least)
    shown = ", ".join(f"{size}: {cost:.2f} us/call" for size, cost in costs.items())
    print(f"{kind:10} {shown}; {ratio:.3f} of the smallest; {each:.0f} bytes of memory for each", flush=True)
    limit = None if kind == "spread" else LIMIT_CALLS
    return {"case": kind, "us_per_call": costs, "ratio": ratio, "bytes_each": each, "limit": limit}


def listed(growth, tools):
    """CPU of one list, through the catalog and through an identity route."""
    samples = {"catalog": [], "identity": []}
    with contextlib.ExitStack() as stack:
        servers = stack.enter_context(growth.servers(tools))
        doors = {}
        for name in samples:
            port, child = stack.enter_context(growth.junctor(servers, 1, identity=name == "identity"))
            wait_for_tools(port, tools)
            doors[name] = port, child
        for _ in range(growth.options.rounds):
            for name, (port, child) in doors.items():
                before = bench.cpu_ns(child)
                for _ in range(20):
                    size = len(ask(port, "tools/list"))
                samples[name].append((bench.cpu_ns(child) - before) / 1000 / 20)
    costs = {name: statistics.median(values) for name, values in samples.items()}
    ratio = costs["catalog"] / costs["identity"]
    shown = ", ".join(f"{name}: {cost:.0f} us" for name, cost in costs.items())
    print(f"list       {tools} tools, {size} bytes: {shown}; {ratio:.3f} of the identity route", flush=True)
    return {"case": "list", "us": costs, "ratio": ratio, "bytes": size, "limit": LIMIT_LIST}


def measure(growth, case):
    options = growth.options
    if case == "list":
        return listed(growth, max(options.tools))
    return grown(growth, case, options.tools if case == "tools" else options.upstreams)


def problems_of(row):
    if row["limit"] and row["ratio"] > row["limit"]:
        yield f"{row['ratio']:.3f} is over {row['limit']}"


def parse():
    def numbers(text):
        return [int(number) for number in text.split(",")]

    parser = cases.options_of(__doc__, CASES, seconds=3)
    parser.add_argument("--upstreams", type=numbers, default=[1, 1000])
    parser.add_argument("--tools", type=numbers, default=[10, 10_000])
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(cases.run(parse(), Growth, measure, problems_of))
