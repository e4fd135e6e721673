"""Running the gateway: health, metrics as Prometheus reads them, logs, configuration errors, how it
ends, and that nothing secret is told."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from sessions import Client
from support import gateway as program
from support import http, wait
from support.federation import Federation
from support.gateway import Gateway
from support.member import Member, tool
from support.upstream import Legacy, Upstream

COMPLETE = {"resultType": "complete", "content": []}
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def need(command):
    path = shutil.which(command)
    if path is None:
        raise wait.Skipped(f"no {command}: Debian package prometheus")
    return path


def test_health():
    """/livez and /readyz are 200, with ?verbose one line a check; on the admin listener alone where
    there is one, else on the other; never cached."""
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        for path in ("/livez", "/readyz"):
            answer = gateway.get(path)
            wait.same((answer.status, answer.body), (200, b"ok\n"), path)
            wait.same(answer.one("Cache-Control"), "no-store", path)
            verbose = gateway.get(f"{path}?verbose")
            lines = verbose.body.decode().splitlines()
            wait.same(verbose.status, 200, path)
            wait.same(len(lines) > 1 and all(
                re.fullmatch(r"\[(pass|info)\] (\S+|upstream \S+): .+|ok", line) for line in lines), True, lines)
            wait.same(http.ask(gateway.port, http.head("GET", path)).status, 404, "on listen.http")
        wait.same(gateway.get("/mcp").status, 404, "the route on listen.admin")
    with Upstream() as upstream, Gateway(upstream.url, admin=False) as gateway:
        for path in ("/livez", "/readyz", "/metrics", "/version"):
            wait.same(http.ask(gateway.port, http.head("GET", path)).status, 200, path)
        foreign = http.head("GET", "/metrics", host="evil.example")
        wait.same(http.ask(gateway.port, foreign).status, 403, "another Host")


def test_what_upstreams_are_is_asked_at_start():
    """Each shard asks each upstream once, before the first client comes, which era it speaks; one whose era is in the
    configuration is not asked, and one that comes with a reload is."""
    with Upstream() as upstream, Upstream() as other, Upstream() as told:
        upstreams = [{"name": "first", "url": upstream.url}, {"name": "told", "url": told.url, "era": "modern"}]
        routes = [{"path": "/mcp", "upstream": "first"}, {"path": "/told", "upstream": "told"}]
        settings = {"upstreams": upstreams, "routes": routes}
        with Gateway(settings=settings, shards=2) as gateway:
            wait.until(lambda: len(gateway.records("era_found")) == 2, "both shards have asked")
            wait.same([seen.rpc for seen in upstream.seen], ["server/discover"] * 2, "the questions")
            wait.same(gateway.metric("junctor_upstream_up", upstream="first"), 1.0, "up")
            wait.same("result" in http.ask(gateway.port, http.call()).json(), True, "the first call")
            wait.same(len(upstream.seen), 3, "requests after the first call")
            settings["upstreams"].append({"name": "other", "url": other.url})
            settings["routes"].append({"path": "/other", "upstream": "other"})
            gateway.config.write_text(json.dumps({**json.loads(gateway.config.read_text()), **settings}))
            gateway.signal(signal.SIGHUP)
            wait.until(lambda: len(other.seen) == 2, "what came with the reload was asked")
            wait.same(told.seen, [], "what said its era")


def test_a_tool_that_changes_behind_its_name():
    """Another description, schema or annotation of a tool is in the log and counted once, however many shards and clients
    read the lists, and `junctor status` names it until it is what it was; a new tool is none that changed."""
    member = Member("a", [tool("pay", description="Pays."), "other"])
    member.ttl_ms = 0
    with Federation(member, Member("b", ["x"]), shards=2) as f:
        def told():
            return [(r["upstream"], r["tool"]) for r in f.gateway.records("tool_definition_changed")]

        def look():
            for _ in range(8):
                f.names()
            return program.run("status", "--url", f"http://127.0.0.1:{f.gateway.admin}").stdout

        wait.same(("changed tool" in look(), told()), (False, []), "at first")
        member.offer(tool("pay", description="Pays twice."), "other", "new")
        wait.same("changed tool: a: pay\n" in look(), True, "status")
        wait.same(told(), [("a", "pay")], "the log")
        wait.same(f.gateway.metric("junctor_tool_definitions_changed_total", upstream="a"), 1.0, "the counter")
        verbose = f.gateway.get("/readyz?verbose").body.decode()
        wait.same("upstream a: up, connections" in verbose and "changed tools 1" in verbose, True, verbose)
        member.offer(tool("pay", description="Pays."), "other")
        wait.same(("changed tool" in look(), len(told())), (False, 1), "as it was")


def test_version():
    """/version and `junctor version` name the program, a SemVer version and MCP's revisions."""
    with Gateway() as gateway:
        answer = gateway.get("/version")
        told = answer.json()
        wait.same((answer.one("Content-Type"), told["name"]), ("application/json", "junctor"))
        semver = r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?"
        wait.same(bool(re.fullmatch(semver, told["version"])), True, told)
        wait.same("2026-07-28" in told["protocolVersions"], True, told)
    printed = program.run("version")
    wait.same((printed.returncode, told["version"] in printed.stdout), (0, True), printed.stdout)


