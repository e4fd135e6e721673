"""One route in front of several upstreams: what a client sees of all of them, and whom it reaches."""
import json
import sys
import threading
import time

from sessions import Client
from stdio import QUICK, command
from support import gateway as program
from support import http, wait
from support.federation import Federation, error, names_of, partial, said
from support.member import Member, tool
from support.upstream import Upstream

QUICK_LISTS = {"list_timeout": "300ms"}
LEGACY, MODERN = ("legacy",), ("modern",)


# --- lists and names -----------------------------------------------------------------------------


def test_lists_are_merged_in_configured_order():
    """Each list has the items of all members, in the route's order and then in the member's own,
    for clients of both eras; what only one has is as it would be without the others."""
    uris = [{"uri": "b://1", "name": "one"}, {"uri": "b://0", "name": "zero"}]
    a = Member("a", ["z", "y"], prompts=[{"name": "p"}])
    b = Member("b", ["x"], resources=uris, resourceTemplates=[{"uriTemplate": "b://{n}", "name": "t"}])
    c = Member("c", ["w"], prompts=[{"name": "o"}])
    expected = {"tools/list": ["w", "z", "y", "x"], "prompts/list": ["o", "p"],
                "resources/list": ["b://1", "b://0"], "resources/templates/list": ["b://{n}"]}
    with Federation(c, a, b) as f:
        client = Client(f.gateway)
        for method, names in expected.items():
            wait.same(f.names(method), names, f"stateless, {method}")
            wait.same(names_of(client.ask(method).messages()[-1]), names, f"session, {method}")
        wait.same(partial(f.ask("tools/list")), None, "nothing is missing")
        f.gateway.alive()


def test_naming():
    """A name that an earlier member has: prefixed, every name prefixed, or left out; for tools and
    for prompts. The name leads to its member under its own name, in body and Mcp-Name."""
    rows = wait.Rows()
    cases = {
        "collision": (["search", "a_only", "b__search", "b_only"], ["p", "b__p"]),
        "always": (["a__search", "a__a_only", "b__search", "b__b_only"], ["a__p", "b__p"]),
        "never": (["search", "a_only", "b_only"], ["p"]),
    }
    for naming, (tools, prompts) in cases.items():
        def check(naming=naming, tools=tools, prompts=prompts):
            a = Member("a", ["search", "a_only"], prompts=[{"name": "p"}])
            b = Member("b", ["search", "b_only"], prompts=[{"name": "p"}])
            with Federation(a, b, naming=naming) as f:
                wait.same(f.names(), tools, "tools")
                wait.same(f.names("prompts/list"), prompts, "prompts")
                client = Client(f.gateway)
                for name in tools:
                    owner, _, own = name.rpartition("__")
                    owner = owner or ("b" if own == "b_only" else "a")
                    for got in (f.call(name, {"n": name}),
                                said(client.ask("tools/call", {"name": name, "arguments": {
                                    "n": name}}).messages()[-1])):
                        asked = {"name": own, "arguments": {"n": name}}
                        wait.same(got, [owner, "tools/call", asked], name)
                for name in prompts:
                    owner = "b" if name.startswith("b__") else "a"
                    wait.same(said(f.ask("prompts/get", {"name": name})),
                              [owner, "prompts/get", {"name": "p"}], name)
                for up in f.up.values():
                    for call in up.calls("tools/call"):
                        fields = [call.one("Mcp-Name"), call.one("Mcp-Method")]
                        if call.one("Mcp-Session-Id"):
                            wait.same(fields, [None, None], "fields of the stateless era")
                            continue
                        wait.same(fields, [call.message["params"]["name"], "tools/call"], "fields")
                dropped = [r["name"] for r in f.gateway.records("catalog_item_dropped")]
                wait.same(set(dropped), {"search", "p"} if naming == "never" else set(), "dropped")
        rows.row(naming, check)
    rows.settle()


def test_a_bare_name_is_taken_where_it_is_clear():
    """Descriptions and instructions speak of bare names: one that exactly one member has is found
    though it is listed under another, and the member hears its own name."""
    a = Member("a", ["search", "look"])
    b = Member("b", ["search"])
    with Federation(a, b, naming="always") as f:
        wait.same(f.call("look"), ["a", "tools/call", {"name": "look", "arguments": {}}])
        wait.same(f.up["a"].calls("tools/call")[-1].one("Mcp-Name"), "look")
        wait.same(error(f.ask("tools/call", {"name": "search"}))["code"], -32602, "of two members")


