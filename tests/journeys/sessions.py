"""Sessions of the revisions before 2026-07-28, and what the two eras mean by cancelling."""
import json
import threading
import time

from support import http, wait
from support.gateway import Gateway
from support.upstream import Legacy, Upstream

JSON = ("Content-Type", "application/json")


def rpc(method, params=None, id=1):
    message = {"jsonrpc": "2.0", "method": method}
    if id is not None:
        message["id"] = id
    if params is not None:
        message["params"] = params
    return json.dumps(message, separators=(",", ":")).encode()


class Client:
    """A client of one session; each request has a connection of its own."""

    def __init__(self, gateway, version="2025-11-25", accept=http.BOTH, capabilities=None,
                 path="/mcp"):
        self.port = gateway.port
        self.version = version
        self.path = path
        self.fields = [JSON, ("Accept", accept)]
        hello = self.hello(version, capabilities)
        self.answer = http.ask(self.port, http.request(hello, self.fields, path=path))
        self.id = self.answer.one("Mcp-Session-Id")
        if self.id:
            self.fields += [("Mcp-Session-Id", self.id), ("MCP-Protocol-Version", version)]
            http.ask(self.port, self.text("notifications/initialized", id=None))

    @staticmethod
    def hello(version, capabilities=None):
        return rpc("initialize", {"protocolVersion": version, "capabilities": capabilities or {},
                                  "clientInfo": {"name": "c", "version": "1"}}, 0)

    def text(self, method, params=None, id=1):
        return http.request(rpc(method, params, id), self.fields, path=self.path)

    def ask(self, method="tools/list", params=None, id=1, seconds=http.SECONDS):
        return http.ask(self.port, self.text(method, params, id), seconds=seconds)

    def begin(self, method="tools/call", params=None, id=1):
        """A request whose answer is read by the test."""
        connection = http.Connection(self.port)
        connection.send(self.text(method, params or {"name": "t"}, id))
        return connection

    def get(self, last=None):
        more = [("Last-Event-ID", last)] if last else []
        connection = http.Connection(self.port)
        connection.send(http.head("GET", self.path, fields=[
            ("Accept", "text/event-stream"), *self.fields[2:], *more]))
        return connection

    def delete(self):
        return http.ask(self.port, http.head("DELETE", self.path, fields=self.fields[2:]))


def event_of(connection):
    """The next event with an id or data of a chunked stream; None at its end."""
    while True:
        while b"\n\n" not in getattr(connection, "events", b""):
            data = connection.chunk()
            if not data:
                return None
            connection.events = getattr(connection, "events", b"") + data
        block, _, connection.events = connection.events.partition(b"\n\n")
        events = http.parse_events(block + b"\n\n")
        if events:
            return events[0]


def message_of(connection):
    event = event_of(connection)
    return event and json.loads(event["data"])


def note(n):
    return {"jsonrpc": "2.0", "method": "notifications/progress",
            "params": {"progressToken": 1, "progress": n}}


def result(id, text="done"):
    return {"jsonrpc": "2.0", "id": id, "result": {"content": [{"type": "text", "text": text}]}}


#= mcp 2025-11-25 basic/transports#session-management:ascii MUST
def test_from_initialize_to_delete():
    """An id of visible ASCII that is not the upstream's; each request carries the upstream's own;
    DELETE ends both, and then the id is 404."""
    server = Legacy()
    with Upstream(server) as upstream, Gateway(upstream.url) as gateway:
        client = Client(gateway)
        wait.same(client.answer.json()["result"]["protocolVersion"], "2025-11-25")
        wait.same(len(client.id) >= 22 and all("!" <= c <= "~" for c in client.id), True, client.id)
        wait.same(client.ask().status, 200)
        for seen in upstream.calls("tools/list") + upstream.calls("notifications/initialized"):
            wait.same(seen.one("Mcp-Session-Id"), "upstream-1", "the upstream's session")
            wait.same(seen.one("MCP-Protocol-Version"), "2025-11-25", "the negotiated version")
        wait.same(gateway.metric("junctor_mcp_sessions"), 1.0, "sessions")
        wait.same(client.delete().status in (200, 202, 204), True, "DELETE")
        wait.same(client.ask().status, 404, "a request behind DELETE")
        wait.same(client.delete().status, 404, "DELETE again")
        wait.until(lambda: server.deleted == ["upstream-1"], "DELETE upstream")
        wait.same(gateway.metric("junctor_mcp_sessions"), 0.0, "sessions")
        gateway.at_rest()


