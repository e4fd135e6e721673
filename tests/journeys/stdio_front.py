"""A client on standard input and output: `junctor example-server --stdio`, and `junctor stdio` in
front of a server over HTTP, as a host starts them."""
import json
import os
import pathlib
import select
import signal
import subprocess
import tempfile
import time

from support import gateway as program
from support import wait
from support.upstream import Legacy, Upstream, discover
from tools import Example

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {}}
# What the process may take to end once its input has.
END_SECONDS = 2.0


class Stdio:
    """The program behind pipes; every line that it writes has to be a message."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [program.JUNCTOR, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True)
        self.held = b""
        self.id = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()

    def write(self, text):
        self.process.stdin.write(text if isinstance(text, bytes) else text.encode())
        self.process.stdin.flush()

    def say(self, message):
        self.write(json.dumps(message, separators=(",", ":")) + "\n")

    def line(self, seconds=10.0):
        """The next line as bytes; empty at the end of the output."""
        deadline = time.monotonic() + seconds * wait.PATIENCE
        while b"\n" not in self.held:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise AssertionError(f"no line within {seconds * wait.PATIENCE:g} s")
            got = os.read(self.process.stdout.fileno(), 65536)
            if not got:
                wait.same(self.held, b"", "an unfinished line at the end")
                return b""
            self.held += got
        line, _, self.held = self.held.partition(b"\n")
        return line

    def hear(self):
        message = json.loads(self.line())
        wait.same(message["jsonrpc"], "2.0", "jsonrpc")
        return message

    def ask(self, method, params=None, era="modern"):
        """The messages up to the answer, which is the last one."""
        self.id += 1
        params = dict(params or {})
        if era == "modern":
            params["_meta"] = {**META, "progressToken": self.id}
        elif method == "tools/call":
            params["_meta"] = {"progressToken": self.id}
        self.say({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params})
        messages = [self.hear()]
        while messages[-1].get("id") != self.id or "method" in messages[-1]:
            messages.append(self.hear())
        return messages

    def open(self, capabilities=None):
        answer = self.ask("initialize", {
            "protocolVersion": "2025-11-25", "capabilities": capabilities or {},
            "clientInfo": {"name": "journey", "version": "1"}}, "legacy")[-1]
        wait.same(answer["result"]["protocolVersion"], "2025-11-25", "version")
        self.say({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def end(self, rest=b"", status=0, errors=""):
        """Closes the input; what is still written, the status, and the time it took."""
        begun = time.monotonic()
        self.process.stdin.close()
        written = self.held + self.process.stdout.read()
        self.process.wait(30 * wait.PATIENCE)
        wait.within(END_SECONDS, begun, "the end")
        wait.same(written, rest, "what is written behind the end of the input")
        wait.same(self.process.stderr.read().decode(), errors, "standard error")
        wait.same(self.process.returncode, status, "exit status")


class Config:
    """A configuration file whose routes lead to one upstream."""

    def __init__(self, url, paths=("/mcp",), **settings):
        self.dir = tempfile.TemporaryDirectory(prefix="junctor-journey-")
        self.path = pathlib.Path(self.dir.name) / "junctor.yaml"
        self.path.write_text(json.dumps({
            "upstreams": [{"name": "up", "url": url}],
            "routes": [{"path": path, "upstream": "up"} for path in paths], **settings}))

    def __enter__(self):
        return str(self.path)

    def __exit__(self, *_):
        self.dir.cleanup()


def each_program(check):
    """Runs `check` with the example server itself, and with the gateway in front of it."""
    rows = wait.Rows()

    def row(*arguments):
        with Stdio(*arguments) as client:
            check(client)
            client.end()

    rows.row("example-server --stdio", lambda: row("example-server", "--stdio"))
    with Example() as example, Config(example.url) as config:
        rows.row("stdio --config", lambda: row("stdio", "--config", config))
    rows.settle()


def test_the_modern_era():
    """Discovery, lists, calls and progress; `initialize` is then refused with -32022; a cancelled
    call says nothing more; the process ends by itself when its input does."""
    def check(client):
        found = client.ask("server/discover")[-1]["result"]
        wait.same("2026-07-28" in found["supportedVersions"], True, "supportedVersions")
        names = [tool["name"] for tool in client.ask("tools/list")[-1]["result"]["tools"]]
        wait.same(names[:2], ["echo", "add"], "tools")
        text = 'Grüße\n世界 "\\ \0'
        echoed = client.ask("tools/call", {"name": "echo", "arguments": {"text": text}})[-1]
        wait.same(echoed["result"]["content"][0]["text"], text, "echo")
        messages = client.ask("tools/call", {"name": "slow", "arguments": {"steps": 3, "step_ms": 5}})
        steps = [m["params"]["progress"] for m in messages[:-1]]
        wait.same(steps, [1, 2, 3], "progress")
        refused = client.ask("initialize", {"protocolVersion": "2025-11-25"}, "legacy")[-1]
        wait.same(refused["error"]["code"], -32022, "initialize")
        client.say({"jsonrpc": "2.0", "id": "s", "method": "tools/call", "params": {
            "name": "slow", "arguments": {"steps": 1, "step_ms": 300}, "_meta": META}})
        client.say({"jsonrpc": "2.0", "method": "notifications/cancelled",
                    "params": {"requestId": "s"}})
        wait.same(client.ask("tools/call", {"name": "slow", "arguments": {
            "steps": 1, "step_ms": 500}})[-1]["id"], client.id, "the one behind it")

    each_program(check)


def test_the_legacy_era():
    """A session: lists, calls, progress, a question to the client and its answer, news of a
    resource on the session's own stream, cancellation, and modern requests refused."""
    def check(client):
        client.open({"elicitation": {}})
        names = [t["name"] for t in client.ask("tools/list", era="legacy")[-1]["result"]["tools"]]
        wait.same(names[:2], ["echo", "add"], "tools")
        messages = client.ask("tools/call", {"name": "slow", "arguments": {"steps": 2, "step_ms": 5}},
                              "legacy")
        wait.same([m["params"]["progress"] for m in messages[:-1]], [1, 2], "progress")
        client.say({"jsonrpc": "2.0", "id": "q", "method": "tools/call", "params": {"name": "ask"}})
        question = client.hear()
        wait.same(question["method"], "elicitation/create", "question")
        client.say({"jsonrpc": "2.0", "id": question["id"], "result": {
            "action": "accept", "content": {"name": "Ada"}}})
        answer = client.hear()
        wait.same((answer["id"], "Ada" in json.dumps(answer)), ("q", True), "answer")
        client.ask("resources/subscribe", {"uri": "example://greeting"}, "legacy")
        touched = client.ask("tools/call", {"name": "touch"}, "legacy")
        news = touched[0] if len(touched) > 1 else client.hear()
        wait.same(news["method"], "notifications/resources/updated", "news")
        client.say({"jsonrpc": "2.0", "id": "s", "method": "tools/call", "params": {
            "name": "slow", "arguments": {"steps": 60, "step_ms": 1000}}})
        client.say({"jsonrpc": "2.0", "method": "notifications/cancelled",
                    "params": {"requestId": "s"}})
        wait.same(client.ask("ping", era="legacy")[-1]["result"], {}, "ping")
        refused = client.ask("tools/list")[-1]
        wait.same(refused["error"]["code"], -32600, "a modern request")

    each_program(check)


