"""Clauses of the specification that no other journey has: what a route adds nothing to and takes
nothing from, and what the gateway owes an upstream as its client. Each test names its clauses."""
import json
import threading
import time

from sessions import Client, event_of, message_of, note, result, rpc
from support import http, wait
from support.gateway import Gateway
from support.upstream import Legacy, Upstream, discover, is_probe

RETRY_MS = 400


#= mcp 2026-07-28 basic#statelessness:connection MUST
def test_requests_of_one_connection_stand_alone():
    """Nothing is remembered between requests of a connection: a good one does not lend its version,
    its capabilities or its era to the next."""
    bare = http.request(rpc("tools/list"), http.modern_fields())
    legacy = http.request(rpc("tools/list"), [("Content-Type", "application/json")])
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        with http.Connection(gateway.port) as connection:
            for name, request, status, code in (
                ("good", http.call(), 200, None), ("without _meta", bare, 400, -32602),
                ("good again", http.call(), 200, None), ("of a session", legacy, 400, -32600),
                ("good after all", http.call(), 200, None),
            ):
                connection.send(request)
                answer = connection.answer()
                wait.same(answer.status, status, name)
                wait.same(answer.json().get("error", {}).get("code"), code, name)
        wait.same(len(upstream.calls()), 3, "calls upstream")


#= mcp 2026-07-28 basic#meta:required MUST
#= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:post MUST
#= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:accept MUST
#= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:headers MUST
def test_what_an_upstream_is_asked():
    """Each message is a POST of its own that accepts both forms and carries the metadata headers;
    the gateway's own question has the whole `_meta`, too."""
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        wait.same(http.ask(gateway.port, http.call("tools/call", {"name": "t"})).status, 200)
        wait.same([seen.rpc for seen in upstream.seen], ["server/discover", "tools/call"])
        for seen in upstream.seen:
            meta = seen.message["params"]["_meta"]
            prefix = "io.modelcontextprotocol/"
            wait.same(meta[prefix + "protocolVersion"], "2026-07-28", seen.rpc)
            wait.same(meta[prefix + "clientCapabilities"], {}, seen.rpc)
            wait.same(seen.start, "POST /mcp HTTP/1.1")
            wait.same(seen.one("Accept"), http.BOTH, seen.rpc)
            wait.same(seen.one("MCP-Protocol-Version"), "2026-07-28", seen.rpc)
            wait.same(seen.one("Mcp-Method"), seen.rpc, seen.rpc)
        wait.same(upstream.seen[1].one("Mcp-Name"), "t", "Mcp-Name")


#= mcp 2026-07-28 basic/transports/streamable-http#case-sensitivity:names MUST
def test_field_names_in_any_case():
    """The names of fields are read in any case; their values are not."""
    with Upstream() as upstream, Gateway(upstream.url, era="modern") as gateway:
        for change in (str.lower, str.upper, str.swapcase):
            fields = [(change(n), v) for n, v in http.modern_fields("tools/call", "t")]
            body = http.message("tools/call", {"name": "t"})
            wait.same(http.ask(gateway.port, http.request(body, fields)).status, 200, str(fields))
            fields[-1] = (fields[-1][0], "T")
            wait.same(http.ask(gateway.port, http.request(body, fields)).status, 400, "a value")
        wait.same(len(upstream.calls("tools/call")), 3, "calls upstream")


#= mcp 2026-07-28 server/discover#top MUST
#= mcp 2026-07-28 basic/versioning#protocol-version-negotiation:discover MUST
def test_discover():
    """server/discover of a client is answered: the upstream's own answer, asked for each time."""
    with Upstream(discover) as upstream, Gateway(upstream.url) as gateway:
        for _ in range(2):
            answer = http.ask(gateway.port, http.call("server/discover", id="d"))
            wait.same((answer.status, answer.json()["id"]), (200, "d"))
            wait.same(answer.json()["result"]["supportedVersions"], ["2026-07-28"])
        wait.same(len([seen for seen in upstream.seen if not is_probe(seen)]), 2, "asked")