def test_versions():
    """Each version that the upstream grants is the session's; a header that names another is 400;
    none at all is fine; the upstream is told the negotiated one."""
    with Upstream(Legacy()) as upstream, Gateway(upstream.url) as gateway:
        for version in ("2025-03-26", "2025-06-18", "2025-11-25"):
            client = Client(gateway, version)
            wait.same(client.ask().status, 200, version)
            wait.same(upstream.calls("tools/list")[-1].one("MCP-Protocol-Version"), version)
            good = client.fields
            client.fields = good[:-1]
            wait.same(client.ask(id=2).status, 200, "no header")
            for other in ("2025-06-18", "2025-11-25"):
                if other != version:
                    client.fields = [*good[:-1], ("MCP-Protocol-Version", other)]
                    wait.same(client.ask(id=3).status, 400, f"{other} in a session of {version}")
            client.fields = [*good[:-1], ("MCP-Protocol-Version", "2024-01-01")]
            wait.same(client.ask(id=4).status, 400, "an unknown version")


def test_sessions_are_apart():
    """Each client session has its own upstream session; the id of one never reaches another's."""
    with Upstream(Legacy()) as upstream, Gateway(upstream.url) as gateway:
        clients = [Client(gateway) for _ in range(5)]
        wait.same(len({client.id for client in clients}), 5, "ids")
        for client in clients:
            client.ask()
        ids = [call.one("Mcp-Session-Id") for call in upstream.calls("tools/list")]
        wait.same(sorted(ids), [f"upstream-{n}" for n in range(1, 6)], "sessions upstream")
        altered = clients[0].id[:-1] + ("A" if clients[0].id[-1] != "A" else "B")
        clients[0].fields[2] = ("Mcp-Session-Id", altered)
        wait.same(clients[0].ask().status, 404, "an altered id")


def test_a_server_without_sessions():
    """An upstream that gives no session id is served all the same; it is told none."""
    with Upstream(Legacy(session_ids=False)) as upstream, Gateway(upstream.url) as gateway:
        client = Client(gateway)
        wait.same(client.ask().status, 200)
        wait.same(upstream.calls("tools/list")[0].one("Mcp-Session-Id"), None)


def test_caps():
    """One more session than allowed is 503 (in all) or 429 (of one client), with Retry-After and an
    error that says so; nothing is opened upstream for it; an ended session makes room."""
    for setting, status in (("max", 503), ("max_per_client", 429)):
        server = Legacy()
        with Upstream(server) as upstream, \
                Gateway(upstream.url, settings={"sessions": {setting: 3}}) as gateway:
            clients = [Client(gateway) for _ in range(3)]
            over = Client(gateway)
            wait.same((over.answer.status, over.id), (status, None), setting)
            wait.same(over.answer.json()["id"], 0, "the id comes back")
            wait.same(len(upstream.calls("initialize")), 3, "initialize upstream")
            wait.same(clients[0].ask().status, 200, "the others go on")
            wait.same(gateway.metric("junctor_mcp_sessions_refused_total"), 1.0, "refused")
            clients[0].delete()
            wait.same(Client(gateway).answer.status, 200, "room again")
            wait.same(over.answer.one("Retry-After") is not None, True, "Retry-After")


def test_cap_of_requests_in_flight():
    """One more running request of a session than allowed is 429; two with one id are both passed on;
    when one ends there is room again."""
    release = threading.Event()

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        release.wait(10)
        return exchange.result({"content": []})

    settings = {"sessions": {"in_flight_max": 2}}
    with Upstream(Legacy(serve)) as upstream, Gateway(upstream.url, settings=settings) as gateway:
        client = Client(gateway)
        running = [client.begin(id=1)]
        upstream.wait_for("tools/call")
        running.append(client.begin(id=1))  # The same id: the upstream's to judge.
        upstream.wait_for("tools/call", 2)
        wait.same(client.ask(id=3).status, 429, "one too many")
        release.set()
        wait.same([c.answer().json()["id"] for c in running], [1, 1], "the running ones")
        wait.until(lambda: client.ask(id=4).status == 200, "room again")


