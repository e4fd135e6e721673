"""Who has a process together (`process.isolation`), and what processes are kept from
(`process.network`, `process.files`)."""
import json
import pathlib
import subprocess
import threading

import stdio
from sessions import Client, message_of
from support import gateway, http, wait

SHARED = {"isolation": "shared"}
ASKABLE = {"elicitation": {}}


def state(client):
    return json.loads(stdio.text_of(stdio.call(client, "state")))


def methods_until(stream, last):
    """What a stream says before `last`, but for changed lists."""
    methods = []
    while (method := message_of(stream)["method"]) != last:
        if not method.endswith("list_changed"):
            methods.append(method)
    return methods


def cancelled(client):
    """How often the server was told to cancel."""
    return len(json.loads(stdio.text_of(stdio.call(client, "cancelled"))))


# --- shared --------------------------------------------------------------------------------------


def test_sessions_that_cannot_be_asked_share_a_process():
    """One process for sessions of one version, another for another; DELETE of one leaves the rest."""
    with stdio.gateway(process=SHARED) as g:
        one, two, older = Client(g), Client(g), Client(g, version="2025-06-18")
        wait.same(one.answer.json()["result"], two.answer.json()["result"], "the handshakes")
        wait.same(older.answer.json()["result"]["protocolVersion"], "2025-06-18")
        pid = stdio.pid_of(one)
        wait.same(stdio.pid_of(two), pid, "the process of the second session")
        wait.same(stdio.pid_of(older) == pid, False, "the version has a process of its own")
        wait.same(state(one)["initialize"]["clientInfo"]["name"], "junctor", "who began it")
        wait.same(one.delete().status, 200)
        wait.same(stdio.pid_of(two), pid, "after the first has ended")
        wait.same(stdio.text_of(stdio.call(two, "echo", {"b": 1.50})), '{"b":1.5}')


def test_a_client_that_can_be_asked_keeps_its_own_process():
    """Its question reaches it and nobody else."""
    with stdio.gateway(process=SHARED) as g:
        plain, askable = Client(g), Client(g, capabilities=ASKABLE)
        wait.same(stdio.pid_of(plain) == stdio.pid_of(askable), False, "the same process")
        wait.same(state(askable)["initialize"]["capabilities"], ASKABLE)


def test_a_question_on_a_shared_process_is_refused_at_once():
    """A server that asks although it was told that it cannot hears so, and goes on."""
    with stdio.gateway(process=SHARED) as g:
        answer = json.loads(stdio.text_of(stdio.call(Client(g), "ask")))
        wait.same(answer["code"], -32601)


