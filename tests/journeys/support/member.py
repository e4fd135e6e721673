"""A scripted member of a federated route: offers what the test says, in either era or both, and
says in each answer to a call who it was and what it was asked."""
import json
import threading

from support import wait

VERSION = "io.modelcontextprotocol/protocolVersion"
LISTS = {
    "tools/list": "tools",
    "prompts/list": "prompts",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
}


def tool(name, **more):
    return {"name": name, "inputSchema": {"type": "object"}, **more}


def is_modern(exchange):
    params = exchange.message.get("params") if isinstance(exchange.message, dict) else None
    return isinstance(params, dict) and VERSION in (params.get("_meta") or {})


class Member:
    """`offers`: lists by the name of their member in the result; a tool may be its name alone. `call`
    answers first, and NotImplemented leaves it to the rest. `pages`: items of one page. `hold`: lists
    wait for this event, when one is set. `eras` of "legacy", "modern"."""

    def __init__(self, name, tools=(), eras=("legacy", "modern"), call=None, get=None, pages=1000,
                 capabilities=None, instructions=None, **offers):
        self.name = name
        self.eras = eras
        self.call = call
        self.get = get
        self.pages = pages
        self.instructions = instructions
        self.offers = {kind: [] for kind in LISTS.values()}
        self.offers.update(offers)
        self.offer(*tools)
        self.capabilities = capabilities
        self.hold = None
        self.ttl_ms = None
        self.opened = 0
        self.sessions = {}
        self.deleted = []
        self.listens = []
        self.lock = threading.Lock()

    def offer(self, *tools):
        self.offers["tools"] = [tool(t) if isinstance(t, str) else t for t in tools]

    def has(self):
        if self.capabilities is not None:
            return self.capabilities
        kinds = {"tools": "tools", "prompts": "prompts", "resources": "resources",
                 "resourceTemplates": "resources"}
        return {kinds[kind]: {} for kind, items in self.offers.items() if items}

    # --- the eras --------------------------------------------------------------------------------

    def __call__(self, exchange):
        if is_modern(exchange):
            if "modern" not in self.eras:
                return exchange.error(-32601, "no such method", 404)
            return self.modern(exchange)
        if "legacy" not in self.eras:
            return exchange.error(-32022, "no such version", 400)
        return self.legacy(exchange)

    def hello(self, result):
        result["capabilities"] = self.has()
        if self.instructions is not None:
            result["instructions"] = self.instructions
        return result

    def modern(self, exchange):
        if self.call and self.call(exchange) is not NotImplemented:
            return None
        if exchange.rpc == "server/discover":
            result = self.hello({"supportedVersions": ["2026-07-28"]})
            return exchange.result({"resultType": "complete", "ttlMs": 0, "cacheScope": "private",
                                    **result})
        if exchange.rpc == "subscriptions/listen":
            return self.listen(exchange)
        return self.answer(exchange, {"resultType": "complete"})

    def legacy(self, exchange):
        if exchange.rpc == "initialize":
            with self.lock:
                self.opened += 1
                id = f"{self.name}-{self.opened}"
                self.sessions[id] = exchange.message["params"]
            version = exchange.message["params"]["protocolVersion"]
            info = {"name": self.name, "version": "1"}
            return exchange.result(self.hello({"protocolVersion": version, "serverInfo": info}),
                                   [("Mcp-Session-Id", id)])
        id = exchange.one("Mcp-Session-Id")
        if id not in self.sessions:
            return exchange.error(-32001, "no such session", 404)
        if exchange.method == "DELETE":
            with self.lock:
                del self.sessions[id]
                self.deleted.append(id)
            return exchange.answer(200)
        if exchange.method == "GET":
            return self.get(exchange) if self.get else exchange.answer(405)
        if self.call and self.call(exchange) is not NotImplemented:
            return None
        if exchange.id is None or exchange.rpc is None:
            return exchange.answer(202)
        return self.answer(exchange, {})

    # --- what is asked in both -------------------------------------------------------------------

    def answer(self, exchange, more):
        params = exchange.message.get("params") or {}
        if exchange.rpc in LISTS:
            return self.list(exchange, LISTS[exchange.rpc], params.get("cursor"), more)
        said = {key: value for key, value in params.items() if key != "_meta"}
        text = json.dumps([self.name, exchange.rpc, said], separators=(",", ":"))
        return exchange.result({"content": [{"type": "text", "text": text}], **more})

    def list(self, exchange, kind, cursor, more):
        if self.hold is not None:
            self.hold.wait(20 * wait.PATIENCE)
        items = self.offers[kind]
        begin = int(cursor.partition("@")[2]) if cursor else 0
        result = {kind: items[begin:begin + self.pages], **more}
        if begin + self.pages < len(items):
            result["nextCursor"] = f"{self.name}@{begin + self.pages}"
        if self.ttl_ms is not None:
            result["ttlMs"] = self.ttl_ms
        return exchange.result(result)

    # --- subscriptions ---------------------------------------------------------------------------

    def listen(self, exchange):
        exchange.begin_events()
        with self.lock:
            self.listens.append(exchange)
        filter = exchange.message["params"]["notifications"]
        self.tell(exchange, "notifications/subscriptions/acknowledged", notifications=filter)
        exchange.wait_closed(60)
        raise OSError("the gateway left")

    @staticmethod
    def tell(exchange, method, **params):
        meta = {"io.modelcontextprotocol/subscriptionId": exchange.id}
        exchange.event({"jsonrpc": "2.0", "method": method, "params": {**params, "_meta": meta}})

    def say(self, method, **params):
        """To all that listen and are still there."""
        for exchange in list(self.listens):
            try:
                self.tell(exchange, method, **params)
            except OSError:
                pass