def busy(gateway):
    """A bit of everything that is counted."""
    http.ask(gateway.port, http.call())
    http.ask(gateway.port, http.call("tools/call", {"name": "t"}))
    http.ask(gateway.port, http.call("made/up"))
    http.ask(gateway.port, b"BROKEN\r\n\r\n")
    http.ask(gateway.port, http.head("GET", "/nowhere"))


def test_metrics_pass_promtool():
    """Both forms have the content type that was asked for; the classic one passes `promtool check
    metrics` without a word, the other ends with # EOF and says the same values."""
    promtool = need("promtool")
    with Upstream() as upstream, Gateway(upstream.url, shards=2) as gateway:
        busy(gateway)
        wait.until(lambda: gateway.metric("junctor_http_requests_total", status_class="4xx"),
                   "the last one is counted")
        classic = gateway.get("/metrics")
        wait.same(classic.one("Content-Type").startswith("text/plain; version=0.0.4"), True,
                  classic.one("Content-Type"))
        checked = subprocess.run([promtool, "check", "metrics"], input=classic.body,
                                 capture_output=True, timeout=60)
        wait.same((checked.returncode, checked.stdout + checked.stderr), (0, b""), "promtool")
        other = gateway.get("/metrics", accept=f"{OPENMETRICS},text/plain;q=0.5")
        wait.same(other.one("Content-Type").startswith("application/openmetrics-text; version=1"),
                  True, other.one("Content-Type"))
        lines = other.body.decode().splitlines()
        wait.same(lines[-1], "# EOF", "the last line")
        for sample in ('junctor_http_requests_total{status_class="4xx"} 1',
                       'junctor_mcp_calls_total{upstream="scripted",method="tools/call",'
                       'outcome="ok"} 1'):
            wait.same(sample in lines and sample in classic.body.decode(), True, sample)
        for line in lines:
            if line.startswith("# TYPE") and line.endswith(" counter"):
                wait.same(line.split()[2].endswith("_total"), False, f"family name in {line}")


