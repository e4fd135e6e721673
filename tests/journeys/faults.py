"""What goes wrong on either side: slow peers, vanishing peers, upstreams that die, lie or flood,
and limits that are reached. After each the process stands, and nothing is left over."""
import contextlib
import json
import os
import resource
import socket
import threading
import time

from sessions import Client, message_of, note, result
from support import http, wait
from support.gateway import Gateway
from support.upstream import Legacy, Upstream, discover

MIB = 1 << 20
COMPLETE = {"resultType": "complete", "content": []}


@contextlib.contextmanager
def nothing_leaks(gateway, upstream_idle=1, memory=16 * MIB):
    """Descriptors and memory before and after; connections, requests and sessions at rest."""
    http.ask(gateway.port, http.call())  # What is made once, is made now.
    gateway.at_rest()
    descriptors, resident = gateway.descriptors(), gateway.resident_bytes()
    yield
    gateway.at_rest()
    wait.until(lambda: gateway.descriptors() <= descriptors + upstream_idle,
               f"at most {descriptors + upstream_idle} descriptors")
    grown = gateway.resident_bytes() - resident
    wait.same(grown < memory, True, f"memory grew by {grown / MIB:.1f} MiB; less than "
                                    f"{memory / MIB:.0f}")
    gateway.alive()


def call(id=1):
    return http.call("tools/call", {"name": "t"}, id=id)


def reason_of(answer):
    message = answer.messages()[-1]
    wait.same(message["error"]["code"], -32603, f"code, of {message}")
    return message["error"]["data"]["reason"]


# --- slow clients --------------------------------------------------------------------------------


def test_slow_heads():
    """A head that takes longer than its time is 408 and the end, however it drips; who sends
    nothing at all is closed without an answer; others are served meanwhile."""
    limits = {"head_timeout": "400ms", "idle_timeout": "400ms"}
    with Upstream() as upstream, Gateway(upstream.url, settings={"limits": limits}) as gateway, \
            nothing_leaks(gateway):
        begun = time.monotonic()
        slow = [http.Connection(gateway.port) for _ in range(50)]
        for connection in slow:
            connection.send(b"POST /mcp HTTP/1.1\r\n")
        silent = [http.Connection(gateway.port) for _ in range(50)]
        drip = http.Connection(gateway.port)
        ends = threading.Event()

        def feed():
            try:
                while not ends.wait(0.03):  # Part of the script: a byte now and then.
                    drip.socket.send(b"A")
            except OSError:
                pass

        feeder = threading.Thread(target=feed)
        feeder.start()
        wait.same(http.ask(gateway.port, http.call()).status, 200, "meanwhile")
        for connection in [*slow, drip]:
            wait.same(connection.answer().status, 408, "a slow head")
            connection.close()
        ends.set()
        feeder.join()
        for connection in silent:
            wait.same(connection.closed(), True, "closed without an answer")
            connection.close()
        wait.within(4, begun, "all of it")
        with http.Connection(gateway.port) as idle:
            idle.send(http.call())
            wait.same(idle.answer().status, 200)
            wait.same(idle.closed(), True, "an idle connection is closed without an answer")
        wait.same(gateway.metric("junctor_http_timeouts_total") >= 51, True, "counted")


def test_slow_bodies():
    """A body that takes longer than its time is 408 and the end; nothing reaches the upstream."""
    limits = {"body_timeout": "400ms"}
    with Upstream() as upstream, Gateway(upstream.url, settings={"limits": limits}) as gateway, \
            nothing_leaks(gateway):
        seen = len(upstream.calls())
        connections = []
        for body in ((("Content-Length", 100),), (("Transfer-Encoding", "chunked"),)):
            for _ in range(25):
                connection = http.Connection(gateway.port)
                connection.send(http.head(fields=[*http.modern_fields(), *body]) + b"5\r\n{")
                connections.append(connection)
        for connection in connections:
            answer = connection.answer()
            wait.same((answer.status, answer.keeps_open()), (408, False))
            wait.same(connection.closed(), True, "closed")
            connection.close()
        wait.same(len(upstream.calls()), seen, "calls upstream")


