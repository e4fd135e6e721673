"""The ladder of answers to malformed MCP over HTTP: status, code and echoed id of each rung, in
both eras, and how the client's wishes (Accept, CORS) are met."""
import json

from support import http, wait
from support.gateway import Gateway
from support.upstream import Legacy, Upstream, is_probe, modern

ABSENT = "no id member"
V = "io.modelcontextprotocol/protocolVersion"
C = "io.modelcontextprotocol/clientCapabilities"
I = "io.modelcontextprotocol/clientInfo"
L = "io.modelcontextprotocol/logLevel"
META = f'{{"{V}":"2026-07-28","{C}":{{}}}}'
JSON = ("Content-Type", "application/json")
ACCEPT = ("Accept", http.BOTH)
VERSION = ("MCP-Protocol-Version", "2026-07-28")


def text(method='"tools/list"', id="7", meta=META, params=None, jsonrpc='"2.0"'):
    """A body of raw JSON parts; None leaves a member out."""
    if params is None:
        params = "{}" if meta is None else f'{{"_meta":{meta}}}'
    parts = [("jsonrpc", jsonrpc), ("id", id), ("method", method), ("params", params)]
    return "{" + ",".join(f'"{key}":{value}' for key, value in parts if value) + "}"


def fields(*more, version="2026-07-28", method="tools/list", name=None):
    head = [JSON, ACCEPT]
    if version is not None:
        head.append(("MCP-Protocol-Version", version))
    if method is not None:
        head.append(("Mcp-Method", method))
    if name is not None:
        head.append(("Mcp-Name", name))
    return [*head, *more]


def call(name='"t"', header="t", params=None):
    """tools/call whose parameter and header are given as they stand on the wire."""
    params = params or f'{{"name":{name},"arguments":{{}},"_meta":{META}}}'
    more = [("Mcp-Name", h) for h in ([] if header is None else [header])]
    return text('"tools/call"', params=params), fields(*more, method="tools/call")


def check(port, body, head, status, code, id):
    body = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    answer = http.ask(port, http.request(body, head))
    wait.same(answer.status, status, f"status, of {answer.body!r}")
    if code is None:
        return answer
    wait.same(answer.one("Content-Type"), "application/json", "Content-Type")
    message = answer.json()
    wait.same(message["error"]["code"], code, f"code, of {answer.body!r}")
    wait.same(message["jsonrpc"], "2.0", "jsonrpc")
    wait.same(isinstance(message["error"]["message"], str), True, "a message")
    if id is ABSENT:
        wait.same("id" in message, False, f"an id, of {answer.body!r}")
    else:
        wait.same(f'"id":{id}'.encode() in answer.body, True, f"id {id} in {answer.body!r}")
    return answer


def run(table, serve=modern, reach=0, **options):
    """Each row: name, body, fields, status, code, id. `reach`: how many get to the upstream."""
    rows = wait.Rows()
    with Upstream(serve) as upstream, Gateway(upstream.url, **options) as gateway:
        for name, body, head, status, code, id in table:
            rows.row(name, lambda: check(gateway.port, body, head, status, code, id))
        rows.row("upstream", lambda: wait.same(
            [c.body for c in upstream.calls()][reach:], [], "what reached the upstream"))
        gateway.alive()
    rows.settle()


def test_not_json():
    """400 -32700 without an id member; with `id: null` for revisions whose schema wants one."""
    bodies = [
        ("nothing", ""), ("blanks", " \n"), ("half an object", '{"jsonrpc":"2.0"'),
        ("text", "hello"),
        ("trailing comma", '{"jsonrpc":"2.0","id":1,}'), ("two objects", text() + text()),
        ("single quotes", "{'jsonrpc':'2.0'}"), ("NaN", text(params='{"a":NaN}')),
        ("leading zero", text(id="01")), ("plus sign", text(id="+1")),
        ("bare point", text(id="1.")),
        ("control byte in a string", text('"tools/\n"')), ("bad escape", text('"tools\\x"')),
        ("half a surrogate escape", text('"\\u12"')), ("comment", "/* */" + text()),
        ("invalid UTF-8", text().encode() .replace(b"tools", b"t\xffols")),
        ("overlong UTF-8", text().encode().replace(b"tools", b"t\xc0\xafols")),
        ("surrogate as UTF-8", text().encode().replace(b"tools", b"t\xed\xa0\x80ols")),
        ("truncated UTF-8", text().encode().replace(b'list"', b'list\xc3"')),
        ("NUL behind the text", text().encode() + b"\0"), ("UTF-16", text().encode("utf-16")),
        ("depth of 100,000", "[" * 100_000), ("unclosed depth", '{"a":' * 20_000),
    ]
    table = [(n, b, fields(), 400, -32700, ABSENT) for n, b in bodies]
    for version, id in (("2025-11-25", ABSENT), ("2025-06-18", "null")):
        table += [(f"{n}, {version}", b, fields(version=version, method=None), 400, -32700, id)
                  for n, b in bodies]
    run(table)


