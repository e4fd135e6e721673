"""A running gateway reads its file again: no call is dropped, what is unchanged stays as it is, and a
bad file changes nothing."""
import json
import os
import signal
import threading

from sessions import Client, event_of, message_of, rpc
from stdio import command, pid_of
from support import gateway as program
from support import http, wait
from support.federation import Federation, names_of, said
from support.gateway import Gateway
from support.member import Member
from support.upstream import Legacy, Upstream, modern

RELOADS = 100
VERSION = "io.modelcontextprotocol/protocolVersion"


class Both:
    """A server of both eras. The answers of a slow call and of a standalone stream stay open until
    `finish` is set."""

    def __init__(self):
        self.finish = threading.Event()
        self.legacy = Legacy(call=self.call, get=self.get)

    def __call__(self, exchange):
        meta = ((exchange.message or {}).get("params") or {}).get("_meta") or {}
        if exchange.rpc == "server/discover" or VERSION in meta:
            return self.slow(exchange) if self.is_slow(exchange) else modern(exchange)
        return self.legacy(exchange)

    @staticmethod
    def is_slow(exchange):
        params = exchange.message.get("params") or {}
        return exchange.rpc == "tools/call" and params.get("name") == "slow"

    def call(self, exchange):
        return self.slow(exchange) if self.is_slow(exchange) else NotImplemented

    @staticmethod
    def say(exchange, data):
        exchange.event({"jsonrpc": "2.0", "method": "notifications/message",
                        "params": {"level": "info", "data": data}})

    def slow(self, exchange):
        exchange.begin_events()
        self.say(exchange, "begun")
        self.finish.wait(60 * wait.PATIENCE)
        exchange.event({"jsonrpc": "2.0", "id": exchange.id,
                        "result": {"resultType": "complete", "content": []}})
        exchange.end_events()

    def get(self, exchange):
        exchange.begin_events()
        self.say(exchange, "listening")
        self.finish.wait(60 * wait.PATIENCE)
        self.say(exchange, "still here")
        exchange.end_events()


def put(gateway, text):
    """As editors do: a new file is moved into the place of the old one."""
    fresh = gateway.config.with_suffix(".new")
    fresh.write_text(text)
    os.replace(fresh, gateway.config)


def rewrite(gateway, change):
    config = json.loads(gateway.config.read_text())
    change(config)
    put(gateway, json.dumps(config))


def outcomes(gateway):
    return gateway.records("reloaded") + gateway.records("reload_refused")


def reload(gateway, change=None):
    """By SIGHUP; returns when the log says how it went."""
    if change is not None:
        rewrite(gateway, change)
    before = len(outcomes(gateway))
    gateway.signal(signal.SIGHUP)
    wait.until(lambda: len(outcomes(gateway)) > before, "the outcome of a reload")


def ask_reload(gateway):
    return http.ask(gateway.admin, http.head("POST", "/reload"))


def status(gateway):
    return gateway.get("/status").json()


def with_header(value, upstream=0):
    """A change that makes another upstream of it."""
    def change(config):
        config["upstreams"][upstream]["headers"] = {"X-New": value}
    return change


class Load(threading.Thread):
    """One client that calls without a pause, on one connection, and keeps what went wrong."""

    def __init__(self, port, *texts):
        super().__init__(daemon=True)
        self.port = port
        self.texts = texts
        self.over = threading.Event()
        self.calls = 0
        self.failures = []

    def run(self):
        try:
            with http.Connection(self.port) as connection:
                while not self.over.is_set():
                    connection.send(self.texts[self.calls % len(self.texts)])
                    answer = connection.answer()
                    self.calls += 1
                    if answer.status != 200 or "result" not in answer.messages()[-1]:
                        self.failures.append(answer)
        except Exception as error:  # Told by the test, in its own thread.
            self.failures.append(error)


class Loads:
    """Several of them, while the body of the with-statement runs; none may have failed."""

    def __init__(self, loads, least):
        self.loads = loads
        self.least = least

    def __enter__(self):
        for load in self.loads:
            load.start()
        wait.until(lambda: all(load.calls for load in self.loads), "a call of each client")
        return self

    def __exit__(self, kind, *_):
        for load in self.loads:
            load.over.set()
        for load in self.loads:
            load.join(30 * wait.PATIENCE)
        if kind is None:
            wait.same([f for load in self.loads for f in load.failures], [], "failed calls")
            least = min(load.calls for load in self.loads)
            wait.same(least >= self.least, True, f"{least} calls of the slowest client")