def flood(sent, events=True, piece=65536, total=256 * MIB):
    """An upstream that sends as much as is taken, and notes how much that was."""
    def serve(exchange):
        if exchange.rpc != "tools/call":
            return discover(exchange) if exchange.rpc == "server/discover" else \
                exchange.result(COMPLETE)
        if events:
            exchange.begin_events()
            data = json.dumps(note("x" * piece)).encode()
            block = b"data: " + data + b"\n\n"
        else:
            exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                         b"Transfer-Encoding: chunked\r\n\r\n")
            exchange.chunk(b'{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","x":["')
            block = b"x" * piece + b'","'
        try:
            while sent[0] < total:
                exchange.chunk(block)
                sent[0] += len(block)
        except OSError:
            sent.append("closed")
            raise
        exchange.wait_closed()
        return None
    return serve


def test_slow_readers():
    """A client that reads nothing stops its upstream, not the gateway: a few MiB in all, whatever
    the upstream has to say; others are served; after write_timeout it is left, and the upstream's
    call with it."""
    rows = wait.Rows()
    for events in (True, False):
        sent = [0]
        settings = {"limits": {"write_timeout": "1s", "answer_bytes_max": "1GiB"}}
        with Upstream(flood(sent, events)) as upstream, \
                Gateway(upstream.url, era="modern", settings=settings) as gateway:
            def stuck():
                with nothing_leaks(gateway):
                    before = gateway.resident_bytes()
                    slow = http.Connection(gateway.port, receive_bytes=4096)
                    slow.send(call())
                    wait.until(lambda: sent[0] > 0, "the upstream sends")
                    wait.same(http.ask(gateway.port, http.call()).status, 200, "meanwhile")
                    wait.until(lambda: sent[-1] == "closed", "the upstream's call ends")
                    # Most of it in the sockets' buffers.
                    wait.same(sent[0] < 24 * MIB, True, f"taken from upstream: {sent[0]} bytes")
                    grown = gateway.resident_bytes() - before
                    wait.same(grown < 16 * MIB, True, f"memory: {grown / MIB:.1f} MiB")
                    slow.close()
                wait.same(gateway.metric("junctor_http_timeouts_total") >= 1, True, "counted")
            rows.row(f"events: {events}", stuck)
    rows.settle()


def test_a_slow_reader_that_goes_on_gets_everything():
    """A reader of a few KiB at a time, slower than its upstream, receives every event in order."""
    def serve(exchange):
        if exchange.rpc != "tools/call":
            return exchange.result(COMPLETE)
        exchange.begin_events()
        for n in range(2000):
            exchange.event({**note(n), "fill": "x" * 4000})
        exchange.event({**result(exchange.id), "result": COMPLETE})
        return exchange.end_events()

    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway, \
            nothing_leaks(gateway):
        with http.Connection(gateway.port, receive_bytes=8192) as slow:
            slow.send(call())
            wait.same(slow.head().status, 200)
            for n in range(2000):
                wait.same(message_of(slow)["params"]["progress"], n)
            wait.same(message_of(slow)["id"], 1)


def test_a_slow_reader_of_the_standalone_stream():
    """What nobody takes from a session's stream is bounded: the reader is ended, the gateway is
    not; the session goes on."""
    sent = [0]

    def get(exchange):
        exchange.begin_events()
        text = json.dumps({**note(1), "fill": "x" * 60000})
        while sent[0] < 64 * MIB:
            exchange.event(text)
            sent[0] += len(text)
        exchange.wait_closed()

    settings = {"limits": {"write_timeout": "1s"}}
    with Upstream(Legacy(get=get)) as upstream, \
            Gateway(upstream.url, settings=settings) as gateway:
        client = Client(gateway)
        client.ask()
        before = gateway.resident_bytes()
        slow = http.Connection(gateway.port, receive_bytes=4096)
        slow.send(http.head("GET", fields=[("Accept", "text/event-stream"), *client.fields[2:]]))
        peak = [0]

        def quiet():
            peak[0] = max(peak[0], gateway.resident_bytes() - before)
            return sent[0] >= 64 * MIB or gateway.metrics()["junctor_http_connections"] <= 1

        wait.until(quiet, "the flood is over, or its reader", 20)
        wait.same(peak[0] < 32 * MIB, True, f"memory at its most: {peak[0] / MIB:.1f} MiB")
        slow.close()
        wait.same(client.ask(id=2).status, 200, "the session goes on")
        gateway.alive()