def test_idle_expiry():
    """A session without a request ends after its time, here and upstream, and is 404; a running
    call and an open stream keep theirs."""
    release = threading.Event()

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        release.wait(20)
        return exchange.result({"content": []})

    def stream(exchange):
        exchange.begin_events()
        release.wait(20)
        exchange.end_events()

    server = Legacy(serve, get=stream)
    settings = {"sessions": {"idle_timeout": "1s"}}
    with Upstream(server) as upstream, Gateway(upstream.url, settings=settings) as gateway:
        idle, calling, listening = Client(gateway), Client(gateway), Client(gateway)
        call = calling.begin()
        stream = listening.get()
        wait.same(stream.head().status, 200, "the stream")
        wait.until(lambda: gateway.metric("junctor_mcp_sessions") == 2, "one session less")
        wait.until(lambda: server.deleted == ["upstream-1"], "DELETE upstream")
        wait.same(idle.ask().status, 404, "the idle one")
        # Longer than the idle time of all three.
        begun = time.monotonic()
        wait.until(lambda: time.monotonic() - begun > 1.3, "more than the idle time")
        wait.same(gateway.metric("junctor_mcp_sessions"), 2.0, "sessions in use")
        release.set()
        wait.same(call.answer().status, 200, "the running call")
        stream.close()
        call.close()
        wait.until(lambda: gateway.metric("junctor_mcp_sessions") == 0, "no session left")
        gateway.at_rest()


def test_standalone_stream():
    """GET brings what the upstream says outside of calls, each event with an id; a request in it is
    answered by POST; a second GET takes over; an upstream without one is 405."""
    told = threading.Event()
    closed = []

    def get(exchange):
        exchange.begin_events()
        exchange.event(note(1))
        exchange.event({"jsonrpc": "2.0", "id": "s1", "method": "roots/list"})
        told.wait(10)
        exchange.event(note(2))
        closed.append(exchange.wait_closed())

    server = Legacy(get=get)
    with Upstream(server) as upstream, Gateway(upstream.url) as gateway:
        client = Client(gateway)
        first = client.get()
        wait.same(first.head().one("Content-Type"), "text/event-stream")
        event = event_of(first)
        wait.same((json.loads(event["data"]), bool(event.get("id"))), (note(1), True))
        wait.same(message_of(first)["method"], "roots/list")
        reply = http.request(b'{"jsonrpc":"2.0","id":"s1","result":{"roots":[]}}', client.fields)
        wait.same(http.ask(gateway.port, reply).status, 202, "the answer")
        wait.same([c.body for c in upstream.calls() if b"roots" in c.body],
                  [b'{"jsonrpc":"2.0","id":"s1","result":{"roots":[]}}'])
        second = client.get()
        wait.same(second.head().status, 200, "a second GET")
        wait.same(event_of(first), None, "the first one ends")
        told.set()
        wait.same(message_of(second), note(2), "the second one goes on")
        wait.same(client.delete().status, 200)
        wait.same(event_of(second), None, "DELETE ends it")
        wait.until(lambda: closed == [True], "the upstream's stream ends")
        first.close()
        second.close()
        gateway.at_rest()
    with Upstream(Legacy()) as upstream, Gateway(upstream.url) as gateway:
        answer = Client(gateway).get().answer()
        wait.same((answer.status, "POST" in answer.one("Allow")), (405, True), "no stream")


