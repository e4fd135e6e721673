#!/usr/bin/env python3
"""Whether the gateway stays as large as it is: sessions that are left behind, and long use with all that goes wrong.

usage: run.py --junctor PATH [--sessions 1000] [--upstreams 10] [--minutes 30] [--only abandoned|churn]

abandoned  so many sessions, each of which calls a tool of every upstream (example servers over stdio, one process for
           each session and upstream) and never ends: processes stay below limits.children_max throughout; when the
           sessions' idle time is over, none is left, and descriptors are as they were. Once more: memory is what it was
           after the first time.
churn      for so many minutes: clients of both eras that call, list, subscribe, leave in the middle, and abandon their
           sessions; processes that are killed; a configuration that changes and is read again. Calls to what nobody
           touches never fail; memory and descriptors of the last third are those of the third before it.

The last line is `N passed, N failed`.
"""
import argparse
import contextlib
import json
import os
import random
import signal
import statistics
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "journeys"))
sys.dont_write_bytecode = True

from sessions import Client  # noqa: E402
from support import gateway as program  # noqa: E402
from support import http, wait  # noqa: E402
from support.gateway import Gateway  # noqa: E402

CHILDREN_MAX = 64
MEMORY_SLACK = 1 << 20  # Of what malloc keeps now and not then; 2 KB lost a second are more.


def upstreams(count, junctor):
    process = {"max": CHILDREN_MAX, "idle_timeout": "2s", "stop_grace": "1s", "backoff_min": "50ms"}
    return [{"name": f"u{i}", "command": [junctor, "example-server", "--stdio"], "process": process}
            for i in range(count)]


def settings(count, junctor):
    entries = upstreams(count, junctor)
    return {"upstreams": entries, "routes": [{"path": "/mcp", "upstreams": [entry["name"] for entry in entries]}],
            "limits": {"children_max": CHILDREN_MAX},
            "sessions": {"idle_timeout": "3s"}}


def tool(number):
    return "echo" if number == 0 else f"u{number}__echo"


def echo(client, number):
    answer = client.ask("tools/call", {"name": tool(number), "arguments": {"text": "x"}}, seconds=60)
    if answer.status != 200 or "result" not in answer.messages()[-1]:
        raise AssertionError(f"{tool(number)}: {answer.status} {wait.shorten(answer.body)}")


# --- abandoned -----------------------------------------------------------------------------------


def abandon(gateway, sessions, count, most):
    """Opens the sessions and leaves them; eight clients at a time."""
    numbers = iter(range(sessions))
    lock, failures = threading.Lock(), []

    def clients():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None or failures:
                return
            try:
                client = Client(gateway)
                for upstream in range(count):
                    echo(client, upstream)
                most.append(len(gateway.children()))
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=clients) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failures:
        raise failures[0]


def test_abandoned(options):
    with Gateway(settings=settings(options.upstreams, options.junctor), shards=2) as gateway:
        http.ask(gateway.port, http.call("tools/list"), seconds=60)
        wait.until(lambda: not gateway.children(), "no process", 60)
        descriptors, sizes = gateway.descriptors(), []
        for turn in range(3):
            most = []
            begun = time.monotonic()
            abandon(gateway, options.sessions, options.upstreams, most)
            took = time.monotonic() - begun
            wait.until(lambda: gateway.metric("junctor_mcp_sessions") == 0, "no session", 60)
            wait.until(lambda: not gateway.children(), "no process", 60)
            wait.until(lambda: gateway.descriptors() <= descriptors + 4, "descriptors as before", 60)
            sizes.append(gateway.resident_bytes())
            print(f"  turn {turn + 1}: {options.sessions} sessions in {took:.0f} s, at most {max(most)} processes, "
                  f"{sizes[-1] / 2**20:.1f} MiB at the end", flush=True)
            # The guard of the process groups is not counted; one may be about to end.
            wait.same(max(most) <= CHILDREN_MAX + 8, True, f"at most {max(most)} processes")
        wait.same(sizes[-1] <= sizes[0] + MEMORY_SLACK, True, f"memory {sizes}")
        gateway.alive()


# --- churn ---------------------------------------------------------------------------------------


