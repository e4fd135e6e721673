"""Upstreams that are programs: what they are told, what becomes of the bad ones, and that none is
left behind."""
import json
import os
import pathlib
import select
import signal
import sys
import threading
import time

from sessions import Client, event_of, message_of, rpc
from support import http, wait
from support.gateway import Gateway

SERVER = str(pathlib.Path(__file__).resolve().parent / "support" / "stdio_server.py")
QUICK = {"stop_grace": "300ms", "backoff_min": "50ms", "backoff_max": "200ms"}


def command(*options):
    return [sys.executable, SERVER, *options]


def gateway(*options, settings=None, process=None, upstream=None, **more):
    return Gateway(command(*options), settings=settings,
                   upstream_settings={"process": {**QUICK, **(process or {})}, **(upstream or {})},
                   **more)


def final(answer):
    """The last message of an answer, JSON or events."""
    return answer.messages()[-1]


def text_of(message):
    return message["result"]["content"][0]["text"]


def call(client, name, arguments=None, id=1, meta=None):
    params = {"name": name, "arguments": arguments or {}}
    if meta:
        params["_meta"] = meta
    return final(client.ask("tools/call", params, id=id))


def pid_of(client):
    return int(text_of(call(client, "pid")))


def reason(message):
    return message["error"]["data"]["reason"]


def gone(pid):
    """No process any more; an orphan that has ended waits for init, which takes its time on some machines."""
    try:
        state, parent = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return True
    return (state, parent) == ("Z", "1")


def modern(gateway, name, arguments=None, id=1, meta=None):
    params = {"name": name, "arguments": arguments or {}}
    return http.ask(gateway.port, http.call("tools/call", params, id=id, meta=meta))


# --- the session era -----------------------------------------------------------------------------


def test_a_session_has_a_process_and_its_bytes():
    """Handshake, list and call pass byte by byte; DELETE ends the process."""
    with gateway() as g:
        client = Client(g)
        wait.same(client.answer.json()["result"]["serverInfo"]["name"], "scripted")
        listed = client.ask("tools/list", id="a")
        wait.same(b'"x-unknown":1.5' in listed.body, True, "an unknown member")
        wait.same(listed.json()["id"], "a")
        wait.same(text_of(call(client, "echo", {"b": 1, "a": [None, 1e3]})), '{"b":1,"a":[null,1000.0]}')
        pid = pid_of(client)
        wait.same(client.delete().status, 200)
        wait.until(lambda: gone(pid), "the process gone")
        wait.same(client.ask().status, 404)
        wait.until(lambda: not g.children(), "no child left")
        g.alive()


def test_sessions_do_not_share_a_process():
    """Two clients: two processes, and what one was told the other does not know."""
    with gateway() as g:
        one, two = Client(g), Client(g, version="2025-06-18")
        wait.same(pid_of(one) == pid_of(two), False, "the same process")
        one.ask("logging/setLevel", {"level": "error"})
        wait.same(json.loads(text_of(call(one, "state")))["level"], "error")
        wait.same(json.loads(text_of(call(two, "state")))["level"], None)
        wait.same(json.loads(text_of(call(two, "state")))["initialize"]["protocolVersion"], "2025-06-18")