# --- many clients --------------------------------------------------------------------------------


def test_ten_thousand_idle_connections():
    """10,000 idle connections, or as many as the machine lets one process have, at less than 4 KiB
    each; requests on new ones, and on some of them, are served; all are gone afterwards."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(10_000, hard - 1000)
    if count < 1000:
        raise wait.Skipped(f"only {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    connections = []
    try:
        with Upstream() as upstream, Gateway(upstream.url) as gateway, \
                nothing_leaks(gateway, memory=48 * MIB):
            before = gateway.resident_bytes()
            for _ in range(count):
                connections.append(http.Connection(gateway.port))
            for each in connections[:: count // 100]:  # Some have had a request: still idle now.
                each.send(http.call())
                wait.same(each.answer().status, 200)
            wait.until(lambda: gateway.metric("junctor_http_connections") >= count, "accepted")
            each = (gateway.resident_bytes() - before) / count
            wait.same(each < 4096, True, f"{each:.0f} bytes for an idle connection")
            begun = time.monotonic()
            wait.same(http.ask(gateway.port, http.call()).status, 200, "one more")
            wait.within(1, begun, "a request beside them")
            for connection in connections:
                connection.close()
    finally:
        for connection in connections:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_connection_churn():
    """3,000 connections that come and go: with a request, without, with half a head, with a reset.
    Nothing stays."""
    with Upstream() as upstream, Gateway(upstream.url) as gateway, nothing_leaks(gateway):
        for n in range(3000):
            connection = http.Connection(gateway.port)
            if n % 4 == 0:
                connection.send(http.call())
                wait.same(connection.answer().status, 200)
            if n % 4 == 1:
                connection.send(b"POST /mcp HT")
            if n % 4 == 2:
                connection.reset()
            connection.close()
        upstream_connections = gateway.metric("junctor_upstream_connections_open")
        wait.same(upstream_connections <= 2, True, f"{upstream_connections} upstream connections")


def test_clients_that_vanish():
    """200 clients of each era that are gone in the middle of a stream, before an answer, and within
    their own request: each call upstream ends or comes to its end, nothing stays."""
    ended = []
    lock = threading.Lock()

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        gone = True
        try:
            exchange.begin_events()
            exchange.event(note(1))
            gone = exchange.wait_closed()
        finally:  # Who writes to a connection that is closed has seen its end, too.
            with lock:
                ended.append(gone)
        raise OSError("over")

    def modern(exchange):
        return exchange.result(COMPLETE) if serve(exchange) is NotImplemented else None

    with Upstream(modern) as upstream, Gateway(upstream.url, era="modern") as gateway, \
            nothing_leaks(gateway):
        for n in range(200):
            with http.Connection(gateway.port) as connection:
                connection.send(call(n)[: None if n % 4 else 300])
                if n % 4 > 1:
                    wait.same(connection.head().status, 200)
                if n % 2:
                    connection.reset()
        # Those whose request was whole are answered or cancelled upstream.
        wait.until(lambda: len(ended) == len(upstream.calls("tools/call")), "all ended upstream")
        wait.same(all(ended), True, "closed upstream")
    settings = {"limits": {"keep_alive": "200ms"}, "sessions": {"idle_timeout": "1s"},
                "upstream_defaults": {"timeout": "2s"}}
    with Upstream(Legacy(serve)) as upstream, Gateway(upstream.url, settings=settings) as gateway:
        descriptors = gateway.descriptors()
        for _ in range(20):
            client = Client(gateway)
            for n in range(10):
                connection = client.begin(id=n)
                if n % 2:
                    wait.same(connection.head().status, 200)
                    connection.reset()
                connection.close()
        gateway.at_rest()
        wait.until(lambda: gateway.metric("junctor_mcp_sessions") == 0, "sessions end", 20)
        wait.until(lambda: gateway.metric("junctor_upstream_connections_open") <= 256, "pool")
        wait.until(lambda: gateway.descriptors() <= descriptors + gateway.metric(
            "junctor_upstream_connections_open"), "descriptors")
        gateway.alive()


# --- broken upstreams ----------------------------------------------------------------------------


def broken(table, settings=None, upstream_settings=None):
    """Rows: name, how the upstream answers tools/call, the reason that the client is told (or a
    function that judges its answer). Then a good call, and nothing sent twice."""
    state = {}

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return exchange.result(COMPLETE)
        return state["serve"](exchange)

    rows = wait.Rows()
    with Upstream(serve) as upstream, \
            Gateway(upstream.url, era="modern", settings=settings,
                    upstream_settings=upstream_settings) as gateway:
        with nothing_leaks(gateway):
            for name, answers, expected in table:
                def check():
                    state["serve"] = answers
                    before = len(upstream.calls("tools/call"))
                    answer = http.ask(gateway.port, call())
                    if callable(expected):
                        expected(answer)
                    else:
                        wait.same(answer.status, 200, f"status, of {answer.body!r}")
                        wait.same(reason_of(answer), expected, f"reason, of {answer.body!r}")
                        wait.same(answer.messages()[-1]["id"], 1, "id")
                    wait.same(len(upstream.calls("tools/call")) - before, 1, "times sent")
                    wait.same(http.ask(gateway.port, http.call()).status, 200, "the next call")
                rows.row(name, check)
    rows.settle()


def raw(data, then="close"):
    def serve(exchange):
        exchange.raw(data)
        if then == "close":
            exchange.close()
        elif then == "reset":
            exchange.reset()
            raise OSError("reset")
        else:
            exchange.wait_closed()
            raise OSError("over")
    return serve


def reset(exchange):
    exchange.reset()
    raise OSError("reset")


JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
EVENTS_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + CHUNKED


def not_whole(answer):
    wait.same((answer.status, answer.whole), (200, False), "an answer that is visibly not whole")


def test_upstreams_that_die():
    """In the middle of a call: the client is told at once that it may have been executed, on the
    event stream too; a long JSON answer that has begun is broken off, never completed."""
    large = JSON_HEAD + b"Content-Length: 1000000\r\n\r\n"
    large += b'{"jsonrpc":"2.0","id":1,"result":["' + b"x" * 100_000
    part = b'{"jsonrpc":"2.0","id":1,"result":{'
    event = b"data: " + json.dumps(note(1)).encode() + b"\n\n"
    events = EVENTS_HEAD + b"%x\r\n%b\r\n" % (len(event), event)

    def told_in_stream(answer):
        wait.same([m.get("method") for m in answer.messages()], ["notifications/progress", None])
        wait.same(reason_of(answer), "upstream_stream_lost")
        wait.same(answer.whole, True, "the stream ends properly")

    lost = "upstream_stream_lost"
    broken([
        ("without a word", lambda x: x.close(), lost),
        ("by a reset", reset, lost),
        ("within the status line", raw(b"HTTP/1.1 20"), lost),
        ("within the head", raw(JSON_HEAD), lost),
        ("behind the head", raw(JSON_HEAD + b"Content-Length: 100\r\n\r\n"), lost),
        ("within a short body", raw(JSON_HEAD + b"Content-Length: 100\r\n\r\n" + part), lost),
        ("within a short body, by a reset",
         raw(JSON_HEAD + b"Content-Length: 100\r\n\r\n" + part, "reset"), lost),
        ("within a chunk", raw(JSON_HEAD + CHUNKED + b"50\r\n" + part), lost),
        ("between chunks", raw(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (
            len(part), part)), lost),
        ("within a long body", raw(large), not_whole),
        ("within a long body, by a reset", raw(large, "reset"), not_whole),
        ("within an event stream", raw(events), told_in_stream),
        ("within an event", raw(events + b"20\r\ndata: {"), told_in_stream),
        ("behind the last chunk, without an answer", raw(events + b"0\r\n\r\n"), told_in_stream),
    ])


def test_upstreams_that_are_late():
    """upstream_timeout in data.reason, when the time is over and not much later: for the first
    byte, between two pieces, and for the whole; the upstream's connection is closed then."""
    times = {"first_byte_timeout": "300ms", "piece_timeout": "300ms", "timeout": "900ms"}
    event = b"data: " + json.dumps(note(1)).encode() + b"\n\n"
    closed = []

    def silent(exchange):
        closed.append(exchange.wait_closed())
        raise OSError("over")

    def first_event_only(exchange):
        exchange.raw(EVENTS_HEAD + b"%x\r\n%b\r\n" % (len(event), event))
        silent(exchange)

    def drip(exchange):
        exchange.raw(EVENTS_HEAD)
        ends = time.monotonic() + 5
        while time.monotonic() < ends:
            exchange.raw(b"%x\r\n%b\r\n" % (len(event), event))
            time.sleep(0.05)  # Part of the script: never still for long, never done.

    def half_head(exchange):
        exchange.raw(b"HTTP/1.1 200 OK\r\n")
        silent(exchange)

    def timely(limit):
        def check(answer):
            wait.same(reason_of(answer), "upstream_timeout")
            wait.within(limit, begun[0], "the answer")
        return check

    begun = [0.0]

    def stamped(serve):
        def run(exchange):
            begun[0] = time.monotonic()
            serve(exchange)
        return run

    broken([
        ("no byte", stamped(silent), timely(1.0)),
        ("half a head", stamped(half_head), timely(1.5)),
        ("one event, then nothing", stamped(first_event_only), timely(1.5)),
        ("events for ever", stamped(drip), timely(2.0)),
    ], upstream_settings=times)
    wait.same(closed, [True] * 3, "closed upstream")


