"""Coming from other programs: `junctor import` and `junctor export` as people use them, with the files
of real clients, and the gateway that runs on what was imported."""
import json
import os
import pathlib
import stat
import subprocess
import tempfile

from operations import free_port
from support import gateway as program
from support import wait
from tools import Example

KEY = "hunter2-hunter2-hunter2"
CLIENTS = ("claude-code", "vscode", "cursor", "windsurf", "gemini", "zed", "opencode", "copilot")


class Folder(tempfile.TemporaryDirectory):
    """A folder of its own, entered as a path."""

    def __init__(self):
        super().__init__(prefix="junctor-journey-")

    def __enter__(self):
        return pathlib.Path(super().__enter__())


def file_of(folder, name, content):
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def remote(url, **more):
    return {"mcpServers": {"Example Server": {"type": "http", "url": url, **more}}}


class Serving:
    """The gateway on a configuration that is there already."""

    def __init__(self, config, variables):
        self.process = subprocess.Popen(
            [program.JUNCTOR, "serve", "--config", str(config)], env={**os.environ, **variables},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def test_imported_server_is_served():
    """A server of VS Code's file, with a comment and a key in it, is put into a configuration that
    keeps its own comments; `check` takes it, and its tools are called through the gateway."""
    with Example() as example, Folder() as folder:
        port = free_port()
        source = file_of(folder, "mcp.json", f"""{{
          // The example.
          "servers": {{"example": {{"type": "http", "url": "{example.url}",
                      "headers": {{"X-Api-Key": "{KEY}"}}}},}},
        }}""")
        config = file_of(folder, "junctor.yaml", f"listen:\n  http: 127.0.0.1:{port}  # here\n")
        got = program.run("import", str(source), "--into", str(config))
        wait.same((got.returncode, got.stdout), (0, ""), got.stderr)
        written = config.read_text()
        wait.same(written.startswith(f"listen:\n  http: 127.0.0.1:{port}  # here\nupstreams:\n"), True,
                  written)
        wait.same(KEY in written + got.stderr, False, "the key")
        wait.same("EXAMPLE_X_API_KEY: the secret in header X-Api-Key" in got.stderr, True, got.stderr)
        unset = program.run("check", str(config))
        wait.same((unset.returncode, "EXAMPLE_X_API_KEY is not set" in unset.stderr), (1, True),
                  unset.stderr)
        with Serving(config, {"EXAMPLE_X_API_KEY": KEY}):
            url = f"http://127.0.0.1:{port}/mcp"
            wait.until(lambda: program.run("tools", "list", "--url", url).returncode == 0,
                       "the gateway serves")
            called = program.run("tools", "call", "add", "a=40", "b=2", "--url", url)
            wait.same((called.returncode, called.stdout), (0, '42\n{"sum":42}\n'), called.stderr)


def test_import_prints_and_reports():
    """Without --into the configuration is all that is on stdout; plan, losses and new names are on
    stderr, the plan first."""
    with Folder() as folder:
        source = file_of(folder, "claude.json", {"mcpServers": {
            "My Files": {"command": "npx", "args": ["-y", "@a/files"], "alwaysAllow": ["read"]},
            "old": {"type": "sse", "url": "http://127.0.0.1:1/sse"},
            "off": {"command": "x", "disabled": True}}})
        got = program.run("import", str(source))
        wait.same((got.returncode, got.stdout), (0, (
            "upstreams:\n  - name: my-files\n    command: [npx, -y, \"@a/files\"]\n"
            "routes:\n  - path: /mcp\n    upstreams: [my-files]\n")), got.stderr)
        order = [got.stderr.find(text) for text in (
            "UPSTREAM  REACHED BY", "my-files  npx -y @a/files", "left out:\n  server old (",
            "server off (", "without an equivalent:\n  field alwaysAllow of server My Files (",
            "to know:\n  server My Files (")]
        wait.same((order == sorted(order), min(order) >= 0), (True, True), got.stderr)


def test_import_twice_is_once():
    """A second import of the same files changes no byte; the same server from another program is
    noticed under its other name; another server of the same name gets a number."""
    with Folder() as folder:
        first = file_of(folder, "a.json", remote("http://127.0.0.1:1/mcp",
                                                 headers={"Authorization": f"Bearer {KEY}"}))
        same = file_of(folder, "b.json", {"context_servers": {"other": {
            "url": "http://127.0.0.1:2/mcp"}}})
        also = file_of(folder, "c.json", {"mcp": {"again": {
            "type": "remote", "url": "http://127.0.0.1:2/mcp"}}})
        taken = file_of(folder, "d.json", remote("http://127.0.0.1:3/mcp"))
        config = folder / "junctor.yaml"
        files = [str(path) for path in (first, same, also, taken)]
        got = program.run("import", *files, "--into", str(config))
        wait.same(got.returncode, 0, got.stderr)
        wait.same("is there already, under the name other" in got.stderr, True, got.stderr)
        wait.same("is called example-server-2, since example-server is another" in got.stderr, True,
                  got.stderr)
        written = config.read_text()
        wait.same(written.count("- name: "), 3, written)
        os.chmod(config, 0o600)
        again = program.run("import", *files, "--into", str(config))
        wait.same((again.returncode, config.read_text()), (0, written), again.stderr)
        wait.same(again.stderr.startswith("nothing is to be added\n"), True, again.stderr)
        added = program.run("import", str(file_of(folder, "e.json", remote("http://127.0.0.1:4/"))),
                            "--into", str(config))
        wait.same((added.returncode, stat.S_IMODE(config.stat().st_mode)), (0, 0o600), added.stderr)
        wait.same(sorted(path.name for path in folder.iterdir()),
                  ["a.json", "b.json", "c.json", "d.json", "e.json", "junctor.yaml"])


def test_what_cannot_be_imported():
    """Exit 1 and one sentence for a file that is not there, is broken, or is none that is known; exit
    2 for wrong usage; nothing is written."""
    with Folder() as folder:
        config = folder / "junctor.yaml"
        for name, content, sentence in (
                ("broken.json", "{", "this is not JSON"),
                ("other.json", {"a": 1}, "no MCP servers are found in it"),
                ("twice.json", '{"mcpServers": {}, "mcpServers": {}}', "stands twice here"),
                ("old.json", {"mcpServers": {"a": {"type": "sse", "url": "http://a/"}}}, "left out"),
                ("yaml.yaml", "a: [", "this is not YAML")):
            got = program.run("import", str(file_of(folder, name, content)), "--into", str(config))
            wait.same((got.returncode, sentence in got.stderr, config.exists()), (1, True, False), name)
        gone = program.run("import", str(folder / "gone.json"))
        wait.same((gone.returncode, gone.stdout, "No such file" in gone.stderr), (1, "", True), "gone")
        wait.same(program.run("import").returncode, 2, "no file")
        wait.same(program.run("export").returncode, 2, "no client")
        wait.same(program.run("export", "--for", "emacs").returncode, 2, "an unknown client")


def test_export_and_import_meet():
    """What is exported for a client is what is imported from it, with the address and the path of the
    configuration; the file that it goes into is said on stderr."""
    with Folder() as folder:
        config = file_of(folder, "junctor.yaml", {
            "listen": {"http": "127.0.0.1:7171"},
            "upstreams": [{"name": "a", "url": "http://127.0.0.1:1/"}],
            "routes": [{"path": "/agents", "upstream": "a"}]})
        for client in CLIENTS:
            got = program.run("export", "--for", client, "--config", str(config), "--name", "hub")
            wait.same((got.returncode, got.stderr.startswith("merge this into ")), (0, True), client)
            back = program.run("import", str(file_of(folder, f"{client}.json", got.stdout)))
            wait.same((back.returncode, back.stdout), (0, (
                "upstreams:\n  - name: hub\n    url: http://127.0.0.1:7171/agents\n"
                "routes:\n  - path: /mcp\n    upstreams: [hub]\n")), client)
        desktop = program.run("export", "--for", "claude-desktop", "--config", str(config))
        server = json.loads(desktop.stdout)["mcpServers"]["junctor"]
        wait.same(server, {"command": "junctor", "args": ["stdio", "--config", str(config)]}, "desktop")