def add_or_remove_another(config):
    """Each time another generation: an upstream and its route come and go, and a limit changes."""
    names = [upstream["name"] for upstream in config["upstreams"]]
    if "another" in names:
        config["upstreams"] = [u for u in config["upstreams"] if u["name"] != "another"]
        config["routes"] = [r for r in config["routes"] if r["path"] != "/another"]
    else:
        config["upstreams"].insert(0, {"name": "another", "url": "http://127.0.0.1:9/mcp"})
        config["routes"].insert(0, {"path": "/another", "upstream": "another"})
    config["limits"] = {"keep_alive": f"{10 + len(names)}s"}


def test_a_hundred_reloads_under_load():
    """Eight clients of both eras call on two shards while the file changes a hundred times: no call
    fails; an answer and a standalone stream that were open before the first reload go on behind the
    last one."""
    server = Both()
    with Upstream(server) as upstream, Gateway(upstream.url, shards=2) as gateway:
        listener = Client(gateway)
        stream = listener.get()
        wait.same(stream.head().status, 200, "the standalone stream")
        wait.same(message_of(stream)["params"]["data"], "listening")
        answer = listener.begin(params={"name": "slow"}, id=7)
        wait.same(answer.head().status, 200, "the answer that is under way")
        wait.same(message_of(answer)["params"]["data"], "begun")
        loads = []
        for number in range(8):
            if number % 2:
                loads.append(Load(gateway.port, http.call("tools/call", {"name": "t"})))
            else:
                client = Client(gateway)
                loads.append(Load(gateway.port, client.text("tools/call", {"name": "t"}),
                                  client.text("tools/list")))
        with Loads(loads, RELOADS // 4):
            for _ in range(RELOADS):
                reload(gateway, add_or_remove_another)
        server.finish.set()
        wait.same(message_of(answer)["id"], 7, "the answer")
        wait.same(message_of(stream)["params"]["data"], "still here")
        wait.same(status(gateway)["generation"], 1 + RELOADS)
        wait.same(gateway.metric("junctor_config_reloads_total", outcome="applied"), float(RELOADS))
        gateway.alive()


def test_a_program_under_load():
    """The same for a process that serves the stateless era from one of two shards, and for one behind
    a session: no call fails, and both are the same processes afterwards."""
    with Gateway(command(), shards=2) as gateway:
        def add(config):
            config["upstreams"].append({"name": "modern", "command": command("--modern"),
                                        "era": "modern"})
            config["routes"].append({"path": "/modern", "upstream": "modern"})
        reload(gateway, add)
        client = Client(gateway)
        pid = pid_of(client)
        text = http.request(http.message("tools/call", {"name": "pid", "arguments": {}}),
                            http.modern_fields("tools/call", "pid"), path="/modern")
        shared = http.ask(gateway.port, text).messages()[-1]["result"]["content"]
        in_session = client.text("tools/call", {"name": "pid", "arguments": {}})
        loads = [Load(gateway.port, *[text if n % 2 else in_session]) for n in range(6)]
        with Loads(loads, 20):
            for _ in range(30):
                reload(gateway, add_or_remove_another)
        wait.same(pid_of(client), pid, "the process of the session")
        again = http.ask(gateway.port, text).messages()[-1]["result"]["content"]
        wait.same(again, shared, "the process of the stateless era")
        gateway.alive()


def test_a_changed_upstream_takes_over_without_a_gap():
    """Clients of the stateless era call while their upstream gets another header at each reload: no
    call fails, what comes afterwards carries the new header, and nothing is kept of the former
    generations."""
    with Upstream() as upstream, Gateway(upstream.url, shards=2) as gateway:
        loads = [Load(gateway.port, http.call("tools/call", {"name": "t"})) for _ in range(4)]
        with Loads(loads, 20):
            for number in range(30):
                reload(gateway, with_header(str(number)))
        wait.same(http.ask(gateway.port, http.call()).status, 200)
        wait.same(upstream.calls("tools/list")[-1].one("X-New"), "29", "the header of now")
        # Those of now: at most one for each call that ran at the same time.
        wait.until(lambda: len(upstream.open) <= 6, "connections of former generations are closed")
        open_now = gateway.metric("junctor_upstream_connections_open")
        wait.same(open_now, float(len(upstream.open)), "connections as the gateway counts them")
        gateway.alive()


class ProgramClient(Client):
    """A client of the route /program."""

    def __init__(self, gateway):
        self.port = gateway.port
        self.fields = [("Content-Type", "application/json"), ("Accept", http.BOTH)]
        self.answer = http.ask(self.port, self.text_of(self.hello("2025-11-25")))
        self.id = self.answer.one("Mcp-Session-Id")
        self.fields += [("Mcp-Session-Id", self.id), ("MCP-Protocol-Version", "2025-11-25")]

    def text_of(self, body):
        return http.request(body, self.fields, path="/program")

    def text(self, method, params=None, id=1):
        return self.text_of(rpc(method, params, id))


def test_what_is_unchanged_stays_the_same():
    """Beside an upstream that comes, changes and goes, the other keeps its TCP connection, and a
    program its process; the sessions on both go on; the new route serves at once, and the one that
    is gone is 404."""
    with Upstream(Both()) as upstream, Upstream() as other, Gateway(upstream.url) as gateway:
        client = Client(gateway)
        wait.same(client.ask().status, 200)
        connections = upstream.connections

        def add(config):
            config["upstreams"].append({"name": "other", "url": other.url})
            config["upstreams"].append({"name": "program", "command": command()})
            config["routes"].append({"path": "/other", "upstream": "other"})
            config["routes"].append({"path": "/program", "upstream": "program"})

        reload(gateway, add)
        to_other = http.request(http.message(), http.modern_fields(), path="/other")
        wait.same(http.ask(gateway.port, to_other).status, 200, "the new route")
        program_client = ProgramClient(gateway)
        pid = pid_of(program_client)
        reload(gateway, with_header("yes", 1))
        wait.same(http.ask(gateway.port, to_other).status, 200, "the changed route")
        wait.same(other.calls("tools/list")[-1].one("X-New"), "yes")

        def remove(config):
            del config["upstreams"][1]
            config["routes"] = [r for r in config["routes"] if r["path"] != "/other"]

        reload(gateway, remove)
        wait.same(http.ask(gateway.port, to_other).status, 404, "the route that is gone")
        wait.same(client.ask().status, 200, "the session")
        wait.same(upstream.connections, connections, "connections to the one that is unchanged")
        wait.same(pid_of(program_client), pid, "the process")
        wait.until(lambda: not other.open, "connections to the one that is gone are closed")
        wait.same([u["name"] for u in status(gateway)["upstreams"]], ["scripted", "program"])
        gateway.alive()


def test_a_session_of_a_changed_upstream_ends_when_its_call_has():
    """A call of a session runs while its upstream is changed: it is answered; a new request of the
    session is 404, its standalone stream ends, and it is ended at the upstream behind the call."""
    server = Both()
    with Upstream(server) as upstream, Gateway(upstream.url) as gateway:
        client = Client(gateway)
        stream = client.get()
        wait.same(stream.head().status, 200)
        wait.same(message_of(stream)["params"]["data"], "listening")
        answer = client.begin(params={"name": "slow"}, id=7)
        wait.same(answer.head().status, 200)
        wait.same(message_of(answer)["params"]["data"], "begun")
        reload(gateway, with_header("yes"))
        wait.same(event_of(stream), None, "the end of the standalone stream")
        wait.same(client.ask().status, 404, "a new request of the session")
        wait.same(server.legacy.deleted, [], "ended before its call")
        server.finish.set()
        wait.same(message_of(answer)["id"], 7, "the answer of the call that ran")
        wait.until(lambda: server.legacy.deleted == ["upstream-1"], "DELETE upstream")
        wait.same(Client(gateway).answer.status, 200, "a new session")
        wait.same(upstream.calls("initialize")[-1].one("X-New"), "yes")
        wait.until(lambda: gateway.metric("junctor_mcp_sessions") == 1.0, "the new session alone")


def test_a_changed_program_is_started_anew():
    """The process of a changed upstream is stopped when nothing needs it; the next session has another
    one, with the new settings. One that may have a single process is no exception."""
    with Gateway(command(), upstream_settings={"process": {"max": 1}}) as gateway:
        client = Client(gateway)
        pid = pid_of(client)

        def change(config):
            config["upstreams"][0]["env"] = {"WORD": "new"}

        reload(gateway, change)
        wait.same(client.ask().status, 404, "the session of the old one")
        client = Client(gateway)
        told = client.ask("tools/call", {"name": "env", "arguments": {"name": "WORD"}})
        wait.same("new" in json.dumps(told.messages()[-1]), True, told)
        wait.until(lambda: not os.path.exists(f"/proc/{pid}"), "the old process has ended")
        wait.same(len(gateway.children()), 1, "processes")
        told = status(gateway)["upstreams"][0]
        wait.same((told["processes"], told["crashes"], told["backsOff"]), (1, 0, False))


def bad_files(good):
    bad = json.loads(good)
    bad["upstreams"][0]["era"] = "stone"
    bad["upstreams"][0]["headers"] = {"X-Key": "s3cret\u0001"}
    bad["routes"][0]["upstream"] = "nobody"
    no_certificates = json.loads(good)
    no_certificates["upstreams"][0].update(url="https://127.0.0.1:9/", tls={"ca_file": "none.pem"})
    return {"three_mistakes": (json.dumps(bad), 3), "no_syntax": ("{", 1),
            "no_certificates": (json.dumps(no_certificates), 1)}


def test_a_bad_file_changes_nothing():
    """All problems are said, in the log, in the answer of POST /reload, in /status and in
    /readyz?verbose, which stays ready; nothing secret is; the old configuration serves on. The same
    for a file that is gone. A good file behind a bad one is taken, and no change is a change."""
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        good = gateway.config.read_text()
        cases = bad_files(good)
        for name, (text, count) in cases.items():
            put(gateway, text)
            answer = ask_reload(gateway)
            wait.same(answer.status, 422, name)
            told = answer.json()
            wait.same((told["outcome"], told["generation"]), ("refused", 1), name)
            wait.same(len(told["problems"]), count, f"{name}: {told['problems']}")
            wait.same(status(gateway)["reload"], told, name)
            verbose = gateway.get("/readyz?verbose")
            wait.same(verbose.status, 200, "still ready")
            wait.same(verbose.body.decode().count("[info] reload problem: "), count, name)
            wait.same("s3cret" in verbose.body.decode() + gateway.log(), False, "a secret")
            wait.same(http.ask(gateway.port, http.call()).status, 200, name)
        wait.until(lambda: len(gateway.records("reload_problem")) == 5, "problems in the log")
        gateway.config.unlink()
        wait.same(ask_reload(gateway).status, 422, "a file that is gone")
        refused = float(len(cases) + 1)
        wait.same(gateway.metric("junctor_config_reloads_total", outcome="refused"), refused)
        put(gateway, good)
        answer = ask_reload(gateway)
        wait.same((answer.status, answer.json()["outcome"]), (200, "unchanged"))
        wait.same(status(gateway)["generation"], 1)
        wait.same("reload problem" in gateway.get("/readyz?verbose").body.decode(), False)


def test_what_counts_from_the_start_is_named():
    """Another number of shards and another port are named and keep their old value; what else the
    file changes applies."""
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        def change(config):
            config["shards"] = 2
            config["listen"]["http"] = "127.0.0.1:1"
            config["limits"] = {"keep_alive": "3s"}

        rewrite(gateway, change)
        told = ask_reload(gateway).json()
        wait.same(told["outcome"], "applied")
        wait.same(sorted(told["needsRestart"]), ["listen.http", "shards"])
        wait.same(told["changes"], ["limits.keep_alive was 15s and is 3s"])
        wait.same(http.ask(gateway.port, http.call()).status, 200)
        gateway.alive()


def test_limits_apply_to_what_begins():
    """A smaller limit of answers counts for the next call, and not for the one that runs."""
    size = 200_000
    release = threading.Event()

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return modern(exchange)
        body = json.dumps({"jsonrpc": "2.0", "id": exchange.id, "result": {
            "resultType": "complete", "content": [{"type": "text", "text": "x" * size}]}})
        half = len(body) // 2
        exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body[:half].encode())
        release.wait(20 * wait.PATIENCE)
        return exchange.raw(body[half:].encode())

    with Upstream(serve) as upstream, Gateway(upstream.url) as gateway:
        running = http.Connection(gateway.port)
        running.send(http.call("tools/call", {"name": "t"}))
        upstream.wait_for("tools/call")

        def change(config):
            config["limits"] = {"answer_bytes_max": "64KiB"}

        reload(gateway, change)
        release.set()
        wait.same("result" in running.answer().messages()[-1], True, "the call that ran")
        after = http.ask(gateway.port, http.call("tools/call", {"name": "t"}))
        wait.same(after.status == 200 and after.whole and "result" in after.messages()[-1], False)