def test_progress_comes_on_the_stream_of_its_call():
    """Two calls of one session at a time: each hears its own progress and no other."""
    with gateway() as g:
        client = Client(g)
        answers = {}

        def run(token):
            answers[token] = client.ask("tools/call", {
                "name": "sleep", "arguments": {"seconds": 0.5}, "_meta": {"progressToken": token}})

        threads = [threading.Thread(target=run, args=(token,)) for token in ("p\u00e9", 7)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for token, answer in answers.items():
            *progress, last = answer.messages()
            wait.same([m["params"]["progress"] for m in progress], [1, 2, 3, 4, 5], f"of {token}")
            wait.same({m["params"]["progressToken"] for m in progress}, {token})
            wait.same(text_of(last), "slept")


def test_a_question_is_asked_on_the_stream_and_answered_by_post():
    """elicitation/create reaches the client within its call, and its answer the server."""
    with gateway() as g:
        client = Client(g)
        with client.begin(params={"name": "ask", "arguments": {}}) as stream:
            stream.head()
            question = message_of(stream)
            wait.same(question["method"], "elicitation/create")
            answer = {"jsonrpc": "2.0", "id": question["id"],
                      "result": {"action": "accept", "content": {"n": "Ada"}}}
            posted = http.ask(g.port, http.request(json.dumps(answer).encode(), client.fields))
            wait.same(posted.status, 202)
            wait.same(text_of(message_of(stream)), '{"action":"accept","content":{"n":"Ada"}}')


def test_cancelling_names_the_call_that_the_server_knows():
    """The server is told the id that it was given; the call ends, and others go on."""
    with gateway(settings={"limits": {"cancel_grace": "100ms"}}) as g:
        client = Client(g)
        with client.begin(params={"name": "sleep", "arguments": {"seconds": 8}}, id="mine") as stream:
            time.sleep(0.2)
            begun = time.monotonic()
            told = http.ask(g.port, client.text("notifications/cancelled", {"requestId": "mine"}, None))
            wait.same(told.status, 202)
            stream.answer()
            wait.within(2, begun, "the end of a cancelled call")
        wait.same(len(json.loads(text_of(call(client, "cancelled")))), 1, "cancellations")
        wait.same(http.ask(g.port, client.text("notifications/cancelled", {"requestId": "x"}, None)).status,
                  202, "of an unknown call")
        wait.same(len(json.loads(text_of(call(client, "cancelled")))), 1, "cancellations")


def test_ids_of_a_client_may_be_anything_and_twice():
    """Each answer carries its request's own id as it was written."""
    with gateway() as g:
        client = Client(g)
        rows = wait.Rows()
        for raw in ('"x"', "0", "-7", '"\\u00e9"', "9007199254740993", '""'):
            def check(raw=raw):
                body = ('{"jsonrpc":"2.0","id":%s,\n"method":"tools/call",\r\n'
                        '"params":{"name":"echo","arguments":{}}}' % raw)
                answer = http.ask(g.port, http.request(body.encode(), client.fields))
                wait.same(f'"id":{raw}' in answer.body.decode(), True, answer.body)
            rows.row(raw, check)
        rows.settle()
        streams = [client.begin(params={"name": "sleep", "arguments": {"seconds": s}}, id=5)
                   for s in (0.4, 0.1)]
        for stream in streams:
            wait.same(text_of(stream.answer().messages()[-1]), "slept")
            stream.close()


def test_what_the_server_says_before_anybody_listens_is_kept():
    """list_changed right after `initialized` is told to the first standalone stream."""
    with gateway() as g:
        client = Client(g)
        client.ask("ping")
        with client.get() as stream:
            wait.same(stream.head().status, 200)
            wait.same(message_of(stream)["method"], "notifications/tools/list_changed")


def test_params_that_are_missing_or_of_another_kind_are_passed_on():
    """What the gateway remembers of a session it reads from whatever the client sends."""
    for isolation in ("session", "shared"):
        with gateway(process={"isolation": isolation}) as g:
            client = Client(g)
            for method in ("resources/subscribe", "resources/unsubscribe", "logging/setLevel"):
                for params in (None, {}, {"uri": 3, "level": 3}, {"uri": {}, "level": []}):
                    client.ask(method, params, seconds=2)
            wait.same(client.ask("ping").json()["result"], {})
            g.alive()


def test_the_environment_is_what_the_file_says():
    """PATH and HOME, `env:` with its secret, and nothing else of the gateway's; no secret is shown."""
    with gateway(upstream={"env": {"API_KEY": "${env:JUNCTOR_TEST_KEY}"}, "cwd": "."},
                 environment={"JUNCTOR_TEST_KEY": "hush-hush-4711", "OTHER_SECRET": "no"}) as g:
        client = Client(g)
        got = {name: text_of(call(client, "env", {"name": name}))
               for name in ("API_KEY", "OTHER_SECRET", "JUNCTOR_TEST_KEY", "PATH", "PWD")}
        wait.same(got["API_KEY"], "hush-hush-4711")
        wait.same(got["OTHER_SECRET"], "(none)")
        wait.same(got["JUNCTOR_TEST_KEY"], "(none)")
        wait.same(got["PATH"], os.environ["PATH"])
        wait.same("hush" in g.log() + g.get("/metrics").body.decode(), False, "a secret in the log")
        wait.until(lambda: [r for r in g.records("stderr") if r.get("upstream") == "scripted"
                            and "is here" in json.dumps(r)], "stderr in the log")


# --- bad servers ---------------------------------------------------------------------------------


def test_garbage_on_stdout_is_skipped():
    """Banners are counted and skipped; a server that writes nothing else is ended."""
    with gateway("--mode", "garbage") as g:
        client = Client(g)
        wait.same(text_of(call(client, "echo")), "{}")
        wait.same(g.metric("junctor_upstream_garbage_lines_total") >= 2, True, "counted")
    with gateway("--mode", "only_garbage") as g:
        wait.same(reason(Client(g).answer.json()), "upstream_invalid")
        g.alive()


def test_a_server_that_closes_stdout_fails_its_calls_at_once():
    """The call that was under way is told; the process is ended."""
    with gateway("--mode", "closes_stdout") as g:
        client = Client(g)
        begun = time.monotonic()
        wait.same(reason(call(client, "echo")), "upstream_stream_lost")
        wait.within(3, begun, "the end of the call")
        wait.until(lambda: not g.children(), "the process gone")
        g.alive()


def test_a_flood_on_stderr_is_drained_and_bounded():
    """The call is answered, the log does not grow with the flood, the rest is counted."""
    with gateway("--mode", "floods_stderr") as g:
        client = Client(g)
        wait.same(text_of(call(client, "echo")), "{}")
        wait.same(len(g.records("stderr")) < 2000, True, "lines in the log")
        wait.until(lambda: g.metric("junctor_upstream_stderr_lines_lost_total") > 100_000, "counted")


def test_no_process_outlives_its_session():
    """One that ignores EOF, one that ignores SIGTERM too, one with a grandchild: gone in two graces."""
    rows = wait.Rows()
    for mode in ("ignores_eof", "ignores_term", "grandchild"):
        def check(mode=mode):
            with gateway("--mode", mode) as g:
                client = Client(g)
                pid = pid_of(client)
                group = [p for p in pathlib.Path("/proc").iterdir() if p.name.isdigit()
                         and group_of(p) == pid]
                wait.same(len(group), 2 if mode == "grandchild" else 1, "processes of the group")
                begun = time.monotonic()
                client.delete()
                wait.until(lambda: all(gone(p.name) for p in group), "the group gone")
                wait.within(2, begun, "the end")
                wait.same(g.children(), [])
        rows.row(mode, check)
    rows.settle()


def group_of(process):
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[2])
    except OSError:
        return None


