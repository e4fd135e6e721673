"""From the configuration that somebody has to the first calls: a Claude Desktop file with three servers of npm is
imported, served, and a tool of each server is called, by the command line and by an HTTP request."""

import contextlib
import http.client
import json
import subprocess

from processes import answers, free_ports, process, wait_until

NAME = "imported"


def desktop_file(node, packages, folder):
    def server(name, *arguments, **more):
        return {"command": str(node), "args": [str(packages / f"server-{name}/dist/index.js"), *arguments], **more}

    return {
        "mcpServers": {
            "everything": server("everything", "stdio"),
            "files": server("filesystem", str(folder)),
            "memory": server("memory", env={"MEMORY_FILE_PATH": str(folder / "memory.json")}),
        }
    }


def initialize(port):
    """As curl would ask: the name of who answers."""
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "curl", "version": "1"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("POST", "/mcp", json.dumps(message), fields)
        return json.loads(connection.getresponse().read())["result"]["serverInfo"]["name"]


def steps(junctor, node, packages, work):
    """{step: what is wrong, or None}."""
    folder, config = work / "imported", work / "imported/junctor.yaml"
    folder.mkdir()
    (folder / "note.txt").write_text("a note\n")
    (folder / "claude_desktop_config.json").write_text(json.dumps(desktop_file(node, packages, folder)))
    port = free_ports(1)[0]
    config.write_text(f"listen: {{http: 127.0.0.1:{port}}}\n")

    def said(*words):
        done = subprocess.run([junctor, *words], capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def holds(text, *parts):
        return next((f"no {part!r} in {text[:400]}" for part in parts if part not in text), None)

    found = {"import": holds(said("import", folder / "claude_desktop_config.json", "--into", config), "everything",
                             "is written")}
    found["check"] = holds(said("check", config), ": ok\n")
    log, url = work / "imported.log", f"http://127.0.0.1:{port}/mcp"
    with process([junctor, "serve", "--config", config], log) as child:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), child, log, "the gateway")
        found["list"] = holds(said("tools", "list", "--url", url), "echo", "read_text_file", "read_graph")
        for tool, argument, expected in (
            ("echo", "message=hello", "hello"),
            ("read_text_file", f"path={folder / 'note.txt'}", "a note"),
            ("read_graph", None, "entities"),
        ):
            found[tool] = holds(said("tools", "call", tool, *([argument] if argument else []), "--url", url), expected)
        found["initialize"] = holds(initialize(port), "junctor")
    return found