def test_upstreams_that_answer_garbage():
    """Each is an error with a reason, in band and at once; nothing of the garbage reaches the
    client, redirects are not followed, and the next call works."""
    def said(status=200, body=b"", type="application/json", fields=()):
        return lambda x: x.answer(status, body, type, fields)

    bad, error = "upstream_invalid", "upstream_error"
    html = b"<html>" + b"x" * 5000 + b"</html>"
    elsewhere = [("Location", "http://127.0.0.1:1/x")]

    def no_garbage(answer):
        wait.same(reason_of(answer) in (bad, error), True, "reason")
        wait.same(b"secret" in answer.body, False, "the garbage is not passed on")

    def bad_or_broken_off(answer):
        wait.same(not answer.whole or reason_of(answer) == bad, True, answer)

    broken([
        ("bytes", raw(bytes(range(256)) * 20), bad),
        ("a web page", said(200, html, "text/html"), bad),
        ("a web page with 500", said(500, b"<p>secret</p>", "text/html"), no_garbage),
        ("a web page with 404", said(404, html, "text/html"), bad),
        ("nothing", said(200), bad), ("202 for a request", said(202), bad),
        ("204 for a request", said(204), bad), ("304", said(304), bad),
        ("301", said(301, fields=elsewhere), bad), ("307", said(307, fields=elsewhere), bad),
        ("401", said(401, fields=[("WWW-Authenticate", "Bearer")]), "upstream_auth"),
        ("403", said(403), "upstream_auth"), ("429", said(429), "upstream_busy"),
        ("503", said(503, fields=[("Retry-After", "7")]), "upstream_busy"),
        ("500", said(500), error), ("502", said(502), error),
        ("no JSON", said(200, b"secret {"), no_garbage),
        ("JSON that is no message", said(200, b'{"hello":1}'), bad),
        ("an array", said(200, b'[{"jsonrpc":"2.0","id":1,"result":{}}]'), bad),
        ("both result and error", said(200, b'{"jsonrpc":"2.0","id":1,"result":{"resultType":'
                                            b'"complete"},"error":{"code":1,"message":""}}'), bad),
        ("neither", said(200, b'{"jsonrpc":"2.0","id":1}'), bad),
        ("a request as an answer", said(200, b'{"jsonrpc":"2.0","id":1,"method":"x"}'), bad),
        ("jsonrpc 1.0", said(200, b'{"jsonrpc":"1.0","id":1,"result":{}}'), bad),
        ("invalid UTF-8", said(200, b'{"jsonrpc":"2.0","id":1,"result":{"a":"\xff"}}'), bad),
        ("id twice", said(200, b'{"jsonrpc":"2.0","id":1,"id":2,"result":{}}'), bad),
        ("depth of 5,000", said(200, b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * 5000), bad),
        ("depth of 100,000", said(200, b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * 100_000),
         bad_or_broken_off),
        ("another type", said(200, b'{"jsonrpc":"2.0","id":1,"result":{}}', "text/plain"), bad),
        ("compressed", said(200, b"\x1f\x8b\x08\x00" + b"x" * 100,
                            fields=[("Content-Encoding", "gzip")]), bad),
        ("events without JSON", raw(EVENTS_HEAD + b"e\r\ndata: secret\n\n\r\n0\r\n\r\n"),
         no_garbage),
        ("bad chunk size", raw(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), bad),
        ("head over the limit", raw(JSON_HEAD + b"A: " + b"b" * 100_000 + b"\r\n\r\n"), bad),
        ("200 fields", raw(JSON_HEAD + b"A: b\r\n" * 200 + b"\r\n"), bad),
    ])