class Churn:
    """Threads that use a gateway until they are told to stop, each in a way of its own."""

    def __init__(self, gateway, seed):
        self.gateway = gateway
        self.over = threading.Event()
        self.failures = []
        self.counts = {}
        self.seed = seed

    def run(self, what):
        dice = random.Random(f"{self.seed}{what.__name__}")
        while not self.over.is_set() and not self.failures:
            try:
                what(dice)
                self.counts[what.__name__] = self.counts.get(what.__name__, 0) + 1
            except Exception as error:
                self.failures.append(f"{what.__name__}: {error!r}")

    # What nobody touches: stateless calls of u0, and the lists.
    def call(self, dice):
        answer = http.ask(self.gateway.port, http.call("tools/call", {"name": "echo", "arguments": {"text": "y"}}),
                          seconds=60)
        wait.same("result" in answer.messages()[-1], True, wait.shorten(answer.body))
        time.sleep(0.002)

    def list(self, dice):
        for method in ("tools/list", "resources/list", "prompts/list"):
            answer = http.ask(self.gateway.port, http.call(method), seconds=60)
            wait.same("result" in answer.messages()[-1], True, wait.shorten(answer.body))
        time.sleep(0.02)

    def abandon(self, dice):
        client = Client(self.gateway)
        echo(client, 0)
        with contextlib.suppress(AssertionError, OSError):
            echo(client, dice.randrange(1, 4))  # Its process may just be killed.
        if dice.random() < 0.3:
            client.delete()

    def leave(self, dice):
        client = Client(self.gateway)
        waiting = client.begin("tools/call", {"name": "slow", "arguments": {"seconds": 1}})
        listening = client.get()
        time.sleep(dice.random() * 0.3)
        waiting.close()
        listening.close()

    def kill(self, dice):
        time.sleep(0.3)
        children = self.gateway.children()
        victims = [pid for pid in children if "victim" in environment(pid)]
        if victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(dice.choice(victims), signal.SIGKILL)

    def reload(self, dice):
        time.sleep(1)
        config = json.loads(self.gateway.config.read_text())
        config["upstreams"][-1]["env"] = {"TURN": str(dice.random()), "ROLE": "victim"}
        text = json.dumps(config)
        self.gateway.config.with_suffix(".new").write_text(text)
        os.replace(self.gateway.config.with_suffix(".new"), self.gateway.config)
        self.gateway.signal(signal.SIGHUP)


def environment(pid):
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def test_churn(options):
    config = settings(4, options.junctor)
    for entry in config["upstreams"][1:]:
        entry["env"] = {"ROLE": "victim"}
    with Gateway(settings=config, shards=2) as gateway:
        churn = Churn(gateway, options.seed)
        ways = [churn.call, churn.call, churn.list, churn.abandon, churn.leave, churn.kill, churn.reload]
        threads = [threading.Thread(target=churn.run, args=(way,)) for way in ways]
        for each in threads:
            each.start()
        samples, begun = [], time.monotonic()
        try:
            while time.monotonic() - begun < options.minutes * 60 and not churn.failures:
                time.sleep(min(2, options.minutes * 2))
                samples.append((gateway.resident_bytes(), gateway.descriptors(), len(gateway.children())))
        finally:
            churn.over.set()
            for each in threads:
                each.join()
        wait.same(churn.failures, [], "failures")
        third = len(samples) // 3
        middle, last = samples[third:2 * third], samples[2 * third:]
        told = []
        for name, at, slack in (("memory", 0, MEMORY_SLACK), ("descriptors", 1, 16), ("processes", 2, 8)):
            before, after = (statistics.median(row[at] for row in rows) for rows in (middle, last))
            told.append(f"{name} {before:.0f} then {after:.0f}")
            wait.same(after <= before + slack, True, f"{name}: {before} in the second third, {after} in the last")
        print(f"  {churn.counts}; {', '.join(told)}", flush=True)
        gateway.alive()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--junctor", required=True)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--upstreams", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--only", choices=["abandoned", "churn"])
    options = parser.parse_args()
    options.junctor = str(Path(options.junctor).resolve())
    program.use(options.junctor)
    passed = failed = 0
    for name, test in (("abandoned", test_abandoned), ("churn", test_churn)):
        if options.only not in (None, name):
            continue
        print(f"{name} (seed {options.seed})", flush=True)
        try:
            test(options)
            passed += 1
        except AssertionError as error:
            failed += 1
            print(f"failed  {name}: {error}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