def test_many_requests_at_once():
    """A hundred lines in one write are all answered, also while a long call runs; running calls do
    not keep the process when the input ends."""
    def check(client):
        client.open()
        client.say({"jsonrpc": "2.0", "id": "long", "method": "tools/call", "params": {
            "name": "slow", "arguments": {"steps": 60, "step_ms": 1000}}})
        client.write("".join(
            '{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"add","arguments":'
            '{"a":%d,"b":1}}}\n' % (n, n) for n in range(100, 200)))
        answers = {m["id"]: m["result"]["structuredContent"]["sum"]
                   for m in (client.hear() for _ in range(100))}
        wait.same(answers, {n: n + 1 for n in range(100, 200)}, "answers")

    each_program(check)


def test_lines_that_are_no_messages():
    """Garbage, a batch, a line over 16 MiB and one without an end: each is answered with an error
    where it can be, and the next message is served."""
    def check(client):
        client.write(b"hello\n\xff\xfe\n[]\n\r\n" + b"x" * (17 << 20) + b"\n")
        errors = [client.hear() for _ in range(4)]
        wait.same([(e["id"], e["error"]["code"]) for e in errors],
                  [(None, -32700), (None, -32700), (None, -32600), (None, -32700)], "errors")
        wait.same("tools" in client.ask("tools/list")[-1]["result"], True, "the next one")
        client.write('{"jsonrpc":"2.0"')

    rows = wait.Rows()
    with Stdio("example-server", "--stdio") as client:
        rows.row("lines", lambda: check(client))
        rows.row("end", lambda: client.end(
            b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,'
            b'"message":"The line is not valid JSON (syntax at byte 16)."}}\n'))
    rows.settle()


