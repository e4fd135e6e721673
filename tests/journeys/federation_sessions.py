"""One session in front of several: when members' sessions are opened and ended, whose answer, question
or notice goes where, and what a subscription of the stateless era brings."""
import json
import threading
import time

from sessions import Client, event_of, message_of, note, result
from stdio import QUICK, call as call_tool, command, gone, pid_of, text_of
from support import http, wait
from support.federation import Federation, error, names_of, said
from support.member import Member

LEGACY, MODERN = ("legacy",), ("modern",)


def tool_of(exchange):
    return exchange.message["params"]["name"] if exchange.rpc == "tools/call" else None


def call(client, name, id=1, arguments=None):
    return client.ask("tools/call", {"name": name, "arguments": arguments or {}}, id=id).messages()[-1]


def live(member):
    """Sessions that clients caused; those that the gateway reads lists in have no such capability."""
    return {id: hello for id, hello in member.sessions.items() if "experimental" in
            hello["capabilities"]}


OURS = {"experimental": {"journey": {}}}


# --- members' sessions ---------------------------------------------------------------------------


def test_members_sessions_are_lazy():
    """Nothing is opened for a client before its first call of that member; then with the client's own
    capabilities and version; DELETE ends what was opened, and nothing else."""
    a, b = Member("a", ["x"], LEGACY), Member("b", ["y"], LEGACY)
    with Federation(a, b) as f:
        client = Client(f.gateway, "2025-06-18", capabilities=OURS)
        wait.same(names_of(client.ask().messages()[-1]), ["x", "y"])
        wait.same((live(a), live(b)), ({}, {}), "sessions before the first call")
        for n in range(3):
            wait.same(said(call(client, "x", n))[0], "a")
        wait.same((len(live(a)), len(live(b))), (1, 0), "sessions")
        (id, hello), = live(a).items()
        wait.same((hello["capabilities"], hello["protocolVersion"]), (OURS, "2025-06-18"))
        for seen in f.up["a"].calls("tools/call"):
            wait.same((seen.one("Mcp-Session-Id"), seen.one("MCP-Protocol-Version")),
                      (id, "2025-06-18"))
        calls = [each.rpc for each in f.up["a"].calls() if each.one("Mcp-Session-Id") == id]
        wait.same(calls[0], "notifications/initialized", "first in the session")
        wait.same(client.delete().status, 200)
        wait.until(lambda: id in a.deleted, "DELETE at the member")
        wait.until(lambda: not a.sessions and not b.sessions, "no session left")
        wait.same(client.ask().status, 404)
        wait.same(f.gateway.metric("junctor_mcp_sessions"), 0.0)
        f.gateway.alive()


