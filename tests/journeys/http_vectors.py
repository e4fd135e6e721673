"""HTTP/1.1 as the gateway's client speaks it, well and badly: raw bytes to the program, the answer
that the RFCs leave, and a recording upstream that proves what ran."""
import time

from support import http, vectors, wait
from support.gateway import Gateway
from support.upstream import Upstream

IDLE = {"limits": {"head_timeout": "5s", "body_timeout": "5s"}}


def send_cut(connection, text, pieces):
    """In one piece, or in several; a peer that has answered and closed takes no more."""
    step = max(1, -(-len(text) // pieces))
    try:
        for at in range(0, len(text), step):
            connection.send(text[at : at + step])
    except (BrokenPipeError, ConnectionResetError):
        pass


def expect_refusal(port, text, status, pieces=1):
    with http.Connection(port) as connection:
        send_cut(connection, text + vectors.SMUGGLED, pieces)
        answer = connection.answer(to_head=text.startswith(b"HEAD "))
        wait.same(answer.status, status, "status")
        wait.same(answer.keeps_open(), False, "the answer keeps the connection open")
        wait.same(connection.rest(), b"", "bytes behind the answer")


def expect_answers(port, text, statuses, pieces=1):
    with http.Connection(port) as connection:
        send_cut(connection, text, pieces)
        got = []
        while len(got) < len(statuses):
            answer = connection.answer()
            if answer.status >= 200:
                got.append(answer.status)
        wait.same(got, statuses, "statuses")
        connection.send(http.call(id="after"))
        after = connection.answer()
        wait.same((after.status, after.json()["id"]), (200, "after"), "the request behind")


def attack(table):
    rows = wait.Rows()
    with Upstream() as upstream, Gateway(upstream.url, settings=IDLE) as gateway:
        for name, text, outcome in table:
            if isinstance(outcome, list):
                rows.row(name, lambda: expect_answers(gateway.port, text, outcome))
            else:
                rows.row(name, lambda: expect_refusal(gateway.port, text, outcome))
                rows.row(f"{name}, in pieces",
                         lambda: expect_refusal(gateway.port, text, outcome, pieces=7))
        wait.same([c.body for c in upstream.calls("tools/call")], [], "smuggled calls")
        # The refused ones did not get there either: only the requests behind the legal rows did.
        ids = [call.id for call in upstream.calls()]
        legal = [1 for _, _, outcome in table if isinstance(outcome, list)]
        wait.same(ids, ["after"] * len(legal), "what reached the upstream")
        gateway.at_rest()
        gateway.alive()
    rows.settle()


def test_lengths_that_two_could_read_differently():
    """400 and the end of the connection, whole or in pieces; nothing behind it runs."""
    attack(vectors.LENGTHS)


def test_codings_that_two_could_read_differently():
    """400, or 501 for a coding that exists but is not ours; nothing behind it runs."""
    attack(vectors.CODINGS)


def test_chunks():
    """400 for each chunk that is not 1*HEXDIG CRLF data CRLF; nothing behind it runs."""
    attack(vectors.CHUNKS)


def test_lines_and_names():
    """400, 501 or 505 and the end of the connection; nothing behind it runs."""
    attack(vectors.LINES)


def test_hosts():
    """400 for a Host that is none, 403 for one that is not ours."""
    rows = wait.Rows()
    with Upstream() as upstream, Gateway(upstream.url, settings=IDLE) as gateway:
        for name, text, status in vectors.HOSTS:
            def check():
                answer = http.ask(gateway.port, text)
                wait.same(answer.status, status, "status")
            rows.row(name, check)
        wait.same(upstream.calls(), [], "what reached the upstream")
    rows.settle()


def test_expectations():
    """417 for every expectation but 100-continue; nothing behind it runs."""
    attack(vectors.EXPECTATIONS)


def test_what_is_legal_is_served():
    """Every legal form is answered, and the connection goes on, whole and in pieces."""
    rows = wait.Rows()
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        for name, text, statuses in vectors.LEGAL:
            rows.row(name, lambda: expect_answers(gateway.port, text, statuses))
            rows.row(f"{name}, in pieces",
                     lambda: expect_answers(gateway.port, text, statuses, pieces=50))
        for call in upstream.calls():
            if call.id == 1:
                wait.same(call.body, vectors.BODY, "body upstream")
        wait.same(upstream.odd, [], "bytes upstream that are no request")
    rows.settle()


def test_paths_mean_the_same_to_everybody():
    """404 for every spelling that some decoder would make /mcp of; the upstream sees nothing."""
    rows = wait.Rows()
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        for path in vectors.PATHS:
            def check():
                text = vectors.sized(start=b"POST " + path + b" HTTP/1.1")
                wait.same(http.ask(gateway.port, text).status, 404, "status")
            rows.row(path.decode(), check)
        wait.same(upstream.calls(), [], "what reached the upstream")
    rows.settle()


def test_limits_of_the_head():
    """431 for a large head and for many fields, 414 for a long target, at the limit and never a
    reset; just below it is served."""
    limits = {"head_bytes_max": 65536, "headers_max": 128, "target_bytes_max": 16384}
    base = len(vectors.MORE) + 2  # With Host and Content-Length.
    rows = wait.Rows()
    table = [
        ("head below its limit", vectors.sized("A: " + "b" * 60000), 200),
        ("head over its limit", vectors.sized("A: " + "b" * 66000), 431),
        ("head without end", b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nA: " + b"b" * 70000, 431),
        ("128 fields", vectors.sized(*["A: b"] * (128 - base)), 200),
        ("129 fields", vectors.sized(*["A: b"] * (129 - base)), 431),
        ("target at its limit", vectors.sized(start=b"POST /mcp?" + b"a" * 16379 + b" HTTP/1.1"),
         200),
        ("target over its limit", vectors.sized(start=b"POST /mcp?" + b"a" * 16380 + b" HTTP/1.1"),
         414),
        ("target of 1 MiB", b"POST /" + b"a" * (1 << 20), 414),
        ("method of 100 bytes", vectors.sized(start=b"M" * 100 + b" /mcp HTTP/1.1"), 501),
    ]
    with Upstream() as upstream, Gateway(upstream.url, settings={"limits": limits}) as gateway:
        for name, text, status in table:
            def check():
                with http.Connection(gateway.port) as connection:
                    send_cut(connection, text, 1)
                    answer = connection.answer()
                    wait.same(answer.status, status, "status")
                    wait.same(answer.keeps_open(), status == 200, "keeps the connection open")
            rows.row(name, check)
        gateway.at_rest()
    rows.settle()


def test_limit_of_the_body():
    """413 at once for a length over the limit and as soon as chunks exceed it; at it 200."""
    limit = 10_000
    at_limit = http.message(params={"fill": ""})
    at_limit = http.message(params={"fill": "x" * (limit - len(at_limit))})
    wait.same(len(at_limit), limit)
    over = at_limit + b" "
    chunks = b"".join(b"3e8\r\n" + b" " * 1000 + b"\r\n" for _ in range(11))
    table = [
        ("at the limit", vectors.sized(body=at_limit), 200),
        ("at the limit, chunked", vectors.chunked(vectors.chunk(at_limit) + vectors.LAST), 200),
        ("one over", vectors.sized(body=over), 413),
        ("one over, before its body", vectors.post(f"Content-Length: {limit + 1}"), 413),
        ("far over, before its body", vectors.post(f"Content-Length: {2**62}"), 413),
        ("chunked, one over", vectors.chunked(vectors.chunk(over) + vectors.LAST), 413),
        ("chunked, over, without end", vectors.chunked(chunks), 413),
        ("chunked, huge size", vectors.chunked(b"ffffffffffffffff\r\n" + b" " * 11_000), 413),
        ("over, with Expect", vectors.post("Content-Length: 20000", "Expect: 100-continue"), 413),
    ]
    rows = wait.Rows()
    settings = {"limits": {"body_bytes_max": limit}}
    with Upstream() as upstream, Gateway(upstream.url, settings=settings) as gateway:
        for name, text, status in table:
            def check():
                with http.Connection(gateway.port) as connection:
                    send_cut(connection, text, 1)
                    answer = connection.answer()
                    wait.same(answer.status, status, "status")
                    if status == 413:
                        wait.same(connection.closed(), True, "closed")
            rows.row(name, check)
        wait.same(len(upstream.calls()), 2, "what reached the upstream")
        gateway.at_rest()
    rows.settle()


def test_expect_continue():
    """100 is sent before the body and only when it is waited for; then the answer."""
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        waiting = vectors.post("Expect: 100-continue", f"Content-Length: {vectors.LENGTH}")
        with http.Connection(gateway.port) as connection:
            for _ in range(2):
                connection.send(waiting)
                wait.same(connection.answer().status, 100, "before the body")
                connection.send(vectors.BODY)
                wait.same(connection.answer().status, 200, "behind the body")
            connection.send(waiting.replace(b"Content-Length: %d" % vectors.LENGTH,
                                            b"Transfer-Encoding: chunked"))
            wait.same(connection.answer().status, 100, "before the chunks")
            connection.send(vectors.chunk() + vectors.LAST)
            wait.same(connection.answer().status, 200, "behind the chunks")
        # Refused before its body: no 100 (RFC 9110 section 10.1.1).
        text = vectors.post("Expect: 100-continue", "Content-Length: 5", "Content-Type: text/html",
                            fields=[])
        wait.same(http.ask(gateway.port, text).status, 415, "refused without 100")
        # HTTP/1.0 knows no 100.
        old = vectors.sized("Expect: 100-continue", start=b"POST /mcp HTTP/1.0")
        wait.same(http.ask(gateway.port, old).status, 200, "HTTP/1.0")
        wait.same(len(upstream.calls()), 4, "calls upstream")


def test_http_1_0():
    """The connection ends with the answer unless keep-alive was asked for, which is then said; an
    answer of unknown length is ended by the close, never chunked."""

    def serve(exchange):
        if exchange.rpc == "server/discover":
            return exchange.answer(400)
        exchange.begin_events()
        exchange.event({"jsonrpc": "2.0", "method": "notifications/progress"})
        exchange.event({"jsonrpc": "2.0", "id": exchange.id, "result": {"resultType": "complete"}})
        return exchange.end_events()

    start = b"POST /mcp HTTP/1.0"
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        with http.Connection(gateway.port) as connection:
            connection.send(vectors.sized(start=start))
            answer = connection.answer()
            wait.same((answer.status, answer.one("Transfer-Encoding")), (200, None))
            wait.same(connection.closed(), True, "closed")
        with http.Connection(gateway.port) as connection:
            for _ in range(2):
                connection.send(vectors.sized("Connection: keep-alive", start=start))
                answer = connection.answer()
                wait.same((answer.status, answer.one("Connection")), (200, "keep-alive"))
        wait.same(http.ask(gateway.port, vectors.sized(start=start, host=None)).status, 403,
                  "without Host, which is checked on loopback")
        upstream.serve = serve
        with http.Connection(gateway.port) as connection:
            connection.send(vectors.sized("Connection: keep-alive", start=start))
            answer = connection.answer()
            wait.same(answer.one("Transfer-Encoding"), None, "Transfer-Encoding for HTTP/1.0")
            wait.same([m.get("id") for m in answer.messages()], [None, 1], "messages")


def test_close_is_kept():
    """Connection: close, alone or in a list, ends the connection with its answer; what was
    pipelined behind it does not run."""
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        for value in ("close", "Close", "x, close", "keep-alive, close"):
            with http.Connection(gateway.port) as connection:
                connection.send(vectors.sized(f"Connection: {value}") + vectors.SMUGGLED)
                answer = connection.answer()
                wait.same((answer.status, answer.keeps_open()), (200, False), value)
                wait.same(connection.closed(), True, f"closed after {value}")
        wait.same(len(upstream.calls("tools/call")), 0, "calls behind close")


def test_pipelining_keeps_the_order():
    """Twenty requests in one write are answered in their order, though the upstream takes longer
    for the first ones."""

    def serve(exchange):
        if exchange.rpc == "tools/call" and exchange.id < 3:
            time.sleep(0.02)  # Part of the script: the first answers are the slow ones.
        return exchange.result({"resultType": "complete", "n": exchange.id, "content": []})

    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        with http.Connection(gateway.port) as connection:
            calls = [http.call("tools/call", {"name": "x"}, id=i) for i in range(20)]
            connection.send(b"".join(calls))
            got = [connection.answer().json()["result"]["n"] for _ in range(20)]
        wait.same(got, list(range(20)), "order of answers")
        wait.same([c.id for c in upstream.calls("tools/call")], list(range(20)), "order upstream")


def test_head_and_other_methods():
    """HEAD is answered as GET without a body; a method that nobody knows is 405 with Allow, and
    the connection goes on after it."""
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        with http.Connection(gateway.admin) as connection:
            connection.send(http.head("GET", "/livez"))
            full = connection.answer()
            connection.send(http.head("HEAD", "/livez"))
            bare = connection.answer(to_head=True)
            wait.same(bare.one("Content-Length"), full.one("Content-Length"), "length for HEAD")
            connection.send(http.head("HEAD", "/nowhere"))
            wait.same(connection.answer(to_head=True).status, 404, "HEAD of nothing")
            connection.send(http.head("GET", "/livez"))
            wait.same(connection.answer().status, 200, "behind HEAD")
        with http.Connection(gateway.port) as connection:
            for method in ("HEAD", "GET", "DELETE"):  # Of no session.
                connection.send(http.head(method))
                answer = connection.answer(to_head=method == "HEAD")
                wait.same(answer.status, 405, method)
                wait.same("POST" in answer.one("Allow", ""), True, f"Allow for {method}")
            for method in ("PUT", "PATCH", "TRACE", "BREW", "post"):
                connection.send(http.head(method))
                answer = connection.answer()
                wait.same(answer.status, 405, method)
                wait.same("POST" in answer.one("Allow", ""), True, f"Allow for {method}")
            connection.send(http.call())
            wait.same(connection.answer().status, 200, "behind them all")
            connection.send(http.head("OPTIONS", "*"))
            answer = connection.answer()
            wait.same(answer.status in (200, 204, 404, 405), True, "OPTIONS *")
        wait.same(len(upstream.calls()), 1, "calls upstream")


def test_answers_that_split():
    """A field of an upstream that would become two lines is never written: the call fails as
    upstream_invalid, 502-class in band, and the next call works."""
    attacks = [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: a\rB: c\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nA: b\nC: d\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nA: b\0c\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nA: b\r\n c\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nA : b\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
        b"HTTP/1.1 200 OK\nContent-Type: application/json\n",
        b"HTTP/1.1 20 OK\r\n",
        b"HTTP/1.1 2000 OK\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n",
        b"HTTP/3.0 200 OK\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 2000,
    ]
    state = {}

    def serve(exchange):
        if exchange.rpc == "tools/list":
            return exchange.result({"resultType": "complete", "tools": []})
        body = b'{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete"}}'
        exchange.raw(state["head"] + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return None

    rows = wait.Rows()
    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        for head in attacks:
            def check():
                state["head"] = head
                answer = http.ask(gateway.port, http.call("tools/call", {"name": "x"}))
                error = answer.json()["error"]
                wait.same((answer.status, error["code"]), (200, -32603), "answer")
                wait.same(error["data"]["reason"], "upstream_invalid", "reason")
                wait.same(http.ask(gateway.port, http.call()).status, 200, "the next call")
            rows.row(repr(head[:60]), check)
        wait.same(len(upstream.calls("tools/call")), len(attacks), "each was sent once")
        gateway.alive()
    rows.settle()


def test_early_hints_are_skipped():
    """1xx heads of an upstream (100, 103) are passed over; the final answer comes whole."""

    def serve(exchange):
        exchange.raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
        exchange.result({"resultType": "complete", "tools": []})

    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        answer = http.ask(gateway.port, http.call())
        wait.same((answer.status, answer.json()["result"]["tools"]), (200, []))
        wait.same(len(upstream.calls()), 1, "calls upstream")