def test_not_json_rpc():
    """400 -32600; the id comes back, as it was written, only where it is one."""
    bad = [
        ("number", "1", ABSENT), ("string", '"x"', ABSENT), ("null", "null", ABSENT),
        ("array", "[" + text() + "]", ABSENT), ("empty array", "[]", ABSENT),
        ("empty object", "{}", ABSENT), ("no jsonrpc", text(jsonrpc=None), "7"),
        ("jsonrpc 1.0", text(jsonrpc='"1.0"'), "7"),
        ("jsonrpc as a number", text(jsonrpc="2.0"), "7"),
        ("id null", text(id="null"), ABSENT), ("id fraction", text(id="1.5"), ABSENT),
        ("id object", text(id="{}"), ABSENT), ("id array", text(id="[1]"), ABSENT),
        ("id true", text(id="true"), ABSENT), ("no method", text(method=None), "7"),
        ("method null", text("null"), "7"), ("method a number", text("5", id='"x"'), '"x"'),
        ("method an object", text("{}"), "7"), ("params an array", text(params="[]"), "7"),
        ("params a string", text(params='"x"'), "7"), ("params a number", text(params="1"), "7"),
    ]
    table = [(n, b, fields(), 400, -32600, i) for n, b, i in bad]
    legacy = [(f"{n}, 2025-11-25", b, fields(version="2025-11-25", method=None), 400, -32600, i)
              for n, b, i in bad]
    run(table + legacy)


def test_members_that_stand_twice():
    """400 -32600 for each envelope member that stands twice, also when one is written with
    escapes; inside arguments it is the upstream's business."""
    def params(inner):
        return f'{{"name":"t","_meta":{META},{inner}}}'

    doubles = [
        ("jsonrpc", text()[:-1] + ',"jsonrpc":"2.0"}', "7"),
        ("id", text()[:-1] + ',"id":8}', ABSENT),
        ("method", text()[:-1] + ',"method":"tools/call"}', "7"),
        ("params", text()[:-1] + ',"params":{}}', "7"),
        ("method, escaped", text()[:-1] + ',"m\\u0065thod":"tools/call"}', "7"),
        ("name", text(params=params('"name":"u"')), "7"),
        ("name, escaped", text(params=params('"n\\u0061me":"u"')), "7"),
        ("_meta", text(params=params('"_meta":{}')), "7"),
        ("arguments", text(params=params('"arguments":{},"arguments":{"a":1}')), "7"),
        ("uri", text(params=params('"uri":"a","uri":"b"')), "7"),
        ("taskId", text(params=params('"taskId":"a","taskId":"b"')), "7"),
        ("requestState", text(params=params('"requestState":"a","requestState":"b"')), "7"),
        ("inputResponses", text(params=params('"inputResponses":{},"inputResponses":{}')), "7"),
        ("version in _meta", text(params=f'{{"_meta":{META[:-1]},"{V}":"2025-11-25"}}}}'), "7"),
    ]
    table = [(n, b, fields(), 400, -32600, i) for n, b, i in doubles]
    inside = f'{{"name":"t","arguments":{{"a":1,"a":2,"__proto__":1}},"_meta":{META}}}'
    table.insert(0, ("inside arguments", *call(params=inside), 200, None, None))
    run(table, reach=1)