def test_a_name_that_no_header_holds():
    """A name beyond ASCII, and one that looks like an encoded one, reach the renamed member: the
    field is encoded anew and the body has the name escaped or not."""
    import base64

    names = ["s\u00fcche", '"quoted"\\', "=?base64?eA==?="]
    a, b = Member("a", names), Member("b", names)
    with Federation(a, b) as f:
        for name in names:
            encoded = "=?base64?" + base64.b64encode(f"b__{name}".encode()).decode() + "?="
            body = http.message("tools/call", {"name": f"b__{name}", "arguments": {}})
            plain = f"b__{name}".isascii() and not name.startswith("=?")
            fields = http.modern_fields("tools/call", f"b__{name}" if plain else encoded)
            got = http.ask(f.port, http.request(body, fields)).messages()[-1]
            wait.same(said(got)[2]["name"], name, name)
            field = f.up["b"].calls("tools/call")[-1].one("Mcp-Name")
            if name.isascii() and not name.startswith("=?"):
                wait.same(field, name, name)
            else:
                wait.same(field, "=?base64?" + base64.b64encode(name.encode()).decode() + "?=", name)


def test_items_keep_their_bytes():
    """Order of keys, escapes, numbers, unknown members: as the member wrote them; of a renamed item
    all but its name."""
    item = (r'{"x-first":1.50,"description":"\u00e9\/","name":"NAME",'
            r'"inputSchema":{"type":"object","$defs":{"a":true},"z":1e400,"a":-0},"_meta":{"k":[ ]}}')

    def serve(letter):
        def call(exchange):
            if exchange.rpc != "tools/list":
                return NotImplemented
            text = (b'{"jsonrpc":"2.0","id":%s,"result":{"resultType":"complete","tools":[ %s ,%s]}}'
                    % (json.dumps(exchange.id).encode(), item.replace("NAME", "t").encode(),
                       item.replace("NAME", f"own-{letter}").encode()))
            return exchange.answer(200, text)
        return call

    a, b = Member("a", ["t"], call=serve("a")), Member("b", ["t"], call=serve("b"))
    with Federation(a, b) as f:
        client = Client(f.gateway)
        for answer in (http.ask(f.port, f.text("tools/list")), client.ask()):
            for name in ("t", "own-a", "b__t", "own-b"):
                expected = item.replace("NAME", name).encode()
                wait.same(expected in answer.body, True, f"{name} in {answer}")