#= mcp 2026-07-28 basic/patterns/mrtr#client-requirements-basic-workflow:echo MUST
#= mcp 2026-07-28 basic/patterns/mrtr#inputrequiredresult:opaque MUST NOT
def test_input_required_and_its_retry():
    """An input_required result and the retry with its answers pass byte for byte, whatever stands
    in requestState."""
    state = '"\\u0041\\/ +=%00\\n{}[]\u00e9"'.encode()
    asked = (b'{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":'
             b'{"k":{"method":"roots/list"}}, "requestState" : ' + state + b"}}")
    retry = http.message("tools/call", {"name": "t", "inputResponses": {"k": {"roots": []}}}, 2)
    retry = retry.replace(b'"name":"t"', b'"name":"t", "requestState" : ' + state)

    def serve(exchange):
        if exchange.id == 1:
            return exchange.answer(200, asked)
        return exchange.result({"resultType": "complete", "content": []})

    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        answer = http.ask(gateway.port, http.call("tools/call", {"name": "t"}))
        wait.same(answer.body, asked, "the result")
        fields = http.modern_fields("tools/call", "t")
        wait.same(http.ask(gateway.port, http.request(retry, fields)).json()["id"], 2)
        wait.same(upstream.calls()[-1].body, retry, "the retry")


#= mcp 2026-07-28 server/utilities/pagination#implementation-guidelines:opaque MUST
#= mcp 2025-11-25 server/utilities/pagination#implementation-guidelines:opaque MUST
def test_cursors_are_opaque():
    """A cursor of any text goes each way as it was written; the empty one is a cursor, too."""
    cursors = ['""', '"\\u0000\\/"', '"=?base64?dA==?="', '"\u00e9\\ud83d\\ude00"', '"null"']
    rows = wait.Rows()
    state = {}

    def serve(exchange):
        text = '{"jsonrpc":"2.0","id":1,"result":{"tools":[],"nextCursor":%s,"resultType":"complete"}}'
        return exchange.answer(200, (text % state["cursor"]).encode())

    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        for cursor in cursors:
            def kept():
                state["cursor"] = cursor
                body = http.message(params={"cursor": "C"}).replace(b'"C"', cursor.encode())
                answer = http.ask(gateway.port, http.request(body, http.modern_fields()))
                wait.same(f'"nextCursor":{cursor},'.encode() in answer.body, True, answer.body)
                wait.same(upstream.calls()[-1].body, body, "upstream")
            rows.row(cursor, kept)
    rows.settle()


#= mcp 2026-07-28 basic/patterns/subscriptions#acknowledgment:first MUST
def test_listen():
    """subscriptions/listen keeps its id upstream, which messages name it by; they come at once and
    in order, the acknowledgment first; the client that leaves ends it."""
    step = threading.Semaphore(0)
    closed = threading.Event()
    meta = {"io.modelcontextprotocol/subscriptionId": "l-1"}

    def serve(exchange):
        exchange.begin_events()
        for method in ("subscriptions/acknowledged", "tools/list_changed", "prompts/list_changed"):
            exchange.event({"jsonrpc": "2.0", "method": f"notifications/{method}",
                            "params": {"_meta": meta}})
            step.acquire(timeout=10)
        if exchange.wait_closed():
            closed.set()
        raise OSError("the gateway left")

    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        with http.Connection(gateway.port) as listening:
            listening.send(http.call("subscriptions/listen", {"notifications": {}}, "l-1"))
            wait.same(listening.head().status, 200)
            for method in ("subscriptions/acknowledged", "tools/list_changed",
                           "prompts/list_changed"):
                message = message_of(listening)
                wait.same(message["method"], f"notifications/{method}")
                wait.same(message["params"]["_meta"], meta, method)
                step.release()
            wait.same(upstream.calls()[0].id, "l-1", "the id upstream")
        wait.until(closed.is_set, "the end upstream")
        gateway.at_rest()


#= mcp 2025-11-25 basic/transports#resumability-and-redelivery:unique MUST
#= mcp 2025-11-25 basic/transports#resumability-and-redelivery:own MUST NOT
#= mcp 2025-11-25 basic/transports#multiple-connections:one MUST
def test_event_ids_of_a_session():
    """Two calls at once and the standalone stream: no two events share an id, each message is on
    one stream, and what is read on behind an id is of that stream alone."""
    both = threading.Barrier(3)

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        exchange.event(note(exchange.id))
        both.wait(10)
        exchange.event(result(exchange.id))
        return exchange.end_events()

    def get(exchange):
        exchange.begin_events()
        exchange.event(note(0))
        both.wait(10)
        exchange.wait_closed()

    with Upstream(Legacy(serve, get=get)) as upstream, Gateway(upstream.url) as gateway:
        client = Client(gateway)
        standalone, first, second = client.get(), client.begin(id=1), client.begin(id=2)
        events = []
        for connection, wanted in ((standalone, [note(0)]), (first, [note(1), result(1)]),
                                   (second, [note(2), result(2)])):
            wait.same(connection.head().status, 200)
            mine = [event_of(connection) for _ in wanted]
            wait.same([json.loads(event["data"]) for event in mine], wanted)
            events += mine
        ids = [event["id"] for event in events]
        wait.same(len(set(ids)), 5, f"ids {ids}")
        for at, rest in ((1, [result(1)]), (3, [result(2)])):
            with client.get(ids[at]) as back:
                wait.same(back.answer().messages(), rest, "behind it")
        wait.same(client.delete().status, 200)
        for connection in (standalone, first, second):
            wait.same(event_of(connection), None, "nothing more")
            connection.close()


