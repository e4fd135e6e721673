"""The gateway as a process: started on free ports, watched through its log, its metrics and /proc,
and ended without leaving anything behind."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading

from support import http, wait

JUNCTOR = None
IS_SANITIZED = False


def use(path):
    global JUNCTOR, IS_SANITIZED
    JUNCTOR = str(pathlib.Path(path).resolve())
    if not os.access(JUNCTOR, os.X_OK):
        raise SystemExit(f"{JUNCTOR} is not there, or no program")
    program = pathlib.Path(JUNCTOR).read_bytes()
    IS_SANITIZED = b"__asan_init" in program or b"__tsan_init" in program


def run(*arguments, input=None):
    """A command that ends by itself."""
    seconds = 30 * wait.PATIENCE
    return subprocess.run(
        [JUNCTOR, *arguments], capture_output=True, text=True, timeout=seconds, input=input
    )


class Gateway:
    """`upstream`: a URL for the route /mcp, or a command as a list, with `era`; more settings by `limits`, `sessions` and
    others as maps of the configuration file."""

    def __init__(self, upstream=None, era="auto", settings=None, shards=1, prefix=(), ready=True,
                 upstream_settings=None, admin=True, environment=None):
        self.dir = tempfile.TemporaryDirectory(prefix="junctor-journey-")
        self.log_lines = []
        self.log_grew = threading.Condition()
        config = {
            "listen": {"http": "127.0.0.1:0", **({"admin": "127.0.0.1:0"} if admin else {})},
            "shards": shards,
            "upstreams": [],
            "routes": [],
        }
        if upstream:
            way = "command" if isinstance(upstream, list) else "url"
            entry = {"name": "scripted", way: upstream, "era": era, **(upstream_settings or {})}
            config["upstreams"] = [entry]
            config["routes"] = [{"path": "/mcp", "upstream": "scripted"}]
        for key, value in (settings or {}).items():
            config[key] = {**config[key], **value} if key == "listen" else value
        self.config = pathlib.Path(self.dir.name) / "junctor.yaml"
        self.config.write_text(json.dumps(config))
        # A group of its own: a signal to the tests must not reach it before the tests end it.
        self.process = subprocess.Popen(
            [*prefix, JUNCTOR, "serve", "--config", str(self.config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()
        self.port = self.admin = None
        if ready:
            self.port = self.port_of("listening")
            self.admin = self.port_of("admin_listening") if admin else self.port

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        died = self.process.poll()
        self.kill()
        if died is not None and kind is None and not getattr(self, "may_end", False):
            raise AssertionError(f"the gateway ended with {died}:\n" + "\n".join(self.log_lines))
        if kind is not None and died not in (None, 0):
            print(f"the gateway ended with {died}:\n" + "\n".join(self.log_lines[-30:]))

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(5)
        self.process.stderr.close()
        self.dir.cleanup()

    def read_log(self):
        for line in self.process.stderr:
            with self.log_grew:
                self.log_lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self.log_grew.notify_all()

    def log(self):
        return "\n".join(self.log_lines)

    def records(self, event=None):
        records = []
        for line in list(self.log_lines):
            try:
                records.append(json.loads(line))
            except ValueError:
                continue
        return [r for r in records if event is None or r.get("event") == event]

    def port_of(self, event):
        def look():
            if self.process.poll() is not None:
                raise AssertionError(f"the gateway ended at start:\n{self.log()}")
            for record in self.records(event):
                found = re.search(r"http://127\.0\.0\.1:(\d+)", json.dumps(record))
                if found:
                    return int(found.group(1))
            return None

        return wait.until(look, f"log record {event}")

    # --- signals ---------------------------------------------------------------------------------

    def signal(self, number):
        self.process.send_signal(number)

    def terminate(self):
        self.signal(signal.SIGTERM)

    def ended(self, seconds=10.0):
        """The exit status, once it ends by itself."""
        self.may_end = True
        self.process.wait(seconds * wait.PATIENCE)
        self.reader.join(5)
        return self.process.returncode

    # --- what it says of itself ------------------------------------------------------------------

    def get(self, path, accept=None):
        fields = [("Accept", accept)] if accept else []
        return http.ask(self.admin, http.head("GET", path, [*fields, ("Connection", "close")]))

    def metrics(self):
        values = {}
        for line in self.get("/metrics").body.decode().splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                values[name] = float(value)
        return values

    def metric(self, name, **labels):
        """The sum of the series of that name with those labels."""
        total = 0.0
        for series, value in self.metrics().items():
            has_labels = all(f'{key}="{text}"' in series for key, text in labels.items())
            if series.split("{")[0] == name and has_labels:
                total += value
        return total

    def children(self):
        """The processes that it started and that still are, zombies too; without its guard."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(fields[1]) == self.process.pid and b"--guard" not in words:
                found.append(int(entry.name))
        return found

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident_bytes(self):
        if IS_SANITIZED:
            return 0  # Freed memory is held back there, so that its growth says nothing.
        text = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text()
        return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def at_rest(self, connections=0, in_flight=0):
        """Waits until nothing of the clients is left."""

        def quiet():
            metrics = self.metrics()
            return (
                metrics["junctor_http_connections"] - 1 <= connections
                and metrics["junctor_http_requests_in_flight"] - 1 <= in_flight
            )

        wait.until(quiet, f"{connections} connections and {in_flight} requests")

    def alive(self):
        wait.same(self.process.poll(), None, "exit status of a running gateway")
        wait.same(self.get("/livez").status, 200, "/livez")
        wait.same(self.metric("junctor_bugs_seen_total"), 0.0, "broken assumptions")
