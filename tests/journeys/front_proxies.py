"""Attacks on framing through a front proxy: nginx, haproxy and varnish stand before the gateway,
each as lenient as it can be set.

The front marks every request that it believes to forward. A smuggled request is one that it never
saw: it would reach the upstream without the mark. So every request that the recording upstream sees
must bear it, and every client must get the answer to its own request afterwards."""
import concurrent.futures
import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

from support import http, vectors, wait
from support.gateway import Gateway
from support.upstream import Upstream

MARK = "Mcp-Param-Front"
QUIET_SECONDS = 0.25  # A front that waits for more says nothing.

NGINX = """
user root; daemon off; pid {dir}/pid; error_log {dir}/log crit; worker_processes 1;
events {{ worker_connections 512; }}
http {{
  access_log off; ignore_invalid_headers off; underscores_in_headers on;
  client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c;
  uwsgi_temp_path {dir}/d; scgi_temp_path {dir}/e;
  upstream back {{ server 127.0.0.1:{back}; keepalive 16; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://back; proxy_http_version 1.1; proxy_request_buffering off;
      proxy_buffering off; proxy_read_timeout 3s; proxy_next_upstream off;
      proxy_set_header Host 127.0.0.1; proxy_set_header Connection "";
      proxy_set_header Mcp-Param-Front seen;
    }}
  }}
}}
"""

HAPROXY = """
global
  maxconn 512
defaults
  mode http
  timeout connect 3s
  timeout client 3s
  timeout server 3s
  option accept-invalid-http-request
  http-reuse always
frontend front
  bind 127.0.0.1:{port}
  http-request set-header Mcp-Param-Front seen
  default_backend back
backend back
  server gateway 127.0.0.1:{back}
"""

