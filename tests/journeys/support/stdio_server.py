#!/usr/bin/env python3
"""A scripted MCP server over stdin and stdout, of the session era (or, with --modern, of the stateless
one), and a bad one when it is told to.

usage: stdio_server.py [--modern] [--name NAME] [--mode MODE]

MODE is what is wrong with it: garbage (prints what is no message before each answer), only_garbage,
no_answer, closes_stdout (at the first call), floods_stderr, ignores_eof, ignores_term (and eof),
grandchild (leaves one that ignores SIGTERM), exits (at the first call), exits_at_start, exits_on_discover,
never_reads, slow_start.

Tools: echo (its arguments), pid, env (a variable of the environment), sleep (seconds, with progress),
ask (asks its client by elicitation/create), crash, big (bytes), cancelled (what it was told to cancel), touch (tells who listens that the resource `uri`
changed), listening (how many listen), update (the same for sessions), changed (tells that the tools
changed), calls (how many are under way).
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time

WRITE = threading.Lock()
CANCELLED = []
QUESTIONS = {}
LISTENS = {}
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
CALLS = []
STATE = {"initialize": None, "level": None, "subscriptions": []}
VERSION = "io.modelcontextprotocol/protocolVersion"


def send(message):
    line = message if isinstance(message, str) else json.dumps(message, separators=(",", ":"))
    with WRITE:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def text(value):
    return {"content": [{"type": "text", "text": str(value)}]}


class Server:
    def __init__(self, options):
        self.options = options
        self.asked = 0

    def wrong(self, message):
        """What the mode does at a call; True: there is no answer."""
        mode = self.options.mode
        if mode == "garbage":
            send("Listening on stdio ...")
        if mode == "only_garbage":
            for _ in range(1000):
                send("this is no message")
            return True
        if mode == "no_answer":
            return True
        if message.get("method") != "tools/call":
            return False
        if mode == "closes_stdout":
            os.close(1)
            time.sleep(600)
        if mode == "exits":
            os._exit(3)
        if mode == "floods_stderr":
            for number in range(200_000):
                sys.stderr.write(f"line {number} of a very talkative server\n")
        if mode == "never_reads":
            time.sleep(600)
        return False

    def call(self, message):
        params = message.get("params") or {}
        name, arguments = params.get("name"), params.get("arguments") or {}
        token = (params.get("_meta") or {}).get("progressToken")
        if name == "echo":
            return text(json.dumps(arguments, separators=(",", ":")))
        if name == "pid":
            return text(os.getpid())
        if name == "env":
            return text(os.environ.get(arguments["name"], "(none)"))
        if name == "state":
            return text(json.dumps(STATE, separators=(",", ":")))
        if name == "cancelled":
            return text(json.dumps(CANCELLED))
        if name == "big":
            return text("x" * arguments["bytes"])
        if name == "touch":
            for listen in list(LISTENS):
                send({"jsonrpc": "2.0", "method": "notifications/resources/updated", "params": {
                    "uri": arguments["uri"], "_meta": {SUBSCRIPTION: listen}}})
            return text("touched")
        if name == "update":
            send({"jsonrpc": "2.0", "method": "notifications/resources/updated",
                  "params": {"uri": arguments["uri"]}})
            return text("told")
        if name == "changed":
            send({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
            return text("told")
        if name == "calls":
            return text(len(CALLS) - 1)
        if name == "listening":
            return text(len(LISTENS))
        if name == "crash":
            os._exit(9)
        if name == "sleep":
            steps = 5
            for step in range(steps):
                if message["id"] in CANCELLED:
                    return None
                if token is not None:
                    send({"jsonrpc": "2.0", "method": "notifications/progress", "params": {
                        "progressToken": token, "progress": step + 1, "total": steps}})
                time.sleep(arguments.get("seconds", 1) / steps)
            return text("slept")
        if name == "ask":
            self.asked += 1
            number = f"q{self.asked}"
            QUESTIONS[number] = [threading.Event(), None]
            send({"jsonrpc": "2.0", "id": number, "method": "elicitation/create", "params": {
                "message": "Your name?", "requestedSchema": {"type": "object", "properties": {}}}})
            QUESTIONS[number][0].wait(30)
            return text(json.dumps(QUESTIONS[number][1], separators=(",", ":")))
        raise KeyError(name)

    def result_of(self, message):
        method, params = message["method"], message.get("params") or {}
        if method == "initialize":
            STATE["initialize"] = params
            return {"protocolVersion": params.get("protocolVersion", "2025-11-25"),
                    "capabilities": {"tools": {"listChanged": True}, "logging": {},
                                     "resources": {"subscribe": True}},
                    "serverInfo": {"name": self.options.name, "version": "1"}}
        if method == "server/discover":
            return {"supportedVersions": ["2026-07-28"], "capabilities": {
                "tools": {}, "resources": {"subscribe": True}}}
        if method == "ping":
            return {}
        if method == "tools/list":
            return {"tools": [{"name": n, "inputSchema": {"type": "object"}, "x-unknown": 1.50}
                              for n in ("echo", "pid", "env", "sleep", "ask", "crash", "big",
                                        "state", "cancelled")]}
        if method == "logging/setLevel":
            STATE["level"] = params["level"]
            return {}
        if method == "resources/subscribe":
            STATE["subscriptions"].append(params["uri"])
            return {}
        if method == "resources/unsubscribe":
            STATE["subscriptions"].remove(params["uri"])
            return {}
        if method == "tools/call":
            CALLS.append(message["id"])
            try:
                return self.call(message)
            finally:
                CALLS.remove(message["id"])
        if method == "resources/list":
            return {"resources": [{"uri": "a:1", "name": "one"}]}
        if method == "subscriptions/listen":
            LISTENS[message["id"]] = params["notifications"]
            send({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": {
                "notifications": params["notifications"], "_meta": {SUBSCRIPTION: message["id"]}}})
            return None
        raise LookupError(method)

    def answer(self, message):
        if self.options.modern and VERSION not in ((message.get("params") or {}).get("_meta") or {}):
            return send({"jsonrpc": "2.0", "id": message["id"],
                         "error": {"code": -32602, "message": "no version in _meta"}})
        if not self.options.modern and message["method"] == "server/discover":
            if self.options.mode == "exits_on_discover":
                os._exit(1)
            return send({"jsonrpc": "2.0", "id": message["id"],
                         "error": {"code": -32601, "message": "Method not found"}})
        if self.wrong(message):
            return None
        try:
            result = self.result_of(message)
        except LookupError as error:
            return send({"jsonrpc": "2.0", "id": message["id"],
                         "error": {"code": -32601, "message": f"no {error}"}})
        if result is None:
            return None
        if self.options.modern:
            result["resultType"] = "complete"
        return send({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def take(self, line):
        message = json.loads(line)
        method = message.get("method")
        if method is None:
            question = QUESTIONS.get(message.get("id"))
            if question:
                question[1] = message.get("result", message.get("error"))
                question[0].set()
        elif "id" in message:
            if method in ("initialize", "server/discover"):
                return self.answer(message)
            threading.Thread(target=self.answer, args=(message,), daemon=True).start()
        elif method == "notifications/cancelled":
            CANCELLED.append(message["params"]["requestId"])
            LISTENS.pop(message["params"]["requestId"], None)
        elif method == "notifications/initialized":
            send({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        return None

    def run(self):
        mode = self.options.mode
        if mode == "exits_at_start":
            sys.stderr.write("cannot find my configuration\n")
            os._exit(4)
        if mode == "slow_start":
            time.sleep(1)
        if mode in ("ignores_term", "grandchild"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if mode == "grandchild":
            subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL)
        sys.stderr.write(f"{self.options.name} is here\n")
        sys.stderr.flush()
        for line in sys.stdin:
            if mode == "never_reads" and "tools/call" in line:
                time.sleep(600)
            self.take(line)
        while mode in ("ignores_eof", "ignores_term"):
            time.sleep(600)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modern", action="store_true")
    parser.add_argument("--name", default="scripted")
    parser.add_argument("--mode", default="")
    Server(parser.parse_args()).run()
