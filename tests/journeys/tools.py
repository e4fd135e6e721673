"""The MCP client on the command line: `junctor tools|prompts|resources` against the example server,
through a gateway, and against servers that misbehave."""
import json
import os
import pty
import select
import shutil
import subprocess
import tempfile
import time

from support import gateway as program
from support import wait
from support.gateway import Gateway
from support.upstream import Legacy, Upstream, discover

ERAS = ("auto", "legacy", "modern")


class Example:
    """The example server as a process, on a port of its own."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [program.JUNCTOR, "example-server", "--listen", "127.0.0.1:0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.url = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def told(got):
    return got.returncode, got.stdout, got.stderr


def ran(*arguments, url, input=None):
    return told(program.run(*arguments, "--url", url, input=input))


LIST = "NAME    DESCRIPTION\necho    Gives the text back.\nadd     Adds two whole numbers.\n"
CALLS = (
    ("echo", ("text=hé",), (0, "hé\n", "")),
    ("add", ("a=40", "b=2"), (0, '42\n{"sum":42}\n', "")),
    ("slow", ("steps=2", "step_ms=1"), (0, "Took 2 steps.\n", "")),
    ("fail", (), (1, "", "This tool always fails.\n")),
    ("add", ("a=1",), (2, "", "junctor: missing: b (integer)\n")),
    ("add", ("a=1", "b=two"), (2, "", 'junctor: b has to be integer, not "two"\n')),
    ("echo", ("txt=a",), (2, "", 'junctor: there is no argument "txt"; did you mean "text"?\n')),
    ("ecko", (), (2, "", 'junctor: the server has no tool "ecko"; did you mean "echo"?\n')),
)


def test_tools_in_both_eras_and_through_a_gateway():
    """List, describe and call give the same against the server and through the gateway, whichever
    era is spoken; mistakes are named before anything is called."""
    rows = wait.Rows()
    with Example() as example, Gateway(example.url) as gateway:
        for url in (example.url, f"http://127.0.0.1:{gateway.port}/mcp"):
            for era in ERAS:
                def listed():
                    code, out, err = ran("tools", "list", "--era", era, url=url)
                    wait.same((code, out.startswith(LIST), err), (0, True, ""), out)
                    code, out, err = ran("tools", "describe", "add", "--era", era, url=url)
                    wait.same((code, "a         integer  yes" in out, err), (0, True, ""), out)
                rows.row(f"{url} {era} list", listed)
                for name, pairs, expected in CALLS:
                    rows.row(f"{url} {era} {name}", lambda: wait.same(
                        ran("tools", "call", name, *pairs, "--era", era, url=url), expected))
        gateway.at_rest()
    rows.settle()


def test_prompts_and_resources():
    """Prompts and resources of the example server, in both eras: listed, described, got and read."""
    rows = wait.Rows()
    with Example() as example:
        for era in ERAS:
            def row(expected, *arguments):
                def check():
                    code, out, err = ran(*arguments, "--era", era, url=example.url)
                    wait.same((code, expected in out, err), (0, True, ""), out)
                rows.row(f"{era} {' '.join(arguments)}", check)
            row("explain  Asks for an explanation.", "prompts", "list")
            row("topic", "prompts", "describe", "explain")
            row("MCP", "prompts", "get", "explain", "topic=MCP")
            row("example://notes/{id}", "resources", "list")
            row("7", "resources", "read", "example://notes/7")
    rows.settle()


def test_json_is_the_servers_result():
    """--json prints the result byte by byte as one document: odd numbers, escapes and unknown
    members stay, through the gateway too; of a tool that failed as well, with exit 1."""
    result = ('{"content":[ {"type":"text","text":"\\u0041\\/"}],"isError":true,'
              '"n":1.0e+2,"big":123456789012345678901,"resultType":"complete","_meta":{"x":[]}}')

    def serve(exchange):
        if exchange.rpc == "server/discover":
            return discover(exchange)
        if exchange.rpc == "tools/list":
            return exchange.result({"resultType": "complete", "tools": [{"name": "t"}]})
        body = '{"jsonrpc":"2.0","id":%d,"result":%s}' % (exchange.id, result)
        return exchange.answer(200, body.encode())

    with Upstream(serve) as upstream, Gateway(upstream.url) as gateway:
        for url in (upstream.url, f"http://127.0.0.1:{gateway.port}/mcp"):
            wait.same(ran("tools", "call", "t", "--json", url=url), (1, result + "\n", ""), url)
            code, out, err = ran("tools", "list", "--json", url=url)
            wait.same((code, json.loads(out)["tools"], err), (0, [{"name": "t"}], ""), url)


def test_arguments_from_outside():
    """--arguments takes JSON, @FILE and - (stdin), and sends it as it is; what is no JSON object is
    wrong usage."""
    with Example() as example, tempfile.NamedTemporaryFile("w") as file:
        file.write('{"text":"of a file"}')
        file.flush()
        rows = wait.Rows()
        for given, input, expected in (
                ('{"text":"inline"}', None, (0, "inline\n", "")),
                (f"@{file.name}", None, (0, "of a file\n", "")),
                ("-", '{"text":"of stdin"}', (0, "of stdin\n", "")),
                ('{"text":7}', None, (1, "", "junctor: the server answered tools/call with error "
                                             "-32602: echo needs `text`, a string\n")),
                ("[1]", None, (2, "", "junctor: the arguments have to be a JSON object\n")),
                ("-", "{", (2, "", "junctor: the arguments are no JSON: syntax at byte 1\n"))):
            rows.row(given, lambda: wait.same(
                ran("tools", "call", "echo", "--arguments", given, url=example.url, input=input),
                expected))
        rows.settle()


def test_every_page_is_read():
    """Lists follow nextCursor to the end, also behind an empty one; a list that names itself as its
    next page ends with exit 5."""
    pages = {None: (["a"], ""), "": (["b"], "x"), "x": (["c"], None)}

    def serve(exchange):
        if exchange.rpc == "server/discover":
            return discover(exchange)
        if exchange.rpc == "prompts/list":
            return exchange.result({"prompts": [], "nextCursor": "again"})
        names, cursor = pages[exchange.message["params"].get("cursor")]
        return exchange.result({"tools": [{"name": n} for n in names], "nextCursor": cursor})

    with Upstream(serve) as upstream:
        wait.same(ran("tools", "list", url=upstream.url)[1], "NAME  DESCRIPTION\na\nb\nc\n")
        wait.same(ran("tools", "list", "--json", url=upstream.url)[1],
                  '{"tools":[{"name":"a"},{"name":"b"},{"name":"c"}]}\n')
        code, out, err = ran("prompts", "list", url=upstream.url)
        wait.same((code, out, "for ever" in err), (5, "", True), err)


def test_prompts_and_resources():
    """Prompts are listed, described and got, with string arguments; resources and templates are
    listed, and read as text or named with type and size."""
    def serve(exchange):
        params = exchange.message.get("params", {})
        answers = {
            "prompts/list": {"prompts": [{"name": "p", "title": "A prompt", "arguments": [
                {"name": "n", "required": True}]}]},
            "prompts/get": {"messages": [{"role": "user", "content": {
                "type": "text", "text": json.dumps(params.get("arguments"))}}]},
            "resources/list": {"resources": [{"uri": "a:é", "name": "one"}]},
            "resources/templates/list": {"resourceTemplates": [{"uriTemplate": "a:{x}"}]},
            "resources/read": {"contents": [
                {"uri": "a:é", "text": "text"},
                {"uri": "a:é", "mimeType": "image/png", "blob": "AAAA"}]},
        }
        if exchange.rpc in answers:
            return exchange.result(answers[exchange.rpc])
        return NotImplemented

    with Upstream(Legacy(serve)) as upstream:
        url = upstream.url
        wait.same(ran("prompts", "list", url=url)[1], "NAME  DESCRIPTION\np     A prompt\n")
        wait.same(ran("prompts", "get", "p", "n=1", url=url), (0, 'user:\n{"n": "1"}\n', ""))
        wait.same(ran("prompts", "get", "p", url=url)[::2], (2, "junctor: missing: n (string)\n"))
        wait.same(ran("resources", "list", url=url)[1],
                  "URI    NAME  TYPE  DESCRIPTION\na:é    one\na:{x}\n")
        wait.same(ran("resources", "describe", "a:{x}", url=url), (0, "a:{x}\n", ""))
        wait.same(ran("resources", "read", "a:é", url=url),
                  (0, "text\n[resource a:é image/png, 3 bytes]\n", ""))


def test_a_session_is_begun_kept_and_ended():
    """In the legacy era: initialize, notifications/initialized, the session's header on all that
    follows, DELETE at the end; ping is answered, other requests of the server with -32601."""
    def call(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        exchange.event({"jsonrpc": "2.0", "id": "p", "method": "ping"})
        exchange.event({"jsonrpc": "2.0", "id": "e", "method": "elicitation/create", "params": {}})
        exchange.event({"jsonrpc": "2.0", "id": exchange.id, "result": {"content": []}})
        return None  # The stream stays open.

    def serve(exchange):
        if exchange.rpc == "tools/list":
            return exchange.result({"tools": [{"name": "t"}]})
        return call(exchange)

    legacy = Legacy(serve)
    with Upstream(legacy) as upstream:
        wait.same(ran("tools", "call", "t", url=upstream.url), (0, "", ""))
        seen = upstream.calls()
        wait.same([each.rpc or each.method for each in seen],
                  ["server/discover", "initialize", "notifications/initialized", "tools/list",
                   "tools/call", "POST", "POST", "DELETE"])
        for each in seen[2:]:
            wait.same((each.one("Mcp-Session-Id"), each.one("MCP-Protocol-Version")),
                      ("upstream-1", "2025-11-25"), each.start)
        wait.same(seen[5].message, {"jsonrpc": "2.0", "id": "p", "result": {}})
        wait.same((seen[6].message["id"], seen[6].message["error"]["code"]), ("e", -32601))
        wait.same((legacy.sessions, legacy.deleted), (set(), ["upstream-1"]))


def test_exit_codes():
    """1 an error of the server, 2 wrong usage, 3 not reached, 4 no answer in time, 5 no MCP; each
    with a sentence on stderr and nothing on stdout."""
    def page(exchange):
        exchange.answer(200, b"<html>", "text/html")

    def wants(exchange):
        if exchange.rpc == "server/discover":
            return discover(exchange)
        if exchange.rpc == "tools/list":
            return exchange.result({"tools": [{"name": "t"}]})
        return exchange.result({"resultType": "input_required", "inputRequests": {
            "q": {"method": "elicitation/create", "params": {"message": "Sure?"}}}})

    def lacks(exchange):
        if exchange.rpc == "server/discover":
            return discover(exchange)
        body = '{"jsonrpc":"2.0","id":%d,"error":{"code":-32601,"message":"no"}}' % exchange.id
        return exchange.answer(404, body.encode())

    rows = wait.Rows()

    def row(name, code, word, *arguments, url):
        def check():
            got = ran(*arguments, url=url)
            wait.same((got[0], got[1], word in got[2]), (code, "", True), got[2])
        rows.row(name, check)

    with Example() as example:
        row("wrong path", 1, "HTTP 404", "tools", "list", url=example.url + "/no")
        row("a bad URL", 2, "scheme", "tools", "list", url="ftp://x")
        row("a bad header", 2, "Name: value", "tools", "list", "--header", "x", url=example.url)
        row("a bad era", 2, "--era", "tools", "list", "--era", "x", url=example.url)
        begun = time.monotonic()
        row("slow", 4, "within 200ms", "tools", "call", "slow", "step_ms=5000", "--timeout",
            "200ms", url=example.url)
        row("slow legacy", 4, "within 200ms", "tools", "call", "slow", "step_ms=5000", "--timeout",
            "200ms", "--era", "legacy", url=example.url)
        wait.within(5, begun, "two timeouts")
        dead = example.url
    row("a dead port", 3, "cannot be reached", "tools", "list", url=dead)
    with Upstream(lambda exchange: exchange.wait_closed()) as upstream:
        row("silence", 4, "no answer", "tools", "list", "--timeout", "200ms", url=upstream.url)
    with Upstream(lambda exchange: exchange.answer(401)) as upstream:
        row("not let in", 1, "HTTP 401", "tools", "list", url=upstream.url)
        wait.same(len(upstream.calls()), 1, "requests after a 401")
    with Upstream(lambda exchange: exchange.close()) as upstream:
        row("broken off", 5, "no good answer", "tools", "list", url=upstream.url)
    with Upstream(page) as upstream:
        row("a page", 5, "no good answer", "tools", "list", url=upstream.url)
    with Upstream(lacks) as upstream:
        row("no prompts", 1, "error -32601", "prompts", "list", url=upstream.url)
    with Upstream(wants) as upstream:
        row("input", 1, "q (elicitation/create: Sure?)", "tools", "call", "t", url=upstream.url)
    rows.settle()


def test_a_call_that_is_given_up_is_cancelled():
    """After a timeout in a session the server is sent notifications/cancelled, and DELETE."""
    def call(exchange):
        if exchange.rpc == "tools/list":
            return exchange.result({"tools": [{"name": "t"}]})
        if exchange.rpc == "tools/call":
            return exchange.wait_closed()
        return NotImplemented

    with Upstream(Legacy(call)) as upstream:
        limit = f"{int(500 * wait.PATIENCE)}ms"  # Enough for the handshake and the list.
        code, _, _ = ran("tools", "call", "t", "--timeout", limit, url=upstream.url)
        wait.same(code, 4, "exit status")
        cancelled = upstream.wait_for("notifications/cancelled")[0]
        asked = upstream.calls("tools/call")[0]
        wait.same(cancelled.message["params"]["requestId"], asked.id)
        wait.until(lambda: [e for e in upstream.calls() if e.method == "DELETE"], "DELETE")


def test_headers_come_from_the_environment_and_stay_secret():
    """--header is sent with each request, ${env:NAME} in it is replaced, and nothing of it is
    printed, not even when the server refuses."""
    with Upstream(lambda exchange: exchange.answer(403)) as upstream:
        got = subprocess.run(
            [program.JUNCTOR, "tools", "list", "--url", upstream.url,
             "--header", "Authorization: Bearer ${env:JOURNEY_TOKEN}", "--header", "X-Two: 2"],
            capture_output=True, text=True, timeout=30 * wait.PATIENCE,
            env={**os.environ, "JOURNEY_TOKEN": "s3cret"})
        seen = upstream.calls()[0]
        wait.same((seen.one("Authorization"), seen.one("X-Two")), ("Bearer s3cret", "2"))
        wait.same((got.returncode, "s3cret" in got.stdout + got.stderr), (1, False), got.stderr)


def on_terminal(*arguments, typed=()):
    """What the command writes to a terminal that is its stdout and stderr; and its stdin where something is typed, one
    piece behind each prompt, or a wait in seconds before the next."""
    master, slave = pty.openpty()
    process = subprocess.Popen([program.JUNCTOR, *arguments], stdin=slave if typed else subprocess.DEVNULL,
                               stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    text, pending = b"", list(typed)
    try:
        while select.select([master], [], [], 30 * wait.PATIENCE)[0]:
            piece = os.read(master, 65536)
            if not piece:
                break
            text += piece
            while pending and text.endswith((b": ", b"] ")):
                if not isinstance(pending[0], float):
                    os.write(master, pending.pop(0))
                    break
                time.sleep(pending.pop(0))
    except OSError:  # The last end of the terminal was closed.
        pass
    finally:
        os.close(master)
        process.wait()
    return text.replace(b"\r\n", b"\n")


def test_a_terminal_gets_progress_and_no_control_sequence():
    """Progress is printed where stderr is a terminal, and nowhere else; what a server says cannot
    move the cursor or colour the screen."""
    with Example() as example:
        text = on_terminal("tools", "call", "slow", "steps=2", "step_ms=1", "--url", example.url)
        wait.same(text, b"1/2\n2/2\nTook 2 steps.\n")
        text = on_terminal("tools", "call", "echo", "text=\x1b[31m\x07\u009b2J\r", "--url",
                           example.url)
        wait.same(text, b"\\x1b[31m\\x07\\xc2\\x9b2J\\x0d\n")

    evil = "\x1b]0;owned\x07"

    def serve(exchange):
        if exchange.rpc == "server/discover":
            return discover(exchange)
        if exchange.rpc == "tools/list":
            return exchange.result({"tools": [{"name": evil, "description": evil}]})
        return exchange.error(-32000, evil)

    with Upstream(serve) as upstream:
        for words in (("tools", "list"), ("tools", "describe", evil), ("tools", "describe", "x"),
                      ("tools", "call", evil), ("prompts", "list")):
            text = on_terminal(*words, "--url", upstream.url)
            controls = [c for c in text if c < 0x20 and c != 0x0A]
            wait.same((len(text) > 0, controls), (True, []), text)


def test_a_server_that_is_a_command():
    """A command behind `--` is started for as long as it takes, with the environment of the command line, in both eras;
    its standard error is shown; what cannot start says why; nothing of it is left behind."""
    server = [program.JUNCTOR, "example-server", "--stdio"]
    for era in ERAS:
        got = told(program.run("tools", "call", "add", "a=40", "b=2", "--era", era, "--", *server))
        wait.same(got, (0, '42\n{"sum":42}\n', ""), era)
    listed = program.run("tools", "list", "--", *server)
    wait.same((listed.returncode, listed.stdout.startswith(LIST), listed.stderr), (0, True, ""), "the list")
    shell = ["sh", "-c", f'echo "with $GREETING" >&2; exec "{program.JUNCTOR}" example-server --stdio']
    os.environ["GREETING"] = "hello"
    try:
        greeted = program.run("resources", "list", "--", *shell)
    finally:
        del os.environ["GREETING"]
    wait.same((greeted.returncode, "with hello" in greeted.stderr), (0, True), greeted.stderr)
    for command, code, word in ((["/nonexistent/server"], 1, "127"), (["sh", "-c", "exit 3"], 1, "status 3"),
                                (["cat"], 4, "no answer of cat")):
        failed = program.run("tools", "list", "--timeout", "2s", "--", *command)
        wait.same((failed.returncode, word in failed.stderr, failed.stdout), (code, True, ""), failed.stderr)
    # It may have ended before it is written to.
    for _ in range(20):
        failed = program.run("tools", "list", "--timeout", "2s", "--", "sh", "-c", "exec <&-; exit 3")
        wait.same((failed.returncode, "status 3" in failed.stderr), (1, True), failed.stderr)
    left = subprocess.run(["pgrep", "-f", f"^{program.JUNCTOR} example-server --stdio"], capture_output=True)
    wait.same(left.stdout, b"", "processes that are left")


def test_what_a_configuration_has_behind_a_route():
    """--config starts the gateway for as long as it takes: a route of several upstreams and one of them, told apart by
    --route; what is wrong in the file is said with its place."""
    command = json.dumps([program.JUNCTOR, "example-server", "--stdio"])
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(f"upstreams:\n  - {{name: a, command: {command}}}\n  - {{name: b, command: {command}}}\n"
                   "routes:\n  - {path: /all, upstreams: [a, b]}\n  - {path: /a, upstream: a}\n")
        file.flush()

        def ask(*words):
            return told(program.run("tools", *words, "--config", file.name))

        wait.same(ask("call", "b__echo", "text=x", "--route", "/all"), (0, "x\n", ""), "of both")
        code, _, sentence = ask("call", "b__echo", "text=x", "--route", "/a")
        wait.same((code, "no tool" in sentence), (2, True), sentence)
        code, _, sentence = ask("list")
        wait.same((code, "choose one with --route: /all, /a" in sentence), (2, True), sentence)
        file.write("nonsense: 1\n")
        file.flush()
        code, _, sentence = ask("list", "--route", "/a")
        wait.same((code, f"{file.name}:7:1: nonsense" in sentence), (2, True), sentence)


def test_a_shell_completes_what_there_is():
    """bash completes commands, options, the words of a choice, and files; behind `--` it leaves all to the other
    program. The manual page is one that man reads without a warning."""
    script = program.run("completion", "bash").stdout

    def completed(*words):
        line = " ".join(f"'{word}'" for word in words)
        asked = f"{script}\nCOMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _junctor; printf '%s ' \"${{COMPREPLY[@]}}\""
        done = subprocess.run(["bash", "--norc", "-u", "-c", asked], capture_output=True, text=True)
        wait.same(done.stderr, "", "bash")
        return done.stdout.split()

    wait.same(completed("junctor", "to"), ["tools"])
    wait.same(completed("junctor", "tools", ""), ["list", "describe", "call", "--help"])
    wait.same(completed("junctor", "tools", "call", "echo", "--er"), ["--era"])
    wait.same(completed("junctor", "tools", "call", "--era", "m"), ["modern"])
    wait.same(completed("junctor", "completion", "z"), ["zsh"])
    wait.same(completed("junctor", "tools", "list", "--", "npx", "--e"), [])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "junctor.yaml")
        open(path, "w").close()
        wait.same(completed("junctor", "serve", "--config", folder + "/j"), [path])
        wait.same(completed("junctor", "check", folder + "/j"), [path])
    if shutil.which("groff"):
        page = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=program.run("manual").stdout,
                              capture_output=True, text=True)
        wait.same((page.returncode, page.stderr, len(page.stdout) > 5000), (0, "", True), page.stderr)


def test_people_are_asked_at_the_terminal():
    """What a server asks by elicitation is asked where stdin and stderr are a terminal, in both eras and of a command
    too; a required value is insisted on, the time people take is not the server's, and they may decline or go away.
    Without a terminal nobody is asked, and the server is told that it cannot ask."""
    answers = (((b"\n", b"\n", b"Ada\n"), b"Hello, Ada."), ((b"n\n",), b"You declined."), ((b"\n", b"\x04"), b"You cancelled."))
    with Example() as example:
        for era in ("legacy", "modern"):
            for typed, said in answers:
                text = on_terminal("tools", "call", "ask", "--era", era, "--timeout", "5s", "--url", example.url,
                                   typed=typed)
                wait.same((b"The server asks: What is your name?" in text, text.rstrip().endswith(said)), (True, True), text)
        text = on_terminal("tools", "call", "ask", "--timeout", "1s", "--url", example.url,
                           typed=(b"\n", 1.5, b"Ada\n"))
        wait.same(text.rstrip().endswith(b"Hello, Ada."), True, text)
        text = on_terminal("tools", "call", "ask", "--", program.JUNCTOR, "example-server", "--stdio",
                           typed=(b"\n", b"Ada\n"))
        wait.same(text.rstrip().endswith(b"Hello, Ada."), True, text)
        for era in ("legacy", "modern"):
            got = program.run("tools", "call", "ask", "--era", era, "--url", example.url)
            wait.same((got.returncode, "apability" in got.stderr), (1, True), got.stderr)