def test_prometheus_scrapes_it():
    """A real Prometheus finds the target up and has the counters, in the form it prefers."""
    prometheus = need("prometheus")
    with Upstream() as upstream, Gateway(upstream.url) as gateway, \
            tempfile.TemporaryDirectory() as directory:
        busy(gateway)
        config = pathlib.Path(directory) / "prometheus.yml"
        config.write_text(json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [{"job_name": "junctor", "static_configs": [
                {"targets": [f"127.0.0.1:{gateway.admin}"]}]}]}))
        port = free_port()
        log = open(pathlib.Path(directory) / "log", "wb")
        process = subprocess.Popen(
            [prometheus, f"--config.file={config}", f"--storage.tsdb.path={directory}/data",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        try:
            def query(expression):
                try:
                    answer = http.ask(port, http.head("GET", "/api/v1/query?query=" + expression,
                                                      [("Connection", "close")]))
                except (OSError, AssertionError):
                    return []
                return answer.json()["data"]["result"] if answer.status == 200 else []

            up = lambda: [r for r in query("up") if r["value"][1] == "1"]  # noqa: E731
            wait.until(up, "up == 1 in Prometheus", 60)
            calls = wait.until(lambda: query("junctor_mcp_calls_total"), "the counter", 20)
            wait.same({r["metric"]["upstream"] for r in calls}, {"scripted"}, "labels")
            buckets = query("junctor_http_request_duration_seconds_bucket")
            wait.same(len(buckets) > 5, True, "a histogram's buckets")
        finally:
            process.terminate()
            process.wait()
            log.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_logs():
    """Lines of JSON with time, severity and event; the access log is off by default, has a record
    for each request with `full` and for one in N with `sampled`, without query, header or body."""
    rows = wait.Rows()
    for access, expected in ((None, 0), ("full", 40), ("sampled", 4)):
        log = {"access": access, "access_one_in": 10} if access else {}
        with Upstream() as upstream, Gateway(upstream.url, settings={"log": log}) as gateway:
            def check():
                with http.Connection(gateway.port) as connection:
                    for n in range(40):
                        text = http.call("tools/call", {"name": "private-tool"}, id=n)
                        connection.send(text.replace(b"/mcp ", b"/mcp?private=query "))
                        wait.same(connection.answer().status, 200)
                    wait.until(lambda: len(gateway.records("request")) >= expected, "records")
                gateway.at_rest()
                records = gateway.records("request")
                wait.same(len(records), expected, "records")
                for record in records:
                    told = (record["method"], record["path"], record["status"], record["severity"])
                    wait.same(told, ("POST", "/mcp", 200, "INFO"))
                    wait.same("127.0.0.1" in record["peer"] and record["bytes"] > 0, True, record)
                for line in gateway.log_lines:
                    record = json.loads(line)
                    wait.same({"ts", "severity", "event"} <= set(record), True, line)
                wait.same("private" in gateway.log(), False, "private matter in the log")
            rows.row(str(access), check)
    rows.settle()


def test_log_lines_cannot_be_forged():
    """What a client or an upstream says cannot add a line or a control byte to the log."""
    def serve(exchange):
        exchange.raw(b"HTTP/1.1 200 \x1b[31mred\r\nContent-Type: a\x1b[0m\r\n\r\n")
        exchange.close()

    settings = {"log": {"access": "full", "level": "debug"}}
    with Upstream(serve) as upstream, \
            Gateway(upstream.url, era="modern", settings=settings) as gateway:
        forged = '{"severity":"ERROR"}'
        for text in (http.call("x\n" + forged), http.call(),
                     http.head("GET", '/"},' + forged), http.head("GET\x1b[31m", "/"),
                     http.head("GET", "/x", [("Origin", "a\x1b[31m")])):
            http.ask(gateway.port, text)
        wait.until(lambda: gateway.records("request"), "a record")
        for line in gateway.log_lines:
            json.loads(line)
            wait.same([c for c in line if c < " "], [], line)


BAD_CONFIG = """listen:
  htp: 127.0.0.1:0
shards: many
upstreams:
  - name: a
    url: ftp://x
    tiemout: 3s
  - name: a
    url: http://127.0.0.1:1/mcp
    timeout: 3 parsecs
routes:
  - path: mcp
    upstream: b
limits:
  body_bytes_max: -1
nonsense: true
"""


def test_the_first_program_of_children_is_no_command_for_people():
    """`exec-child` is not in the help, becomes the command for who says to be its parent, and does
    nothing for others."""
    help_text = subprocess.run([program.JUNCTOR, "--help"], capture_output=True, text=True).stdout
    wait.same(("serve" in help_text, "exec-child" in help_text), (True, False), help_text)
    command = [program.JUNCTOR, "exec-child", "--parent"]
    ran = subprocess.run([*command, str(os.getpid()), "--nice", "19", "--", "nice"], capture_output=True,
                         text=True)
    wait.same((ran.returncode, ran.stdout, ran.stderr), (0, "19\n", ""), "for its parent")
    ran = subprocess.run([*command, "1", "--", "echo", "seen"], capture_output=True, text=True)
    wait.same((ran.returncode, ran.stdout, ran.stderr), (127, "", ""), "for another")
    ran = subprocess.run([*command, str(os.getpid()), "cat"], capture_output=True, text=True)
    wait.same((ran.returncode, ran.stdout), (127, ""), "wrong words")
    wait.same(ran.stderr.startswith('exec-child: "cat" is not understood'), True, ran.stderr)


def test_configuration_errors_come_all_at_once():
    """`check` and `serve` name each problem with file, line and path, what was expected and what
    may have been meant; exit 1; nothing listens."""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "bad.yaml"
        path.write_text(BAD_CONFIG)
        for command in (("check", str(path)), ("serve", "--config", str(path))):
            got = program.run(*command)
            told = got.stdout + got.stderr
            wait.same(got.returncode, 1, f"exit status, of {told}")
            for line, word in ((2, "listen.htp"), (3, "shards"), (6, "url"), (7, "tiemout"),
                               (10, "timeout"), (12, "path"), (13, "upstream"),
                               (15, "limits.body_bytes_max"), (16, "nonsense")):
                found = [t for t in told.splitlines() if f"bad.yaml:{line}" in t and word in t]
                wait.same(len(found) >= 1, True, f"line {line}, {word}, in:\n{told}")
            for meant in ("http", "timeout"):
                wait.same(f"did you mean" in told.lower() and meant in told, True, told)
        missing = program.run("check", str(path) + ".missing")
        wait.same(missing.returncode, 1, "a file that is not there")
        wait.same(program.run("check").returncode, 2, "wrong usage")


def test_check_and_reference():
    """A good file: exit 0 and what it would serve, without its secrets; `config reference` is the
    page of the documentation."""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "good.yaml"
        path.write_text("upstreams:\n  - name: a\n    url: http://127.0.0.1:1/mcp\n"
                        "    headers: {X-Api-Key: very-secret}\n"
                        "routes:\n  - path: /mcp\n    upstream: a\n")
        got = program.run("check", str(path))
        wait.same(got.returncode, 0, got.stderr)
        wait.same("/mcp" in got.stdout and "very-secret" not in got.stdout + got.stderr, True,
                  got.stdout)
    printed = program.run("config", "reference")
    page = pathlib.Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
    wait.same((printed.returncode, printed.stdout == page.read_text()), (0, True), "the reference")


def test_an_address_in_use():
    """A second gateway on the same port ends with exit 1 and says why; the first goes on."""
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        settings = {"listen": {"http": f"127.0.0.1:{gateway.port}"}}
        second = Gateway(upstream.url, settings=settings, ready=False)
        try:
            wait.same(second.ended(), 1, "exit status")
            wait.same(str(gateway.port) in second.log(), True, second.log())
        finally:
            second.kill()
        wait.same(http.ask(gateway.port, http.call()).status, 200, "the first")


def test_not_on_other_addresses_without_auth():
    """listen.http beyond loopback needs `auth: none`: exit 1 and the reason otherwise."""
    gateway = Gateway(settings={"listen": {"http": "0.0.0.0:0"}}, ready=False)
    try:
        wait.same(gateway.ended(), 1, "exit status")
        wait.same("auth" in gateway.log(), True, gateway.log())
    finally:
        gateway.kill()


def test_an_idle_gateway_ends_at_once():
    """SIGTERM with idle connections, sessions and pools: exit 0 within a second."""
    with Upstream(Legacy()) as upstream, Gateway(upstream.url, shards=2) as gateway:
        Client(gateway).ask()
        idle = [http.Connection(gateway.port) for _ in range(20)]
        idle[0].send(http.head("GET"))
        idle[0].answer()
        begun = time.monotonic()
        gateway.terminate()
        wait.same(gateway.ended(), 0, "exit status")
        wait.within(1, begun, "the end")
        for connection in idle:
            wait.same(connection.closed(), True, "idle connections are closed")
        said = {record["event"] for record in gateway.records()}
        wait.same({"draining", "drained"} <= said, True, "said so")


def slow_server(release, events):
    def serve(exchange):
        if exchange.rpc != "tools/call":
            return exchange.result(COMPLETE)
        if events:
            exchange.begin_events()
            exchange.event({"jsonrpc": "2.0", "method": "notifications/progress", "params": {}})
        release.wait(20)
        if not events:
            return exchange.result(COMPLETE)
        exchange.event({"jsonrpc": "2.0", "id": exchange.id, "result": COMPLETE})
        return exchange.end_events()
    return serve


def refused(port):
    """No connection, or one that is closed without an answer."""
    try:
        http.ask(port, http.call())
    except (OSError, AssertionError):
        return True
    return False


def test_drain():
    """SIGTERM: not ready, no new connections, the running calls finish and say that the connection
    ends; then exit 0."""
    for events in (False, True):
        release = threading.Event()
        with Upstream(slow_server(release, events)) as upstream, \
                Gateway(upstream.url, era="modern") as gateway:
            running = http.Connection(gateway.port)
            running.send(http.call("tools/call", {"name": "t"}, id="running"))
            upstream.wait_for("tools/call")
            gateway.terminate()
            wait.until(lambda: gateway.get("/readyz").status == 503, "/readyz says 503")
            wait.same(gateway.get("/livez").status, 200, "/livez")
            wait.until(lambda: refused(gateway.port), "no new connections")
            wait.same(gateway.process.poll(), None, "waits for the call")
            begun = time.monotonic()
            release.set()
            answer = running.answer()
            wait.same((answer.status, answer.messages()[-1]["id"]), (200, "running"))
            wait.same(running.closed(), True, "the connection ends")
            running.close()
            wait.same(gateway.ended(), 0, "exit status")
            wait.within(1, begun, "the end behind the last call")


def test_drain_delay():
    """With drain.delay the gateway says 503 on /readyz and serves on for that long."""
    settings = {"drain": {"delay": "700ms"}}
    with Upstream() as upstream, \
            Gateway(upstream.url, era="modern", settings=settings) as gateway:
        begun = time.monotonic()
        gateway.terminate()
        wait.until(lambda: gateway.get("/readyz").status == 503, "/readyz says 503")
        wait.same(http.ask(gateway.port, http.call()).status, 200, "still served")
        wait.same(gateway.ended(), 0, "exit status")
        wait.same(time.monotonic() - begun >= 0.7, True, "not before the delay is over")


def test_drain_timeout():
    """Calls that still run when drain.timeout is over are ended, and the process with them."""
    release = threading.Event()
    settings = {"drain": {"timeout": "500ms"}}
    with Upstream(slow_server(release, True)) as upstream, \
            Gateway(upstream.url, era="modern", settings=settings) as gateway:
        running = http.Connection(gateway.port)
        running.send(http.call("tools/call", {"name": "t"}))
        wait.same(running.head().status, 200)
        begun = time.monotonic()
        gateway.terminate()
        wait.same(gateway.ended(), 0, "exit status")
        wait.within(2, begun, "the end")
        running.rest()
        release.set()


def test_signals_that_end_at_once():
    """SIGINT, or a second SIGTERM, with a call that never ends: gone within a second."""
    for signals in ((signal.SIGINT,), (signal.SIGTERM, signal.SIGTERM),
                    (signal.SIGTERM, signal.SIGINT)):
        release = threading.Event()
        with Upstream(slow_server(release, True)) as upstream, \
                Gateway(upstream.url, era="modern") as gateway:
            running = http.Connection(gateway.port)
            running.send(http.call("tools/call", {"name": "t"}))
            wait.same(running.head().status, 200)
            begun = time.monotonic()
            for number, each in enumerate(signals):
                gateway.signal(each)
                if number + 1 < len(signals):
                    wait.until(lambda: gateway.records("draining"), "draining")
            wait.same(gateway.ended(), 0, f"exit status after {signals}")
            wait.within(1, begun, "the end")
            release.set()


def test_signals_at_once_are_one():
    """Ctrl-C reaches the gateway by its terminal, and again by a script that waits for it: the end is the same."""
    for _ in range(5):
        with Upstream(Legacy()) as upstream, Gateway(upstream.url) as gateway:
            for each in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
                gateway.signal(each)
            wait.same(gateway.ended(), 0, "exit status")
            wait.same(gateway.records("shard_hangs"), [], "shards that hang")


def test_streams_end_with_the_drain():
    """A standalone stream of a session, which never ends by itself, does not hold up the drain
    beyond its timeout."""
    def get(exchange):
        exchange.begin_events()
        exchange.wait_closed(20)

    settings = {"drain": {"timeout": "1s"}}
    with Upstream(Legacy(get=get)) as upstream, Gateway(upstream.url, settings=settings) as gateway:
        stream = Client(gateway).get()
        wait.same(stream.head().status, 200)
        begun = time.monotonic()
        gateway.terminate()
        wait.same(gateway.ended(), 0, "exit status")
        wait.within(2, begun, "the end")
        stream.rest()


SECRETS = ("configured-secret", "client-secret", "cookie-secret", "argument-secret",
           "result-secret", "q" * 8 + "-seal-key-of-more-than-32-bytes")


def test_nothing_secret_is_told():
    """Configured headers, keys, a client's credentials, arguments and results are in no log line of
    any level, in no metric and in no error, whatever goes wrong."""
    state = {"fail": None}

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return exchange.result(COMPLETE)
        if state["fail"] == "close":
            return exchange.close()
        if state["fail"] == "garbage":
            return exchange.answer(200, b'{"result-secret')
        return exchange.result({"resultType": "complete", "content": [{"x": "result-secret"}]})

    settings = {"log": {"level": "debug", "access": "full"}, "seal": {"keys": [SECRETS[-1]]}}
    more = [("Authorization", "Bearer client-secret"), ("Cookie", "a=cookie-secret")]
    told = b""
    with Upstream(serve) as upstream, \
            Gateway(upstream.url, era="modern", settings=settings,
                    upstream_settings={"headers": {"X-Key": "configured-secret"}}) as gateway:
        for fail in (None, "close", "garbage"):
            state["fail"] = fail
            text = http.call("tools/call", {"name": "t", "arguments": {"a": "argument-secret"}},
                             more=more)
            answer = http.ask(gateway.port, text)
            if fail:
                told += answer.body
            bad = text.replace(b"Mcp-Method: tools/call", b"Mcp-Method: x")
            told += http.ask(gateway.port, bad).body
        wait.same(upstream.calls()[0].one("X-Key"), "configured-secret", "the upstream has it")
        told += gateway.get("/metrics").body + gateway.get("/readyz?verbose").body
        told += gateway.get("/version").body
        told += program.run("check", str(gateway.config)).stdout.encode()
        gateway.terminate()
        gateway.ended()
        told += gateway.log().encode()
    for secret in SECRETS:
        wait.same(secret.encode() in told, False, f"{secret} was told")