def test_meta():
    """400 -32602 for a modern request whose `_meta` is missing, incomplete or of wrong types."""
    def meta(version='"2026-07-28"', capabilities="{}", more=""):
        parts = [f'"{V}":{version}' if version else "", f'"{C}":{capabilities}' if capabilities
                 else "", more]
        return "{" + ",".join(part for part in parts if part) + "}"

    bad = [
        ("no params", text(params=None, meta=None).replace(',"params":{}', "")),
        ("no _meta", text(meta=None)), ("empty _meta", text(meta="{}")),
        ("no version", text(meta=meta(version=None))),
        ("no capabilities", text(meta=meta(capabilities=None))),
        ("version a number", text(meta=meta(version="20260728"))),
        ("version null", text(meta=meta(version="null"))),
        ("capabilities an array", text(meta=meta(capabilities="[]"))),
        ("capabilities null", text(meta=meta(capabilities="null"))),
        ("clientInfo a string", text(meta=meta(more=f'"{I}":"x"'))),
        ("clientInfo without name", text(meta=meta(more=f'"{I}":{{"version":"1"}}'))),
        ("clientInfo without version", text(meta=meta(more=f'"{I}":{{"name":"x"}}'))),
        ("clientInfo name a number", text(meta=meta(more=f'"{I}":{{"name":1,"version":"1"}}'))),
        ("unknown logLevel", text(meta=meta(more=f'"{L}":"loud"'))),
        ("logLevel a number", text(meta=meta(more=f'"{L}":3'))),
        ("progressToken an object", text(meta=meta(more='"progressToken":{}'))),
        ("progressToken a fraction", text(meta=meta(more='"progressToken":1.5'))),
    ]
    run([(n, b, fields(), 400, -32602, "7") for n, b in bad])


def test_versions():
    """Header against body: -32020 where they differ or the header is missing, -32022 with
    `supported` and `requested` where they agree on what is not spoken, whatever else is wrong."""
    future = META.replace("2026-07-28", "2027-01-01")
    old = META.replace("2026-07-28", "2025-11-25")
    junk = META.replace("2026-07-28", "DRAFT-2026")
    run([
        ("header missing", text(), fields(version=None), 400, -32020, "7"),
        ("header empty", text(), fields(version=""), 400, -32020, "7"),
        ("header older", text(), fields(version="2025-11-25"), 400, -32020, "7"),
        ("header newer", text(), fields(version="2027-01-01"), 400, -32020, "7"),
        ("body newer", text(meta=future), fields(), 400, -32020, "7"),
        ("body older", text(meta=old), fields(), 400, -32020, "7"),
        ("header twice", text(), fields(VERSION), 400, -32020, "7"),
        ("header as a list", text(), fields(version="2026-07-28, 2026-07-28"), 400, -32020, "7"),
        ("both future", text(meta=future), fields(version="2027-01-01"), 400, -32022, "7"),
        ("both legacy", text(meta=old), fields(version="2025-11-25"), 400, -32022, "7"),
        ("both junk", text(meta=junk), fields(version="DRAFT-2026"), 400, -32022, "7"),
        ("both future, no Mcp-Method", text(meta=future),
         fields(version="2027-01-01", method=None), 400, -32022, "7"),
        ("both future, unknown method", text('"x/y"', meta=future),
         fields(version="2027-01-01", method="x/y"), 400, -32022, "7"),
        ("initialize with a modern header", text('"initialize"', meta=None), fields(method=None),
         400, -32020, "7"),
    ])
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        answer = http.ask(gateway.port, http.request(text(meta=future).encode(),
                                                     fields(version="2027-01-01")))
        wait.same(answer.json()["error"]["data"],
                  {"supported": ["2026-07-28"], "requested": "2027-01-01"}, "data of -32022")


