"""HTTP/1.1 over a raw socket: what is written is exactly what the test says, and answers are read
by framing alone, so that a wrong one shows."""
import json
import socket
import struct

from support import wait

MODERN = "2026-07-28"
BOTH = "application/json, text/event-stream"
SECONDS = 10.0


class Closed(AssertionError):
    """The peer closed where an answer was expected."""


class Answer:
    def __init__(self, version, status, fields):
        self.version = version
        self.status = status
        self.fields = fields
        self.body = b""
        self.whole = True

    def __repr__(self):
        return f"<{self.status} {self.fields} {wait.shorten(self.body)}>"

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def one(self, name, default=None):
        values = self.all(name)
        if len(values) > 1:
            raise AssertionError(f"{name} came {len(values)} times")
        return values[0] if values else default

    def json(self):
        return json.loads(self.body)

    def events(self):
        return parse_events(self.body)

    def messages(self):
        """The JSON-RPC messages, whichever form they came in."""
        if self.one("Content-Type") == "application/json":
            return [self.json()]
        return [json.loads(event["data"]) for event in self.events() if event.get("data")]

    def keeps_open(self):
        tokens = ",".join(self.all("Connection")).lower()
        return "keep-alive" in tokens if self.version == "HTTP/1.0" else "close" not in tokens


def parse_events(text):
    events = []
    for block in text.decode("utf-8").split("\n\n"):
        event = {}
        for line in block.split("\n"):
            if not line or line.startswith(":"):
                continue
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            event[name] = event[name] + "\n" + value if name in event else value
        if event:
            events.append(event)
    return events


class Connection:
    """One TCP connection to `port` of this machine."""

    def __init__(self, port, receive_bytes=None, seconds=SECONDS):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(seconds * wait.PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.held = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data)

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends with RST in place of FIN."""
        linger = struct.pack("ii", 1, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.socket.close()

    def more(self):
        """One receive; b"" when the peer is done."""
        try:
            got = self.socket.recv(262144)
        except ConnectionResetError:
            return b""
        except (TimeoutError, socket.timeout):
            raise AssertionError(f"nothing came in time; held {wait.shorten(self.held)}") from None
        self.held += got
        return got

    def until(self, mark):
        """Takes up to and including `mark`."""
        while mark not in self.held:
            if not self.more():
                raise Closed(f"closed before {mark!r}; held {wait.shorten(self.held)}")
        at = self.held.index(mark) + len(mark)
        taken, self.held = self.held[:at], self.held[at:]
        return taken

    def exactly(self, count):
        pieces = [self.held]
        size = len(self.held)
        while size < count:
            self.held = b""
            got = self.more()
            if not got:
                raise Closed(f"closed after {size} of {count} bytes")
            pieces.append(got)
            size += len(got)
        whole = b"".join(pieces)
        self.held = whole[count:]
        return whole[:count]

    def head(self):
        text = self.until(b"\r\n\r\n").decode("latin-1")
        start, *lines = text[:-4].split("\r\n")
        version, status, _ = (start + "  ").split(" ", 2)
        fields = []
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                raise AssertionError(f"a line of the answer's head is no field: {line!r}")
            fields.append((name, value.strip()))
        return Answer(version, int(status), fields)

    def answer(self, to_head=False):
        """One whole answer; a 1xx is an answer of its own."""
        answer = self.head()
        if to_head or answer.status < 200 or answer.status in (204, 304):
            return answer
        coding = answer.one("Transfer-Encoding")
        length = answer.one("Content-Length")
        if coding is not None:
            wait.same(coding, "chunked", "Transfer-Encoding")
            wait.same(length, None, "Content-Length beside Transfer-Encoding")
            self.chunks(answer)
        elif length is not None:
            answer.body = self.exactly(int(length))
        else:
            answer.body = self.rest()
        return answer

    def chunk(self):
        """The data of one chunk; b"" for the last; None when the peer broke off."""
        try:
            size = int(self.until(b"\r\n")[:-2], 16)
            data = self.exactly(size)
            wait.same(self.exactly(2), b"\r\n", "end of a chunk")
            return data
        except Closed:
            return None

    def chunks(self, answer):
        pieces = []
        while True:
            data = self.chunk()
            if not data:
                answer.whole = data == b""
                answer.body = b"".join(pieces)
                return
            pieces.append(data)

    def rest(self):
        """All that comes until the peer closes."""
        while self.more():
            pass
        taken, self.held = self.held, b""
        return taken

    def closed(self):
        """True once the peer closes without another byte."""
        return self.rest() == b""

    def event_until(self, mark):
        """For a stream read while it is open: bytes up to `mark`, chunk frames included."""
        return self.until(mark)


def head(method="POST", path="/mcp", fields=(), host="127.0.0.1"):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def message(method="tools/list", params=None, id=1, meta=None, version=MODERN):
    """A modern request as bytes, with the envelope that the revision wants."""
    params = dict(params or {})
    params["_meta"] = {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
        **(meta or {}),
    }
    text = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
    return json.dumps(text, separators=(",", ":")).encode()


def modern_fields(method="tools/list", name=None, version=MODERN, accept=BOTH):
    fields = [
        ("Content-Type", "application/json"),
        ("Accept", accept),
        ("MCP-Protocol-Version", version),
        ("Mcp-Method", method),
    ]
    if name is not None:
        fields.append(("Mcp-Name", name))
    return fields


def request(body, fields, method="POST", path="/mcp", host="127.0.0.1"):
    fields = [*fields, ("Content-Length", len(body))]
    return head(method, path, fields, host) + body


def call(method="tools/list", params=None, id=1, more=(), **options):
    """A whole modern request."""
    name = (params or {}).get("name") or (params or {}).get("uri")
    body = message(method, params, id, **options)
    return request(body, [*modern_fields(method, name), *more])


def ask(port, data, to_head=False, seconds=SECONDS):
    """One request on a connection of its own."""
    with Connection(port, seconds=seconds) as connection:
        connection.send(data)
        return connection.answer(to_head)