def test_sessions_are_apart():
    """Each client has its own session with a member; at once opened ones are opened once."""
    a, b = Member("a", ["x"], LEGACY), Member("b", ["y"], LEGACY)
    with Federation(a, b) as f:
        clients = [Client(f.gateway, capabilities=OURS) for _ in range(3)]
        threads = [threading.Thread(target=call, args=(client, "x", n))
                   for n in range(5) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait.same((len(live(a)), len(live(b))), (3, 0))
        ids = {}
        for seen in f.up["a"].calls("tools/call"):
            ids.setdefault(seen.one("Mcp-Session-Id"), []).append(seen.id)
        wait.same([sorted(each) for each in ids.values()], [[0, 1, 2, 3, 4]] * 3)


def test_a_member_that_refuses_a_session():
    """A call of it is an error of that member, the session and the others go on, and the next call
    tries again."""
    a, b = Member("a", ["x"], LEGACY), Member("b", ["y"], LEGACY)
    with Federation(a, b) as f:
        client = Client(f.gateway)
        names_of(client.ask().messages()[-1])
        serve, f.up["b"].serve = f.up["b"].serve, lambda exchange: exchange.answer(503)
        failed = error(call(client, "y", 3))
        wait.same((failed["code"], failed["data"]["upstream"]), (-32603, "b"))
        wait.same(said(call(client, "x"))[0], "a")
        f.up["b"].serve = serve
        wait.same(said(call(client, "y"))[0], "b")


def test_a_session_that_ends_while_a_member_opens():
    """DELETE while the member still thinks about initialize: the call ends, and the session that the
    member then opens is ended there."""
    hold = threading.Event()
    a, b = Member("a", ["x"], LEGACY), Member("b", ["y"], LEGACY)
    with Federation(a, b) as f:
        client = Client(f.gateway, capabilities=OURS)
        client.ask()
        serve = f.up["b"].serve

        def slow(exchange):
            if exchange.rpc == "initialize":
                hold.wait(20)
            return serve(exchange)

        f.up["b"].serve = slow
        before = len(f.up["b"].calls("initialize"))
        pending = client.begin("tools/call", {"name": "y"}, id=4)
        wait.until(lambda: len(f.up["b"].calls("initialize")) > before, "initialize")
        wait.same(client.delete().status, 200)
        hold.set()
        wait.until(lambda: b.opened == 2 and not b.sessions, "the late session ended")
        wait.same(pending.answer().status in (200, 404), True, "the call")
        pending.close()
        f.gateway.at_rest()
        f.gateway.alive()


def test_processes_of_a_session():
    """A member over stdio is started by the first call and ends with the session; two clients have
    two."""
    with Federation(Member("a", ["x"], LEGACY), ("b", command()), more={"b": {"process": QUICK}}) as f:
        one, two = Client(f.gateway), Client(f.gateway)
        one.ask()
        wait.until(lambda: not f.gateway.children(), "no process for lists left")
        wait.same(said(call(one, "x"))[0], "a")
        wait.same(f.gateway.children(), [], "processes before the first call")
        pids = [pid_of(one), pid_of(two), pid_of(one)]
        wait.same((pids[0] == pids[2], pids[0] == pids[1]), (True, False))
        one.delete()
        wait.until(lambda: gone(pids[0]), "the process gone")
        wait.same(pid_of(two), pids[1], "the other's stays")
        f.gateway.terminate()
        f.gateway.ended()
        wait.until(lambda: gone(pids[1]), "all gone")


def test_the_gateway_ends_with_sessions_open():
    """SIGTERM while members' sessions and their streams are open: the gateway ends in order."""
    def get(exchange):
        exchange.begin_events()
        exchange.wait_closed(20)
        raise OSError("left")

    a, b = Member("a", ["x"], LEGACY, get=get), Member("b", ["y"], LEGACY)
    with Federation(a, b) as f:
        for _ in range(5):
            client = Client(f.gateway)
            call(client, "x")
            call(client, "y")
        stream = client.get()
        stream.head()
        f.gateway.terminate()
        wait.same(f.gateway.ended(), 0, "\n".join(f.gateway.log_lines[-3:]))
        stream.close()


def test_a_session_that_a_member_lost():
    """404 of a member: a new session there and the call once more, answered under its own id; the
    client's session stays, and so do the other members'."""
    a, b = Member("a", ["x"], LEGACY), Member("b", ["y"], LEGACY)
    with Federation(a, b) as f:
        client = Client(f.gateway, capabilities=OURS)
        call(client, "x")
        call(client, "y")
        before = set(live(b))
        a.sessions.clear()
        for id in ("long-enough-to-be-somewhere-else" * 4, 7):
            answer = call(client, "x", id, {"pad": "p" * 3000})
            wait.same((answer["id"], said(answer)[0]), (id, "a"))
        wait.same((len(live(a)), set(live(b))), (1, before))
        wait.same(len(f.up["a"].calls("tools/call")), 4, "calls: one was lost")
        f.gateway.alive()


def test_calls_at_once_in_a_lost_session():
    """Several calls find out at the same time: one new session, and each has its answer."""
    started = threading.Barrier(3)

    def serve(exchange):
        if exchange.rpc == "tools/call" and exchange.one("Mcp-Session-Id") in lost:
            started.wait(10)
            return exchange.error(-32001, "no such session", 404)
        return NotImplemented

    lost = set()
    a, b = Member("a", ["x", "slow"], LEGACY, call=serve), Member("b", ["y"], LEGACY)
    with Federation(a, b) as f:
        for _ in range(5):
            client = Client(f.gateway, capabilities=OURS)
            call(client, "x")
            lost.update(live(a))
            opened = a.opened
            calls = [client.begin("tools/call", {"name": "x"}, id=n) for n in range(3)]
            answers = [each.answer().messages()[-1] for each in calls]
            wait.same([(answer["id"], said(answer)[0]) for answer in answers],
                      [(n, "a") for n in range(3)])
            wait.same(a.opened - opened, 1, "new sessions")
            client.delete()
        f.gateway.alive()


def test_a_member_that_loses_every_session():
    """The call is repeated once and no more: an error of the member, and the client's session and
    the other members stay."""
    def serve(exchange):
        if exchange.rpc == "tools/call":
            return exchange.error(-32001, "no such session", 404)
        return NotImplemented

    a, b = Member("a", ["x"], LEGACY, call=serve), Member("b", ["y"], LEGACY)
    with Federation(a, b) as f:
        client = Client(f.gateway)
        answer = client.ask("tools/call", {"name": "x"}, id=5)
        wait.same(answer.status, 200, "no 404, which would end the client's own session")
        failed = error(answer.messages()[-1])
        wait.same((failed["code"], failed["data"]["upstream"]), (-32603, "a"))
        wait.same(len(f.up["a"].calls("tools/call")), 2, "calls")
        wait.same(said(call(client, "y"))[0], "b")
        f.gateway.alive()


# --- whose is what -------------------------------------------------------------------------------


class Asking:
    """A member whose tool asks its client with the id that the test says."""

    def __init__(self, name, id):
        self.id = id
        self.told = threading.Event()
        self.heard = None
        self.member = Member(name, [f"ask_{name}"], LEGACY, call=self.serve)

    def serve(self, exchange):
        if exchange.rpc is None and "result" in exchange.message:
            self.heard = exchange.message
            exchange.answer(202)
            return self.told.set()
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        exchange.event({"jsonrpc": "2.0", "id": self.id, "method": "elicitation/create", "params": {
            "message": self.member.name, "requestedSchema": {"type": "object", "properties": {}}}})
        self.told.wait(10)
        exchange.event(result(exchange.id, json.dumps(self.heard)))
        return exchange.end_events()


def test_two_members_ask_with_one_id():
    """Each gets its own answer under its own id, whatever that is, and whichever is answered first;
    the client sees two ids."""
    rows = wait.Rows()
    for id in (1, "q", 0, "1"):
        def check(id=id):
            asking = [Asking("a", id), Asking("b", id)]
            with Federation(*(each.member for each in asking)) as f:
                client = Client(f.gateway, capabilities={"elicitation": {}})
                calls = [client.begin("tools/call", {"name": f"ask_{n}"}, id=n) for n in "ab"]
                questions = []
                for each in calls:
                    wait.same(each.head().status, 200)
                    questions.append(message_of(each))
                wait.same([q["params"]["message"] for q in questions], ["a", "b"])
                wait.same(questions[0]["id"] == questions[1]["id"], False, "ids")
                for question in reversed(questions):
                    answer = {"jsonrpc": "2.0", "id": question["id"], "result": {
                        "action": "accept", "content": {"of": question["params"]["message"]}}}
                    body = json.dumps(answer).encode()
                    got = http.ask(f.port, http.request(body, client.fields))
                    wait.same(got.status, 202)
                for each, name in zip(calls, "ab"):
                    answer = message_of(each)
                    heard = json.loads(answer["result"]["content"][0]["text"])
                    wait.same((answer["id"], heard["id"], heard["result"]["content"]["of"]),
                              (name, id, name))
                # A second answer to the same question goes nowhere.
                wait.same(http.ask(f.port, http.request(body, client.fields)).status, 202)
        rows.row(repr(id), check)
    rows.settle()


def test_a_question_over_stdio():
    """The same beside a member over HTTP: the process gets the answer under its own id."""
    asking = Asking("a", "q1")
    with Federation(asking.member, ("b", command()), more={"b": {"process": QUICK}}) as f:
        client = Client(f.gateway, capabilities={"elicitation": {}})
        calls = [client.begin("tools/call", {"name": name, "arguments": {}}, id=name)
                 for name in ("ask_a", "ask")]
        questions = []
        for each in calls:
            each.head()
            questions.append(message_of(each))
        for number, question in enumerate(questions):
            answer = {"jsonrpc": "2.0", "id": question["id"], "result": {"n": number}}
            http.ask(f.port, http.request(json.dumps(answer).encode(), client.fields))
        wait.same(message_of(calls[0])["id"], "ask_a")
        wait.same(asking.heard, {"jsonrpc": "2.0", "id": "q1", "result": {"n": 0}})
        got = message_of(calls[1])
        wait.same((got["id"], text_of(got)), ("ask", '{"n":1}'))


def test_a_cancellation_reaches_the_right_member():
    """Two calls run at two members; the one that is cancelled is told so, the other goes on."""
    cancelled = {"a": [], "b": []}
    go_on = threading.Event()

    def serve(name):
        def run(exchange):
            if exchange.rpc == "notifications/cancelled":
                cancelled[name].append(exchange.message["params"])
                return exchange.answer(202)
            if exchange.rpc != "tools/call":
                return NotImplemented
            exchange.begin_events()
            exchange.event(note(1))
            go_on.wait(10)
            exchange.event(result(exchange.id, name))
            return exchange.end_events()
        return run

    members = [Member(n, [f"slow_{n}"], LEGACY, call=serve(n)) for n in "ab"]
    with Federation(*members, limits={"cancel_grace": "200ms"}) as f:
        client = Client(f.gateway)
        calls = {n: client.begin("tools/call", {"name": f"slow_{n}"}, id=f"id-{n}") for n in "ab"}
        for each in calls.values():
            each.head()
            wait.same(message_of(each), note(1))
        params = {"requestId": "id-b", "reason": "r"}
        wait.same(client.ask("notifications/cancelled", params, id=None).status, 202)
        wait.until(lambda: cancelled["b"], "told")
        wait.same(client.ask("notifications/cancelled", {"requestId": "no"}, id=None).status, 202)
        last = event_of(calls["b"])
        wait.same(last is None or "error" in json.loads(last["data"]), True, last)
        go_on.set()
        wait.same(message_of(calls["a"]), result("id-a", "a"))
        wait.same(cancelled, {"a": [], "b": [params]})
        for each in calls.values():
            each.close()
        f.gateway.at_rest()


def test_a_cancellation_over_stdio():
    """The process hears of it with the number that it knows, though a member over HTTP is there."""
    with Federation(Member("a", ["x"], LEGACY), ("b", command()), more={"b": {"process": QUICK}},
                    limits={"cancel_grace": "200ms"}) as f:
        client = Client(f.gateway)
        call(client, "x")
        running = client.begin("tools/call", {"name": "sleep", "arguments": {"seconds": 8}}, id="s")
        wait.until(f.gateway.children, "the process")
        wait.same(json.loads(text_of(call_tool(client, "cancelled"))), [])
        client.ask("notifications/cancelled", {"requestId": "s"}, id=None)
        wait.until(lambda: len(json.loads(text_of(call_tool(client, "cancelled")))) == 1, "told")
        wait.same("result" in (running.answer().body or b"").decode(), False, "the cancelled call")
        running.close()
        wait.same(f.up["a"].calls("notifications/cancelled"), [])
        f.gateway.at_rest()


def test_a_stream_of_a_member_comes_back():
    """A member's own stream that breaks, and cannot be had for a while, is asked for again until it
    is there; what it then brings reaches the client."""
    streams = []
    refuse = [0]

    def get(exchange):
        if refuse[0]:
            refuse[0] -= 1
            return exchange.answer(503)
        exchange.begin_events()
        streams.append(exchange)
        exchange.wait_closed(60)
        raise OSError("left")

    a, b = Member("a", ["x"], LEGACY, get=get), Member("b", ["y"], LEGACY)
    with Federation(a, b) as f:
        client = Client(f.gateway)
        call(client, "x")
        wait.until(lambda: streams, "the member's stream")
        stream = client.get()
        stream.head()
        refuse[0] = 1
        streams[0].close()
        wait.until(lambda: len(streams) == 2, "the stream again")
        streams[1].event(note(5))
        wait.same(message_of(stream), note(5))
        stream.close()
        wait.same(len(live(a)), 0, "no other session")


def test_a_stateless_client_that_leaves():
    """Its call is ended at the member that works on it, and no other member hears of it."""
    closed = []

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        closed.append(exchange.wait_closed())
        raise OSError("the gateway left")

    a, b = Member("a", ["x"], MODERN), Member("b", ["y"], MODERN, call=serve)
    with Federation(a, b) as f:
        with f.begin("tools/call", {"name": "y"}):
            f.up["b"].wait_for("tools/call")
        wait.until(lambda: closed == [True], "the member's call ended")
        f.gateway.at_rest()
        wait.same(len(f.up["a"].calls("tools/call")), 0)


def test_levels_reach_all():
    """logging/setLevel is answered by the gateway, told to open members, over HTTP and stdio, and to
    those that are opened later."""
    a, b = Member("a", ["x"], LEGACY), Member("b", ["y"], LEGACY)
    more = {name: {"process": QUICK} for name in ("c", "d")}
    with Federation(a, b, ("c", command()), ("d", command()), more=more, naming="always") as f:
        client = Client(f.gateway)
        call(client, "a__x")
        call_tool(client, "c__pid")
        answer = client.ask("logging/setLevel", {"level": "error"}, id="l").messages()[-1]
        wait.same(answer, {"jsonrpc": "2.0", "id": "l", "result": {}})
        f.up["a"].wait_for("logging/setLevel")
        wait.same(f.up["b"].calls("logging/setLevel"), [], "not open yet")
        call(client, "b__y")
        f.up["b"].wait_for("logging/setLevel")
        for up in f.up.values():
            wait.same([c.message["params"] for c in up.calls("logging/setLevel")], [{"level": "error"}])
        for name in ("c", "d"):
            wait.until(lambda: json.loads(text_of(call_tool(client, f"{name}__state"))).get("level")
                       == "error", name)


def test_progress():
    """Progress comes on the stream of its call, with the client's own token, from both at once."""
    go_on = threading.Event()

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        token = exchange.message["params"]["_meta"]["progressToken"]
        exchange.begin_events()
        for n in (1, 2.5):
            exchange.event({"jsonrpc": "2.0", "method": "notifications/progress", "params": {
                "progressToken": token, "progress": n}})
        go_on.wait(10)
        exchange.event(result(exchange.id))
        return exchange.end_events()

    members = [Member(n, [f"t_{n}"], call=serve) for n in "ab"]
    with Federation(*members) as f:
        client = Client(f.gateway)
        params = {n: {"name": f"t_{n}", "_meta": {"progressToken": "same"}} for n in "ab"}
        calls = [client.begin("tools/call", params[n], id=n) for n in "ab"]
        for each in calls:
            each.head()
            for n in (1, 2.5):
                wait.same(message_of(each)["params"], {"progressToken": "same", "progress": n})
        go_on.set()
        wait.same([message_of(each)["id"] for each in calls], ["a", "b"])


def test_what_members_say_by_themselves():
    """Messages of members' own streams come on the client's one stream, with ids of one session; a
    question there is answered to the member that asked; what comes while nobody listens is kept."""
    streams = {}
    answers = []

    def get(name):
        def run(exchange):
            exchange.begin_events()
            streams[name] = exchange
            exchange.wait_closed(60)
            raise OSError("left")
        return run

    def hear(exchange):
        if exchange.rpc is None and "result" in exchange.message:
            answers.append((exchange.one("Mcp-Session-Id")[0], exchange.message))
            return exchange.answer(202)
        return NotImplemented

    members = [Member(n, [f"t_{n}"], LEGACY, get=get(n), call=hear) for n in "ab"]
    with Federation(*members, limits={"keep_alive": "100ms"}) as f:
        client = Client(f.gateway)
        for n in "ab":
            call(client, f"t_{n}")
        wait.until(lambda: len(streams) == 2, "streams of both")
        stream = client.get()
        wait.same(stream.head().status, 200)

        def log(n):
            return {"jsonrpc": "2.0", "method": "notifications/message",
                    "params": {"level": "info", "data": n}}

        seen = []
        for n in "ab":
            streams[n].event(log(n))
            event = event_of(stream)
            seen.append(event["id"])
            wait.same(json.loads(event["data"]), log(n))
            streams[n].event({"jsonrpc": "2.0", "id": 5, "method": "roots/list"})
            question = message_of(stream)
            wait.same(question["method"], "roots/list")
            reply = {"jsonrpc": "2.0", "id": question["id"], "result": {"roots": [n]}}
            http.ask(f.port, http.request(json.dumps(reply).encode(), client.fields))
        wait.until(lambda: len(answers) == 2, "answers")
        wait.same([(name, m["id"], m["result"]["roots"]) for name, m in answers],
                  [("a", 5, ["a"]), ("b", 5, ["b"])])
        stream.close()
        f.gateway.at_rest()
        streams["a"].event(log("later"))
        back = client.get(seen[-1])
        wait.same(back.head().status, 200)
        wait.same([message_of(back).get("method") for _ in range(2)],
                  ["roots/list", "notifications/message"])
        back.close()


def test_resumption():
    """A client of a session that lost its connection comes back with Last-Event-ID and gets the rest
    of its call, whichever member works on it; the event id of another session is refused."""
    go_on = threading.Event()

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        exchange.event(note(1))
        go_on.wait(10)
        exchange.event(note(2))
        exchange.event(result(exchange.id, exchange.message["params"]["name"]))
        return exchange.end_events()

    members = [Member(n, [f"t_{n}"], LEGACY, call=serve) for n in "ab"]
    with Federation(*members) as f:
        client, other = Client(f.gateway), Client(f.gateway)
        last = {}
        for n in "ab":
            running = client.begin("tools/call", {"name": f"t_{n}"}, id=n)
            running.head()
            event = event_of(running)
            while not event.get("data"):
                event = event_of(running)
            wait.same(json.loads(event["data"]), note(1))
            last[n] = event["id"]
            running.close()
        go_on.set()
        for n in "ba":
            with client.get(last[n]) as back:
                wait.same(back.head().status, 200)
                wait.same([message_of(back) for _ in range(2)], [note(2), result(n, f"t_{n}")])
                wait.same(event_of(back), None, "the end")
            wait.same(other.get(last[n]).answer().status in (400, 404), True, "another's")
        wait.same(len(f.up["a"].calls("tools/call")), 1, "calls")


def test_list_changes_of_members_with_sessions():
    """A member that says that its list changed is asked again; the client is told once, after that,
    and not when the list is the same."""
    streams = []

    def get(exchange):
        exchange.begin_events()
        streams.append(exchange)
        exchange.wait_closed(60)
        raise OSError("left")

    a, b = Member("a", ["x"], LEGACY, get=get), Member("b", ["y"], LEGACY)
    with Federation(a, b) as f:
        client = Client(f.gateway)
        call(client, "x")
        wait.until(lambda: streams, "the member's stream")
        stream = client.get()
        stream.head()
        changed = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}
        asked = len(f.up["a"].calls("tools/list"))
        streams[0].event(changed)
        wait.until(lambda: len(f.up["a"].calls("tools/list")) > asked, "asked again")
        a.offer("x", "new")
        for _ in range(5):
            streams[0].event(changed)
        wait.same(message_of(stream), changed)
        wait.same(names_of(client.ask().messages()[-1]), ["x", "new", "y"])
        wait.same(said(call(client, "new"))[0], "a")
        asked = len(f.up["a"].calls("tools/list")) - asked
        wait.same(asked <= 4, True, f"asked {asked} times for a burst")
        a.offer("x")
        streams[0].event(changed)
        wait.same(message_of(stream), changed, "the next, and none in between")
        stream.close()