def test_methods():
    """Mcp-Method must be there and be the method (-32020); methods that the revision removed are
    404 -32601, with a modern envelope also on an endpoint of both eras."""
    table = [
        ("missing", text(), fields(method=None), 400, -32020, "7"),
        ("empty", text(), fields(method=""), 400, -32020, "7"),
        ("another", text(), fields(method="tools/call"), 400, -32020, "7"),
        ("another case", text(), fields(method="Tools/List"), 400, -32020, "7"),
        ("encoded", text(), fields(method="=?base64?dG9vbHMvbGlzdA==?="), 400, -32020, "7"),
        ("twice", text(), fields(("Mcp-Method", "tools/list")), 400, -32020, "7"),
        ("as a list", text(), fields(method="tools/list, tools/list"), 400, -32020, "7"),
        ("unknown method, missing", text('"x/y"'), fields(method=None), 400, -32020, "7"),
    ]
    removed = ["initialize", "ping", "logging/setLevel", "resources/subscribe",
               "resources/unsubscribe", "tasks/list", "tasks/result", "roots/list",
               "sampling/createMessage", "elicitation/create", "notifications/initialized"]
    table += [(m, text(f'"{m}"'), fields(method=m), 404, -32601, "7") for m in removed]
    run(table)


def test_unknown_methods_are_the_upstreams():
    """On a route with one upstream a method that nobody knows goes there, and its refusal comes
    back as it was: 404 -32601 with the id."""
    def serve(exchange):
        return exchange.error(-32601, "no such method", 404)

    names = ["x/y", "__proto__", "constructor", "toString", "tools/List"]
    run([(n, text(json.dumps(n)), fields(method=n), 404, -32601, "7") for n in names], serve,
        reach=len(names), era="modern")


def test_tolerated_forms():
    """Blanks, a byte order mark, extra members, escaped keys, NUL in a string: served."""
    bodies = [
        ("blanks around", " \r\n\t" + text() + "\n"), ("byte order mark", "\ufeff" + text()),
        ("extra member", text()[:-1] + ',"extra":{"method":1}}'),
        ("escaped keys", text().replace('"method"', '"m\\u0065thod"')),
        ("escaped method", text('"tools\\/list"')), ("NUL in a string", text(
            params=f'{{"a":"\\u0000","_meta":{META}}}')),
        ("lone surrogate", text(params=f'{{"a":"\\ud800","_meta":{META}}}')),
        ("huge numbers", text(params=f'{{"a":[1e400,-0,1.10],"_meta":{META}}}')),
    ]
    run([(n, b, fields(), 200, None, None) for n, b in bodies], reach=len(bodies))


def test_names():
    """Mcp-Name must be the parameter, decoded strictly (-32020); what agrees goes on."""
    def encoded(value):
        import base64
        return "=?base64?" + base64.b64encode(value.encode()).decode() + "?="

    good = [
        ("plain", '"t"', "t"), ("escaped in the body", '"\\u0074"', "t"),
        ("encoded though not needed", '"t"', encoded("t")),
        ("emoji", '"\U0001f600"', encoded("\U0001f600")),
        ("emoji as surrogate escapes", '"\\ud83d\\ude00"', encoded("\U0001f600")),
        ("blanks at the ends", '" t "', encoded(" t ")),
        ("looks encoded", '"=?base64?dA==?="', encoded("=?base64?dA==?=")),
        ("capitals are a literal", '"=?BASE64?dA==?="', "=?BASE64?dA==?="),
        ("no end marker is a literal", '"=?base64?dA=="', "=?base64?dA=="),
        ("blanks around the header", '"t"', " \t t \t"), ("empty", '""', ""),
        ("empty, header absent", '""', None), ("empty, encoded", '""', "=?base64??="),
        ("__proto__", '"__proto__"', "__proto__"),
    ]
    bad = [
        ("missing", '"t"', None), ("another", '"t"', "u"), ("another case", '"t"', "T"),
        ("empty header", '"t"', ""), ("bad padding", '"t"', "=?base64?dA=?="),
        ("no padding", '"t"', "=?base64?dA?="), ("foreign byte", '"t"', "=?base64?d*==?="),
        ("blank in base64", '"t"', "=?base64?d A==?="), ("trailing bits", '"t"', "=?base64?dB==?="),
        ("no UTF-8", '"t"', "=?base64?/w==?="), ("as a list", '"t"', "t, t"),
        ("literal that looks encoded", '"=?base64?dA==?="', "=?base64?dA==?="),
        ("composed against decomposed", '"e\\u0301"', encoded("\u00e9")),
    ]
    table = [(n, *call(b, h), 200, None, None) for n, b, h in good]
    table += [(n, *call(b, h), 400, -32020, "7") for n, b, h in bad]
    body, head = call()
    table.append(("twice", body, [*head, ("Mcp-Name", "t")], 400, -32020, "7"))
    table.append(("name a number", *call("5", "5"), 400, -32602, "7"))
    run(table, reach=len(good))


