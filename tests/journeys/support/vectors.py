"""Attacks on HTTP/1.1 framing, each with the answer that RFC 9110 and 9112 leave to a server that
refuses what two parties could read differently.

`text` is all that is sent. Behind it, or in it, stands SMUGGLED: a call that must never run where
`outcome` is a refusal. Outcomes: a status, after which the connection must be closed; CLOSED: no
answer, only the end; a list of statuses of a connection that goes on."""
from support import http

CLOSED = "closed"
SMUGGLED = http.call("tools/call", {"name": "smuggled"}, id="smuggled")
BODY = http.message("tools/list", id=1)
MORE = http.modern_fields("tools/list")


def post(*lines, body=b"", start=b"POST /mcp HTTP/1.1", host=b"Host: 127.0.0.1", end=b"\r\n",
         fields=MORE):
    """A request whose head holds `lines` as they are."""
    known = [f"{name}: {value}".encode() for name, value in fields]
    raw = [line if isinstance(line, bytes) else line.encode("latin-1") for line in lines]
    first = [start] + ([host] if host is not None else [])
    return end.join([*first, *raw, *known, b"", b""]) + body


def sized(*lines, body=BODY, **options):
    """A request with a right Content-Length, and with `lines`."""
    return post(*lines, f"Content-Length: {len(body)}", body=body, **options)


def chunked(body, *lines, **options):
    return post("Transfer-Encoding: chunked", *lines, body=body, **options)


def chunk(data=BODY, size=None, end=b"\r\n"):
    return (b"%x" % len(data) if size is None else size) + b"\r\n" + data + end


LAST = b"0\r\n\r\n"
LENGTH = len(BODY)
HEX = b"%x" % LENGTH


def with_length(value):
    return post(f"Content-Length: {value}", body=BODY)


# RFC 9112 section 6.3: a message whose length two readers could see differently is refused.
LENGTHS = [
    ("both lengths", post("Transfer-Encoding: chunked", f"Content-Length: {LENGTH}",
                          body=chunk() + LAST), 400),
    ("CL.TE", post("Content-Length: 6", "Transfer-Encoding: chunked", body=LAST + b"G"), 400),
    ("TE.CL", post("Transfer-Encoding: chunked", "Content-Length: 3", body=b"8\r\nSMUGGLED\r\n0"),
     400),
    ("both lengths, chunked in capitals", post("Content-Length: 5", "Transfer-Encoding: CHUNKED",
                                               body=LAST), 400),
    ("two equal lengths", post(f"Content-Length: {LENGTH}", f"Content-Length: {LENGTH}",
                               body=BODY), 400),
    ("two lengths", post("Content-Length: 0", f"Content-Length: {LENGTH}", body=BODY), 400),
    ("a list of equal lengths", with_length(f"{LENGTH}, {LENGTH}"), 400),
    ("a list of lengths", with_length(f"0, {LENGTH}"), 400),
    ("no length", with_length(""), 400),
    ("length with plus", with_length(f"+{LENGTH}"), 400),
    ("length below zero", with_length("-1"), 400),
    ("length in hexadecimal", with_length("0xaa"), 400),
    ("length with underscore", with_length("1_0"), 400),
    ("length with a leading zero", with_length(f"0{LENGTH}"), 400),
    ("length with junk", with_length(f"{LENGTH}x"), 400),
    ("length with a blank inside", with_length("1 70"), 400),
    ("length with a comma", with_length(f"{LENGTH},"), 400),
    ("length with a semicolon", with_length(f"{LENGTH};"), 400),
    ("length in quotes", with_length(f'"{LENGTH}"'), 400),
    ("length with a fraction", with_length(f"{LENGTH}.0"), 400),
    ("length 2^63", with_length(2**63), 400),
    ("length 2^64 + right one", with_length(2**64 + LENGTH), 400),
    ("length of 40 digits", with_length("9" * 40), 400),
    ("length with NBSP", with_length(f"\xa0{LENGTH}"), 400),
    ("length with NEL", with_length(f"{LENGTH}\x85"), 400),
    ("length with vertical tab", with_length(f"\x0b{LENGTH}"), 400),
    ("0.CL: length in disguise", post(f"Content_Length: {LENGTH}", body=BODY), 400),
    ("body on GET", post(f"Content-Length: {LENGTH}", body=BODY, start=b"GET /mcp HTTP/1.1"), 400),
    ("chunked body on GET", chunked(chunk() + LAST, start=b"GET /mcp HTTP/1.1"), 400),
    ("body on HEAD", post("Content-Length: 5", body=b"abcde", start=b"HEAD /mcp HTTP/1.1"), 400),
    ("body on DELETE", post("Content-Length: 5", body=b"abcde", start=b"DELETE /mcp HTTP/1.1"),
     400),
    ("body on OPTIONS", post("Content-Length: 5", body=b"abcde", start=b"OPTIONS /mcp HTTP/1.1"),
     400),
    ("body on TRACE", post("Content-Length: 5", body=b"abcde", start=b"TRACE /mcp HTTP/1.1"), 400),
    # CL.0: a path that takes no body does not make one go away.
    ("CL.0: body for a path that is not there",
     post(f"Content-Length: {len(SMUGGLED)}", body=SMUGGLED, start=b"POST /nowhere HTTP/1.1"),
     [404]),
    ("CL.0: body behind a wrong type",
     post(f"Content-Length: {len(SMUGGLED)}", "Content-Type: text/plain", body=SMUGGLED, fields=[]),
     [415]),
]