def test_server_requests_within_a_call():
    """Two questions within one call, asked on its stream and answered by POST in any order; the
    call's own result follows, and everything reaches the client at once."""
    answers = {}
    both = threading.Event()

    def serve(exchange):
        if exchange.rpc is None and "result" in exchange.message:
            answers[exchange.id] = exchange.message["result"]
            if len(answers) == 2:
                both.set()
            return exchange.answer(202)
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        for n in (1, 2):
            exchange.event({"jsonrpc": "2.0", "id": n, "method": "elicitation/create",
                            "params": {"message": str(n)}})
        both.wait(10)
        exchange.event(result(exchange.id, json.dumps(answers[1])))
        return exchange.end_events()

    with Upstream(Legacy(serve)) as upstream, Gateway(upstream.url) as gateway:
        client = Client(gateway)
        with client.begin(id=1) as call:
            wait.same(call.head().status, 200)
            wait.same([message_of(call)["id"] for _ in (1, 2)], [1, 2], "questions")
            for n in (2, 1):
                reply = f'{{"jsonrpc":"2.0","id":{n},"result":{{"action":"accept","n":{n}}}}}'
                answer = http.ask(gateway.port, http.request(reply.encode(), client.fields))
                wait.same(answer.status, 202)
            final = message_of(call)
            wait.same(json.loads(final["result"]["content"][0]["text"]),
                      {"action": "accept", "n": 1})
            wait.same(event_of(call), None, "the end")


def test_progress_comes_as_it_happens():
    """Each progress message is with the client before the upstream says the next, in both eras;
    quiet streams carry comments."""
    step = threading.Semaphore(0)

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        for n in range(3):
            exchange.event(note(n))
            step.acquire(timeout=10)
        exchange.event({**result(exchange.id), "result": {"resultType": "complete"}})
        return exchange.end_events()

    settings = {"limits": {"keep_alive": "100ms"}}
    for era in ("legacy", "modern"):
        serve_era = Legacy(serve) if era == "legacy" else serve
        with Upstream(serve_era) as upstream, \
                Gateway(upstream.url, era=era, settings=settings) as gateway:
            if era == "legacy":
                call = Client(gateway).begin()
            else:
                call = http.Connection(gateway.port)
                call.send(http.call("tools/call", {"name": "t"}))
            wait.same(call.head().status, 200)
            for n in range(3):
                wait.same(message_of(call), note(n), era)
                if n == 1:
                    comment = call.chunk()
                    wait.same(comment.startswith(b":"), True, f"a comment, not {comment!r}")
                step.release()
            wait.same(message_of(call)["id"], 1, era)
            wait.same(event_of(call), None, "the end")


def modern_call(gateway, accept=http.BOTH):
    connection = http.Connection(gateway.port)
    connection.send(http.request(http.message("tools/call", {"name": "t"}),
                                 http.modern_fields("tools/call", "t", accept=accept)))
    return connection


def slow_modern(closed, events):
    def serve(exchange):
        if events:
            exchange.begin_events()
            exchange.event(note(1))
        begun = time.monotonic()
        gone = exchange.wait_closed()
        closed.append((gone, time.monotonic() - begun))
        if gone:
            raise OSError("the gateway left")
    return serve


def test_a_modern_client_that_leaves_cancels():
    """Closing or resetting the connection closes the upstream's request within a second, before
    its answer began and within a stream; the upstream's other calls are not disturbed."""
    rows = wait.Rows()
    for events in (False, True):
        for how in ("close", "reset"):
            for accept in (http.BOTH, "application/json"):
                if accept != http.BOTH and how == "close":
                    continue  # FIN alone may be a half-close; with JSON alone nothing can be asked.
                closed = []
                with Upstream(slow_modern(closed, events)) as upstream, \
                        Gateway(upstream.url, era="modern") as gateway:
                    def leave():
                        call = modern_call(gateway, accept)
                        upstream.wait_for("tools/call")
                        if events and accept == http.BOTH:
                            wait.same(call.head().status, 200)
                            wait.same(message_of(call), note(1))
                        begun = time.monotonic()
                        getattr(call, how)()
                        wait.until(lambda: closed, "the upstream sees the end")
                        wait.within(1.0, begun, "cancelling")
                        wait.same(closed[0][0], True, "closed upstream")
                        gateway.at_rest()
                        wait.same(gateway.metric("junctor_mcp_calls_total", outcome="cancelled"),
                                  1.0, "counted as cancelled")
                    rows.row(f"{how}, events: {events}, {accept}", leave)
    rows.settle()