def test_ids_come_back_as_written():
    """Strings and integers of any size, escapes included: the same bytes in the answer, also in a
    refusal, while `1` and "1" are two ids."""
    ids = ["0", "-1", "1", '"1"', '""', "9007199254740993", "9223372036854775807",
           "123456789012345678901234567890", '"\\u0041\\n\\ud800"', '"\u00e9\U0001f600"', '"a\\/b"']
    rows = wait.Rows()
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        for id in ids:
            def good():
                answer = http.ask(gateway.port, http.request(text(id=id).encode(), fields()))
                wait.same(answer.status, 200)
                wait.same(f'"id":{id}'.encode() in answer.body.replace(b'"id": ', b'"id":'), True,
                          f"{id} in {answer.body!r}")
            rows.row(id, good)
            rows.row(f"{id}, refused", lambda: check(
                gateway.port, text(id=id), fields(version="2025-11-25"), 400, -32020, id))
    rows.settle()


def test_answers_and_notifications():
    """A posted answer is 400 -32600 in the modern era; a notification is 202 without a body,
    whatever its headers, and nothing that asks is executed without an id."""
    rows = wait.Rows()
    response = '{"jsonrpc":"2.0","id":7,"result":{}}'
    error = '{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"x"}}'
    cancel = text('"notifications/cancelled"', id=None)
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        for name, body in (("result", response), ("error", error)):
            rows.row(name, lambda: check(gateway.port, body, fields(), 400, -32600, "7"))
        for name, body, head in (
            ("cancelled", cancel, fields(method="notifications/cancelled")),
            ("cancelled without headers", cancel, fields(version=None, method=None)),
            ("unknown", text('"notifications/x"', id=None), fields(method="notifications/x")),
        ):
            def accepted():
                answer = check(gateway.port, body, head, 202, None, None)
                wait.same(answer.body, b"", "body")
            rows.row(name, accepted)
        body, head = call()
        def call_without_id():
            check(gateway.port, body.replace('"id":7,', ""), head, 202, None, None)
            wait.same([c.id for c in upstream.calls("tools/call")], [None], "ids upstream")
        rows.row("tools/call without id", call_without_id)
    rows.settle()


def test_modern_requests_ignore_sessions():
    """A stray Mcp-Session-Id or Last-Event-ID on a modern request changes nothing, and does not go
    upstream."""
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        stray = [("Mcp-Session-Id", "x"), ("Last-Event-ID", "y")]
        wait.same(http.ask(gateway.port, http.call(more=stray)).status, 200)
        seen = upstream.calls()[0]
        wait.same((seen.one("Mcp-Session-Id"), seen.one("Last-Event-ID")), (None, None))


def test_refusals_of_the_upstream_come_back():
    """-32020 and -32021 with 400, -32602 in band with 200, data included: byte for byte."""
    state = {}

    def serve(exchange):
        return exchange.answer(state["status"], state["body"])

    rows = wait.Rows()
    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        for status, code in ((400, -32020), (400, -32021), (200, -32602), (404, -32601),
                             (200, -32603), (200, -32002), (200, 12345), (500, -32603)):
            def same():
                state["status"] = status
                state["body"] = (b'{"jsonrpc":"2.0" , "error":{"data":{"x":1.10},"code":%d,'
                                 b'"message":"m"},"id":7}' % code)
                answer = http.ask(gateway.port, http.request(*call_bytes()))
                wait.same((answer.status, answer.body), (status, state["body"]))
            rows.row(f"{status} {code}", same)
    rows.settle()


def call_bytes():
    body, head = call()
    return body.encode(), head