def test_operators_have_a_listener_of_their_own():
    """/status and /reload are on the admin listener alone where there is one; without one they are on
    listen.http if that is a loopback address, and a page of another site cannot ask."""
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        for method, path in (("GET", "/status"), ("POST", "/reload")):
            wait.same(http.ask(gateway.port, http.head(method, path)).status, 404, path)
        wait.same(http.ask(gateway.admin, http.head("GET", "/reload")).status, 405, "GET /reload")
    with Upstream() as upstream, Gateway(upstream.url, admin=False) as gateway:
        wait.same(ask_reload(gateway).status, 200)
        foreign = http.head("POST", "/reload", [("Origin", "http://evil.example")])
        wait.same(http.ask(gateway.port, foreign).status, 403, "another site")
    open_to_all = {"listen": {"http": "0.0.0.0:0"}, "auth": "none"}
    with Upstream() as upstream, Gateway(upstream.url, settings=open_to_all, admin=False,
                                         ready=False) as gateway:
        record = wait.until(lambda: gateway.records("listening"), "the listener")[0]
        port = int(json.dumps(record).rsplit("http://0.0.0.0:", 1)[1].split('"')[0])
        for method, path in (("GET", "/status"), ("POST", "/reload")):
            wait.same(http.ask(port, http.head(method, path)).status, 404, path)


