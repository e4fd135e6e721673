#!/usr/bin/env python3
"""Compares Junctor's HTTP/1 parser with h11, a second implementation, over the fuzz corpora.

    http1_h11.py --driver PATH --corpus DIR

DIR holds http1_request/ and http1_response/. Two rules:

  * What Junctor accepts, h11 must accept, and read in the same way: method, target or status, version,
    fields, framing and the bytes of the body. Exceptions are in MORE_LENIENT, each with its reason.
  * What h11 accepts and Junctor refuses must be in STRICTER, with the reason why we are stricter.

An entry that no longer describes a difference is reported too, so that the lists stay true.

Exit status: 0 agreed or explained; 1 an unexplained difference; 2 h11 or an argument is missing.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

try:
    import h11
except ImportError:
    print("http1_h11: the Python package h11 is not installed; nothing was compared", file=sys.stderr)
    sys.exit(2)

# File -> why Junctor refuses what h11 accepts.
STRICTER = {
    "request/absolute_mismatch": "the target names another host than Host: policy and routing could each believe one",
    "request/bare_lf": "RFC 9112 section 2.2 allows a bare LF as line end; a peer that does not sees another message",
    "request/both_lengths": "RFC 9112 section 6.3 allows to prefer the coding; a peer that prefers the length is smuggled to",
    "request/coding_http10": "RFC 9112 section 6.1: such a message has faulty framing, and the connection is to be closed",
    "request/connect": "we tunnel nothing; answered 501",
    "request/expect_other": "RFC 9110 section 10.1.1: an unknown expectation may be answered 417",
    "request/fragment": "a fragment is no part of a target (RFC 9112 section 3.2), and readers cut at it or do not",
    "request/host_empty": "an http URI has a host (RFC 9110 section 4.2.1); h11 does not look into Host",
    "request/host_port": "the port is not a number; h11 does not look into Host",
    "request/host_user": "Host holds no user (RFC 9110 section 7.2); h11 does not look into Host",
    "request/length_leading_zero": "some readers take a leading zero for octal",
    "request/length_list": "RFC 9110 section 8.6 allows to join equal lengths; whoever joined them may have lost one",
    "request/length_of_get": "a body of GET has no meaning (RFC 9110 section 9.3.1) and is a request to who overlooks it",
    "request/length_overflow": "above 2^63 - 1, which signed readers take for negative",
    "request/lengths_equal": "RFC 9110 section 8.6 allows to join equal lengths; we do not repair",
    "request/obs_fold": "RFC 9112 section 5.2: a server must refuse a folded line or replace it; we refuse",
    "request/underscore": "Transfer_Encoding is Transfer-Encoding to who turns names into variables",
    "request/version_9_9": "only HTTP/1.0 and HTTP/1.1 are spoken here; h11 takes any digits",
    "response/bare_lf": "as request/bare_lf",
    "response/both_lengths": "as request/both_lengths",
    "response/coding_http10": "as request/coding_http10",
    "response/continue_chunked": "RFC 9112 section 6.1 forbids a coding in a 1xx; its chunks would be the next answer",
    "response/length_list": "as request/length_list",
    "response/lengths_equal": "as request/lengths_equal",
    "response/no_content_with_length": "RFC 9110 section 8.6 forbids a length in a 204; its body would be the next answer",
    "response/obs_fold": "RFC 9112 section 5.2 allows a gateway to answer 502",
    "response/status_600": "RFC 9110 section 15 knows 100 to 599",
    "response/underscore": "as request/underscore",
}

# File -> why Junctor accepts what h11 refuses.
MORE_LENIENT = {
    "request/ok_empty_line_in_front": "RFC 9112 section 2.2: at least one empty line before a request should be ignored",
}


def ours(driver, kind, data):
    """What the driver says: the head, with the body's state and data if the head was accepted."""
    done = subprocess.run([driver, kind], input=data, capture_output=True, check=True, timeout=20)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    head = lines[0]
    if head["outcome"] == "complete":
        head["body"] = lines[1]
    return head


def text(value):
    return bytes(value).decode("latin-1")


def fields(pairs):
    """Names in small letters, as h11 gives them; a coding's value too, as h11 folds it."""
    out = []
    for name, value in pairs:
        name = name.lower()
        out.append([name, value.lower() if name == "transfer-encoding" else value])
    return out


