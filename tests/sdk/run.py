#!/usr/bin/env python3
"""The official MCP clients, straight at a server and through the gateway: each step must give the same.

usage: run.py --junctor PATH [--only PATTERN] [--show]

The clients: SDK v1 and v2 for TypeScript, the inspector's command line, the SDK for Python. The servers: server-everything
(sessions; through the gateway over stdio too), a server of SDK v2 (both eras, tests/conformance/fixture), and `junctor example-server` (both eras). A client runs through its steps (clients/) twice
at the same time, once at the server and once at the gateway; a step is good when it gave the same both ways, and did not
fail at the server itself. Clients named stdio start `junctor stdio` or `junctor example-server --stdio` in place of the
gateway. At the end imported.py takes three servers of npm over from a Claude Desktop file. PATTERN is a part of a
client's name; --show prints what each step gave.

What is needed is installed into ~/.cache/junctor, or $JUNCTOR_CACHE: package-lock.json from npm, requirements.txt from PyPI.
When one of them cannot be reached, its clients count as skipped. Needs npm and python3-venv (Debian), on x86-64 Linux.
The last line is `N passed, N failed, N skipped`; exit status 1 when something failed, 2 when it could not be run.
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.dont_write_bytecode = True

import imported  # noqa: E402
import npm  # noqa: E402
import processes  # noqa: E402
from processes import CannotRun, fill, free_ports, process, wait_until  # noqa: E402

CACHE = processes.CACHE / "sdk"
PYTHON = processes.CACHE / "sdk-python"
NODE = npm.node(CACHE)
PACKAGES = CACHE / "node_modules/@modelcontextprotocol"
CLIENT_SECONDS = 90
PYPI_TROUBLE = re.compile(r"NewConnectionError|name resolution|ConnectTimeout|ProxyError|from versions: none")

# What a server makes anew each time.
ANEW = [
    (re.compile(r"from session [0-9a-f-]{36}"), ""),  # Which server-everything has over HTTP alone.
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\d{1,2}:\d\d:\d\d\s[AP]M"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "<time>"),
    # server-everything names its HTTP session here, and has none over stdio.
    (re.compile(r"(equest(?: for URI)?: demo://resource/\S+) (?:from session <uuid>)?"), r"\1"),
]
# Steps that shall fail, the same way at the server and at the gateway.
SHALL_FAIL = re.compile(r"unknown|bad arguments|as an error")


# --- setup ---------------------------------------------------------------------------------------


def install_node():
    npm.install(HERE, "sdk", "Node 22 and the official MCP clients and servers (about 330 MB, once)")
    npm.copy_scripts(HERE, CACHE, "clients")
    npm.copy_scripts(HERE.parent / "conformance", CACHE, "fixture")


def install_python():
    """The Python SDK in an environment of its own; the interpreter to run it with."""
    with npm.locked(PYTHON) as folder:
        wanted = HERE / "requirements.txt"
        digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
        stamp, made = folder / "installed", folder / "venv"
        if not (stamp.exists() and stamp.read_text() == digest):
            print("installing the MCP SDK for Python (about 60 MB, once) ...", flush=True)
            stamp.unlink(missing_ok=True)
            shutil.rmtree(made, ignore_errors=True)
            done = subprocess.run([sys.executable, "-m", "venv", made], capture_output=True, text=True)
            if done.returncode:
                raise CannotRun(f"no environment for Python (Debian: apt install python3-venv):\n{done.stdout[-500:]}")
            command = [made / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                if PYPI_TROUBLE.search(done.stderr):
                    raise npm.NoRegistry("PyPI cannot be reached")
                raise CannotRun("pip install failed:\n" + done.stderr[-2000:])
            stamp.write_text(digest)
        return made / "bin/python"


# --- servers and gateway -------------------------------------------------------------------------


@contextlib.contextmanager
def everything(work):
    port, log = free_ports(1)[0], work / "everything.log"
    command = [NODE, PACKAGES / "server-everything/dist/index.js", "streamableHttp"]
    with process(command, log, env=os.environ | {"PORT": str(port)}) as child:
        wait_until(lambda: "listening on port" in log.read_text(), child, log, "server-everything")
        yield port


@contextlib.contextmanager
def fixture(work):
    log = work / "fixture.log"
    with process([NODE, CACHE / "fixture/server.mjs"], log) as child:
        url = re.compile(r"http://127\.0\.0\.1:(\d+)/mcp\n")
        yield int(wait_until(lambda: url.match(log.read_text()), child, log, "the fixture").group(1))


@contextlib.contextmanager
def example(junctor, work):
    log = work / "example.log"
    with process([junctor, "example-server", "--listen", "127.0.0.1:0"], log) as child:
        url = re.compile(r"http://127\.0\.0\.1:(\d+)/mcp\n")
        yield int(wait_until(lambda: url.match(log.read_text()), child, log, "the example server").group(1))


@contextlib.contextmanager
def gateway(junctor, work, **ports):
    port, config, log = free_ports(1)[0], work / "junctor.yaml", work / "junctor.log"
    program = PACKAGES / "server-everything/dist/index.js"
    config.write_text(fill(HERE / "junctor.yaml.in", port=port, node=NODE, program=program, **ports))
    with process([junctor, "serve", "--config", config], log) as child:
        wait_until(lambda: processes.answers(f"http://127.0.0.1:{port}/readyz"), child, log, "the gateway")
        yield port
        if child.poll() is not None:
            raise CannotRun(f"the gateway ended by itself with status {child.returncode}\n{processes.tail(log)}")


# --- clients -------------------------------------------------------------------------------------


def steps_of(text):
    """{step: what it gave} of a client's output."""
    lines = [json.loads(line) for line in text.splitlines() if line.startswith('{"step"')]
    return {line.pop("step"): line for line in lines}