def test_subscriptions_in_a_session():
    """resources/subscribe goes to the member that has the resource, under its own URI; an update comes
    under the client's."""
    streams = {}

    def get(name):
        def run(exchange):
            exchange.begin_events()
            streams[name] = exchange
            exchange.wait_closed(60)
            raise OSError("left")
        return run

    same = [{"uri": "file:///r", "name": "r"}]
    has = {"resources": {"subscribe": True}}
    a = Member("a", eras=LEGACY, resources=same, get=get("a"), capabilities=has)
    b = Member("b", eras=LEGACY, resources=same, get=get("b"), capabilities=has)
    with Federation(a, b) as f:
        client = Client(f.gateway)
        uris = names_of(client.ask("resources/list").messages()[-1])
        stream = client.get()
        stream.head()
        for uri, name in zip(uris, "ab"):
            got = client.ask("resources/subscribe", {"uri": uri}).messages()[-1]
            wait.same(said(got), [name, "resources/subscribe", {"uri": "file:///r"}])
            wait.until(lambda: name in streams, "the member's stream")
            streams[name].event({"jsonrpc": "2.0", "method": "notifications/resources/updated",
                                 "params": {"uri": "file:///r", "x": 1.50}})
            wait.same(message_of(stream)["params"], {"uri": uri, "x": 1.5})
        stream.close()