def test_half_close_is_no_cancel():
    """A client that shuts down its sending side waits for its answer, and gets it: both eras, JSON
    and events, asked for as one or both."""
    rows = wait.Rows()
    for era in ("modern", "legacy"):
        for events in (False, True):
            for accept in (http.BOTH, "application/json", "text/event-stream"):
                half_closed = threading.Event()

                def serve(exchange):
                    if exchange.rpc != "tools/call":
                        return NotImplemented
                    if events:
                        exchange.begin_events()
                        exchange.event(note(1))
                    half_closed.wait(10)
                    exchange.socket.settimeout(0.3)
                    try:  # Nothing comes and nobody leaves.
                        wait.same(exchange.socket.recv(1), None, "from the gateway")
                    except TimeoutError:
                        exchange.socket.settimeout(None)
                    body = {**result(exchange.id), "result": {"resultType": "complete"}}
                    if not events:
                        return exchange.result(body["result"])
                    exchange.event(body)
                    return exchange.end_events()

                with Upstream(Legacy(serve) if era == "legacy" else serve) as upstream, \
                        Gateway(upstream.url, era=era) as gateway:
                    def check():
                        if era == "legacy":
                            call = Client(gateway, accept=accept).begin()
                        else:
                            call = modern_call(gateway, accept)
                        upstream.wait_for("tools/call")
                        call.half_close()
                        half_closed.set()
                        answer = call.answer()
                        wait.same(answer.status, 200)
                        wait.same(answer.messages()[-1].get("id"), 1, "the answer")
                    rows.row(f"{era}, events: {events}, {accept}", check)
    rows.settle()


def test_a_legacy_client_that_drops_does_not_cancel():
    """The upstream's call goes on and is not closed; its events are kept, and the client that comes
    back with Last-Event-ID gets exactly the rest."""
    rows = wait.Rows()
    for how in ("close", "reset"):
        go_on, ends = threading.Event(), threading.Event()
        broken = []

        def serve(exchange):
            if exchange.rpc != "tools/call":
                return NotImplemented
            exchange.begin_events()
            exchange.event(note(1))
            exchange.event(note(2))
            go_on.wait(10)
            try:
                for n in (3, 4):
                    exchange.event(note(n))
                ends.wait(10)
                exchange.event(result(exchange.id))
                return exchange.end_events()
            except OSError as error:
                broken.append(error)
                return None

        with Upstream(Legacy(serve)) as upstream, Gateway(upstream.url) as gateway:
            def resume():
                client = Client(gateway)
                call = client.begin()
                wait.same(call.head().status, 200)
                first = event_of(call)
                second = event_of(call)
                wait.same(json.loads(second["data"]), note(2))
                getattr(call, how)()
                back = client.get(first["id"])
                wait.same(back.head().status, 200, "resumption")
                wait.same(event_of(back), second, "what was not seen, as it was")
                go_on.set()
                wait.same([message_of(back) for _ in range(2)], [note(3), note(4)], "at once")
                ends.set()
                wait.same(message_of(back), result(1))
                wait.same(event_of(back), None, "the end")
                # Again, after all: kept for a while.
                again = client.get(second["id"]).answer()
                wait.same(again.messages(), [note(3), note(4), result(1)], "again")
                wait.same(broken, [], "broken upstream")
                wait.same(len(upstream.calls("tools/call")), 1, "calls upstream")
            rows.row(how, resume)
    rows.settle()


