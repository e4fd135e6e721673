"""Every byte is kept: what a client says reaches the upstream as it was written, and the answer
comes back as it was written, but for the repairs that the protocol asks for. What is the client's
own (credentials, cookies, where it came from) stays on this side."""
import json
import time

from support import http, wait
from support.gateway import Gateway
from support.upstream import Legacy, Upstream

META = ('"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
        '"io.modelcontextprotocol/clientCapabilities":{},%s}')
ODD = [
    ("key order", '"z":1,"a":2,"m":3'),
    ("number with a zero behind", '"n":1.10'),
    ("twenty digits", '"n":12345678901234567890'),
    ("past double", '"n":1e400'),
    ("minus zero", '"n":-0'),
    ("minus zero, fraction", '"n":-0.0'),
    ("thirty digits", '"n":0.123456789012345678901234567890'),
    ("exponents", '"n":[1E5,1e+5,1e-05,10e4]'),
    ("2^63", '"n":9223372036854775808'),
    ("escapes", r'"s":"\u0041\/\"\\\b\f\n\r\t\u00e9"'),
    ("no escapes", '"s":"\u00e9\u2028\U0001f600/"'),
    ("lone surrogates", r'"s":"\ud800","t":"\udc00x","u":"\ude00\ud83d"'),
    ("NUL", r'"s":"a\u0000b"'),
    ("escaped key", r'"\u006bey":1'),
    ("empty key", '"":{"":[]}'),
    ("names of prototypes", '"__proto__":{"x":1},"constructor":null'),
    ("doubled keys inside", '"o":{"a":1,"a":2}'),
    ("blanks", '"o" : { "a" :\t[ 1 , 2 ] }'),
    ("line ends", '"o":\r\n{\n"a":1\n}'),
    ("null and empties", '"a":null,"b":[],"c":{},"d":"",  "e":[[]]'),
    ("no normal form", '"s":"e\u0301\u00e9"'),
    ("bidi and invisible", '"s":"\u202e\u200b\ufeff"'),
    ("deep", '"o":' + "[" * 60 + "]" * 60),
    ("_meta everywhere", '"a":{"_meta":{"x":1.0}},"b":[{"_meta":{}}]'),
]
IDS = ["1", '"1"', "0", "-5", '"\\u0061"', "9007199254740993", "12345678901234567890", '""']


def call_with(inner, id="1", meta='"com.example/x":1.50'):
    return ('{"params":{"arguments":{%s},%s,"name":"t","unknown":[1.0]},"extra":{"a":1.00},'
            '"method":"tools/call","id":%s,"jsonrpc":"2.0"}' % (inner, META % meta, id)).encode()


def result_with(inner, id):
    return ('{"extra":1.00,"result":{"content":[{"type":"new","x":{%s}}],"resultType":"complete",'
            '"structuredContent":{%s},"_meta":{"com.example/y":1.0}},"id":%s,"jsonrpc":"2.0"}'
            % (inner, inner, id)).encode()


FIELDS = http.modern_fields("tools/call", "t")


def test_stateless_calls_and_answers():
    """Body upstream = body sent, answer = answer received, for odd JSON and for all kinds of ids,
    as JSON and as events."""
    state = {}

    def serve(exchange):
        if state["events"]:
            exchange.begin_events()
            exchange.event(state["note"].decode())
            exchange.event(state["answer"].decode())
            return exchange.end_events()
        return exchange.answer(200, state["answer"])

    rows = wait.Rows()
    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        for name, inner in ODD + [(f"id {id}", f'"id":{id}') for id in IDS]:
            id = name.removeprefix("id ") if name.startswith("id ") else "1"
            for form in ("json", "events"):
                def kept():
                    state["events"] = form == "events"
                    flat = inner.replace("\r", "").replace("\n", "") if state["events"] else inner
                    state["answer"] = result_with(flat, id)
                    state["note"] = (b'{"params":{%s},"method":"notifications/x","jsonrpc":"2.0"}'
                                     % flat.encode())
                    body = call_with(inner, id)
                    answer = http.ask(gateway.port, http.request(body, FIELDS))
                    wait.same(upstream.calls()[-1].body, body, "upstream")
                    if state["events"]:
                        got = [e["data"].encode() for e in answer.events()]
                        wait.same(got, [state["note"], state["answer"]], "events")
                    else:
                        wait.same(answer.body, state["answer"], "answer")
                rows.row(f"{name}, {form}", kept)
    rows.settle()