# --- subscriptions/listen ------------------------------------------------------------------------


def test_listen():
    """Acknowledged first, with the client's own URIs; updates and list changes come from both members
    under the client's names and its own id; what it did not ask for does not."""
    same = [{"uri": "file:///r", "name": "r"}]
    a = Member("a", ["x"], MODERN, resources=same)
    b = Member("b", ["y"], MODERN, resources=same)
    with Federation(a, b) as f:
        uris = f.names("resources/list")
        f.names()
        wanted = {"toolsListChanged": True, "resourceSubscriptions": [*uris, uris[0], "no:such"]}
        stream = f.begin("subscriptions/listen", {"notifications": wanted}, id="L")
        wait.same(stream.head().status, 200)
        first = message_of(stream)
        wait.same(first["method"], "notifications/subscriptions/acknowledged")
        wait.same(first["params"]["notifications"],
                  {"toolsListChanged": True, "resourceSubscriptions": uris})
        meta = {"io.modelcontextprotocol/subscriptionId": "L"}
        wait.same(first["params"]["_meta"], meta)
        for uri, member in zip(uris, (a, b)):
            wait.same([e.message["params"]["notifications"]["resourceSubscriptions"]
                       for e in member.listens], [["file:///r"]])
            member.say("notifications/prompts/list_changed")
            member.say("notifications/resources/updated", uri="file:///r")
            wait.same(message_of(stream), {
                "jsonrpc": "2.0", "method": "notifications/resources/updated",
                "params": {"uri": uri, "_meta": meta}})
        b.offer("y", "z")
        b.say("notifications/tools/list_changed")
        told = message_of(stream)
        wait.same((told["method"], told["params"]), ("notifications/tools/list_changed",
                                                     {"_meta": meta}))
        wait.same(f.names(), ["x", "y", "z"])
        stream.close()
        f.gateway.at_rest()
        f.gateway.alive()