# --- the commands --------------------------------------------------------------------------------


def test_the_commands():
    """`reload` and `status` find the gateway by --url or by its file, print for people and as JSON, and
    end with 0; with 1 and all problems when it refuses; with 3 where none answers, or not as one."""
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        at = f"http://127.0.0.1:{gateway.admin}"
        rewrite(gateway, with_header("yes"))
        done = program.run("reload", "--url", at)
        wait.same((done.returncode, done.stderr), (0, ""))
        wait.same(done.stdout, "applied: generation 2\nupstream scripted has changed\n")
        again = program.run("reload", "--url", at, "--json")
        wait.same((again.returncode, json.loads(again.stdout)["outcome"]), (0, "unchanged"))
        shown = program.run("status", "--url", at)
        wait.same(shown.returncode, 0, shown.stderr)
        lines = shown.stdout.splitlines()
        wait.same("generation 2, sessions 0" in lines[0], True, lines)
        wait.same(lines[1].startswith("last reload: unchanged at "), True, lines)
        wait.same(lines[2].split()[0], "UPSTREAM", lines)
        wait.same(lines[3].split()[0], "scripted", lines)
        told = json.loads(program.run("status", "--url", at, "--json").stdout)
        wait.same(told["upstreams"][0]["name"], "scripted")
        text, count = bad_files(gateway.config.read_text())["three_mistakes"]
        put(gateway, text)
        refused = program.run("reload", "--url", at)
        wait.same((refused.returncode, refused.stdout), (1, ""))
        wait.same(len(refused.stderr.splitlines()), count + 1, refused.stderr)
        mistaken = program.run("status", "--url", f"http://127.0.0.1:{gateway.port}")
        wait.same(mistaken.returncode, 3, mistaken.stderr)
        wait.same("listen.admin" in mistaken.stderr, True, mistaken.stderr)
        named = gateway.config.with_name("named.yaml")
        named.write_text(json.dumps({"listen": {"admin": f"127.0.0.1:{gateway.admin}"}}))
        wait.same(program.run("status", "--config", str(named)).returncode, 0, "by its file")
        for words in (["--config", str(gateway.config)],  # Any free port: nobody knows which.
                      ["--url", at, "--config", str(named)], ["--url", "nonsense"]):
            wait.same(program.run("reload", *words).returncode, 2, str(words))
    for name in ("reload", "status"):
        wait.same(program.run(name, "--url", at).returncode, 3, "no gateway")