def test_cancelled_notification():
    """notifications/cancelled reaches the upstream as it was; an upstream that obeys ends the call,
    one that does not is left after the grace, and the client's request ends either way."""
    rows = wait.Rows()
    for obeys in (True, False):
        stop = threading.Event()

        def serve(exchange):
            if exchange.rpc == "notifications/cancelled":
                exchange.answer(202)
                return stop.set() if obeys else None
            if exchange.rpc != "tools/call":
                return NotImplemented
            exchange.begin_events()
            exchange.event(note(1))
            if obeys:
                stop.wait(10)
                return exchange.end_events()
            exchange.wait_closed()
            raise OSError("the gateway left")

        settings = {"limits": {"cancel_grace": "200ms"}}
        with Upstream(Legacy(serve)) as upstream, \
                Gateway(upstream.url, settings=settings) as gateway:
            def cancel():
                client = Client(gateway)
                call = client.begin(id="x")
                wait.same(call.head().status, 200)
                wait.same(message_of(call), note(1))
                answer = client.ask("notifications/cancelled", {"requestId": "x", "reason": "r"},
                                    id=None)
                wait.same(answer.status, 202)
                wait.same(upstream.calls("notifications/cancelled")[0].message["params"],
                          {"requestId": "x", "reason": "r"})
                begun = time.monotonic()
                last = event_of(call)
                wait.within(3.0, begun, "the end of the cancelled call")
                if last is not None:  # An error for want of an answer is fine; a result is not.
                    wait.same("error" in json.loads(last["data"]), True, last)
                call.close()
                gateway.at_rest()
                wait.same(client.ask(id="y").status, 200, "the session goes on")
            rows.row(f"obeys: {obeys}", cancel)
    rows.settle()


def test_foreign_event_ids():
    """An event id of another session and an invented one are 400 or 404 and never a replay."""
    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        exchange.event(result(exchange.id, "private"))
        return exchange.end_events()

    with Upstream(Legacy(serve)) as upstream, Gateway(upstream.url) as gateway:
        mine, other = Client(gateway), Client(gateway)
        with mine.begin() as call:
            call.head()
            id = event_of(call)["id"]
        parts = id.split("-")
        for text in (id, "x", "0", "-", "0-0-0", f"{parts[0]}-99-1", f"{parts[0]}-1-99",
                     f"{parts[0]}-1", "1" * 300, f"{parts[0]}-1-18446744073709551616"):
            client = other if text == id else mine
            with client.get(text) as back:
                answer = back.answer()
                if text == f"{parts[0]}-1-99":  # Of a stream that has ended: nothing is behind it.
                    wait.same((answer.status, answer.messages()), (200, []), text)
                else:
                    wait.same(answer.status in (400, 404), True, f"{text!r}: {answer.status}")


def test_priming_events():
    """An id with empty data is for clients of 2025-11-25 alone: older ones take it for JSON."""
    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        exchange.chunk(b"id: p1\nretry: 500\ndata:\n\n")
        exchange.event(result(exchange.id), id="p2")
        return exchange.end_events()

    for version, primed in (("2025-11-25", True), ("2025-06-18", False), ("2025-03-26", False)):
        with Upstream(Legacy(serve)) as upstream, Gateway(upstream.url) as gateway:
            with Client(gateway, version).begin() as call:
                events = call.answer().events()
            empty = [event for event in events if "data" in event and event["data"] == ""]
            wait.same(len(empty), int(primed), f"priming events for {version}")
            if primed:
                wait.same((bool(empty[0].get("id")), empty[0].get("retry")), (True, "500"))
            wait.same(json.loads(events[-1]["data"]), result(1), version)
            wait.same("p1" in str(events) or "p2" in str(events), False, "the upstream's ids")


def test_an_upstream_that_wants_to_be_polled():
    """The upstream closes the connection after a priming event; the gateway reads on with GET and
    the upstream's Last-Event-ID, and the client gets the result, also when its own connection was
    closed in between."""
    polls = []

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        exchange.chunk(b"id: p1\nretry: 100\ndata:\n\n")
        exchange.end_events()
        return None

    def get(exchange):
        polls.append(exchange.one("Last-Event-ID"))
        exchange.begin_events()
        exchange.event(result(1, "polled"), id="p2")
        exchange.end_events()

    for version in ("2025-11-25", "2025-06-18"):
        polls.clear()
        with Upstream(Legacy(serve, get=get)) as upstream, Gateway(upstream.url) as gateway:
            client = Client(gateway, version)
            with client.begin() as call:
                answer = call.answer()
            messages = answer.messages()
            if not messages:  # The client is to poll as well.
                primed = [event["id"] for event in answer.events() if event.get("id")]
                with client.get(primed[-1]) as back:
                    messages = back.answer().messages()
            wait.same(messages, [result(1, "polled")], version)
            wait.same(polls, ["p1"], "Last-Event-ID upstream")
            wait.same(len(upstream.calls("tools/call")), 1, "calls upstream")