def test_content_types():
    """application/json and +json in UTF-8 are read, in any case and with parameters; the rest is
    415, compressed bodies too."""
    good = ["application/json", "Application/JSON", "application/json;charset=utf-8",
            'application/json; charset="UTF-8"', "application/json ; x=y", "application/x.y+json"]
    bad = ["", "text/json", "application/jsonx", "text/plain", "application/x-www-form-urlencoded",
           "application/json;charset=latin1", "application/json; charset=utf-16", "*/*", "json",
           "multipart/form-data; boundary=x", "application/+json"]
    rest = [f for f in fields() if f[0] != "Content-Type"]
    table = [(g, text(), [("Content-Type", g), *rest], 200, None, None) for g in good]
    table += [(b, text(), [("Content-Type", b), *rest], 415, -32600, ABSENT) for b in bad]
    table.append(("absent", text(), rest, 415, -32600, ABSENT))
    for coding in ("gzip", "br", "deflate", "zstd", "gzip, identity"):
        table.append((coding, text(), fields(("Content-Encoding", coding)), 415, -32600, ABSENT))
    table.append(("identity", text(), fields(("Content-Encoding", "identity")), 200, None, None))
    run(table, reach=len(good) + 1)


ACCEPTS = [  # What is asked for; the form when the upstream sends JSON, and when it sends events.
    (None, "json", "events"), ("", "json", "events"), ("*/*", "json", "events"),
    (http.BOTH, "json", "events"), ("text/event-stream, application/json", "json", "events"),
    ("application/json;q=0.1, text/event-stream;q=0.9", "json", "events"),
    ("application/json", "json", "json"), ("APPLICATION/JSON", "json", "json"),
    ("application/*", "json", "json"), ("application/json; charset=utf-8", "json", "json"),
    ("text/event-stream", "events", "events"), ("text/*", "events", "events"),
    ("text/event-stream;charset=utf-8", "events", "events"),
    ("application/json;q=0, text/event-stream", "events", "events"),
    ("application/json;q=0.000, */*", "events", "events"),
    ("*/*, text/event-stream;q=0", "json", "json"), ("*/*;q=0, application/json", "json", "json"),
    ("text/html, */*;q=0.1", "json", "events"), ("application/json;q=0.001", "json", "json"),
    ("text/html", None, None), ("application/json;q=0", None, None), ("*/*;q=0", None, None),
    ("application/json;q=0.0, text/event-stream;q=0", None, None), ("application/xml", None, None),
    ("applicationjson", None, None),
]


def test_accept():
    """The whole grammar of Accept: a type that the client takes is used (of two the upstream's
    own); 406 only when none is left. A client of JSON alone gets the result and no progress."""

    def serve(exchange):
        result = {"resultType": "complete", "content": []}
        if exchange.rpc == "tools/list":
            return exchange.result(result)
        exchange.begin_events()
        exchange.event({"jsonrpc": "2.0", "method": "notifications/progress", "params": {}})
        exchange.event({"jsonrpc": "2.0", "id": exchange.id, "result": result})
        return exchange.end_events()

    rows = wait.Rows()
    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        for accept, for_json, for_events in ACCEPTS:
            lines = [] if accept is None else [("Accept", accept)]

            def ask(body, head):
                head = [f for f in head if f[0] != "Accept"] + lines
                return http.ask(gateway.port, http.request(body.encode(), head))

            def verify():
                for form, answer, count in ((for_json, ask(text(), fields()), 1),
                                            (for_events, ask(*call()), 2)):
                    if form is None:
                        wait.same(answer.status, 406, "status")
                        continue
                    wait.same(answer.status, 200, "status")
                    wanted = {"json": "application/json", "events": "text/event-stream"}[form]
                    wait.same(answer.one("Content-Type"), wanted, "Content-Type")
                    count = 1 if form == "json" else count
                    wait.same(len(answer.messages()), count, "messages")
                    wait.same(answer.messages()[-1]["id"], 7, "the final message")

            rows.row(repr(accept), verify)

        def several_lines():
            head = [f for f in fields() if f[0] != "Accept"]
            head += [("Accept", "text/html"), ("Accept", "text/event-stream")]
            answer = http.ask(gateway.port, http.request(text().encode(), head))
            wait.same(answer.one("Content-Type"), "text/event-stream")

        rows.row("several lines", several_lines)
        refused = 2 * sum(1 for _, json_form, _ in ACCEPTS if json_form is None)
        wait.same(len(upstream.calls()), 2 * len(ACCEPTS) + 1 - refused, "calls upstream")
    rows.settle()