# --- watching ------------------------------------------------------------------------------------


def test_watching_the_file():
    """With `reload: watch` a change is read by itself: a burst of writes once, the last of them; a bad
    file in between is reported and does no harm. Without it nothing is read."""
    with Upstream() as upstream, Gateway(upstream.url, settings={"reload": "watch"}) as gateway:
        for number in range(10):
            rewrite(gateway, with_header(str(number)))
        wait.until(lambda: status(gateway)["generation"] > 1, "the new generation")
        wait.same(status(gateway)["generation"], 2, "one for the burst")
        wait.same(http.ask(gateway.port, http.call()).status, 200)
        wait.same(upstream.calls("tools/list")[-1].one("X-New"), "9", "the last of them")
        good = gateway.config.read_text()
        gateway.config.write_text("{")
        wait.until(lambda: gateway.records("reload_refused"), "the refusal")
        gateway.config.write_text(good)
        wait.until(lambda: status(gateway)["reload"]["outcome"] == "unchanged", "the good one again")
        gateway.terminate()
        wait.same(gateway.ended(), 0, "exit status")
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        rewrite(gateway, with_header("1"))
        wait.same(ask_reload(gateway).json()["generation"], 2, "the first one that was asked for")
        wait.same(len(outcomes(gateway)), 1, "reloads")