def test_bytes_are_kept():
    """Requests reach the server as they were written, and answers come back as they were, but for
    line ends, which become blanks: odd numbers, escapes, unknown members, the order of keys."""
    request = ('{ "params":{"z":1.0e+2,"_meta":{"io.modelcontextprotocol/protocolVersion":'
               '"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"\\u0041":"\\/"},'
               '"name":"t"},"x":123456789012345678901, "method":"tools/call","id":"\\u0031",'
               '"jsonrpc":"2.0"}')
    answer = ('{"result":{"content":[ ],\n"n":1.0e+2,\r\n"t":"\\u00e9\\/\\n","resultType":'
              '"complete"},"extra":[1.50],"id":"\\u0031",\t"jsonrpc":"2.0"}')

    def serve(exchange):
        if exchange.rpc == "server/discover":
            return discover(exchange)
        return exchange.answer(200, answer.encode())

    with Upstream(serve) as upstream, Config(upstream.url) as config:
        with Stdio("stdio", "--config", config) as client:
            client.write(request + "\n")
            wait.same(client.line().decode(), answer.replace("\r", " ").replace("\n", " "), "answer")
            client.end()
        got = [e for e in upstream.seen if e.rpc == "tools/call"]
        wait.same([e.body.decode() for e in got], [request], "request")
        wait.same([e.one("Mcp-Name") for e in got], ["t"], "Mcp-Name")


def test_the_session_ends_with_the_client():
    """The upstream's session is deleted when the input ends, or the process is told to end; its
    calls are given up."""
    for way in ("eof", "SIGTERM"):
        def call(exchange):
            if exchange.rpc == "tools/call":
                return exchange.wait_closed()
            return NotImplemented

        legacy = Legacy(call)
        with Upstream(legacy) as upstream, Config(upstream.url) as config:
            with Stdio("stdio", "--config", config) as client:
                client.open()
                client.say({"jsonrpc": "2.0", "id": 7, "method": "tools/call",
                            "params": {"name": "t"}})
                wait.until(lambda: any(e.rpc == "tools/call" for e in upstream.seen), "a call")
                if way == "SIGTERM":
                    client.process.send_signal(signal.SIGTERM)
                    client.process.wait(10 * wait.PATIENCE)
                client.end()
                wait.until(lambda: legacy.deleted, f"DELETE after {way}", 2.0)