def test_floods_of_an_upstream():
    """100 MB on one line of an event stream, and a JSON answer over its limit: the call ends with
    upstream_too_large, or broken off when the answer had begun, in bounded memory."""
    def line(exchange):
        exchange.raw(EVENTS_HEAD)
        exchange.chunk(b"data: ")
        for _ in range(1600):
            exchange.chunk(b"x" * 65536)
        exchange.chunk(b"\n\n")

    def body(exchange):
        exchange.raw(JSON_HEAD + b"Content-Length: 110000100\r\n\r\n")
        exchange.raw(b'{"jsonrpc":"2.0","id":1,"result":{"x":"')
        for _ in range(1700):
            exchange.raw(b"x" * 65536)

    def blanks(exchange):
        exchange.raw(JSON_HEAD + b"Content-Length: 110000100\r\n\r\n")
        for _ in range(1700):
            exchange.raw(b" " * 65536)

    def told(answer):
        wait.same(answer.whole is False or reason_of(answer) == "upstream_too_large", True, answer)

    def ended(serve):
        def run(exchange):
            try:
                serve(exchange)
            except OSError:
                raise
            exchange.close()
        return run

    broken([
        ("one line", ended(line), "upstream_too_large"),
        ("one body", ended(body), told),
        ("blanks alone", ended(blanks), told),
    ])


