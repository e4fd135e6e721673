"""What an operator leaves out of an upstream, and what he calls otherwise: lists, calls and reads."""
import json
import signal
import tempfile

from sessions import Client
from support import gateway as program
from support import wait
from support.federation import Federation, error, names_of, said
from support.member import Member

READ = "resources/read"


def more(**selection):
    return {"a": selection}


def identity(path="/mcp"):
    return [{"path": path, "upstream": "a"}]


def test_what_is_left_out_is_in_no_list_and_cannot_be_called():
    """On a route of several upstreams and on a route of that one alone, in both eras: allow, deny and patterns; the
    member hears nothing of a call that is refused, and the refusal says what one for an unknown name says."""
    tools = ["list_issues", "list_secrets", "delete_issue", "echo"]
    for routes in (None, identity()):
        a = Member("a", tools, prompts=[{"name": "p"}, {"name": "q"}])
        members = (a, Member("b", ["other"])) if routes is None else (a,)
        lists = more(tools={"allow": ["list_*", "echo"], "deny": ["*secret*"]}, prompts={"allow": []})
        with Federation(*members, more=lists, routes=routes) as f:
            shown = ["list_issues", "echo"] + (["other"] if routes is None else [])
            client = Client(f.gateway)
            wait.same(f.names(), shown, "stateless")
            wait.same(names_of(client.ask("tools/list").messages()[-1]), shown, "session")
            wait.same(f.names("prompts/list"), [], "prompts")
            wait.same(f.call("list_issues")[0], "a")
            unknown = error(f.ask("tools/call", {"name": "nobody"}))
            for name in ("list_secrets", "delete_issue", "a__list_secrets", "a__delete_issue"):
                refused = error(f.ask("tools/call", {"name": name}))
                wait.same(refused, json.loads(json.dumps(unknown).replace("nobody", name)), name)
                wait.same(error(client.ask("tools/call", {"name": name}).messages()[-1])["code"], -32602, name)
            wait.same(error(f.ask("prompts/get", {"name": "p"}))["code"], -32602, "a prompt")
            argument = {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "x", "value": ""}}
            wait.same("error" in f.ask("completion/complete", argument), True, "completion of a prompt")
            heard = [call.message["params"]["name"] for call in f.up["a"].calls("tools/call")]
            wait.same(heard, ["list_issues"], "what the member heard")


def test_other_names():
    """A tool is listed, called and cleared of collisions under the operator's name, and its member hears its own; what
    it was called before is nobody's name."""
    a, b = Member("a", ["create", "search"]), Member("b", ["find", "search"])
    lists = {"a": {"tools": {"rename": {"create": "file_bug"}}},
             "b": {"tools": {"rename": {"find": "file_bug", "search": "search_b"}}}}
    with Federation(a, b, more=lists) as f:
        wait.same(f.names(), ["file_bug", "search", "b__file_bug", "search_b"])
        for name, owner, own in (("file_bug", "a", "create"), ("b__file_bug", "b", "find"),
                                 ("search_b", "b", "search"), ("search", "a", "search")):
            wait.same(f.call(name, {"n": 1}), [owner, "tools/call", {"name": own, "arguments": {"n": 1}}], name)
            wait.same(f.up[owner].calls("tools/call")[-1].one("Mcp-Name"), own, name)
        for name in ("create", "find", "a__create", "b__find"):
            wait.same(error(f.ask("tools/call", {"name": name}))["code"], -32602, name)


def test_resources_by_uri_and_by_template():
    """What a deny list names is read under no form of its URI; what an offered template describes may be read though no
    allow list names it, and what is only of the same scheme may not."""
    uris = [{"uri": f"file:///{name}", "name": name} for name in ("a", "secret/key", "b")]
    templates = [{"uriTemplate": "doc://{name}", "name": "t"}, {"uriTemplate": "log://{day}", "name": "u"}]
    member = Member("a", resources=uris, resourceTemplates=templates)
    lists = more(resources={"allow": ["file:///a", "doc://{name}", "file:///secret/*"],
                            "deny": ["file:///secret/*", "doc://private"], "rename": {"file:///a": "file:///first"}})
    with Federation(member, Member("z", ["t"]), more=lists) as f:
        wait.same(f.names("resources/list"), ["file:///first"])
        wait.same(f.names("resources/templates/list"), ["doc://{name}"])
        wait.same(said(f.ask(READ, {"uri": "file:///first"})), ["a", READ, {"uri": "file:///a"}])
        wait.same(said(f.ask(READ, {"uri": "doc://guide"})), ["a", READ, {"uri": "doc://guide"}])
        form = "junctor://a/"
        for uri in ("file:///secret/key", "doc://private", "file:///b", "log://today", "file:///unlisted",
                    form + "file%3A%2F%2F%2Fsecret%2Fkey", form + "doc%3A%2F%2Fprivate", form + "log%3A%2F%2Ftoday"):
            wait.same("error" in f.ask(READ, {"uri": uri}), True, uri)
        wait.same(said(f.ask(READ, {"uri": form + "doc%3A%2F%2Fguide"})), ["a", READ, {"uri": "doc://guide"}])


def test_a_reload_takes_away_and_gives_back():
    """A list that changes counts with the reload: what is gone is in no list and cannot be called, at once and whatever
    was known before; on the route of one upstream too, which had none before."""
    with Federation(Member("a", ["one", "two"]), routes=identity()) as f:
        wait.same(f.names(), ["one", "two"], "before")

        def reload(**selection):
            config = json.loads(f.gateway.config.read_text())
            config["upstreams"][0].update(selection)
            f.gateway.config.write_text(json.dumps(config))
            reloads = len(f.gateway.records("reloaded"))
            f.gateway.signal(signal.SIGHUP)
            wait.until(lambda: len(f.gateway.records("reloaded")) > reloads, "the reload")

        reload(tools={"deny": ["two"]})
        wait.same(f.names(), ["one"], "after")
        wait.same("error" in f.ask("tools/call", {"name": "two"}), True, "a call of what is gone")
        reload(tools={"deny": ["one"]})
        wait.same(f.names(), ["two"], "the other one")


def test_lists_that_are_wrong():
    """Each mistake is told with its place and what to do."""
    cases = [
        ("tools: {allow: \"echo\"}", "tools.allow", "list"),
        ("tools: {rename: {\"a*\": b}}", "tools.rename", "expected one name, not a pattern"),
        ("tools: {rename: {a: c, b: c}}", "tools.rename.b", "already"),
        ("prompts: {rename: [a]}", "prompts.rename", "expected a map"),
        ("tools: {alow: [a]}", "tools.alow", "allow"),
        (f"tools: {{deny: [{'a' * 2000}]}}", "tools.deny[0]", "at most 1024 bytes"),
        (f"resources: {{allow: [{'a' * 2000}]}}", "resources.allow[0]", "at most 1024 bytes"),
    ]
    for text, path, word in cases:
        config = (f"upstreams:\n  - name: a\n    url: http://127.0.0.1:9/mcp\n    {text}\n"
                  "routes:\n  - {path: /mcp, upstream: a}\n")
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(config)
            file.flush()
            told = program.run("check", file.name)
        wait.same(told.returncode != 0 and path in told.stderr and word in told.stderr, True, told.stderr)