#= mcp 2025-11-25 basic/transports#listening-for-messages-from-the-server:response MUST NOT
def test_no_answers_on_the_standalone_stream():
    """An answer that an upstream puts on its standalone stream is on no stream of the client; what
    comes behind it is."""
    def get(exchange):
        exchange.begin_events()
        exchange.event(note(1))
        exchange.event(result(5))
        exchange.event({"jsonrpc": "2.0", "id": 6, "error": {"code": 1, "message": "m"}})
        exchange.event(note(2))
        exchange.wait_closed()

    with Upstream(Legacy(get=get)) as upstream, Gateway(upstream.url) as gateway:
        client = Client(gateway)
        with client.get() as stream:
            wait.same(stream.head().status, 200)
            wait.same([message_of(stream) for _ in range(2)], [note(1), note(2)])


#= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:retry MUST
#= mcp 2025-11-25 basic/transports#listening-for-messages-from-the-server:accept MUST
def test_retry_is_waited_for():
    """Where the upstream closed with `retry`, it is asked again by GET after that time, and told
    that events are taken."""
    times = []

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        exchange.chunk(f"id: p1\nretry: {RETRY_MS}\ndata:\n\n".encode())
        exchange.end_events()
        return times.append(time.monotonic())

    def get(exchange):
        times.append(time.monotonic())
        wait.same(exchange.one("Accept"), "text/event-stream")
        exchange.begin_events()
        exchange.event(result(1), id="p2")
        exchange.end_events()

    with Upstream(Legacy(serve, get=get)) as upstream, Gateway(upstream.url) as gateway:
        with Client(gateway, "2025-06-18").begin() as call:
            wait.same(call.answer().messages(), [result(1)])
        # The upstream's clock is read behind its last byte: a little late, thus a little less.
        wait.same(times[1] - times[0] >= RETRY_MS / 1000 - 0.1, True, f"waited, of {times}")


#= mcp 2025-11-25 basic/utilities/cancellation#timing-considerations:race MUST
def test_cancelling_what_is_over():
    """notifications/cancelled for a request that was answered, or that never was, is accepted and
    harms nothing."""
    with Upstream(Legacy()) as upstream, Gateway(upstream.url) as gateway:
        client = Client(gateway)
        wait.same(client.ask(id=1).status, 200)
        for id in (1, "never"):
            wait.same(client.ask("notifications/cancelled", {"requestId": id}, None).status, 202)
        wait.same(client.ask(id=1).json()["id"], 1, "the id once more")
        wait.same(len(upstream.calls("notifications/cancelled")), 2, "passed on")
        gateway.alive()


#= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:post MUST
#= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:accept MUST
#= mcp 2025-11-25 basic/transports#protocol-version-header:sent MUST
#= mcp 2025-11-25 basic/transports#session-management:header MUST
def test_what_an_upstream_of_sessions_is_asked():
    """Everything behind initialize carries the upstream's session and the negotiated version; each
    message is a POST of its own that accepts both forms."""
    def get(exchange):
        exchange.begin_events()
        exchange.event(note(1))
        exchange.wait_closed()

    with Upstream(Legacy(get=get)) as upstream, Gateway(upstream.url) as gateway:
        client = Client(gateway, "2025-06-18")
        wait.same(client.ask().status, 200)
        with client.get() as stream:
            wait.same(stream.head().status, 200)
            wait.same(message_of(stream), note(1))
            wait.same(client.delete().status, 200)
        wait.until(lambda: any(s.method == "DELETE" for s in upstream.calls()), "DELETE upstream")
        seen = upstream.calls()
        wait.same([s.method for s in seen], ["POST", "POST", "POST", "GET", "DELETE"])
        wait.same([s.one("Accept") for s in seen[:3]], [http.BOTH] * 3, "Accept")
        wait.same(seen[0].one("Mcp-Session-Id"), None, "initialize")
        for s in seen[1:]:
            wait.same(s.one("Mcp-Session-Id"), "upstream-1", s.method)
            wait.same(s.one("MCP-Protocol-Version"), "2025-06-18", s.method)