def test_a_process_that_ends_is_started_again_with_what_it_was_told():
    """The call under way fails with its reason; the next one finds a server that knows its session."""
    with gateway() as g:
        client = Client(g)
        client.ask("logging/setLevel", {"level": "warning"})
        client.ask("resources/subscribe", {"uri": "a:1"})
        client.ask("resources/subscribe", {"uri": "a:2"})
        client.ask("resources/unsubscribe", {"uri": "a:1"})
        pid = pid_of(client)
        failed = call(client, "crash")
        wait.same(reason(failed), "upstream_stream_lost")
        wait.same("status 9" in failed["error"]["message"], True, failed["error"]["message"])
        state = json.loads(text_of(call(client, "state")))
        wait.same(state["initialize"]["clientInfo"]["name"], "c")
        wait.same((state["level"], state["subscriptions"]), ("warning", ["a:2"]))
        wait.same(pid_of(client) == pid, False, "a new process")
        wait.same(g.metric("junctor_upstream_child_crashes_total"), 1.0)
        g.alive()


def test_a_server_that_cannot_start_says_why():
    """initialize fails with a reason; the log has the server's own words; a loop is slowed down."""
    rows = wait.Rows()
    for name, argv, words in (
        ("exits", command("--mode", "exits_at_start"), "cannot find my configuration"),
        ("missing", ["/nonexistent/server"], "/nonexistent/server"),
    ):
        def check(argv=argv, words=words):
            slow = {"process": {"backoff_min": "10s", "backoff_max": "60s"}}
            with Gateway(argv, upstream_settings=slow) as g:
                wait.same(reason(Client(g).answer.json()), "upstream_unavailable")
                wait.until(lambda: words in g.log(), "the reason in the log")
                begun = time.monotonic()
                again = Client(g).answer.json()
                wait.same(reason(again), "upstream_unavailable")
                wait.same("started again in" in again["error"]["message"], True, again)
                wait.within(1, begun, "a refusal")
                wait.same(g.children(), [])
                g.alive()
        rows.row(name, check)
    rows.settle()