# --- federated routes ----------------------------------------------------------------------------


def members_are(*names, extra=()):
    def change(config):
        config["upstreams"] += [e for e in extra if e not in config["upstreams"]]
        config["routes"][0]["upstreams"] = list(names)
    return change


def tools_of(client):
    return names_of(client.ask("tools/list").messages()[-1])


def call(client, name, id=5):
    return said(client.ask("tools/call", {"name": name, "arguments": {}}, id=id).messages()[-1])


def without(name):
    def change(config):
        config["upstreams"] = [u for u in config["upstreams"] if u["name"] != name]
    return change


def told_changes(stream, count):
    return [message_of(stream)["method"] for _ in range(count)]


def test_members_come_and_go():
    """A client's session of a federated route outlives each change of the members, with the sessions of
    those that stay: the lists change, it is told, and calls go where the lists say. The session with
    the member that is gone is ended there."""
    a, b, c = Member("a", ["one"]), Member("b", ["two"]), Member("c", ["three"])
    with Upstream(c) as third, Federation(a, b) as federation:
        gateway = federation.gateway
        client = Client(gateway)
        stream = client.get()
        wait.same(stream.head().status, 200)
        wait.same(tools_of(client), ["one", "two"])
        wait.same([call(client, "one")[0], call(client, "two")[0]], ["a", "b"])
        added = {"name": "c", "url": third.url}
        reload(gateway, members_are("a", "b", "c", extra=[added]))
        wait.same(told_changes(stream, 1), ["notifications/tools/list_changed"], "c is new")
        wait.same(tools_of(client), ["one", "two", "three"])
        wait.same(call(client, "three")[0], "c")
        reload(gateway, members_are("c", "a"))
        wait.same(told_changes(stream, 1), ["notifications/tools/list_changed"], "b is gone")
        wait.same(tools_of(client), ["three", "one"], "in the order of the file")
        wait.same([call(client, "one")[0], call(client, "three")[0]], ["a", "c"])
        gone = client.ask("tools/call", {"name": "two", "arguments": {}}).messages()[-1]
        wait.same(gone["error"]["code"], -32602)
        wait.until(lambda: len(b.deleted) == b.opened, "the session with b is ended")
        wait.same(a.opened - len(a.deleted), 1, "sessions with a: the client's own")
        wait.same(client.delete().status, 200)
        gateway.alive()