# RFC 9112 section 6.1: an unknown coding is 501; chunked that is not last and once is 400.
CODINGS = [
    ("TE.TE: chunked twice", post("Transfer-Encoding: chunked, chunked", body=chunk() + LAST), 400),
    ("TE.TE: two fields", post("Transfer-Encoding: chunked", "Transfer-Encoding: identity",
                               body=chunk() + LAST), 400),
    ("TE.TE: two equal fields", post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked",
                                     body=chunk() + LAST), 400),
    ("empty member before", post("Transfer-Encoding: ,chunked", body=chunk() + LAST), 400),
    ("empty member behind", post("Transfer-Encoding: chunked,", body=chunk() + LAST), 400),
    ("empty coding", post("Transfer-Encoding:", body=chunk() + LAST), 400),
    ("xchunked", post("Transfer-Encoding: xchunked", body=chunk() + LAST), 501),
    ("chunkedx", post("Transfer-Encoding: chunkedx", body=chunk() + LAST), 501),
    ("identity", post("Transfer-Encoding: identity", body=chunk() + LAST), 501),
    ("identity and a length", post("Transfer-Encoding: identity", f"Content-Length: {LENGTH}",
                                   body=BODY), 400),
    ("gzip, chunked", post("Transfer-Encoding: gzip, chunked", body=chunk() + LAST), 501),
    ("chunked, gzip", post("Transfer-Encoding: chunked, gzip", body=chunk() + LAST), 501),
    ("chunked in quotes", post('Transfer-Encoding: "chunked"', body=chunk() + LAST), 400),
    ("chunked with a parameter", post("Transfer-Encoding: chunked;q=1", body=chunk() + LAST), 400),
    ("chunked with vertical tab", post("Transfer-Encoding: \x0bchunked", body=chunk() + LAST), 400),
    ("chunked with NEL", post("Transfer-Encoding: \x85chunked", body=chunk() + LAST), 400),
    ("chunked with NBSP", post("Transfer-Encoding: chunked\xa0", body=chunk() + LAST), 400),
    ("chunked on a folded line", post("Transfer-Encoding:", " chunked", body=chunk() + LAST), 400),
    ("blank before the colon", post("Transfer-Encoding : chunked", body=chunk() + LAST), 400),
    ("underscore for dash", post("Transfer_Encoding: chunked", body=chunk() + LAST), 400),
    ("chunked in HTTP/1.0", chunked(chunk() + LAST, start=b"POST /mcp HTTP/1.0"), 400),
    ("chunked and kept alive in HTTP/1.0",
     chunked(chunk() + LAST, "Connection: keep-alive", start=b"POST /mcp HTTP/1.0"), 400),
]