# --- pools ---------------------------------------------------------------------------------------


def test_a_pooled_connection_that_closes_under_the_request():
    """The upstream takes a request on a reused connection and closes without a byte: tools/call is
    told as lost and never sent twice; tools/list, which may be repeated, is, once, and succeeds."""
    closing = set()
    lock = threading.Lock()
    uses = {}

    def serve(exchange):
        with lock:
            uses[exchange.connection_number] = uses.get(exchange.connection_number, 0) + 1
            reused = uses[exchange.connection_number] > 1
        if reused and exchange.rpc in closing:
            exchange.close()
            raise OSError("closed")
        return exchange.result(COMPLETE)

    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway, \
            nothing_leaks(gateway):
        for method, request in (("tools/call", call()), ("tools/list", http.call())):
            closing.clear()
            wait.same(http.ask(gateway.port, http.call("prompts/list")).status, 200, "a pooled one")
            closing.add(method)
            before = len(upstream.calls(method))
            answer = http.ask(gateway.port, request)
            sent = len(upstream.calls(method)) - before
            if method == "tools/call":
                wait.same(reason_of(answer), "upstream_stream_lost")
                wait.same(sent, 1, "times sent")
            else:
                wait.same("result" in answer.json(), True, answer)
                wait.same(sent, 2, "times sent")
        wait.same(gateway.metric("junctor_upstream_retries_total"), 1.0, "retries")