def test_a_changed_member_takes_over():
    """A member gets another header: the client's session goes on, the next call opens a new session
    with it, the old one is ended behind the call that ran in it, and no name vanishes meanwhile."""
    release = threading.Event()

    def slowly(exchange):
        params = exchange.message.get("params") or {}
        if exchange.rpc == "tools/call" and params.get("name") == "slow":
            release.wait(20 * wait.PATIENCE)
        return NotImplemented

    a, b = Member("a", ["one"]), Member("b", ["two", "slow"], call=slowly)
    with Federation(a, b) as federation:
        gateway = federation.gateway
        client = Client(gateway)
        wait.same(call(client, "two")[0], "b")
        running = client.begin("tools/call", {"name": "slow", "arguments": {}}, id=9)
        federation.up["b"].wait_for("tools/call", 2)
        ended_before = list(b.deleted)
        reload(gateway, with_header("yes", 1))
        wait.same(call(client, "two")[0], "b", "at once, and by a new session")
        seen = federation.up["b"].calls("tools/call")
        wait.same([each.one("X-New") for each in seen], [None, None, "yes"])
        wait.same(seen[0].one("Mcp-Session-Id") != seen[2].one("Mcp-Session-Id"), True, "sessions")
        wait.same(seen[0].one("Mcp-Session-Id") in b.deleted, False, "ended under its call")
        release.set()
        wait.same(running.answer().messages()[-1]["id"], 9, "the call that ran")
        first = seen[0].one("Mcp-Session-Id")
        wait.until(lambda: first in b.deleted and first not in ended_before, "ended behind it")
        wait.same(tools_of(client), ["one", "two", "slow"])
        gateway.alive()


def test_members_change_under_load():
    """Clients of both eras call a member that stays, on two shards, while another one comes, changes and
    goes fifty times: no call fails."""
    a, b = Member("a", ["one"]), Member("b", ["two"])
    with Upstream(b) as other, Federation(a, shards=2) as federation:
        gateway = federation.gateway
        entry = {"name": "b", "url": other.url}

        def change(config):
            names = config["routes"][0]["upstreams"]
            config["upstreams"] = [u for u in config["upstreams"] if u["name"] != "b"]
            if len(names) == 1:
                config["upstreams"].append({**entry, "headers": {"X-New": str(change.count)}})
                config["routes"][0]["upstreams"] = ["b", "a"]
            else:
                config["routes"][0]["upstreams"] = ["a"]
            change.count += 1

        change.count = 0
        loads = []
        for number in range(6):
            params = {"name": "one", "arguments": {}}
            text = federation.text("tools/call", params) if number % 2 else \
                Client(gateway).text("tools/call", params)
            loads.append(Load(gateway.port, text))
        with Loads(loads, 20):
            for _ in range(50):
                reload(gateway, change)
        wait.same(federation.names(), ["one"])
        wait.until(lambda: not other.open, "connections to the member that is gone are closed")
        gateway.alive()


def test_a_subscription_is_told_and_ends():
    """A client of the stateless era that listens hears that the lists changed, and that its
    subscription is over; with a new one it hears of what comes."""
    a, b = Member("a", ["one"]), Member("b", ["two"])
    with Federation(a, b) as federation:
        wait.same(federation.names(), ["one", "two"])
        params = {"notifications": {"toolsListChanged": True}}
        listening = federation.begin("subscriptions/listen", params, id=3)
        wait.same(listening.head().status, 200)
        wait.same(message_of(listening)["method"], "notifications/subscriptions/acknowledged")
        reload(federation.gateway, members_are("a"))
        wait.same(message_of(listening)["method"], "notifications/tools/list_changed")
        wait.same(message_of(listening)["result"]["resultType"], "complete")
        again = federation.begin("subscriptions/listen", params, id=4)
        wait.same(again.head().status, 200)
        wait.same(message_of(again)["method"], "notifications/subscriptions/acknowledged")
        wait.same(federation.names(), ["one"])
        remaining = federation.up["b"].open
        reload(federation.gateway, without("b"))
        wait.until(lambda: not remaining, "connections to b are closed, though somebody listens")