class Sites:
    """Where servers and gateway are."""

    def __init__(self, junctor, work, ports, port):
        self.junctor, self.config, self.ports, self.port = junctor, work / "junctor.yaml", ports, port

    def server(self, name):
        return f"http://127.0.0.1:{self.ports[name]}/mcp"

    def gateway(self, name):
        return f"http://127.0.0.1:{self.port}/{name}/mcp"

    def process(self, _):
        """server-everything as a process of the gateway."""
        return self.gateway("stdio")

    def command(self, name):
        return f"stdio:{self.junctor} stdio --config {self.config} --route /{name}/mcp"

    def example_command(self, _):
        return f"stdio:{self.junctor} example-server --stdio"

    def everything_command(self, _):
        return f"stdio:{NODE} {PACKAGES}/server-everything/dist/index.js stdio"


class Client:
    """A program that prints its steps. `direct` and `through`: functions of Sites; `but`: steps that are not compared."""

    def __init__(self, name, server, command, direct=Sites.server, through=Sites.gateway, but=()):
        self.name, self.server, self.command = name, server, command
        self.direct, self.through, self.but = direct, through, but

    def places(self, sites):
        return {"direct": self.direct(sites, self.server), "through": self.through(sites, self.server)}

    def start(self, url, log):
        command = [str(word).replace("URL", url) for word in self.command]
        more = {"HOME": str(log.parent)} | ({} if self.through is Sites.gateway else {"ON_STDIO": "1"})
        return process(command, log, cwd=log.parent, env=os.environ | more)

    def run(self, urls, work):
        """Both ways at once; {way: {step: what it gave}}."""
        with contextlib.ExitStack() as stack:
            logs = {way: work / f"{self.name.replace(' ', '-')}-{way}.log" for way in urls}
            running = {way: stack.enter_context(self.start(url, logs[way])) for way, url in urls.items()}
            deadline = time.monotonic() + CLIENT_SECONDS
            for child in running.values():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(max(0.1, deadline - time.monotonic()))
            found = {way: self.read(logs[way].read_text(errors="replace")) for way in urls}
            return {way: {k: v for k, v in steps.items() if k not in self.but} for way, steps in found.items()}

    def read(self, text):
        return steps_of(text)


class Inspector(Client):
    """One run of the inspector's command line is one step, and prints one result."""

    def __init__(self, name, server, *arguments):
        launcher = PACKAGES / "inspector/clients/launcher/build/index.js"
        fixed = ["--cli", "URL", "--transport", "http", "--format", "json", "--quiet"]
        super().__init__(name, server, [NODE, launcher, *fixed, *arguments])

    def read(self, text):
        try:
            return {"result": {"value": json.loads(text)}}
        except ValueError:
            return {"result": {"error": text}}


def inspections():
    legacy, modern = ["--protocol-era", "legacy"], ["--protocol-era", "modern"]
    for server, era, tool in (
        ("everything", legacy, ["echo", "--tool-arg", "message=Grüße, 世界"]),
        ("fixture", legacy, ["test_x_mcp_header", "--tool-arg", "region=eu", "--tool-arg", "level=3"]),
        ("fixture", modern, ["test_multiple_content_types"]),
    ):
        name = f"inspector {server} {era[1]}"
        yield Inspector(f"{name} tools-list", server, *era, "--method", "tools/list")
        yield Inspector(f"{name} tools-call", server, *era, "--method", "tools/call", "--tool-name", *tool)


def node_clients():
    return [
        Client("typescript-v1", "everything", [NODE, CACHE / "clients/typescript_v1.mjs", "URL"]),
        Client("typescript-v1 stdio", "everything", [NODE, CACHE / "clients/typescript_v1.mjs", "URL"], through=Sites.process),
        Client("typescript-v2 modern", "fixture", [NODE, CACHE / "clients/typescript_v2.mjs", "URL", "modern"]),
        Client("typescript-v2 legacy", "fixture", [NODE, CACHE / "clients/typescript_v2.mjs", "URL", "legacy"]),
        Client("example modern", "example", [NODE, CACHE / "clients/example.mjs", "URL", "modern"]),
        Client("example legacy", "example", [NODE, CACHE / "clients/example.mjs", "URL", "legacy"]),
        *inspections(),
        *stdio_clients(),
    ]


# What a stdio client does not say, its gateway does not know: the arguments that a tool wants mirrored in headers.
MIRRORED = ["tools/call with a mirrored header", "many calls at once"]