def test_a_subscription_that_breaks_off():
    """A member's stream that ends is made again, and what may have been missed is told; the client's
    stream goes on, and ends with a result when the gateway ends."""
    same = [{"uri": "file:///a", "name": "r"}]
    a, b = Member("a", ["x"], MODERN, resources=same), Member("b", ["y"], MODERN)
    with Federation(a, b) as f:
        f.names()
        stream = f.begin("subscriptions/listen", {"notifications": {
            "toolsListChanged": True, "resourceSubscriptions": ["file:///a"]}}, id=9)
        stream.head()
        stream.until(b"acknowledged")
        a.offer("x", "new")
        a.listens[0].close()
        stream.until(b"notifications/resources/updated")
        stream.until(b"notifications/tools/list_changed")
        wait.until(lambda: len(a.listens) == 2, "listened to again")
        wait.same(f.names(), ["x", "new", "y"])
        f.gateway.terminate()
        stream.until(b'"id":9,"result"')
        f.gateway.ended()


def test_listening_to_what_cannot_be_listened_to():
    """A filter that is none is -32602; members without listen, or of the session era, are no reason to
    refuse: the stream stands, and brings what the others say."""
    def refuses(exchange):
        if exchange.rpc == "subscriptions/listen":
            return exchange.error(-32601, "no such method", 404)
        return NotImplemented

    a, b = Member("a", ["x"], MODERN, call=refuses), Member("b", ["y"], MODERN)
    with Federation(a, b, Member("c", ["z"], LEGACY)) as f:
        f.names()
        for bad in (None, 5, [], {"resourceSubscriptions": "x"}, {"resourceSubscriptions": [1]}):
            got = f.ask("subscriptions/listen", {"notifications": bad})
            wait.same(error(got)["code"], -32602, str(bad))
        stream = f.begin("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
        stream.head()
        wait.same(message_of(stream)["method"], "notifications/subscriptions/acknowledged")
        b.offer("y", "w")
        b.say("notifications/tools/list_changed")
        wait.same(message_of(stream)["method"], "notifications/tools/list_changed")
        stream.close()
        wait.same(len(f.up["a"].calls("subscriptions/listen")), 1, "asked once")


def test_listening_over_stdio():
    """A stateless process beside one over HTTP: the stream stands and brings the latter's changes."""
    a = Member("a", ["x"], MODERN)
    with Federation(a, ("b", command("--modern")), more={"b": {"process": QUICK}}, shards=2) as f:
        f.names()
        streams = [f.begin("subscriptions/listen", {"notifications": {"toolsListChanged": True}}, id=n)
                   for n in range(4)]
        for stream in streams:
            stream.head()
            stream.until(b"acknowledged")
        a.offer("x", "w")
        a.say("notifications/tools/list_changed")
        for stream in streams:
            stream.until(b"notifications/tools/list_changed")
            stream.close()
        f.gateway.at_rest()
        f.gateway.alive()


def test_a_change_is_known_on_all_shards():
    """Who was told of a change on one shard and lists on another sees it there, in both eras."""
    streams = []

    def get(exchange):
        exchange.begin_events()
        streams.append(exchange)
        exchange.wait_closed(60)
        raise OSError("left")

    a, b = Member("a", ["x"], get=get), Member("b", ["y"])
    with Federation(a, b, shards=4) as f:
        def lists(count=16):
            return {tuple(f.names()) for _ in range(count)}

        wait.same(lists(), {("x", "y")})
        stream = f.begin("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
        stream.head()
        stream.until(b"acknowledged")
        a.offer("x", "new")
        a.say("notifications/tools/list_changed")
        stream.until(b"notifications/tools/list_changed")
        wait.same(lists(), {("x", "new", "y")}, "lists after a stateless client was told")
        stream.close()
        client = Client(f.gateway)
        call(client, "x")
        wait.until(lambda: streams, "the member's stream")
        stream = client.get()
        stream.head()
        a.offer("x")
        streams[0].event({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        stream.until(b"notifications/tools/list_changed")
        wait.same(lists(), {("x", "y")}, "lists after a session was told")
        stream.close()


def test_many_sessions_come_and_go():
    """A hundred clients open, call both members and leave, half of them by DELETE and half of them by
    idleness: nothing is left, here or at the members."""
    a, b = Member("a", ["x"], LEGACY), Member("b", ["y"], LEGACY)
    with Federation(a, b, settings={"sessions": {"idle_timeout": "1s"}}) as f:
        def run(number):
            client = Client(f.gateway, capabilities=OURS)
            for name, owner in (("x", "a"), ("y", "b")):
                wait.same(said(call(client, name, number))[0], owner)
            if number % 2:
                client.delete()

        failures = []

        def guarded(first):
            try:
                for number in range(first, first + 10):
                    run(number)
            except Exception as failure:
                failures.append(repr(failure))

        threads = [threading.Thread(target=guarded, args=(first,)) for first in range(0, 100, 10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait.same(failures, [])
        wait.until(lambda: f.gateway.metric("junctor_mcp_sessions") == 0, "no session here")
        wait.until(lambda: not a.sessions and not b.sessions, "none at the members")
        wait.same((a.opened, b.opened), (101, 101), "one for the lists, and one a client")
        f.gateway.at_rest()
        f.gateway.alive()
