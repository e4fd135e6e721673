"""A gateway with one federated route in front of scripted members, over HTTP and over stdio."""
import contextlib
import json

from support import http, wait
from support.gateway import Gateway
from support.upstream import Upstream

PARTIAL = "io.junctor/partial"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


class Federation:
    """`members`: Member objects, or (name, command) of a program; `era` and other settings of an
    upstream by its name in `more`. Stands in with-statements; `up` has the servers by name."""

    def __init__(self, *members, naming=None, shards=1, limits=None, settings=None, more=None,
                 routes=None):
        self.stack = contextlib.ExitStack()
        self.members = members
        self.up = {}
        self.options = {"naming": naming, "limits": limits, "settings": settings or {},
                        "more": more or {}, "routes": routes}
        self.shards = shards
        self.gateway = None

    def __enter__(self):
        with self.stack:
            entries = [self.entry(member) for member in self.members]
            names = [entry["name"] for entry in entries]
            route = {"path": "/mcp", "upstreams": names}
            if self.options["naming"]:
                route["naming"] = self.options["naming"]
            limits = {"limits": self.options["limits"]} if self.options["limits"] else {}
            config = {"upstreams": entries, "routes": self.options["routes"] or [route],
                      **limits, **self.options["settings"]}
            self.gateway = self.stack.enter_context(Gateway(settings=config, shards=self.shards))
            self.stack = self.stack.pop_all()
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def entry(self, member):
        if isinstance(member, tuple):
            name, command = member
            return {"name": name, "command": command, **self.options["more"].get(name, {})}
        server = self.stack.enter_context(Upstream(member))
        self.up[member.name] = server
        return {"name": member.name, "url": server.url, **self.options["more"].get(member.name, {})}

    @property
    def port(self):
        return self.gateway.port

    def text(self, method, params=None, id=1, capabilities=None, path="/mcp", name=None):
        name = name or (params or {}).get("name") or (params or {}).get("uri")
        meta = {CAPABILITIES: capabilities or {}}
        body = http.message(method, params, id, meta=meta)
        return http.request(body, http.modern_fields(method, name), path=path)

    def ask(self, method, params=None, id=1, **more):
        """The answer's last message, of a client of the stateless era."""
        return http.ask(self.port, self.text(method, params, id, **more)).messages()[-1]

    def begin(self, method, params=None, id=1, **more):
        connection = http.Connection(self.port)
        connection.send(self.text(method, params, id, **more))
        return connection

    def names(self, method="tools/list", **more):
        return names_of(self.ask(method, **more))

    def call(self, name, arguments=None, **more):
        return said(self.ask("tools/call", {"name": name, "arguments": arguments or {}}, **more))


def names_of(message):
    """What a list has, by name."""
    result = message["result"]
    for kind, key in (("tools", "name"), ("prompts", "name"), ("resources", "uri"),
                      ("resourceTemplates", "uriTemplate")):
        if kind in result:
            return [item[key] for item in result[kind]]
    raise AssertionError(f"no list: {wait.shorten(message)}")


def said(message):
    """Which member answered, and what it was asked: [name, method, params]."""
    if "result" not in message:
        raise AssertionError(f"no result: {wait.shorten(message)}")
    return json.loads(message["result"]["content"][0]["text"])


def partial(message):
    return message["result"].get("_meta", {}).get(PARTIAL)


def error(message):
    if "error" not in message:
        raise AssertionError(f"no error: {wait.shorten(message)}")
    return message["error"]