def stdio_clients():
    def node(name, *arguments):
        return [NODE, CACHE / "clients" / name, "URL", *arguments]

    server, gateway = Sites.example_command, Sites.command
    yield Client("stdio typescript-v1", "everything", node("typescript_v1.mjs"), Sites.everything_command, gateway)
    for way, through in (("server", server), ("gateway", gateway)):
        yield Client(f"stdio {way} example v1", "example", node("example_v1.mjs"), through=through)
        for era in ("modern", "legacy"):
            yield Client(f"stdio {way} example {era}", "example", node("example.mjs", era), through=through)
    for era in ("modern", "legacy"):
        command = node("typescript_v2.mjs", era)
        yield Client(f"stdio typescript-v2 {era}", "fixture", command, through=gateway, but=MIRRORED)


def python_clients(python):
    def client(name, server, what, **more):
        return Client(name, server, [python, CACHE / "clients/python_client.py", "URL", what], **more)

    gateway = Sites.command
    return [
        client("python legacy", "everything", "everything"),
        client("python stdio", "everything", "everything", through=Sites.process),
        client("python modern", "fixture", "fixture"),
        client("stdio python legacy", "everything", "everything", through=gateway),
        client("stdio python modern", "fixture", "fixture", through=gateway, but=MIRRORED),
        *(
            client(f"stdio {way} python {era}", "example", f"example-{era}", through=through)
            for way, through in (("server", Sites.example_command), ("gateway", gateway))
            for era in ("legacy", "modern")
        ),
    ]


# --- the comparison ------------------------------------------------------------------------------


def settled(gave):
    text = json.dumps(gave, ensure_ascii=False)
    for pattern, name in ANEW:
        text = pattern.sub(name, text)
    return text


def difference(direct, through):
    """Both texts from a little before where they part."""
    at = next((n for n, (a, b) in enumerate(zip(direct, through)) if a != b), min(len(direct), len(through)))
    start = max(0, at - 60)
    return f"direct:  ...{direct[start:at + 200]}\n        through: ...{through[start:at + 200]}"


class Report:
    def __init__(self, options):
        self.options = options
        self.passed = self.failed = self.skipped = 0

    def skip(self, what, why):
        self.skipped += 1
        print(f"skipped {what}: {why}", flush=True)

    def fault_of(self, step, direct, through):
        if direct is None:
            return "not reached at the server itself"
        if through is None:
            return "not reached through the gateway"
        if "error" in direct and not SHALL_FAIL.search(step):
            return f"fails at the server itself: {settled(direct)[:300]}"
        a, b = settled(direct), settled(through)
        return None if a == b else difference(a, b)

    def client(self, client, direct, through):
        if not direct and not through:
            self.failed += 1
            print(f"failed  {client.name}: no step was taken, see its log")
        faults = {step: self.fault_of(step, direct.get(step), through.get(step)) for step in direct | through}
        self.steps(client.name, faults)
        if self.options.show:
            for step in through:
                print(f"    {step}: {settled(through[step])[:400]}")
        sys.stdout.flush()

    def steps(self, name, faults):
        """Of what is not compared: {step: what is wrong, or None}."""
        bad = {step: fault for step, fault in faults.items() if fault}
        self.passed += len(faults) - len(bad)
        self.failed += len(bad)
        print(f"{'failed ' if bad else 'passed '} {name}: {len(faults) - len(bad)} of {len(faults)} steps")
        for step, fault in bad.items():
            print(f"    {step}: {fault}", flush=True)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0


def run(options, work):
    report = Report(options)
    try:
        install_node()
    except npm.NoRegistry as problem:
        report.skip("all clients, for the servers come from npm too", problem)
        return report.end()
    clients = node_clients()
    try:
        clients += python_clients(install_python())
    except npm.NoRegistry as problem:
        report.skip("the Python client", problem)
    with contextlib.ExitStack() as stack:
        ports = {
            "everything": stack.enter_context(everything(work)),
            "fixture": stack.enter_context(fixture(work)),
            "example": stack.enter_context(example(options.junctor, work)),
        }
        port = stack.enter_context(gateway(options.junctor, work, **ports))
        for client in (each for each in clients if options.only in each.name):
            found = client.run(client.places(Sites(options.junctor, work, ports, port)), work)
            report.client(client, found["direct"], found["through"])
    if options.only in imported.NAME:
        report.steps(imported.NAME, imported.steps(options.junctor, NODE, PACKAGES, work))
    return report.end()


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--junctor", type=Path, required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args(arguments)
    options.junctor = options.junctor.resolve()
    return options


def main():
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = Path(tempfile.mkdtemp(prefix="junctor-sdk-"))
    status = 2
    try:
        if not os.access(options.junctor, os.X_OK):
            raise CannotRun(f"{options.junctor} is not there or cannot be executed")
        status = run(options, work)
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        print("0 passed, 1 failed, 0 skipped")
    finally:
        if status == 0:
            shutil.rmtree(work, ignore_errors=True)
        else:
            print(f"logs: {work}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