def test_listen_needs_events():
    """subscriptions/listen of a client that takes no event stream is 406: there is nothing to
    send."""
    body = http.message("subscriptions/listen", {"notifications": {}})
    head = http.modern_fields("subscriptions/listen", accept="application/json")
    with Upstream() as upstream, Gateway(upstream.url, era="modern") as gateway:
        wait.same(http.ask(gateway.port, http.request(body, head)).status, 406)
        wait.same(len(upstream.calls()), 0, "calls upstream")


def test_nothing_is_cached():
    """JSON answers say no-store; streams say no-cache, no-transform and switch buffering off."""

    def serve(exchange):
        if exchange.rpc == "tools/list":
            return exchange.result({"resultType": "complete", "tools": []})
        exchange.begin_events()
        exchange.event({"jsonrpc": "2.0", "id": exchange.id, "result": {"resultType": "complete"}})
        return exchange.end_events()

    with Upstream(serve) as upstream, Gateway(upstream.url, era="modern") as gateway:
        answer = http.ask(gateway.port, http.call())
        wait.same(answer.one("Cache-Control"), "no-store", "JSON")
        refused = http.ask(gateway.port, http.request(b"x", fields()))
        wait.same(refused.one("Cache-Control"), "no-store", "a refusal")
        stream = http.ask(gateway.port, http.call("tools/call", {"name": "t"}))
        wait.same(stream.one("Cache-Control"), "no-cache, no-transform", "events")
        wait.same(stream.one("X-Accel-Buffering"), "no", "buffering")


def test_host_and_origin():
    """On loopback 403 for a Host or an Origin of elsewhere, `null` too, before anything else is
    judged; pages of this machine may call. What the configuration allows is allowed, in full."""
    good = ["http://localhost", "http://localhost:3000", "https://localhost:3000",
            "http://127.0.0.1:8080", "http://[::1]:1", "https://app.example"]
    bad = ["http://evil.example", "null", "http://localhost.evil.example", "http://evil.example:80",
           "https://app.example:8443", "http://app.example", "https://sub.app.example", "",
           "http://127.0.0.1.evil.example", "file://", "localhost"]
    rows = wait.Rows()
    settings = {"listen": {"allowed_origins": ["https://app.example"],
                           "allowed_hosts": ["gateway.example"]}}
    with Upstream() as upstream, Gateway(upstream.url, settings=settings) as gateway:
        for origin in good:
            def allowed():
                answer = http.ask(gateway.port, http.call(more=[("Origin", origin)]))
                wait.same(answer.status, 200, "status")
                wait.same(answer.one("Access-Control-Allow-Origin"), origin, "allowed origin")
                wait.same("Origin" in answer.one("Vary", ""), True, "Vary")
                exposed = answer.one("Access-Control-Expose-Headers", "").lower()
                for name in ("mcp-session-id", "mcp-protocol-version", "www-authenticate"):
                    wait.same(name in exposed, True, f"{name} in {exposed}")
            rows.row(f"allowed {origin}", allowed)
        for origin in bad:
            for body in (plain_call(), b"no json"):
                rows.row(f"refused {origin!r}", lambda: wait.same(http.ask(
                    gateway.port, http.request(body, fields(("Origin", origin)))).status, 403))
        both = [("Origin", "http://localhost"), ("Origin", "http://localhost")]
        rows.row("two Origins", lambda: wait.same(
            http.ask(gateway.port, http.call(more=both)).status, 403))
        for host, status in (("gateway.example", 200), ("GATEWAY.example:99", 200),
                             ("localhost:1", 200), ("[::1]", 200), ("evil.example", 403),
                             ("gateway.example.evil", 403), ("x.gateway.example", 403)):
            text_ = http.request(plain_call(), fields(), host=host)
            rows.row(f"host {host}",
                     lambda: wait.same(http.ask(gateway.port, text_).status, status))
        wait.same(len(upstream.calls()), len(good) + 4, "calls upstream")
    rows.settle()


def plain_call():
    return text().encode()