def test_a_call_keeps_its_bytes():
    """The body of a call goes on as it came but for a renamed name, its answer comes as it was
    given, error or result, and header fields of parameters go along."""
    given = rb'{"jsonrpc":"2.0","id":"\u0031","result":{"resultType":"complete","x":[1.0,1e2 ],"content":[]}}'

    def call(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        return exchange.answer(200, given)

    with Federation(Member("a", ["t"]), Member("b", ["t"], call=call)) as f:
        wait.same(f.names(), ["t", "b__t"])
        meta = (b'"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
                b'"io.modelcontextprotocol/clientCapabilities":{},"mine":1.0}')
        body = (rb'{ "params":{%s ,"arguments":{"b__t":"b\u005f_t","n":10e1},"name": "b_\u005ft"},'
                rb'"method":"tools/call","id":"\u0031","jsonrpc":"2.0"}' % meta)
        fields = [*http.modern_fields("tools/call", "b__t"), ("Mcp-Param-Region", "eu")]
        answer = http.ask(f.port, http.request(body, fields))
        wait.same(answer.body, given, "the answer")
        seen = f.up["b"].calls("tools/call")[-1]
        wait.same(seen.body, body.replace(rb'"b_\u005ft"', b'"t"'), "the request")
        wait.same(seen.one("Mcp-Param-Region"), "eu")


def test_another_member_renames_nothing():
    """With one more member behind the others, what was there before is there under its name, with
    collision as with the other ways of naming."""
    rows = wait.Rows()
    for naming in ("collision", "always", "never"):
        def check(naming=naming):
            tools = {"a": ["search", "x"], "b": ["search", "b__x", "y"], "c": ["search", "x", "y"]}
            members = [Member(name, own) for name, own in tools.items()]
            with Federation(*members[:2], naming=naming) as f:
                before = f.names()
            with Federation(*members, naming=naming) as f:
                after = f.names()
                wait.same(after[:len(before)], before, "the names of the first two")
                wait.same(len(set(after)), len(after), "names")
        rows.row(naming, check)
    rows.settle()


# --- members that are down, slow, or change ------------------------------------------------------


def test_a_dead_member():
    """The others' lists come at once, marked; a call of an unknown name says who is missing, and the
    others' tools work; when the member is there its tools are, and nothing is marked."""
    a, b = Member("a", ["x"]), Member("b", ["y"])
    with Upstream(b) as gone:
        port = gone.port
    upstreams = {"upstreams": [{"name": "b", "url": f"http://127.0.0.1:{port}/mcp"}]}
    with Upstream(a) as up:
        upstreams["upstreams"].append({"name": "a", "url": up.url})
        routes = {"routes": [{"path": "/mcp", "upstreams": ["b", "a"]}]}
        with Federation(settings={**upstreams, **routes}) as f:
            begun = time.monotonic()
            client = Client(f.gateway)
            for message in (f.ask("tools/list"), client.ask().messages()[-1]):
                wait.same(names_of(message), ["x"])
                wait.same(partial(message), {"missing": ["b"]})
            wait.within(2.0, begun, "lists without the dead member")
            unknown = error(f.ask("tools/call", {"name": "y"}))
            wait.same((unknown["code"], unknown["data"]["missing"]), (-32602, ["b"]))
            wait.same(f.call("x")[0], "a")
            wait.same(f.ask("tools/list")["result"]["ttlMs"], 0, "ttlMs of a partial list")
            with Upstream(b, port):
                wait.until(lambda: f.names() == ["y", "x"], "the list of all", 15)
                wait.same(partial(f.ask("tools/list")), None)
                wait.same(f.call("y")[0], "b")
            f.gateway.alive()


def test_the_last_good_copy():
    """A member that dies keeps its tools, marked; a call of one says that it cannot be reached. A
    member that answers nonsense is the same. Names stay what they were."""
    a, b = Member("a", ["t", "x"]), Member("b", ["t"])
    with Federation(a, b, limits={"catalog_ttl": "0s", "list_timeout": "2s"}) as f:
        wait.same(f.names(), ["t", "x", "b__t"])
        f.up["a"].stop()
        listed = f.ask("tools/list")
        wait.same((names_of(listed), partial(listed)), (["t", "x", "b__t"], {"stale": ["a"]}))
        wait.same(listed["result"]["ttlMs"], 0)
        failed = error(f.ask("tools/call", {"name": "x"}))
        wait.same((failed["code"], failed["data"]["upstream"]), (-32603, "a"))
        wait.same(f.call("b__t")[0], "b")
        b.call = lambda exchange: exchange.answer(500)
        listed = f.ask("tools/list")
        wait.same((names_of(listed), partial(listed)),
                  (["t", "x", "b__t"], {"stale": ["a", "b"]}))
        wait.until(lambda: f.gateway.records("catalog_unread"), "a record of it")


def test_a_slow_member():
    """Who lists waits for list_timeout and no longer; when the slow one has answered, its tools are
    there, and clients that had the short list are told, in both eras."""
    rows = wait.Rows()
    for era in ("session", "stateless"):
        def check(era=era):
            a, b = Member("a", ["x"]), Member("b", ["y"])
            b.hold = threading.Event()
            with Federation(a, b, limits=QUICK_LISTS) as f:
                begun = time.monotonic()
                if era == "session":
                    client = Client(f.gateway)
                    ask = lambda: client.ask().messages()[-1]
                    stream = client.get()
                    stream.head()
                else:
                    ask = lambda: f.ask("tools/list")
                    ask()
                    stream = f.begin("subscriptions/listen", {"notifications": {
                        "toolsListChanged": True}})
                    stream.head()
                    stream.until(b"acknowledged")
                listed = ask()
                wait.within(3.0, begun, "a short list")
                wait.same((names_of(listed), partial(listed)), (["x"], {"missing": ["b"]}))
                b.hold.set()
                stream.until(b"notifications/tools/list_changed")
                listed = ask()
                wait.same((names_of(listed), partial(listed)), (["x", "y"], None))
                stream.close()
        rows.row(era, check)
    rows.settle()


def test_all_members_are_slow():
    """A client that saw nothing at all is told too."""
    a, b = Member("a", ["x"]), Member("b", ["y"])
    a.hold = b.hold = threading.Event()
    with Federation(a, b, limits=QUICK_LISTS) as f:
        client = Client(f.gateway)
        listed = client.ask().messages()[-1]
        wait.same((names_of(listed), partial(listed)), ([], {"missing": ["a", "b"]}))
        stream = client.get()
        stream.head()
        a.hold.set()
        stream.until(b"notifications/tools/list_changed")
        wait.until(lambda: names_of(client.ask().messages()[-1]) == ["x", "y"], "all")
        stream.close()


def test_a_member_that_comes_late_is_told_of():
    """A member that was down when the client came is asked again without anybody asking, and the
    client, which listens, hears of its tools, in both eras."""
    rows = wait.Rows()
    for era in ("session", "stateless"):
        def check(era=era):
            a, b = Member("a", ["x"]), Member("b", ["y"])
            with Upstream(b) as gone:
                port = gone.port
            with Upstream(a) as up:
                settings = {"upstreams": [{"name": "a", "url": up.url},
                                          {"name": "b", "url": f"http://127.0.0.1:{port}/mcp"}],
                            "routes": [{"path": "/mcp", "upstreams": ["a", "b"]}]}
                with Federation(settings=settings) as f:
                    if era == "session":
                        client = Client(f.gateway)
                        wait.same(names_of(client.ask().messages()[-1]), ["x"])
                        stream = client.get()
                        stream.head()
                    else:
                        wait.same(f.names(), ["x"])
                        stream = f.begin("subscriptions/listen", {"notifications": {
                            "toolsListChanged": True}})
                        stream.head()
                        stream.until(b"acknowledged")
                    with Upstream(b, port):
                        stream.until(b"notifications/tools/list_changed")
                        wait.same(f.names(), ["x", "y"])
                    stream.close()
        rows.row(era, check)
    rows.settle()


def test_lists_are_kept():
    """catalog_ttl, or the member's own ttlMs where it is less, says for how long a member is not
    asked again; many clients at once are one question each member."""
    a, b = Member("a", ["x"]), Member("b", ["y"])
    with Federation(a, b) as f:
        threads = [threading.Thread(target=f.names) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for _ in range(5):
            f.names()
        wait.same([len(up.calls("tools/list")) for up in f.up.values()], [1, 1], "questions")
    b.ttl_ms = 0
    with Federation(a, b) as f:
        for _ in range(3):
            f.names()
        wait.same([len(up.calls("tools/list")) for up in f.up.values()], [1, 3], "with ttlMs 0")


def test_a_session_with_the_gateway_leaves_none_behind():
    """What the gateway opened to read lists is closed: no session is left at a member of sessions,
    and no process of one over stdio."""
    a = Member("a", ["x"], LEGACY)
    with Federation(a, ("b", command()), more={"b": {"process": QUICK}}) as f:
        client = Client(f.gateway)
        listed = names_of(client.ask().messages()[-1])
        wait.same(listed[:2], ["x", "echo"])
        wait.until(lambda: not a.sessions and a.opened == 1, "the session ended")
        wait.until(lambda: not f.gateway.children(), "the process ended")


# --- pages ---------------------------------------------------------------------------------------


def test_pages_of_a_member_are_gathered():
    """Lists of many pages, over HTTP in both eras, come whole and in order, each page asked for
    once."""
    many = [f"t{n}" for n in range(25)]
    rows = wait.Rows()
    for eras in (LEGACY, MODERN):
        def check(eras=eras):
            a, b = Member("a", many, eras, pages=4), Member("b", ["z"], eras, pages=1)
            with Federation(a, b) as f:
                listed = f.ask("tools/list") if eras == MODERN else (
                    Client(f.gateway).ask().messages()[-1])
                wait.same(names_of(listed), [*many, "z"])
                wait.same("nextCursor" in listed["result"], False)
                cursors = [(call.message["params"] or {}).get("cursor")
                           for call in f.up["a"].calls("tools/list")]
                wait.same(cursors, [None, *(f"a@{n}" for n in range(4, 25, 4))])
        rows.row(eras[0], check)
    rows.settle()


def test_odd_cursors():
    """An empty cursor is one like any other, null is none; a list that never ends, by one cursor or
    by ever new ones, is the member's fault alone."""
    def serve(cursors):
        def call(exchange):
            if exchange.rpc != "tools/list":
                return NotImplemented
            at = (exchange.message["params"] or {}).get("cursor")
            number = 0 if at is None else call.seen
            call.seen = number + 1
            result = {"resultType": "complete", "tools": [tool(f"t{number}")], **cursors(number)}
            return exchange.result(result)
        call.seen = 0
        return call

    rows = wait.Rows()
    for name, cursors, tools in (
            ("empty", lambda n: {"nextCursor": ""} if n == 0 else {}, ["t0", "t1"]),
            ("null", lambda n: {"nextCursor": None}, ["t0"]),
            ("same", lambda n: {"nextCursor": "again"}, None),
            ("new", lambda n: {"nextCursor": str(n)}, None)):
        def check(cursors=cursors, tools=tools):
            a, b = Member("a", ["t0"], call=serve(cursors)), Member("b", ["z"])
            with Federation(a, b) as f:
                wait.until(lambda: "b" not in ((partial(f.ask("tools/list")) or {}).get("missing", [])),
                           "the other's")
                listed = f.ask("tools/list")
                if tools is None:
                    wait.same((names_of(listed), partial(listed)), (["z"], {"missing": ["a"]}))
                    wait.until(lambda: f.gateway.records("catalog_unread"), "a record", 30)
                    wait.same("has no end" in f.gateway.log(), True, "why")
                else:
                    wait.same((names_of(listed), partial(listed)), ([*tools, "z"], None))
        rows.row(name, check)
    rows.settle()


def test_pages_of_the_gateway():
    """More than 8 MiB of tools come by pages, each item once, in order; a cursor of another list, of
    a list that has changed, of another route, or invented is -32602."""
    filler = "x" * 100_000
    tools = [[tool(f"{letter}{n}", description=filler) for n in range(100)] for letter in "ab"]
    a, b = Member("a", tools[0], prompts=[{"name": "p"}]), Member("b", tools[1])
    with Federation(a, b, limits={"catalog_ttl": "1h", "list_timeout": "30s"}) as f:
        client = Client(f.gateway)
        for ask in (f.ask, lambda *args: client.ask(*args).messages()[-1]):
            names, pages, cursor = [], 0, None
            while pages == 0 or cursor:
                page = ask("tools/list", {"cursor": cursor} if cursor else {})
                names += names_of(page)
                last, cursor = cursor, page["result"].get("nextCursor")
                pages += 1
                wait.same(pages < 10, True, "pages")
            wait.same(names, [t["name"] for t in [*tools[0], *tools[1]]], "names")
            wait.same(pages, 3, "pages")
            wait.same(names_of(ask("tools/list", {"cursor": last}))[-1], "b99", "the last page again")
            for method, bad in (("prompts/list", last), ("tools/list", "x"), ("tools/list", ""),
                                ("tools/list", last[:-2] + ("AA" if last[-2:] != "AA" else "BB"))):
                wait.same(error(ask(method, {"cursor": bad}))["code"], -32602, f"{method} {bad}")
    with Federation(a, b, limits={"catalog_ttl": "0s", "list_timeout": "30s"}) as f:
        cursor = f.ask("tools/list")["result"]["nextCursor"]
        b.offer("other")
        f.names()
        refused = error(f.ask("tools/list", {"cursor": cursor}))
        wait.same((refused["code"], refused["data"]["reason"]), (-32602, "cursor_unknown"))


# --- prompts, resources, completion --------------------------------------------------------------


def test_resources():
    """A URI that two have: the second's has a form of ours that leads to it under its own URI; one
    that no list has is read through the template that it fits, or by its scheme; a template that two
    have works for both; an unknown one is refused as the era wants it."""
    a = Member("a", resources=[{"uri": "file:///readme", "name": "r"}],
               resourceTemplates=[{"uriTemplate": "note://{id}", "name": "n"}])
    b = Member("b", resources=[{"uri": "file:///readme", "name": "r"}, {"uri": "db://x", "name": "x"}],
               resourceTemplates=[{"uriTemplate": "note://{id}", "name": "n"},
                                  {"uriTemplate": "log://{day}/{+rest}", "name": "l"}])
    with Federation(a, b) as f:
        client = Client(f.gateway)
        listed = f.names("resources/list")
        wait.same([listed[0], listed[2]], ["file:///readme", "db://x"])
        templates = f.names("resources/templates/list")
        wait.same([templates[0], templates[2]], ["note://{id}", "log://{day}/{+rest}"])
        wait.same("{id}" in templates[1] and templates[1].startswith("junctor://b/"), True, templates)
        cases = [("file:///readme", "a", None), (listed[1], "b", "file:///readme"),
                 ("db://x", "b", None), ("note://7", "a", None),
                 (templates[1].replace("{id}", "7"), "b", "note://7"),
                 ("log://1/2/3", "b", None), ("db://unlisted", "b", None)]
        for uri, owner, own in cases:
            for got in (f.ask("resources/read", {"uri": uri}),
                        client.ask("resources/read", {"uri": uri}).messages()[-1]):
                wait.same(said(got), [owner, "resources/read", {"uri": own or uri}], uri)
        wait.same(f.up["b"].calls("resources/read")[0].one("Mcp-Name"), "file:///readme")
        unknown = error(f.ask("resources/read", {"uri": "odd:1"}))
        wait.same((unknown["code"], unknown["data"]["uri"]), (-32602, "odd:1"))
        old = client.ask("resources/read", {"uri": "odd:1"}).messages()[-1]
        wait.same(error(old)["code"], -32002)


def test_completion():
    """The reference says whom it is for: a prompt's name or a template, renamed or not."""
    a = Member("a", prompts=[{"name": "p"}], resourceTemplates=[{"uriTemplate": "n://{id}", "name": "n"}],
               capabilities={"prompts": {}, "resources": {}, "completions": {}})
    b = Member("b", prompts=[{"name": "p"}, {"name": "q"}],
               resourceTemplates=[{"uriTemplate": "n://{id}", "name": "n"}])
    with Federation(a, b) as f:
        client = Client(f.gateway)
        template = f.names("resources/templates/list")[1]
        argument = {"argument": {"name": "id", "value": "1"}}
        for ref, owner, own in (
                ({"type": "ref/prompt", "name": "p"}, "a", "p"),
                ({"type": "ref/prompt", "name": "b__p"}, "b", "p"),
                ({"type": "ref/prompt", "name": "q"}, "b", "q"),
                ({"type": "ref/resource", "uri": "n://{id}"}, "a", "n://{id}"),
                ({"type": "ref/resource", "uri": template}, "b", "n://{id}")):
            for got in (f.ask("completion/complete", {"ref": ref, **argument}),
                        client.ask("completion/complete", {"ref": ref, **argument}).messages()[-1]):
                name, method, params = said(got)
                wait.same((name, method), (owner, "completion/complete"), str(ref))
                wait.same(list(params["ref"].values())[1], own, str(ref))
        bad = f.ask("completion/complete", {"ref": {"type": "ref/prompt", "name": "no"}, **argument})
        wait.same(error(bad)["code"], -32602)


# --- what the route says of itself ---------------------------------------------------------------


def test_discover_and_initialize():
    """The gateway's own identity, the union of capabilities with listChanged, and the instructions of
    all under headings; initialize grants the client's version."""
    a = Member("a", ["x"], capabilities={"tools": {}, "logging": {}}, instructions="Use x.")
    b = Member("b", capabilities={"resources": {"subscribe": True}, "completions": {}},
               instructions="Read b.")
    c = Member("c", capabilities={"tools": {"listChanged": True}})
    with Federation(a, b, c) as f:
        for version in ("2025-11-25", "2025-06-18", "2025-03-26"):
            hello = Client(f.gateway, version).answer.messages()[-1]["result"]
            wait.same((hello["protocolVersion"], hello["serverInfo"]["name"]), (version, "junctor"))
        found = f.ask("server/discover")["result"]
        wait.same(found["supportedVersions"], ["2026-07-28"])
        wait.same(found["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "junctor")
        for result in (hello, found):
            has = result["capabilities"]
            wait.same((has["tools"], has["resources"]),
                      ({"listChanged": True}, {"subscribe": True, "listChanged": True}))
            wait.same(("logging" in has, "completions" in has, "prompts" in has),
                      (True, True, False))
            text = result["instructions"]
            wait.same([text.index(part) >= 0 for part in ("## a", "Use x.", "## b", "Read b.")],
                      [True] * 4)
        wait.same(f.ask("tools/unknown")["error"]["code"], -32601)


def test_what_no_member_is_asked():
    """Unknown methods, names of the wrong type and none at all, and cursors of the wrong type are
    refused by the gateway, with the era's status, and no member hears of them."""
    with Federation(Member("a", ["x"]), Member("b", ["y"])) as f:
        client = Client(f.gateway)
        f.names()
        client.ask()
        heard = sum(len(up.calls()) for up in f.up.values())
        wait.same(client.ask("no/such", {}).messages()[-1]["error"]["code"], -32601)
        for params in ({"name": 7}, {}, {"name": None}, {"name": ["x"]}):
            wait.same(error(client.ask("tools/call", params).messages()[-1])["code"], -32602,
                      str(params))
        wait.same(error(client.ask("tools/list", {"cursor": 5}).messages()[-1])["code"], -32602)
        wait.same(client.ask("ping").messages()[-1]["result"], {})
        wait.same(error(client.ask("logging/setLevel", {"level": "loud"}).messages()[-1])["code"],
                  -32602)
        wait.same(sum(len(up.calls()) for up in f.up.values()), heard, "heard by members")


def test_clients_with_other_capabilities_see_other_lists():
    """A member that offers more to a client that can be asked: each client sees what is for its like,
    in both eras, and capabilities that change nothing are no reason to ask again."""
    def call(exchange):
        if exchange.rpc != "tools/list":
            return NotImplemented
        params = exchange.message["params"]
        has = (params.get("_meta") or {}).get("io.modelcontextprotocol/clientCapabilities")
        if has is None:
            has = a.sessions[exchange.one("Mcp-Session-Id")]["capabilities"]
        names = ["plain", *(["asks"] if "elicitation" in has else [])]
        return exchange.result({"resultType": "complete", "tools": [tool(n) for n in names]})

    a, b = Member("a", ["plain"], call=call), Member("b", ["z"])
    with Federation(a, b) as f:
        for capabilities, expected in (
                ({}, ["plain", "z"]), ({"elicitation": {}}, ["plain", "asks", "z"]),
                ({"experimental": {"x": {}}}, ["plain", "z"]),
                ({"elicitation": {"form": {}}}, ["plain", "asks", "z"])):
            wait.same(f.names(capabilities=capabilities), expected, f"stateless {capabilities}")
            client = Client(f.gateway, capabilities=capabilities)
            wait.same(names_of(client.ask().messages()[-1]), expected, f"session {capabilities}")
        wait.same(error(f.ask("tools/call", {"name": "asks"}))["code"], -32602, "not in its list")
        wait.same(f.call("asks", capabilities={"elicitation": {}})[0], "a")
        wait.same(len(f.up["a"].calls("tools/list")), 4, "two profiles in two eras")


# --- routes, shards, legs ------------------------------------------------------------------------


def test_one_upstream_in_two_routes():
    """Each route has its own names for it, and a session of one is none of the other."""
    a, b, c = Member("a", ["t"]), Member("b", ["t"]), Member("c", ["t"])
    routes = [{"path": "/one", "upstreams": ["a", "b"]},
              {"path": "/two", "upstreams": ["b", "c"], "naming": "always"},
              {"path": "/three", "upstream": "b"}]
    with Federation(a, b, c, routes=routes) as f:
        wait.same(f.names(path="/one"), ["t", "b__t"])
        wait.same(f.names(path="/two"), ["b__t", "c__t"])
        wait.same(f.names(path="/three"), ["t"])
        clients = {path: Client(f.gateway, path=path) for path in ("/one", "/two", "/three")}
        for path, name, owner in (("/one", "b__t", "b"), ("/two", "b__t", "b"), ("/three", "t", "b"),
                                  ("/one", "t", "a"), ("/two", "c__t", "c")):
            wait.same(f.call(name, path=path)[0], owner, f"{path} {name}")
            got = clients[path].ask("tools/call", {"name": name}).messages()[-1]
            wait.same(said(got)[0], owner, f"session, {path} {name}")
        strange = clients["/one"]
        strange.path = "/two"
        wait.same(strange.ask().status, 404, "a session of another route")


def test_two_shards():
    """Clients land on both shards: lists and names are the same, sessions are found from each, calls
    reach the right member, and one process of a member serves the stateless clients of both."""
    a = Member("a", ["t"])
    with Federation(a, ("b", command("--modern")), shards=2,
                    more={"b": {"process": QUICK}}) as f:
        lists = {tuple(f.names()) for _ in range(12)}
        wait.same(len(lists), 1, "lists")
        wait.same(("t", "echo") == next(iter(lists))[:2], True, lists)
        pids = {f.ask("tools/call", {"name": "pid", "arguments": {}})["result"]["content"][0]["text"]
                for _ in range(12)}
        wait.same(len(pids), 1, "processes")
        for n in range(12):
            wait.same(f.call("t", {"n": n}), ["a", "tools/call", {"name": "t", "arguments": {"n": n}}])
        clients = [Client(f.gateway) for _ in range(6)]
        for n in range(4):
            for client in clients:
                got = client.ask("tools/call", {"name": "t"}, id=n).messages()[-1]
                wait.same((said(got)[0], got["id"]), ("a", n))
        for client in clients:
            wait.same(client.delete().status, 200)
            wait.same(client.ask().status, 404)
        f.gateway.alive()


def test_http_and_stdio_together():
    """A member of sessions over stdio beside one over HTTP, and stateless ones of both: a client of
    each era reaches those of its own."""
    a = Member("a", ["x"], LEGACY)
    b = Member("b", ["y"], MODERN)
    more = {"c": {"process": QUICK}, "d": {"process": QUICK}}
    with Federation(a, b, ("c", command()), ("d", command("--modern")), more=more,
                    naming="always") as f:
        client = Client(f.gateway)
        old = names_of(client.ask().messages()[-1])
        new = f.names()
        wait.same({name.partition("__")[0] for name in old}, {"a", "c"}, "of the session era")
        wait.same({name.partition("__")[0] for name in new}, {"b", "d"}, "of the stateless one")
        # Who is left out is said, and that it is not to be waited for.
        told = f.ask("tools/list")
        wait.same(partial(told), {"otherEra": ["a", "c"]})
        wait.same(error(f.ask("tools/call", {"name": "a__x"}))["data"]["otherEra"], ["a", "c"])

        def text(message):
            return message["result"]["content"][0]["text"]

        call = {"name": "c__echo", "arguments": {"n": 1}}
        wait.same(text(client.ask("tools/call", call).messages()[-1]), '{"n":1}')
        call["name"] = "d__echo"
        wait.same(text(f.ask("tools/call", call)), '{"n":1}')
        wait.same(said(client.ask("tools/call", {"name": "a__x"}).messages()[-1])[0], "a")
        wait.same(f.call("b__y")[0], "b")
        f.gateway.alive()


def test_a_client_of_an_era_that_no_member_speaks_is_sent_to_the_other():
    """What a client asks first (discover, a list, a call, a subscription) names the versions of the
    era that there is, so that it goes on in that one; and the gateway's own command line does."""
    with Federation(("a", command()), ("b", command()), naming="always",
                    more={"a": {"process": QUICK}, "b": {"process": QUICK}}) as f:
        for method, params in (("server/discover", None), ("tools/list", None),
                               ("tools/call", {"name": "a__echo", "arguments": {}}),
                               ("subscriptions/listen", {"notifications": {"toolsListChanged": True}})):
            answer = http.ask(f.port, f.text(method, params))
            refused = error(answer.messages()[-1])
            wait.same((answer.status, refused["code"], refused["data"]["requested"]),
                      (400, -32022, "2026-07-28"), method)
            wait.same("2025-11-25" in refused["data"]["supported"], True, refused)
        url = f"http://127.0.0.1:{f.port}/mcp"
        listed = program.run("tools", "list", "--url", url)
        wait.same((listed.returncode, "a__echo" in listed.stdout, listed.stderr), (0, True, ""))
        called = program.run("tools", "call", "b__echo", "n=1", "--url", url)
        wait.same((called.returncode, called.stdout), (0, '{"n":1}\n'), called.stderr)


def test_a_member_that_ends_at_start():
    """A program that cannot be started is missing, with its name, and the others work."""
    with Federation(Member("a", ["x"]), ("b", command("--mode", "exits_at_start")),
                    ("c", [sys.executable, "-c", "import sys; sys.exit(1)"]),
                    more={"b": {"process": QUICK}, "c": {"process": QUICK}}) as f:
        client = Client(f.gateway)
        listed = client.ask().messages()[-1]
        wait.same(names_of(listed), ["x"])
        wait.same(partial(listed), {"missing": ["b", "c"]})
        wait.same(said(client.ask("tools/call", {"name": "x"}).messages()[-1])[0], "a")
        unknown = error(client.ask("tools/call", {"name": "echo"}).messages()[-1])
        wait.same((unknown["code"], unknown["data"]["missing"]), (-32602, ["b", "c"]))