def test_a_server_that_reads_nothing_does_not_hold_up_the_gateway():
    """Large calls are refused once its pipe and our queue are full; others are served."""
    with gateway("--mode", "never_reads", settings={"limits": {"body_bytes_max": "16MiB"}}) as g:
        client, other = Client(g), Client(g)
        params = {"name": "echo", "arguments": {"x": "y" * (12 << 20)}}
        streams = [client.begin(params=params, id=i) for i in range(4)]
        told, _, _ = select.select([s.socket for s in streams], [], [], 10 * wait.PATIENCE)
        wait.same(len(told), 1, "calls that are refused")
        refused = next(s for s in streams if s.socket is told[0])
        wait.same(reason(refused.answer().json()), "upstream_busy")
        wait.same(other.ask("ping").status, 200)
        for stream in streams:
            stream.close()
        g.alive()


def test_a_killed_process_fails_its_calls_and_comes_back():
    """kill -9 under load: its calls fail at once and by name, another session's do not."""
    with gateway() as g:
        client, other = Client(g), Client(g)
        pid = pid_of(client)
        streams = [client.begin(params={"name": "sleep", "arguments": {"seconds": 5}}, id=i)
                   for i in range(4)]
        spared = other.begin(params={"name": "sleep", "arguments": {"seconds": 1}})
        time.sleep(0.3)
        begun = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        for stream in streams:
            wait.same(reason(final(stream.answer())), "upstream_stream_lost")
            stream.close()
        wait.within(1, begun, "the failures")
        wait.same(text_of(call(client, "echo")), "{}", "the next call")
        wait.within(2, begun, "its return")
        wait.same(text_of(final(spared.answer())), "slept")
        spared.close()


# --- how many ------------------------------------------------------------------------------------


def test_an_idle_process_makes_room_for_a_new_one():
    """Three sessions with two places: each is served, none is lost, and never more than two run."""
    with gateway(process={"max": 2}) as g:
        clients = [Client(g) for _ in range(3)]
        for _ in range(2):
            for number, client in enumerate(clients):
                wait.same(text_of(call(client, "echo", {"n": number})), '{"n":%d}' % number)
                wait.same(len(g.children()) <= 2, True, "processes")
        # One after the other: on a busy machine a process takes its time to start.
        busy = []
        for client in clients[:2]:
            wait.same(text_of(call(client, "echo")), "{}")
            busy.append(client.begin(params={"name": "sleep", "arguments": {"seconds": 12}}))
        time.sleep(0.2)
        wait.same(reason(call(clients[2], "echo")), "upstream_busy")
        for stream in busy:
            stream.close()


def test_an_idle_process_is_stopped_and_the_session_stays():
    """After idle_timeout there is no process; the next call has one."""
    with gateway(process={"idle_timeout": "200ms"}) as g:
        client = Client(g)
        wait.same(text_of(call(client, "echo")), "{}")
        wait.until(lambda: not g.children(), "no process")
        wait.same(g.metric("junctor_upstream_children"), 0.0)
        wait.same(text_of(call(client, "echo")), "{}")
        wait.same(g.metric("junctor_upstream_child_crashes_total"), 0.0)


def test_a_process_that_only_said_what_it_offers_is_stopped_too():
    """Lists of a federated route need a process in either era; none stays longer than idle_timeout, and the next call
    has one."""
    entries = [{"name": name, "command": command(*options), "process": {**QUICK, "idle_timeout": "300ms"}}
               for name, options in (("a", ("--modern",)), ("b", ()))]
    settings = {"upstreams": entries, "routes": [{"path": "/mcp", "upstreams": ["a", "b"]}]}
    with Gateway(settings=settings, shards=2) as g:
        for _ in range(2):
            for answer in (http.ask(g.port, http.call("tools/list")), Client(g).ask()):
                wait.same("result" in final(answer), True, answer)
            wait.until(lambda: not g.children(), "no process is left")


def test_nothing_outlives_the_gateway():
    """After a drain, and after kill -9, no process is left."""
    rows = wait.Rows()
    for name, number in (("drain", signal.SIGTERM), ("interrupt", signal.SIGINT), ("kill", signal.SIGKILL)):
        def check(number=number):
            with gateway("--mode", "grandchild") as g:
                pids = [pid_of(Client(g)) for _ in range(3)]
                group = [p for p in pathlib.Path("/proc").iterdir() if p.name.isdigit()
                         and group_of(p) in pids]
                wait.same(len(group), 6)
                g.signal(number)
                g.ended()
                wait.until(lambda: all(gone(p.name) for p in group), "all processes gone", 5)
        rows.row(name, check)
    rows.settle()


# --- the stateless era ---------------------------------------------------------------------------