def test_a_pooled_connection_that_closed_before():
    """An idle connection that the upstream closes leaves the pool at once: the next tools/call goes
    out on a new one, once, without an error."""
    keep = []

    def serve(exchange):
        keep.append(exchange)
        return exchange.result(COMPLETE)

    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        for n in range(20):
            wait.same("result" in http.ask(gateway.port, call(n)).json(), True, f"call {n}")
            closed = gateway.metric("junctor_upstream_idle_closed_total", cause="peer")
            keep[-1].close()
            wait.until(lambda: gateway.metric("junctor_upstream_idle_closed_total", cause="peer")
                       > closed, "the pool notices")
        wait.same([c.id for c in upstream.calls("tools/call")], list(range(20)), "sent")
        wait.same(upstream.connections, 20, "connections")


def test_an_upstream_that_is_down():
    """At start and later: each call is an error with its reason in bounded time, the gateway is
    ready all the same, and within a second of its return the upstream is used again."""
    reserved = socket.socket()
    reserved.bind(("127.0.0.1", 0))
    port = reserved.getsockname()[1]
    reserved.close()
    for era in ("auto", "modern"):
        with Gateway(f"http://127.0.0.1:{port}/mcp", era=era) as gateway:
            for _ in range(2):
                begun = time.monotonic()
                answer = http.ask(gateway.port, http.call())
                wait.within(2, begun, "the error")
                # The question for the era knows less than a call does.
                wait.same(reason_of(answer) in ("connect_refused", "upstream_unavailable"), True,
                          answer.body)
                wait.same(answer.json()["error"]["data"]["upstream"], "scripted")
                wait.same(gateway.get("/readyz").status, 200, "/readyz")
                wait.same(gateway.metric("junctor_upstream_up"), 0.0, "up")
                with Upstream(port=port):
                    begun = time.monotonic()
                    wait.until(lambda: "result" in http.ask(gateway.port, http.call()).json(),
                               "the upstream is used again")
                    wait.within(1, begun, "its return")
                    wait.same(gateway.metric("junctor_upstream_up"), 1.0, "up")
                wait.until(lambda: "error" in http.ask(gateway.port, http.call()).json(), "down")
            gateway.alive()


def test_an_upstream_says_when_to_come_back():
    """Retry-After of an upstream that refuses for now, in an answer of MCP, reaches the client as it was written; where it
    says nothing that can be passed on, a second."""
    date = "Fri, 31 Dec 2027 23:59:59 GMT"
    message = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"busy"}}'
    for status in (429, 503):
        for fields, expected in (([("Retry-After", "7")], "7"), ([("Retry-After", date)], date), ([], "1"),
                                 ([("Retry-After", "9" * 100)], "1")):
            def refuse(exchange):
                if exchange.rpc == "server/discover":
                    return discover(exchange)
                return exchange.answer(status, message, fields=fields)

            with Upstream(refuse) as upstream, Gateway(upstream.url) as gateway:
                answer = http.ask(gateway.port, http.call("tools/call", {"name": "t"}))
                wait.same((answer.status, answer.one("Retry-After"), answer.body), (status, expected, message), answer)


# --- limits --------------------------------------------------------------------------------------