def test_calls_and_answers_of_a_session():
    """The same in the session era: requests, notifications, answers of the client, requests and
    notifications of the upstream."""
    state = {}

    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        exchange.event(state["ask"].decode())
        exchange.event(state["answer"].decode())
        exchange.end_events()
        return None

    rows = wait.Rows()
    with Upstream(Legacy(serve)) as upstream, Gateway(upstream.url) as gateway:
        session = open_session(gateway)
        for number, (name, inner) in enumerate(ODD):
            def kept():
                id = str(9007199254740993 + number)
                flat = inner.replace("\r", "").replace("\n", "")
                state["ask"] = (b'{"params":{%s},"id":"s-1","method":"sampling/createMessage",'
                                b'"jsonrpc":"2.0"}' % flat.encode())
                state["answer"] = result_with(flat, id)
                body = call_with(inner, id).replace(b"protocolVersion", b"x")
                answer = http.ask(gateway.port, http.request(body, session))
                wait.same(upstream.calls()[-1].body, body, "upstream")
                got = [e["data"].encode() for e in answer.events() if e.get("data")]
                wait.same(got, [state["ask"], state["answer"]], "events")
                for text in (b'{"result":{%s},"id":"s-1","jsonrpc":"2.0"}' % inner.encode(),
                             b'{"params":{%s},"method":"notifications/x","jsonrpc":"2.0"}'
                             % inner.encode()):
                    answer = http.ask(gateway.port, http.request(text, session))
                    wait.same((answer.status, answer.body), (202, b""))
                    wait.same(upstream.calls()[-1].body, text, "upstream")
            rows.row(name, kept)
    rows.settle()


def open_session(gateway, version="2025-11-25"):
    """The fields of a request in a new session."""
    fields = [("Content-Type", "application/json"), ("Accept", http.BOTH)]
    body = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": version, "capabilities": {},
        "clientInfo": {"name": "c", "version": "1"}}}).encode()
    answer = http.ask(gateway.port, http.request(body, fields))
    wait.same(answer.status, 200, f"initialize: {answer.body!r}")
    return [*fields, ("Mcp-Session-Id", answer.one("Mcp-Session-Id")),
            ("MCP-Protocol-Version", version)]


def test_initialize_is_relayed():
    """initialize and its answer pass byte for byte; only the session's id is another."""
    body = (b'{"method":"initialize","id":"\\u0061","params":{"clientInfo":{"version":"1","name":'
            b'"c","x":1.0},"capabilities":{"experimental":{"y":-0}},"protocolVersion":"2025-06-18",'
            b'"z":1e400},"jsonrpc":"2.0"}')
    text = (b'{"result":{"serverInfo":{"name":"s","version":"1","q":1.10},"capabilities":{"n":1.0},'
            b'"protocolVersion":"2025-06-18","instructions":"\\ud800"},"id":"\\u0061",'
            b'"jsonrpc":"2.0"}')

    def serve(exchange):
        if exchange.rpc == "initialize":
            return exchange.answer(200, text, fields=[("Mcp-Session-Id", "secret-of-upstream")])
        return exchange.answer(400)

    with Upstream(serve) as upstream, Gateway(upstream.url) as gateway:
        fields = [("Content-Type", "application/json"), ("Accept", http.BOTH)]
        answer = http.ask(gateway.port, http.request(body, fields))
        wait.same(upstream.calls("initialize")[0].body, body, "upstream")
        wait.same(answer.body, text, "answer")
        id = answer.one("Mcp-Session-Id")
        wait.same(id != "secret-of-upstream" and all("!" <= c <= "~" for c in id), True, id)