VARNISH = """
vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{back}"; }}
sub vcl_recv {{ return (pass); }}
sub vcl_backend_fetch {{ set bereq.http.Mcp-Param-Front = "seen"; }}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def front(name, config, command, back):
    """The proxy `name` before the port `back`; gives its own port."""
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if program is None:
        raise wait.Skipped(f"no {name}: install its Debian package")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="junctor-front-") as directory:
        path = pathlib.Path(directory) / "conf"
        path.write_text(config.format(dir=directory, back=back, port=port))
        log = open(pathlib.Path(directory) / "output", "wb+")
        arguments = [part.format(conf=path, dir=directory, port=port) for part in command]
        process = subprocess.Popen([program, *arguments], stdout=log, stderr=log)
        try:
            def answers():
                if process.poll() is not None:
                    log.seek(0)
                    raise AssertionError(f"{name} ended: {log.read().decode()[-800:]}")
                try:
                    return http.ask(port, http.call(id="ready")).status == 200
                except (OSError, AssertionError):
                    return False
            wait.until(answers, f"{name} forwards", 30)
            yield port
        finally:
            process.terminate()
            process.wait()
            log.close()


def codings():
    """Ways to say "chunked" so that one party understands it and another does not."""
    for value in ("chunked", "xchunked", "chunkedx", "identity", "chunked, identity",
                  "identity, chunked", ",chunked", "chunked,", "chunked, chunked", '"chunked"',
                  "chunked;x=y", "CHUNKED", "\x0bchunked", "chunked\x0b", "\x0cchunked",
                  "\x85chunked", "chunked\xa0", "chu\0nked", "chunked\0", "gzip", "cow"):
        yield f"Transfer-Encoding: {value}"
    yield from ("Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked",
                " Transfer-Encoding: chunked", "Transfer_Encoding: chunked",
                "Transfer-Encoding:chunked", "Transfer-Encoding:\tchunked",
                "Transfer-Encoding:\r\n chunked", "Transfer-Encoding:\n chunked",
                "X: y\nTransfer-Encoding: chunked", "X: y\rTransfer-Encoding: chunked",
                "X: y\0\r\nTransfer-Encoding: chunked", "X\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding: chunked\r\nTransfer-encoding: cow",
                "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked",
                "Connection: Content-Length\r\nTransfer-Encoding: chunked")


def hidden():
    """Requests with SMUGGLED inside: a request of its own to whoever measures the other way."""
    inner = vectors.SMUGGLED
    whole = vectors.chunk(vectors.BODY) + vectors.LAST
    size = b"%x\r\n" % len(inner)
    for coding in codings():
        yield vectors.post(f"Content-Length: {len(whole + inner)}", coding, body=whole + inner)
        yield vectors.post(coding, f"Content-Length: {len(size)}",
                           body=size + inner + b"\r\n" + vectors.LAST)
        yield vectors.post(coding, body=whole + inner)
    for line in ("Content-Length: 0\r\nContent-Length: {}",
                 "Content-Length: {}\r\nContent-Length: 0",
                 "Content-Length: 0, {}", "Content-Length: {}, {}", "Content-Length: +{}",
                 "Content-Length: 0{}", "Content-Length: {}x", "Content-Length : {}",
                 "Content_Length: {}", "Content-Length:\r\n {}", "X: y\nContent-Length: {}",
                 "Content-Length: {}\x0b", "Content-Length: \xa0{}",
                 "Connection: Content-Length\r\nContent-Length: {}",
                 "Expect: 100-continue\r\nContent-Length: {}",
                 "Expect: x\r\nContent-Length: {}", "Expect: 100-continue, x\r\nContent-Length: {}",
                 "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk"
                 "\r\nContent-Length: {}",
                 "Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: {}"):
        text = line.replace("{}", str(len(inner)))
        for method in (b"POST", b"GET", b"HEAD", b"DELETE", b"OPTIONS", b"PUT"):
            yield vectors.post(text, body=inner, start=method + b" /mcp HTTP/1.1")
        yield vectors.post(text, body=inner, start=b"POST /mcp HTTP/1.0")
        yield vectors.post(text, body=inner, start=b"POST /nowhere HTTP/1.1")
    for start in (b"2;\nxx\r\n", b"2;\rxx\r\n", b"2\nxx\r\n", b"2;a=\"\n\"\r\nxx\r\n", b"2\r\nxx",
                  b"2\r\nxx\n", b"2\r\nxxyy", b"0x2\r\nxx\r\n", b"2 \r\nxx\r\n", b"+2\r\nxx\r\n",
                  b"10000000000000002\r\nxx\r\n", b"2x\r\nxx\r\n", b"-1\r\nxx\r\n", b""):
        for end in (vectors.LAST, b"0\r\n", b"0\n\n", b"\r\n0\r\n\r\n", b"0\r\nX: y\n\r\n",
                    b"0\r\nContent-Length: 5\r\n\r\n"):
            yield vectors.chunked(start + end + inner)


def attacks():
    for table in vectors.ATTACKS.values():
        for _, text, _ in table:
            yield text + vectors.SMUGGLED
    yield from hidden()


def send(port, text):
    """Sends, and takes what comes until the front closes or is quiet."""
    try:
        with http.Connection(port, seconds=QUIET_SECONDS) as connection:
            connection.send(text)
            while connection.more():
                pass
    except (OSError, AssertionError):
        pass


def through(name, config, command):
    with Upstream() as upstream, Gateway(upstream.url, era="modern") as gateway, \
            front(name, config, command, gateway.port) as port:
        texts = list(attacks())
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            list(pool.map(lambda text: send(port, text), texts))
        for n in range(60):
            answer = http.ask(port, http.call(id=f"own-{n}"))
            wait.same((answer.status, answer.json()["id"]), (200, f"own-{n}"), "one's own answer")
        own = [call for call in upstream.calls() if str(call.id).startswith("own-")]
        wait.same(len(own), 60, "the requests behind")
        smuggled = [(call.head, call.body) for call in upstream.calls()
                    if call.all(MARK) != ["seen"]]
        wait.same(smuggled, [], "requests that the front never saw")
        wait.same(upstream.odd, [], "bytes upstream that are no request")
        gateway.alive()
        # The trial was one: the front let a part of the attacks through, in one form or another.
        met = gateway.metric("junctor_http_requests_total") - 60
        wait.same(len(texts) > 400 and met > 50, True, f"{len(texts)} attacks, {met} came through")


def test_nginx():
    """0 accepted smuggles behind nginx, with invalid and underscored names let through."""
    through("nginx", NGINX, ["-p", "{dir}", "-c", "{conf}"])


def test_haproxy():
    """0 accepted smuggles behind haproxy, with invalid requests let through."""
    through("haproxy", HAPROXY, ["-db", "-f", "{conf}"])


def test_varnish():
    """0 accepted smuggles behind varnish, which passes everything on."""
    compiler = next((c for c in ("gcc", "cc", "clang-19", "clang") if shutil.which(c)), None)
    if compiler is None:
        raise wait.Skipped("no C compiler, which varnish needs for its configuration")
    built = f"exec {compiler} -O0 -w -pthread -fpic -shared -Wl,-x -o %o %s"
    command = ["-F", "-j", "none", "-f", "{conf}", "-n", "{dir}/work", "-a", "127.0.0.1:{port}",
               "-s", "malloc,16m", "-p", "cc_command=" + re.sub(r"[{}]", "", built)]
    through("varnishd", VARNISH, command)
