"""A scripted MCP server that records each byte it is sent.

Every connection has a thread, and every request is given to the test's function, which answers as
it likes, also against all rules."""
import json
import socket
import struct
import threading

from support import wait


class Exchange:
    """One recorded request, and the means to answer it."""

    def __init__(self, connection, number, head, body):
        self.socket = connection
        self.connection_number = number
        self.head = head
        self.body = body
        self.ended = threading.Event()  # The peer closed while this was being answered.
        lines = head.decode("latin-1").split("\r\n")
        self.start = lines[0]
        self.method = lines[0].split(" ")[0]
        self.fields = [tuple(line.split(": ", 1)) for line in lines[1:] if line]
        try:
            self.message = json.loads(body) if body else {}
        except (ValueError, RecursionError):
            self.message = {}

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def one(self, name):
        values = self.all(name)
        wait.same(len(values) <= 1, True, f"{name} at most once")
        return values[0] if values else None

    @property
    def rpc(self):
        return self.message.get("method") if isinstance(self.message, dict) else None

    @property
    def id(self):
        return self.message.get("id")

    def raw(self, data):
        self.socket.sendall(data)

    def answer(self, status=200, body=b"", content_type="application/json", fields=()):
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        if content_type and body:
            lines.append(f"Content-Type: {content_type}")
        lines += [f"{name}: {value}" for name, value in fields]
        self.raw(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)

    def result(self, result, fields=()):
        text = {"jsonrpc": "2.0", "id": self.id, "result": result}
        self.answer(200, json.dumps(text, separators=(",", ":")).encode(), fields=fields)

    def error(self, code, text, status=200):
        body = {"jsonrpc": "2.0", "id": self.id, "error": {"code": code, "message": text}}
        self.answer(status, json.dumps(body, separators=(",", ":")).encode())

    def begin_events(self, fields=()):
        self.raw(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
            + b"".join(f"{n}: {v}\r\n".encode() for n, v in fields)
            + b"\r\n"
        )

    def chunk(self, data):
        self.raw(b"%x\r\n%b\r\n" % (len(data), data))

    def event(self, message, id=None):
        text = message if isinstance(message, str) else json.dumps(message, separators=(",", ":"))
        self.chunk((f"id: {id}\n" if id else "").encode() + f"data: {text}\n\n".encode())

    def end_events(self):
        self.raw(b"0\r\n\r\n")

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)

    def reset(self):
        linger = struct.pack("ii", 1, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.socket.close()

    def wait_closed(self, seconds=10.0):
        """Until the peer closes this connection; False when it does not."""
        self.socket.settimeout(seconds * wait.PATIENCE)
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except (TimeoutError, socket.timeout):
            return False
        finally:
            self.socket.settimeout(None)


SERVER_INFO = {"name": "scripted", "version": "1.0"}


def is_probe(exchange):
    return exchange.rpc == "server/discover" and exchange.id == "junctor-probe"


def discover(exchange):
    exchange.result(
        {
            "resultType": "complete",
            "supportedVersions": ["2026-07-28"],
            "capabilities": {"tools": {}},
            "ttlMs": 0,
            "cacheScope": "private",
        }
    )


def modern(exchange):
    """A stateless server: answers each request with its own params."""
    if exchange.rpc == "server/discover":
        return discover(exchange)
    if exchange.id is None:
        return exchange.answer(202)
    return exchange.result({"resultType": "complete", "tools": [], "content": []})


class Legacy:
    """A server of sessions. `call` answers what is neither the handshake nor its end."""

    def __init__(self, call=None, version="2025-11-25", get=None, session_ids=True):
        self.call = call
        self.get = get
        self.version = version
        self.session_ids = session_ids
        self.sessions = set()
        self.deleted = []
        self.lock = threading.Lock()

    def open(self):
        with self.lock:
            id = f"upstream-{len(self.sessions) + len(self.deleted) + 1}"
            self.sessions.add(id)
            return id

    def __call__(self, exchange):
        if exchange.rpc == "server/discover":
            return exchange.error(-32000, "no session", 400)
        if exchange.rpc == "initialize":
            fields = [("Mcp-Session-Id", self.open())] if self.session_ids else []
            version = exchange.message["params"].get("protocolVersion", self.version)
            result = {"protocolVersion": version, "capabilities": {}, "serverInfo": SERVER_INFO}
            return exchange.result(result, fields)
        id = exchange.one("Mcp-Session-Id")
        if self.session_ids and id not in self.sessions:
            return exchange.error(-32001, "no such session", 404)
        if exchange.method == "DELETE":
            with self.lock:
                self.sessions.discard(id)
                self.deleted.append(id)
            return exchange.answer(200)
        if exchange.method == "GET":
            return self.get(exchange) if self.get else exchange.answer(405)
        if self.call and self.call(exchange) is not NotImplemented:
            return None
        if exchange.id is None or exchange.rpc is None:
            return exchange.answer(202)
        return exchange.result({"tools": [], "content": []})


class Upstream:
    def __init__(self, serve=modern, port=0):
        self.serve = serve
        self.seen = []  # Every request, in the order of its end.
        self.odd = []  # Bytes that were no whole request when a connection ended.
        self.connections = 0
        self.lock = threading.Lock()
        self.open = set()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(1024)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/mcp"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        # A listener that is only closed keeps its port while accept() waits on it.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self.lock:
            for connection in self.open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                number = self.connections
                self.open.add(connection)
            threading.Thread(target=self.run, args=(connection, number), daemon=True).start()

    def run(self, connection, number):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        held = b""
        try:
            while True:
                exchange, held = self.next_request(connection, number, held)
                if exchange is None:
                    break
                with self.lock:
                    self.seen.append(exchange)
                self.serve(exchange)
        except OSError:
            pass
        finally:
            if held:
                self.odd.append(held)
            with self.lock:
                self.open.discard(connection)
            connection.close()

    def next_request(self, connection, number, held):
        while b"\r\n\r\n" not in held:
            got = connection.recv(262144)
            if not got:
                return None, held
            held += got
        head, _, rest = held.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(rest) < length:
            got = connection.recv(262144)
            if not got:
                return None, held
            rest += got
        return Exchange(connection, number, head, rest[:length]), rest[length:]

    def calls(self, rpc=None):
        """What clients caused; the gateway's own question for the era is left out."""
        with self.lock:
            seen = [each for each in self.seen if not is_probe(each)]
        return seen if rpc is None else [each for each in seen if each.rpc == rpc]

    def wait_for(self, rpc, count=1, seconds=10.0):
        wait.until(lambda: len(self.calls(rpc)) >= count, f"{count} x {rpc} upstream", seconds)
        return self.calls(rpc)