PRIVATE = [
    ("Authorization", "Bearer client-token"), ("Cookie", "a=b"), ("Origin", "http://localhost"),
    ("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Host", "h"), ("X-Forwarded-Proto", "https"),
    ("X-Real-IP", "192.0.2.1"), ("Forwarded", "for=192.0.2.1"), ("Via", "1.1 x"),
    ("Connection", "keep-alive, X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "timeout=5"),
    ("TE", "trailers"), ("Trailer", "X-T"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk"),
    ("Proxy-Connection", "keep-alive"), ("Proxy-Authorization", "Basic x"),
    ("Proxy-Authenticate", "Basic"), ("DPoP", "proof"), ("User-Agent", "client-agent"),
    ("Referer", "http://localhost/x"), ("X-Api-Key", "client-key"), ("Accept-Encoding", "gzip"),
    ("Accept-Language", "de"), ("Sec-Fetch-Mode", "cors"), ("X-Unknown", "u"), ("Expect", ""),
]
OURS = {"host", "user-agent", "accept", "content-type", "content-length", "x-api-key",
        "mcp-protocol-version", "mcp-method", "mcp-name", "mcp-session-id"}


#= mcp 2026-07-28 basic/authorization/security-considerations#access-token-privilege:pass MUST NOT
#= mcp 2025-11-25 basic/authorization#access-token-privilege-restriction:pass MUST NOT
def test_private_fields_stay_here():
    """Of the client's head nothing goes upstream but the protocol's own fields; the configured
    header does; Host is the upstream's; nothing of it in log or metrics."""
    private = [f for f in PRIVATE if f[0] != "Expect"]
    settings = {"headers": {"X-Api-Key": "configured-key"}}
    with Upstream(Legacy()) as legacy, Upstream() as modern:
        for upstream in (legacy, modern):
            with Gateway(upstream.url, upstream_settings=settings,
                         settings={"log": {"level": "debug", "access": "full"}}) as gateway:
                if upstream is legacy:
                    session = open_session(gateway)
                    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
                    answer = http.ask(gateway.port, http.request(body, [*session, *private]))
                else:
                    answer = http.ask(gateway.port, http.call(more=private))
                wait.same(answer.status, 200, f"status, of {answer.body!r}")
                seen = upstream.calls("tools/list")[-1]
                names = {name.lower() for name, _ in seen.fields}
                wait.same(sorted(names - OURS), [], "fields upstream")
                wait.same(seen.one("Host"), f"127.0.0.1:{upstream.port}", "Host")
                wait.same(seen.one("X-Api-Key"), "configured-key", "the configured header")
                wait.same("client" in seen.head.decode(), False, seen.head)
                told = gateway.log() + gateway.get("/metrics").body.decode()
                for secret in ("client-token", "configured-key", "client-key", "a=b"):
                    wait.same(secret in told, False, f"{secret} in log or metrics")


def test_params_of_headers_go_on():
    """Mcp-Param-* reach the upstream as they are, in order; an unknown Mcp-* does not."""
    params = [("Mcp-Param-Region", "eu-\u00e9"), ("mcp-param-B", "=?base64?w6k=?="),
              ("Mcp-Param-Region", "again"), ("Mcp-Param-", "x"), ("Mcp-Param-Method", "m")]
    with Upstream() as upstream, Gateway(upstream.url, era="modern") as gateway:
        http.ask(gateway.port, http.call("tools/call", {"name": "t"},
                                         more=[*params, ("Mcp-Future", "f")]))
        seen = upstream.calls()[-1]
        got = [(n, v) for n, v in seen.fields if n.lower().startswith("mcp-param-")]
        wanted = [(n, v.encode().decode("latin-1")) for n, v in params]
        wait.same([g for g in got if g[0] != "Mcp-Param-"], [w for w in wanted
                                                             if w[0] != "Mcp-Param-"])
        wait.same(seen.all("Mcp-Future"), [], "Mcp-Future")


def test_params_named_in_connection_are_not_passed():
    """A field that Connection names belongs to the connection (RFC 9110 section 7.6.1)."""
    with Upstream() as upstream, Gateway(upstream.url, era="modern") as gateway:
        more = [("Connection", "keep-alive, Mcp-Param-A"), ("Mcp-Param-A", "1"),
                ("Mcp-Param-B", "2")]
        http.ask(gateway.port, http.call("tools/call", {"name": "t"}, more=more))
        seen = upstream.calls()[-1]
        wait.same((seen.one("Mcp-Param-A"), seen.one("Mcp-Param-B")), (None, "2"))


def test_traces_go_on():
    """traceparent continues with a span of the gateway: the same trace and flags, another parent;
    a malformed one is dropped and nothing fails; baggage stays here."""
    trace = "0af7651916cd43dd8448eb211c80319c"
    good = f"00-{trace}-b7ad6b7169203331-01"
    with Upstream() as upstream, Gateway(upstream.url, era="modern") as gateway:
        more = [("traceparent", good), ("tracestate", "a=b"), ("baggage", "secret=1")]
        http.ask(gateway.port, http.call(more=more))
        seen = upstream.calls()[-1]
        version, got, span, flags = seen.one("traceparent").split("-")
        wait.same((version, got, flags), ("00", trace, "01"))
        wait.same(span != "b7ad6b7169203331" and len(span) == 16, True, span)
        wait.same((seen.one("tracestate"), seen.one("baggage")), ("a=b", None))
        for bad in ("00-0-0-0", good.upper(), "ff" + good[2:], good + "-x", ""):
            answer = http.ask(gateway.port, http.call(more=[("traceparent", bad)]))
            wait.same((answer.status, upstream.calls()[-1].one("traceparent")), (200, None), bad)


def repaired(table, id=b"7", accept=http.BOTH, era="modern"):
    """Rows: name, what the upstream answers (a function), the client's answer."""
    state = {}
    rows = wait.Rows()
    with Upstream(lambda x: state["serve"](x)) as upstream, \
            Gateway(upstream.url, era=era) as gateway:
        for name, serve, expected in table:
            def check():
                state["serve"] = serve
                body = call_with('"a":1', id.decode())
                head = [f for f in FIELDS if f[0] != "Accept"] + [("Accept", accept)]
                answer = http.ask(gateway.port, http.request(body, head))
                wait.same(answer.status, 200, f"status, of {answer.body!r}")
                if isinstance(expected, list):
                    got = [e["data"].encode() for e in answer.events()]
                else:
                    got = answer.body
                wait.same(got, expected)
            rows.row(name, check)
    rows.settle()


def body(text, type="application/json", status=200):
    return lambda exchange: exchange.answer(status, text, type)


def events(*texts):
    def serve(exchange):
        exchange.begin_events()
        for text in texts:
            exchange.chunk(text)
        exchange.end_events()
    return serve


GOOD = b'{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","n":1.10}}'
NOTE = b'{"jsonrpc":"2.0","method":"notifications/progress","params":{"n":1.0}}'


def test_repairs():
    """Missing resultType is added behind the rest; an error with a null id or none gets the
    request's; an id that the upstream rounded becomes what was sent; `jsonrpc` may be missing."""
    repaired([
        ("good", body(GOOD), GOOD),
        ("type with parameters", body(GOOD, "application/json; charset=utf-8"), GOOD),
        ("no resultType", body(b'{"jsonrpc":"2.0","id":7,"result":{"n":1.10}}'),
         b'{"jsonrpc":"2.0","id":7,"result":{"n":1.10,"resultType":"complete"}}'),
        ("empty result", body(b'{"jsonrpc":"2.0","id":7,"result":{ }}'),
         b'{"jsonrpc":"2.0","id":7,"result":{ "resultType":"complete"}}'),
        ("resultType deeper", body(b'{"id":7,"jsonrpc":"2.0","result":{"a":{"resultType":"x"}}}'),
         b'{"id":7,"jsonrpc":"2.0","result":{"a":{"resultType":"x"},"resultType":"complete"}}'),
        ("input_required", body(GOOD.replace(b"complete", b"input_required")),
         GOOD.replace(b"complete", b"input_required")),
        ("unknown resultType", body(GOOD.replace(b"complete", b"task")),
         GOOD.replace(b"complete", b"task")),
        ("id null", body(b'{"jsonrpc":"2.0","error":{"code":1,"message":"m"},"id":null}'),
         b'{"jsonrpc":"2.0","error":{"code":1,"message":"m"},"id":7}'),
        ("no id", body(b'{"jsonrpc":"2.0","error":{"code":1,"message":"m"}}'),
         b'{"id":7,"jsonrpc":"2.0","error":{"code":1,"message":"m"}}'),
        ("null as event", events(b'data: {"error":{"code":1,"message":"m"},"id":null}\n\n'),
         [b'{"error":{"code":1,"message":"m"},"id":7}']),
    ])
    big = b"9007199254740993"
    repaired([
        ("rounded", body(GOOD.replace(b":7", b":9007199254740992")),
         GOOD.replace(b":7", b":" + big)),
        ("as a string", body(GOOD.replace(b":7", b':"7"')), GOOD.replace(b":7", b":" + big)),
    ], id=big)
    large = b"123456789012345678901234567890"
    repaired([
        ("rounded, as JavaScript writes it", body(GOOD.replace(b":7", b":1.2345678901234568e+29")),
         GOOD.replace(b":7", b":" + large)),
    ], id=large)


def test_tolerated_framings():
    """Documents one a line become events, the last one the answer; event streams of any line ends,
    cut anywhere, without the last blank line, with comments, foreign events and what comes after
    the answer; a byte order mark before either."""
    note, good = NOTE.decode(), GOOD.decode()
    odd = (":\ufeff comment\n\nevent: ping\ndata: x\n\nretry: 5\n\nunknown: y\nid\n\n"
           f"event: message\ndata: {note}\n\n")
    cut = [b"data: " + GOOD.replace(b"complete", b'complete","e":"\xc3\xa9') + b"\r\n\r\n"]
    cut = [bytes([each]) for each in cut[0]]
    accented = GOOD.replace(b"complete", b'complete","e":"\xc3\xa9')
    repaired([
        ("lines", body(NOTE + b"\n" + GOOD + b"\n"), [NOTE, GOOD]),
        ("lines without the last end", body(NOTE + b"\r\n" + GOOD), [NOTE, GOOD]),
        ("lines in pieces", pieces(NOTE + b"\n" + GOOD, 40), [NOTE, GOOD]),
        ("one event", events(b"data: " + GOOD + b"\n\n"), [GOOD]),
        ("no blank behind data:", events(b"data:" + GOOD + b"\n\n"), [GOOD]),
        ("CRLF", events(b"data: " + NOTE + b"\r\n\r\ndata: " + GOOD + b"\r\n\r\n"), [NOTE, GOOD]),
        ("CR", events(b"data: " + NOTE + b"\r\rdata: " + GOOD + b"\r\r"), [NOTE, GOOD]),
        ("CR, LF in two pieces", events(b"data: " + NOTE + b"\r", b"\n\r", b"\ndata: " + GOOD
                                        + b"\r", b"\n\r", b"\n"), [NOTE, GOOD]),
        ("byte by byte", events(*cut), [accented]),
        ("byte order mark", events(b"\xef\xbb\xbfdata: " + GOOD + b"\n\n"), [GOOD]),
        ("without the blank line", events(b"data: " + NOTE + b"\n\ndata: " + GOOD), [NOTE, GOOD]),
        ("comments and foreign events", events(odd.encode(), b"data: " + GOOD + b"\n\n"),
         [NOTE, GOOD]),
        ("behind the answer", events(b"data: " + GOOD + b"\n\ndata: " + NOTE + b"\n\n"), [GOOD]),
    ])
    del good
    repaired([
        ("JSON in pieces", pieces(GOOD, 5), GOOD),
        ("JSON of HTTP/1.0",
         raw(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + GOOD), GOOD),
        ("JSON until close", raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                 b"Connection: close\r\n\r\n" + GOOD), GOOD),
    ])


def pieces(text, size):
    def serve(exchange):
        exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(text), size):
            exchange.chunk(text[at : at + size])
            time.sleep(0.001)  # Part of the script: most pieces come alone.
        exchange.end_events()
    return serve