def test_stateless_clients_share_one_process():
    """Whatever the shard of their connection; ids and progress tokens of two clients do not mix."""
    with gateway("--modern", shards=2) as g:
        pids = {int(text_of(modern(g, "pid", id=i).json())) for i in range(16)}
        wait.same(len(pids), 1, "processes")
        wait.same(len(g.children()), 1, "children")
        answers = {}

        def run(number):
            answers[number] = modern(g, "sleep", {"seconds": 0.5}, id=1, meta={"progressToken": "t"})

        threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for answer in answers.values():
            *progress, last = answer.messages()
            wait.same([m["params"]["progress"] for m in progress], [1, 2, 3, 4, 5])
            wait.same({m["params"]["progressToken"] for m in progress}, {"t"})
            wait.same((last["id"], text_of(last)), (1, "slept"))
        g.alive()


#= mcp 2026-07-28 basic/patterns/cancellation#transport-specific-cancellation:stdio MUST
def test_a_stateless_client_that_leaves_cancels():
    """The server is told by notifications/cancelled, with the number that it knows."""
    with gateway("--modern") as g:
        with http.Connection(g.port) as connection:
            connection.send(http.call("tools/call", {"name": "sleep", "arguments": {"seconds": 8}}))
            time.sleep(0.5)
        wait.until(lambda: len(json.loads(text_of(modern(g, "cancelled").json()))) == 1, "told")


def listen(gateway, id, uri="a:1", path="/mcp"):
    """A subscription; its acknowledgment has come."""
    body = http.message("subscriptions/listen", {"notifications": {"resourceSubscriptions": [uri]}}, id)
    connection = http.Connection(gateway.port)
    connection.send(http.request(body, http.modern_fields("subscriptions/listen"), path=path))
    wait.same(connection.head().status, 200)
    wait.same(message_of(connection)["method"], "notifications/subscriptions/acknowledged")
    return connection


def subscription_of(message):
    return message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"]


#= mcp 2026-07-28 basic/patterns/subscriptions#receiving-notifications MUST
def test_subscriptions_of_one_process_are_told_apart():
    """Two clients with ids of their own: each hears by its own id; who leaves is listened for no more."""
    with gateway("--modern") as g:
        with listen(g, "x") as one, listen(g, 7) as two:
            modern(g, "touch", {"uri": "a:1"})
            for connection, id in ((one, "x"), (two, 7)):
                message = message_of(connection)
                wait.same((message["method"], subscription_of(message)),
                          ("notifications/resources/updated", id))
        wait.until(lambda: text_of(modern(g, "listening").json()) == "0", "nobody listens")


#= mcp 2026-07-28 basic/patterns/subscriptions#graceful-closure MUST
def test_a_federated_subscription_is_made_again_with_a_new_process():
    """The process is killed under it: it is listened to again, and what may have been missed is told."""
    routes = [{"path": "/all", "upstreams": ["scripted"]}]
    with gateway("--modern", settings={"routes": routes}) as g:
        with listen(g, "x", path="/all") as stream:
            os.kill(g.children()[0], signal.SIGKILL)
            message = message_of(stream)
            wait.same((message["method"], subscription_of(message)),
                      ("notifications/resources/updated", "x"))


def test_errors_of_a_stateless_process_have_their_status():
    """-32601 comes with 404 and the client's id, as over HTTP."""
    with gateway("--modern") as g:
        answer = http.ask(g.port, http.call("prompts/list", id="p"))
        wait.same((answer.status, answer.json()["error"]["code"], answer.json()["id"]), (404, -32601, "p"))


def test_an_old_server_is_not_asked_what_it_does_not_know():
    """The question for the era goes to a process of its own: one that ends by it is of the old era."""
    rows = wait.Rows()
    for name, options in (("answers", ()), ("exits", ("--mode", "exits_on_discover"))):
        def check(options=options):
            with gateway(*options) as g:
                refused = modern(g, "echo")
                wait.same((refused.status, refused.json()["error"]["code"]), (400, -32022))
                client = Client(g)
                wait.same(text_of(call(client, "echo")), "{}")
        rows.row(name, check)
    rows.settle()


def test_a_process_may_be_started_with_the_gateway():
    """process.start: at_boot; it is there before the first client is."""
    with gateway("--modern", process={"start": "at_boot"}) as g:
        # The first was asked which era it speaks.
        wait.until(lambda: g.metric("junctor_upstream_child_starts_total") == 2
                   and len(g.children()) == 1, "a process")
        pid = g.children()[0]
        wait.same(int(text_of(modern(g, "pid").json())), pid)