def test_a_lost_session_is_begun_again():
    """A server that has lost its sessions, as after a restart, gets a new one with the same
    `initialize`; the client sees the answers of its requests and nothing else."""
    legacy = Legacy()
    with Upstream(legacy) as upstream, Config(upstream.url) as config:
        with Stdio("stdio", "--config", config) as client:
            client.open()
            wait.same(len(client.ask("tools/list", era="legacy")), 1, "messages before")
            legacy.sessions.clear()
            legacy.deleted.append("lost")  # So that the next one has another name.
            for _ in range(2):
                answers = client.ask("tools/list", era="legacy")
                wait.same([list(m) for m in answers], [["jsonrpc", "id", "result"]], "messages behind")
            wait.same(len(legacy.sessions), 1, "sessions")
            client.end()
        hellos = [e.body for e in upstream.seen if e.rpc == "initialize"]
        wait.same(len(hellos), 2, "initialize")
        wait.same(hellos[0], hellos[1], "what the client said")
        done = [e for e in upstream.seen if e.rpc == "notifications/initialized"]
        wait.same(len({e.one("Mcp-Session-Id") for e in done}), 2, "handshakes")


def test_a_client_that_leaves():
    """A client that closes its end of the output, too, is at its end: the process does not stay."""
    with Stdio("example-server", "--stdio") as client:
        client.ask("tools/list")
        client.process.stdout.close()
        wait.until(lambda: client.process.poll() is not None, "the end of the process", 3.0)
        wait.same(client.process.returncode, 0, "exit status")


def test_the_descriptors_are_left_as_they_were():
    """Standard input and output stay blocking: others may have them too."""
    with Stdio("example-server", "--stdio") as client:
        client.ask("tools/list")
        for descriptor in (0, 1):
            info = pathlib.Path(f"/proc/{client.process.pid}/fdinfo/{descriptor}").read_text()
            flags = int(info.split("flags:")[1].split()[0], 8)
            wait.same(flags & os.O_NONBLOCK, 0, f"O_NONBLOCK of {descriptor}")
        client.end()


def test_the_gateway_writes_no_core():
    """Its memory holds keys and clients' data, as that of `serve` does."""
    with Example() as example, Config(example.url) as config:
        with Stdio("stdio", "--config", config) as client:
            client.open()
            limits = pathlib.Path(f"/proc/{client.process.pid}/limits").read_text()
            core = next(line for line in limits.splitlines() if line.startswith("Max core"))
            wait.same(core.split()[4:6], ["0", "0"], "core file size")


def test_input_from_a_file():
    """A file in place of a pipe: its lines are served, and its end is the end."""
    with tempfile.TemporaryFile() as file:
        for id in (1, 2):
            file.write(json.dumps({"jsonrpc": "2.0", "id": id, "method": "tools/list",
                                   "params": {"_meta": META}}).encode() + b"\n")
        file.seek(0)
        got = subprocess.run([program.JUNCTOR, "example-server", "--stdio"], stdin=file,
                             capture_output=True, timeout=30 * wait.PATIENCE)
    wait.same([json.loads(line)["id"] for line in got.stdout.splitlines()], [1, 2], "answers")
    wait.same((got.returncode, got.stderr), (0, b""), "status and standard error")


def test_what_cannot_be_served():
    """A configuration with mistakes, one without routes, and several routes without a choice: said
    in a sentence, with exit status 1 and nothing on standard output."""
    rows = wait.Rows()

    def row(name, config, expected, *arguments):
        def check():
            with config as path:
                got = program.run("stdio", "--config", path, *arguments, input="")
            wait.same((got.returncode, got.stdout, expected in got.stderr), (1, "", True), got.stderr)
        rows.row(name, check)

    url = "http://127.0.0.1:9/mcp"
    row("mistake", Config(url, nonsense=1), "nonsense: ")
    row("no route", Config(url, ()), "the configuration has no routes")
    row("several", Config(url, ("/a", "/b")), "choose one with --route: /a, /b")
    row("unknown", Config(url, ("/a", "/b")), "there is no route /c", "--route", "/c")
    rows.settle()
    with Config(url, ("/a", "/b")) as path, Stdio("stdio", "--config", path, "--route", "/b") as client:
        answer = client.ask("tools/list")[-1]
        wait.same("error" in answer, True, "an upstream that is down")
        client.process.stdin.close()
        wait.same(client.process.wait(10 * wait.PATIENCE), 0, "exit status")