def test_preflight():
    """OPTIONS answers a browser's question without the upstream: the asked header names are
    allowed as they are, Mcp-Param-* too; a foreign page gets 403."""
    asked = "content-type, mcp-method, mcp-param-region, authorization"
    with Upstream() as upstream, Gateway(upstream.url) as gateway:
        with http.Connection(gateway.port) as connection:
            connection.send(http.head("OPTIONS", fields=[
                ("Origin", "http://localhost:6274"), ("Access-Control-Request-Method", "POST"),
                ("Access-Control-Request-Headers", asked)]))
            answer = connection.answer()
            wait.same(answer.status, 204)
            wait.same(answer.one("Access-Control-Allow-Origin"), "http://localhost:6274")
            wait.same(answer.one("Access-Control-Allow-Headers"), asked)
            for method in ("POST", "GET", "DELETE"):
                wait.same(method in answer.one("Access-Control-Allow-Methods"), True, method)
            wait.same("Access-Control-Request-Headers" in answer.one("Vary"), True, "Vary")
            connection.send(http.head("OPTIONS", fields=[
                ("Origin", "http://localhost"), ("Access-Control-Request-Headers", "a;b")]))
            wait.same(connection.answer().one("Access-Control-Allow-Headers"), None, "no name")
            connection.send(http.head("OPTIONS"))
            answer = connection.answer()
            wait.same((answer.status, "POST" in answer.one("Allow")), (204, True), "plain OPTIONS")
            connection.send(http.head("OPTIONS", fields=[("Origin", "http://evil.example")]))
            wait.same(connection.answer().status, 403, "a foreign page")
        wait.same(upstream.calls(), [], "what reached the upstream")


def test_legacy_rungs():
    """The session era: no session 400, unknown session 404, unknown version 400, a batch 400
    -32600; GET and DELETE without a session 405; the id comes back."""
    body = text('"tools/list"', meta=None)
    head = fields(version="2025-11-25", method=None)
    with Upstream(Legacy()) as upstream, Gateway(upstream.url) as gateway:
        rows = wait.Rows()
        for name, more, status in (
            ("no session", [], 400), ("empty session", [("Mcp-Session-Id", "")], 400),
            ("unknown session", [("Mcp-Session-Id", "x")], 404),
            ("two sessions", [("Mcp-Session-Id", "x"), ("Mcp-Session-Id", "x")], 400),
        ):
            rows.row(name, lambda: check(gateway.port, body, [*head, *more], status, -32600,
                                         ABSENT if status == 404 else "7"))
        for version in ("1999-01-01", "x", "2025-11-25, 2025-11-25"):
            rows.row(version, lambda: check(
                gateway.port, body,
                fields(("Mcp-Session-Id", "x"), version=version, method=None), 400, -32600, "7"))
        for batch in (f"[{body}]", "[]", f"[{text(chr(34) + 'initialize' + chr(34), meta=None)}]"):
            rows.row(batch[:20], lambda: check(gateway.port, batch, head, 400, -32600, ABSENT))
        for method, accept, status in (("GET", "text/event-stream", 404), ("DELETE", "*/*", 404),
                                       ("GET", "application/json", 406)):
            def unknown():
                lines = [("Mcp-Session-Id", "x"), ("Accept", accept)]
                wait.same(http.ask(gateway.port, http.head(method, fields=lines)).status, status)
            rows.row(f"{method} {accept}", unknown)
        wait.same([c for c in upstream.seen if not is_probe(c)], [], "what reached the upstream")
        rows.settle()


def test_an_era_that_the_upstream_lacks():
    """The protocol's own answer: -32022 with what the upstream does speak, in both directions."""
    legacy = text('"initialize"', meta=None,
                  params='{"protocolVersion":"2025-11-25","capabilities":{},'
                         '"clientInfo":{"name":"c","version":"1"}}')
    with Upstream(Legacy()) as upstream, Gateway(upstream.url) as gateway:
        answer = check(gateway.port, text(), fields(), 400, -32022, "7")
        data = answer.json()["error"]["data"]
        wait.same((data["requested"], "2025-11-25" in data["supported"]), ("2026-07-28", True))
    with Upstream() as upstream, Gateway(upstream.url, era="modern") as gateway:
        answer = check(gateway.port, legacy, [JSON, ACCEPT], 400, -32022, "7")
        wait.same(answer.json()["error"]["data"]["supported"], ["2026-07-28"])