def test_out_of_descriptors():
    """With 64 descriptors for 300 connections: those that are in are served, the rest wait or are
    shed, the loop does not spin; when they are gone everything is as before."""
    with Upstream() as upstream, \
            Gateway(upstream.url, era="modern", prefix=["prlimit", "--nofile=64:64"]) as gateway:
        wait.same(http.ask(gateway.port, http.call()).status, 200)
        before = gateway.descriptors()
        admin = http.Connection(gateway.admin)  # In, before there is no more room.
        admin.send(http.head("GET", "/livez"))
        wait.same(admin.answer().status, 200)
        served = http.Connection(gateway.port)
        served.send(http.call())
        wait.same(served.answer().status, 200)
        many = [http.Connection(gateway.port) for _ in range(300)]
        wait.until(lambda: gateway.descriptors() >= 60, "the descriptors are used up")
        wait.until(lambda: "accept_paused" in gateway.log() or "shed" in gateway.log(), "said so")
        ticks = cpu_ticks(gateway)
        begun = time.monotonic()
        served.send(http.call())
        wait.same(served.answer().status in (200, 503), True, "a connection that is in")
        wait.until(lambda: time.monotonic() - begun > 0.5, "a while")
        spent = (cpu_ticks(gateway) - ticks) / os.sysconf("SC_CLK_TCK")
        wait.same(spent < 0.3, True, f"{spent} s of CPU in 0.5 s")
        for connection in [*many, served, admin]:
            connection.close()
        wait.until(lambda: gateway.descriptors() <= before + 2, "descriptors are free again")
        wait.same(http.ask(gateway.port, http.call()).status, 200, "served again")
        wait.same(gateway.metric("junctor_http_shed_total") > 0, True, "counted")
        gateway.alive()


def cpu_ticks(gateway):
    with open(f"/proc/{gateway.process.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_limits_are_503_with_retry_after():
    """One connection, one request and one call of an upstream more than allowed: 503 (or 429) with
    Retry-After; one connection to an upstream more: upstream_busy, retryable, in band as all that
    an upstream is the cause of. Room again as soon as there is some."""
    release = threading.Event()

    def serve(exchange):
        if exchange.rpc == "tools/call":
            release.wait(10)
        return exchange.result(COMPLETE)

    rows = wait.Rows()
    for name, settings, upstream_settings in (
        ("connections_max", {"limits": {"connections_max": 2}}, {}),
        ("in_flight_max", {"limits": {"in_flight_max": 2}}, {}),
        ("upstream_in_flight_max", {"limits": {"upstream_in_flight_max": 2}}, {}),
        ("upstream connections_max", {}, {"connections_max": 2}),
    ):
        release.clear()
        with Upstream(serve) as upstream, \
                Gateway(upstream.url, era="modern", settings=settings,
                        upstream_settings=upstream_settings) as gateway:
            def check():
                running = [http.Connection(gateway.port) for _ in range(2)]
                for connection in running:
                    connection.send(call())
                upstream.wait_for("tools/call", 2)
                answer = http.ask(gateway.port, http.call())
                if upstream_settings:
                    data = answer.json()["error"]["data"]
                    wait.same((data["reason"], data["retryable"]), ("upstream_busy", True))
                else:
                    wait.same(answer.status in (503, 429), True, f"{answer.status} {answer.body!r}")
                    wait.same(answer.one("Retry-After") is not None, True, "Retry-After")
                release.set()
                for connection in running:
                    wait.same(connection.answer().status, 200, "the running ones")
                    connection.close()
                gateway.at_rest()
                wait.same(http.ask(gateway.port, http.call()).status, 200, "room again")
                gateway.alive()
            rows.row(name, check)
    rows.settle()


def test_labels_do_not_grow():
    """A thousand made-up methods, paths and versions add no series to the metrics."""
    def serve(exchange):
        return exchange.error(-32601, "no", 404)

    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        def made_up(n):
            http.ask(gateway.port, http.call(f"made/up-{n}"))
            http.ask(gateway.port, http.head("GET", f"/made-up-{n}"))

        made_up(0)
        before = len(gateway.metrics())
        for n in range(1000):
            made_up(n)
        wait.same(len(gateway.metrics()), before, "series")
        told = gateway.get("/metrics").body.decode()
        wait.same("made-up" in told or "made/up" in told, False, "their names")