def h11_connection(kind):
    if kind == "request":
        return h11.Connection(h11.SERVER)
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="POST", target="/", headers=[("Host", "a"), ("Content-Length", "0")]))
    connection.send(h11.EndOfMessage())
    return connection


def h11_framing(event):
    """How h11 frames the body behind this head, from the fields it validated."""
    names = {text(name): text(value) for name, value in event.headers}
    if isinstance(event, h11.InformationalResponse):
        return "none"
    if isinstance(event, h11.Response) and event.status_code in (204, 304):
        return "none"
    if "transfer-encoding" in names:
        return "chunked"
    if "content-length" in names:
        return "length" if int(names["content-length"]) else "none"
    return "none" if isinstance(event, h11.Request) else "until_close"


def h11_body(connection, is_interim):
    data = b""
    while not is_interim:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            return {"state": "refused", "data": text(data)}
        if event is h11.NEED_DATA or event is h11.PAUSED:
            return {"state": "more", "data": text(data)}
        if isinstance(event, h11.EndOfMessage):
            break
        data += event.data
    return {"state": "done", "data": text(data)}


def theirs(kind, data):
    connection = h11_connection(kind)
    try:
        connection.receive_data(data)
        event = connection.next_event()
    except h11.RemoteProtocolError as error:
        return {"outcome": "refused", "reason": str(error)}
    if event is h11.NEED_DATA:
        return {"outcome": "incomplete"}
    head = {
        "outcome": "complete",
        "version": text(event.http_version),
        "framing": h11_framing(event),
        "headers": [[text(name), text(value)] for name, value in event.headers],
    }
    if kind == "request":
        head |= {"method": text(event.method), "target": text(event.target)}
    else:
        head |= {"status": event.status_code, "reason": text(event.reason)}
    head["body"] = h11_body(connection, isinstance(event, h11.InformationalResponse))
    return head


def differences(mine, other):
    """The members of two accepted heads that differ."""
    out = []
    for key in sorted(mine.keys() | other.keys()):
        a, b = mine.get(key), other.get(key)
        if key == "headers":
            a, b = fields(a), fields(b)
        if a != b:
            out.append(f"{key}: junctor {a!r}, h11 {b!r}")
    return out


def compare(name, mine, other):
    """(is it fine?, what to say about it)"""
    accepted, refused = mine["outcome"] == "complete", mine["outcome"] == "refused"
    if accepted and other["outcome"] == "complete":
        found = differences(mine, other)
        stale = name in STRICTER or name in MORE_LENIENT
        if stale and not found:
            return False, "listed as a difference, but there is none"
        return not found, "; ".join(found) or "same"
    if accepted:
        why = MORE_LENIENT.get(name)
        return why is not None, why or f"junctor accepts, h11 does not: {other.get('reason', 'waits')}"
    if other["outcome"] == "complete":
        why = STRICTER.get(name) if refused else None
        return why is not None, why or f"h11 accepts, junctor does not: {mine.get('reason', 'waits')}"
    if name in STRICTER or name in MORE_LENIENT:
        return False, "listed as a difference, but both do not accept it"
    return True, "neither accepts"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--driver", required=True, help="the built http1_driver")
    parser.add_argument("--corpus", required=True, type=Path, help="tests/fuzz/corpus")
    parser.add_argument("--verbose", action="store_true", help="print every file, not only differences")
    arguments = parser.parse_args()
    compared, failed, seen = 0, 0, set()
    for kind in ("request", "response"):
        folder = arguments.corpus / f"http1_{kind}"
        files = sorted(path for path in folder.glob("*") if path.is_file())
        if not files:
            print(f"http1_h11: no files in {folder}", file=sys.stderr)
            return 2
        for path in files:
            name = f"{kind}/{path.name}"
            seen.add(name)
            data = path.read_bytes()
            fine, words = compare(name, ours(arguments.driver, kind, data), theirs(kind, data))
            compared += 1
            failed += not fine
            if arguments.verbose or not fine:
                print(f"{'ok  ' if fine else 'FAIL'} {name}: {words}")
    for name in sorted((STRICTER.keys() | MORE_LENIENT.keys()) - seen):
        failed += 1
        print(f"FAIL {name}: listed as a difference, but there is no such file")
    print(f"http1_h11: {compared} messages compared with h11 {h11.__version__}, {failed} unexplained")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