# RFC 9112 section 7.1: chunk-size is 1*HEXDIG, and CRLF ends what it ends.
CHUNKS = [
    ("no size", chunked(b"\r\n" + BODY + b"\r\n" + LAST), 400),
    ("size with junk", chunked(chunk(size=HEX + b"x") + LAST), 400),
    ("size with 0x", chunked(chunk(size=b"0x" + HEX) + LAST), 400),
    ("size with plus", chunked(chunk(size=b"+" + HEX) + LAST), 400),
    ("size below zero", chunked(chunk(size=b"-" + HEX) + LAST), 400),
    ("size with underscore", chunked(chunk(size=HEX + b"_") + LAST), 400),
    ("size with a leading blank", chunked(chunk(size=b" " + HEX) + LAST), 400),
    ("size with a trailing blank", chunked(chunk(size=HEX + b" ") + LAST), 400),
    ("size with a trailing tab", chunked(chunk(size=HEX + b"\t") + LAST), 400),
    ("size of 17 digits", chunked(chunk(size=HEX.rjust(17, b"0")) + LAST), 400),
    ("size that wraps", chunked(chunk(size=b"1" + HEX.rjust(16, b"0")) + LAST), 400),
    ("size ended by LF", chunked(HEX + b"\n" + BODY + b"\r\n" + LAST), 400),
    ("size ended by CR", chunked(HEX + b"\r" + BODY + b"\r\n" + LAST), 400),
    ("CR in an extension", chunked(chunk(size=HEX + b";a\rb") + LAST), 400),
    ("LF in an extension", chunked(chunk(size=HEX + b";a\nb") + LAST), 400),
    ("NUL in an extension", chunked(chunk(size=HEX + b";a\0b") + LAST), 400),
    ("two bytes for CRLF", chunked(chunk(end=b"xx") + LAST), 400),
    ("LF behind the data", chunked(chunk(end=b"\n") + LAST), 400),
    ("CR behind the data", chunked(chunk(end=b"\r") + LAST), 400),
    ("nothing behind the data", chunked(chunk(end=b"") + LAST), 400),
    ("more data than said", chunked(chunk(size=b"%x" % (LENGTH - 1)) + LAST), 400),
    ("CRLF before the last chunk", chunked(chunk() + b"\r\n" + LAST), 400),
    ("no CRLF behind the last chunk", chunked(chunk() + b"0\r\n"), 400),
    ("LF behind the last chunk", chunked(chunk() + b"0\n\n"), 400),
    ("flood of extensions", chunked(chunk(size=HEX + b";" + b"a" * 100_000) + LAST), 400),
    ("flood of small extensions",
     chunked(b"".join(b"1;" + b"a" * 2000 + b"\r\n%c\r\n" % c for c in BODY) + LAST), 400),
    ("trailer Host", chunked(chunk() + b"0\r\nHost: evil.example\r\n\r\n"), 400),
    ("trailer Content-Length", chunked(chunk() + b"0\r\nContent-Length: 5\r\n\r\n"), 400),
    ("trailer Transfer-Encoding", chunked(chunk() + b"0\r\nTransfer-Encoding: chunked\r\n\r\n"),
     400),
    ("trailer Authorization", chunked(chunk() + b"0\r\nAuthorization: x\r\n\r\n"), 400),
    ("trailer Mcp-Method", chunked(chunk() + b"0\r\nMcp-Method: tools/call\r\n\r\n"), 400),
    ("trailer with bare LF", chunked(chunk() + b"0\r\nA: b\n\r\n"), 400),
    ("trailer without colon", chunked(chunk() + b"0\r\nAb\r\n\r\n"), 400),
    ("folded trailer", chunked(chunk() + b"0\r\nA: b\r\n c\r\n\r\n"), 400),
]