def raw(data):
    def serve(exchange):
        exchange.raw(data)
        exchange.close()
    return serve


def test_an_answer_after_which_the_stream_stays_open():
    """The answer is final: the client has all of it though the upstream never ends its stream."""
    def serve(exchange):
        exchange.begin_events()
        exchange.chunk(b"data: " + GOOD + b"\n\n")
        exchange.wait_closed()

    repaired([("open stream", serve, [GOOD])])


def test_large_answers_in_pieces():
    """JSON beyond 64 KiB, up to some MiB, streams through unchanged with its repairs made, for
    clients of each Accept; as one event it is whole, too."""
    rows = wait.Rows()
    state = {}

    def serve(exchange):
        text = state["text"]
        if state["form"] == "length":
            return exchange.answer(200, text)
        if state["form"] == "event":
            exchange.begin_events()
            exchange.chunk(b"data: " + text + b"\n\n")
            return exchange.end_events()
        return pieces(text, 100_000)(exchange)

    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        for size in (60_000, 70_000, 1 << 20, 12 << 20):
            fill = b'"' + b"x\\u00e9\xc3\xa9" * (size // 9) + b'"'
            text = b'{"jsonrpc":"2.0","result":{"a":[1.10,%b]},"id":9007199254740992}' % fill
            whole = text.replace(b'"]}', b'"],"resultType":"complete"}').replace(b"992}", b"993}")
            for form in ("length", "chunked", "event"):
                for accept in (http.BOTH, "application/json", "text/event-stream"):
                    def kept():
                        state.update(text=text, form=form)
                        head = [f for f in FIELDS if f[0] != "Accept"] + [("Accept", accept)]
                        request = http.request(call_with('"a":1', "9007199254740993"), head)
                        answer = http.ask(gateway.port, request, seconds=30)
                        wait.same(answer.whole, True, "the body is whole")
                        got = answer.body
                        if answer.one("Content-Type") == "text/event-stream":
                            got = answer.events()[-1]["data"].encode()
                        wait.same(len(got), len(whole.replace(b'"],"r', b'"],"r')), "size")
                        wait.same(got == whole, True, "the bytes")
                    rows.row(f"{size} bytes, {form}, {accept}", kept)
    rows.settle()


def test_large_requests():
    """Bodies of 100 KiB and of 15 MiB reach the upstream byte for byte, of known length and
    chunked."""
    with Upstream() as upstream, Gateway(upstream.url, era="modern") as gateway:
        for size in (100 << 10, 15 << 20):
            text = call_with('"a":"' + "\u00e9" * (size // 2) + '"')
            for chunk in (None, 65536):
                head = http.head(fields=[*FIELDS, ("Content-Length", len(text))]) + text
                if chunk:
                    cut = [text[at : at + chunk] for at in range(0, len(text), chunk)]
                    head = http.head(fields=[*FIELDS, ("Transfer-Encoding", "chunked")]) + b"".join(
                        b"%x\r\n%b\r\n" % (len(c), c) for c in cut) + b"0\r\n\r\n"
                wait.same(http.ask(gateway.port, head, seconds=30).status, 200)
                wait.same(upstream.calls()[-1].body == text, True, "body upstream")