def test_calls_of_shared_sessions_are_told_apart():
    """The same ids and progress tokens in two sessions at once: each hears its own."""
    with stdio.gateway(process=SHARED) as g:
        clients = [Client(g), Client(g)]
        answers = [None, None]

        def run(index):
            answers[index] = clients[index].ask("tools/call", {
                "name": "sleep", "arguments": {"seconds": 0.5}, "_meta": {"progressToken": "t"}}, id=7)

        threads = [threading.Thread(target=run, args=(index,)) for index in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for answer in answers:
            *progress, last = answer.messages()
            wait.same([m["params"]["progress"] for m in progress], [1, 2, 3, 4, 5])
            wait.same({m["params"]["progressToken"] for m in progress}, {"t"})
            wait.same(last["id"], 7)


def test_cancelling_reaches_the_call_of_its_own_session():
    """Two calls with the id 9; one session cancels, and the other's goes on."""
    with stdio.gateway(process=SHARED) as g:
        one, two = Client(g), Client(g)
        sleep = {"name": "sleep", "arguments": {"seconds": 1}}
        done = []
        other = threading.Thread(target=lambda: done.append(two.ask("tools/call", sleep, id=9)))
        other.start()
        with one.begin(params=sleep, id=9):
            wait.until(lambda: stdio.text_of(stdio.call(two, "calls")) == "2", "both calls under way")
            one.ask("notifications/cancelled", {"requestId": 9}, id=None)
            wait.until(lambda: cancelled(two) == 1, "one cancelled")
        other.join()
        wait.same(stdio.text_of(stdio.final(done[0])), "slept")
        wait.same(cancelled(two), 1)


def test_subscriptions_and_levels_of_shared_sessions():
    """A resource is told to who has subscribed; the last to leave ends it; the finest level counts."""
    with stdio.gateway(process=SHARED) as g:
        one, two = Client(g), Client(g)
        one.ask("resources/subscribe", {"uri": "a:1"})
        two.ask("resources/subscribe", {"uri": "a:1"})
        wait.same(one.ask("resources/unsubscribe", {"uri": "a:1"}).json()["result"], {})
        wait.same(set(state(two)["subscriptions"]), {"a:1"}, "the second still listens")
        stdio.pid_of(one)  # What the server says at its start has been said.
        with two.get() as heard, one.get() as silent:
            for stream in (heard, silent):
                wait.same(stream.head().status, 200)
            stdio.call(one, "update", {"uri": "a:1"})
            stdio.call(one, "changed")
            wait.same(methods_until(heard, "notifications/resources/updated"), [], "before it")
            wait.same(message_of(heard)["method"], "notifications/tools/list_changed")
            wait.same(message_of(silent)["method"], "notifications/tools/list_changed", "the first")
        one.ask("logging/setLevel", {"level": "error"})
        two.ask("logging/setLevel", {"level": "debug"})
        one.ask("logging/setLevel", {"level": "error"})
        wait.same(state(two)["level"], "debug")
        two.delete()
        wait.until(lambda: state(one)["subscriptions"].count("a:1") < 2, "the subscription ended")


def test_a_shared_process_that_ends_is_started_again_with_what_it_was_told():
    """A crash fails the calls under way; the next finds level and subscriptions as they were."""
    with stdio.gateway(process=SHARED) as g:
        one, two = Client(g), Client(g)
        one.ask("logging/setLevel", {"level": "info"})
        two.ask("resources/subscribe", {"uri": "a:2"})
        pid = stdio.pid_of(one)
        wait.same(stdio.reason(stdio.call(two, "crash")), "upstream_stream_lost")
        wait.same(stdio.pid_of(one) == pid, False, "another process")
        wait.same((state(two)["level"], state(two)["subscriptions"]), ("info", ["a:2"]))


def test_a_shared_process_on_a_federated_route():
    """The members' sessions share it just so, and a level reaches it while it runs."""
    routes = [{"path": "/mcp", "upstreams": ["scripted"]}]
    with stdio.gateway(process=SHARED, settings={"routes": routes}) as g:
        one, two = Client(g), Client(g)
        wait.same(stdio.pid_of(one), stdio.pid_of(two))
        two.ask("logging/setLevel", {"level": "debug"})
        wait.until(lambda: state(one)["level"] == "debug", "the level told")
        three = Client(g)
        three.ask("logging/setLevel", {"level": "error"})
        stdio.pid_of(three)
        wait.same(state(one)["level"], "debug", "the finest stays")


# --- request -------------------------------------------------------------------------------------


def test_each_stateless_call_may_have_its_own_process():
    """No two calls meet the same process, and none is left."""
    with stdio.gateway("--modern", process={"isolation": "request"}) as g:
        pids = {stdio.text_of(stdio.modern(g, "pid", id=n).json()) for n in range(4)}
        wait.same(len(pids), 4, "processes")
        wait.until(lambda: not g.children(), "no child left")
        answer = stdio.modern(g, "sleep", {"seconds": 0.2}, meta={"progressToken": "p"})
        wait.same({m["params"]["progressToken"] for m in answer.messages()[:-1]}, {"p"})
        wait.until(lambda: not g.children(), "no child left")


# --- confinement ---------------------------------------------------------------------------------


def is_possible():
    """Whether this machine allows the namespaces, found out by another program."""
    tried = subprocess.run(["unshare", "--user", "--map-current-user", "--mount", "--net", "mount", "-t",
                            "tmpfs", "none", "/tmp"], capture_output=True, check=False)
    return tried.returncode == 0


def test_a_process_without_network_and_with_read_only_files():
    """It works, reaches nothing and changes nothing; where that cannot be had it is not started."""
    confined = {"network": "none", "files": "read_only"}
    with stdio.gateway(process=confined) as g:
        if g.records("cannot_confine"):
            # The thread sanitizer has a thread of its own, which rules namespaces out.
            wait.same(is_possible() and not gateway.IS_SANITIZED, False, "it could be had")
            answer = http.ask(g.port, http.request(Client.hello("2025-11-25"), [
                ("Content-Type", "application/json"), ("Accept", http.BOTH)]))
            wait.same(stdio.reason(answer.json()), "upstream_stream_lost")
            return
        client = Client(g)
        pid = stdio.pid_of(client)
        wait.same(pathlib.Path(f"/proc/{pid}/net/dev").read_text().count(":"), 1, "interfaces")
        flags = {line.split()[4]: line.split()[5]
                 for line in pathlib.Path(f"/proc/{pid}/mountinfo").read_text().splitlines()}
        wait.same(flags["/"].split(",")[0], "ro", "the root")
        wait.same(flags["/dev/shm"].split(",")[0], "rw", "its own temporary files")
        # A scratch folder in which the server itself is stays, or it would not be found.
        stays = str(pathlib.Path(__file__).resolve()).startswith("/tmp/")
        wait.same(flags.get("/tmp", "ro").split(",")[0], "ro" if stays else "rw", "/tmp")