def test_a_session_that_the_upstream_lost():
    """404, or 400 -32000, of an upstream with a session's id: the client gets 404 and begins anew;
    the request is not sent again."""
    for status, code in ((404, -32001), (400, -32000)):
        lost = threading.Event()

        def serve(exchange):
            if exchange.rpc == "tools/list" and lost.is_set():
                lost.clear()
                return exchange.error(code, "No valid session ID provided", status)
            return NotImplemented

        with Upstream(Legacy(serve)) as upstream, Gateway(upstream.url) as gateway:
            client = Client(gateway)
            lost.set()
            answer = client.ask(id=5)
            wait.same((answer.status, answer.json()["id"]), (404, 5), f"{status} {code}")
            wait.same(client.ask(id=6).status, 404, "and from then on")
            wait.same(len(upstream.calls("tools/list")), 1, "requests upstream")
            wait.same(gateway.metric("junctor_mcp_sessions"), 0.0, "sessions")
            wait.same(Client(gateway).ask().status, 200, "a new session")


def test_a_refused_initialize_opens_nothing():
    """The upstream's error comes back, there is no session id and no session stays; an upstream
    that had opened one is told to end it."""
    def serve(exchange):
        if exchange.rpc == "initialize":
            body = b'{"jsonrpc":"2.0","id":0,"error":{"code":-32602,"message":"no"}}'
            return exchange.answer(200, body, fields=[("Mcp-Session-Id", "half-open")])
        return exchange.answer(400 if exchange.rpc else 200)

    with Upstream(serve) as upstream, Gateway(upstream.url) as gateway:
        client = Client(gateway)
        wait.same(client.answer.json()["error"]["code"], -32602)
        wait.same(client.id, None, "session id")
        wait.same(gateway.metric("junctor_mcp_sessions"), 0.0, "sessions")


def test_two_shards():
    """Connections land on both shards: a session answers on each of them, requests, streams,
    resumption and its end alike."""
    go_on = threading.Event()

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        exchange.event(note(1))
        go_on.wait(10)
        exchange.event(result(exchange.id))
        return exchange.end_events()

    def get(exchange):
        exchange.begin_events()
        exchange.event(note(9))
        exchange.wait_closed()

    server = Legacy(serve, get=get)
    settings = {"limits": {"keep_alive": "200ms"}}  # Tells soon who has left.
    with Upstream(server) as upstream, \
            Gateway(upstream.url, shards=2, settings=settings) as gateway:
        clients = [Client(gateway) for _ in range(8)]
        for n in range(1, 17):  # Each on a connection of its own: both shards see each session.
            for client in clients:
                answer = client.ask(id=n)
                wait.same((answer.status, answer.json()["id"]), (200, n))
        calls = [client.begin(id=100) for client in clients]
        first = []
        for call in calls:
            wait.same(call.head().status, 200)
            first.append(event_of(call)["id"])
            call.close()
        go_on.set()
        for client, id in zip(clients, first):
            for _ in range(6):
                with client.get(id) as back:
                    wait.same(back.head().status, 200, "resumption")
                    wait.same(message_of(back), result(100))
                    wait.same(event_of(back), None, "the end of the resumed stream")
        for client in clients:
            for _ in range(4):
                with client.get() as stream:
                    wait.same(stream.head().status, 200, "the standalone stream")
        gateway.at_rest()
        for client in clients:
            wait.same(client.delete().status, 200, "DELETE")
            for _ in range(4):
                wait.same(client.ask().status, 404, "behind DELETE")
        wait.until(lambda: len(server.deleted) == 8, "DELETE upstream")
        wait.same(gateway.metric("junctor_mcp_sessions"), 0.0, "sessions")
        gateway.alive()