# RFC 9112 sections 2.2, 3 and 5: lines end with CRLF, names are tokens, values hold no controls.
LINES = [
    ("bare LF everywhere", sized(end=b"\n"), 400),
    ("bare LF behind the request line", sized().replace(b"HTTP/1.1\r\n", b"HTTP/1.1\n", 1), 400),
    ("bare LF behind a field", sized("A: b\nC: d"), 400),
    ("bare LF ends the head", post("A: b").removesuffix(b"\r\n") + b"\n", 400),
    ("bare CR behind a field", sized("A: b\rC: d"), 400),
    ("CR in a value", sized("A: b\rd"), 400),
    ("NUL in a value", sized("A: b\0d"), 400),
    ("NUL in a name", sized("A\0b: d"), 400),
    ("DEL in a value", sized("A: b\x7fd"), 400),
    ("ESC in a value", sized("A: b\x1b[31md"), 400),
    ("folded line", sized("A: b", " c"), 400),
    ("folded line by tab", sized("A: b", "\tc"), 400),
    ("blank before the first field", sized(host=b" Host: 127.0.0.1"), 400),
    ("blank before the colon", sized("A : b"), 400),
    ("tab before the colon", sized("A\t: b"), 400),
    ("blank in a name", sized("A b: c"), 400),
    ("field without colon", sized("Abc"), 400),
    ("empty name", sized(": b"), 400),
    ("name that is no token", sized("A(b): c"), 400),
    ("name with a slash", sized("A/b: c"), 400),
    ("name in UTF-8", sized("A\xc3\xa9: c"), 400),
    ("name with NBSP", sized("Host\xa0: c"), 400),
    ("head ends with CRLF CR X", post("A: b").removesuffix(b"\r\n") + b"\rX", 400),
    ("request line with LF", sized(start=b"POST\n/mcp HTTP/1.1"), 400),
    ("request line with tab", sized(start=b"POST\t/mcp HTTP/1.1"), 400),
    ("request line with two blanks", sized(start=b"POST  /mcp HTTP/1.1"), 400),
    ("two blanks before the version", sized(start=b"POST /mcp  HTTP/1.1"), 400),
    ("blank behind the version", sized(start=b"POST /mcp HTTP/1.1 "), 400),
    ("blank in the target", sized(start=b"POST /mcp /x HTTP/1.1"), 400),
    ("blank before the request line", sized(start=b" POST /mcp HTTP/1.1"), 400),
    ("no version", sized(start=b"POST /mcp"), 400),
    ("method in quotes", sized(start=b'"POST" /mcp HTTP/1.1'), 400),
    ("method with a control byte", sized(start=b"PO\x01ST /mcp HTTP/1.1"), 400),
    ("method with colon", sized(start=b"POST: /mcp HTTP/1.1"), 400),
    ("no method", sized(start=b"/mcp HTTP/1.1"), 400),
    ("HTTP/1.32", sized(start=b"POST /mcp HTTP/1.32"), 505),
    ("HTTP/9.9", sized(start=b"POST /mcp HTTP/9.9"), 505),
    ("HTTP/2.0", sized(start=b"POST /mcp HTTP/2.0"), 505),
    ("HTTP/0.9", sized(start=b"POST /mcp HTTP/0.9"), 505),
    ("version that overflows", sized(start=b"POST /mcp HTTP/4294967297.1"), 505),
    ("version in small letters", sized(start=b"POST /mcp http/1.1"), 400),
    ("version with a comma", sized(start=b"POST /mcp HTTP/1,1"), 400),
    ("version without a minor", sized(start=b"POST /mcp HTTP/1"), 400),
    ("another protocol", sized(start=b"POST /mcp ICY/1.1"), 400),
    ("preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ("TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ("CONNECT", post(start=b"CONNECT 127.0.0.1:80 HTTP/1.1", fields=[]), 501),
    ("fragment in the target", sized(start=b"POST /mcp#x HTTP/1.1"), 400),
    ("NUL in the target", sized(start=b"POST /mcp\0 HTTP/1.1"), 400),
    ("bytes above ASCII in the target", sized(start=b"POST /mcp\xff HTTP/1.1"), 400),
    ("asterisk for POST", sized(start=b"POST * HTTP/1.1"), 400),
    ("relative target", sized(start=b"POST mcp HTTP/1.1"), 400),
]

# RFC 9112 section 3.2: one Host, valid, and the same as the target's authority.
HOSTS = [
    ("no Host", sized(host=None), 400),
    ("two Hosts", sized("Host: 127.0.0.1"), 400),
    ("two different Hosts", sized("Host: evil.example"), 400),
    ("empty Host", sized(host=b"Host:"), 400),
    ("Host with a user", sized(host=b"Host: user@127.0.0.1"), 400),
    ("Host with a path", sized(host=b"Host: 127.0.0.1/x"), 400),
    ("Host with a bad port", sized(host=b"Host: 127.0.0.1:80x"), 400),
    ("Host with port 0", sized(host=b"Host: 127.0.0.1:0"), 400),
    ("Host with a large port", sized(host=b"Host: 127.0.0.1:65536"), 400),
    ("Host with two ports", sized(host=b"Host: 127.0.0.1:80:81"), 400),
    ("Host as a list", sized(host=b"Host: 127.0.0.1, evil.example"), 400),
    ("Host with a blank", sized(host=b"Host: 127.0.0.1 x"), 400),
    ("Host with an open bracket", sized(host=b"Host: [::1"), 400),
    ("target with another authority", sized(start=b"POST http://evil.example/mcp HTTP/1.1"), 400),
    ("target with a user", sized(start=b"POST http://u@127.0.0.1/mcp HTTP/1.1"), 400),
    ("target of another scheme", sized(start=b"POST ftp://127.0.0.1/mcp HTTP/1.1"), 400),
    ("foreign Host", sized(host=b"Host: evil.example"), 403),
    ("foreign Host that begins well", sized(host=b"Host: 127.0.0.1.evil.example"), 403),
]

EXPECTATIONS = [
    ("unknown expectation", sized("Expect: 200-ok"), 417),
    ("two expectations", sized("Expect: 100-continue", "Expect: 100-continue"), 417),
    ("expectation as a list", sized("Expect: 100-continue, x"), 417),
    ("expectation with a parameter", sized("Expect: 100-continue;q=1"), 417),
]

ATTACKS = {
    "lengths": LENGTHS,
    "codings": CODINGS,
    "chunks": CHUNKS,
    "lines": LINES,
    "hosts": HOSTS,
    "expectations": EXPECTATIONS,
}

# What must go on working beside all that.
LEGAL = [
    ("a body of known length", sized(), [200]),
    ("two pipelined", sized() + sized(), [200, 200]),
    ("chunked", chunked(chunk() + LAST), [200]),
    ("chunked byte by byte", chunked(b"".join(b"1\r\n%c\r\n" % c for c in BODY) + LAST), [200]),
    ("chunked in capitals, size in capitals",
     post("transfer-encoding: Chunked", body=chunk(size=HEX.upper()) + LAST), [200]),
    ("size with zeros in front", chunked(chunk(size=HEX.rjust(16, b"0")) + b"000\r\n\r\n"), [200]),
    ("extension", chunked(chunk(size=HEX + b';a="b"') + LAST), [200]),
    ("trailer", chunked(chunk() + b"0\r\nX-Checksum: 1\r\n\r\n"), [200]),
    ("chunked, then another", chunked(chunk() + LAST) + sized(), [200, 200]),
    ("one empty line before", b"\r\n" + sized(), [200]),
    ("blanks around a value", sized("A: \t b \t "), [200]),
    ("empty value", sized("A:"), [200]),
    ("tab in a value", sized("A: b\tc"), [200]),
    ("bytes above ASCII in a value", sized("A: \xe9\xff"), [200]),
    ("names in small letters", sized(host=b"host: 127.0.0.1"), [200]),
    ("absolute target of the same authority",
     sized(start=b"POST http://127.0.0.1/mcp HTTP/1.1"), [200]),
    ("Host with port", sized(host=b"Host: 127.0.0.1:8080"), [200]),
    ("Host localhost", sized(host=b"Host: LOCALHOST"), [200]),
    ("Host of IPv6", sized(host=b"Host: [::1]:80"), [200]),
    ("query", sized(start=b"POST /mcp?x=%2f&y HTTP/1.1"), [200]),
    ("GET with length 0", post("Content-Length: 0", start=b"GET /mcp HTTP/1.1", fields=[]), [405]),
    ("Expect in capitals", sized("Expect: 100-CONTINUE"), [200]),
    ("h2c is not taken up", sized("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                                  "HTTP2-Settings: AAMAAABkAAQAAP__"), [200]),
    ("websocket is not taken up", sized("Connection: Upgrade", "Upgrade: websocket"), [200]),
    ("TE and Trailer say nothing", sized("TE: trailers", "Trailer: X-A"), [200]),
]

# A path that somebody decodes, cuts or joins is not the path of a route.
PATHS = [
    b"/", b"/mcp/", b"/MCP", b"/mcp2", b"/mc", b"//mcp", b"/mcp//", b"/./mcp", b"/mcp/.",
    b"/x/../mcp", b"/mcp/..", b"/../mcp", b"/%6dcp", b"/mcp%2f", b"/%2fmcp", b"/x%2f..%2fmcp",
    b"/x/%2e%2e/mcp", b"/x/.%2e/mcp", b"/mcp/..;/mcp", b"/mcp;a=b", b"/x/..%252fmcp", b"/mcp%00",
    b"/mcp%0d%0aA:%20b", b"/mcp%20", b"/%c0%afmcp", b"/x/%c0%ae%c0%ae/mcp", b"/\\mcp", b"/mcp\\",
    b"/x\\..\\mcp", b"/mcp%5c", b"/mcp%ef%bc%8f", b"/mcp%", b"/mcp%zz", b"/mcp.", b"/mcp|x",
    b'/mcp"x', b"/mcp<x>", b"/{mcp}", b"/mcp,", b"/mcp:80", b"/@mcp",
]
