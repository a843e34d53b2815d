"""The helper under test: the real program with the restricted account and nothing more."""

import json
import os
import signal

from . import PROGRAMS
from .process import Program
from .waiting import until
from .world import KEY_ID, KEY_SECRET, REGION

PROGRAM = PROGRAMS / "helper/acr-credential-helper"

# Of the machine, only what a program needs; above all no proxy and no cloud identity of its own.
INHERITED = ("PATH", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS")


class Helper:
    """One run. Its log is read as JSON lines while it runs."""

    def __init__(self, name, folder, kubeconfig, cloud, arguments=(), env=None, key=True, log_level="info",
                 real_names=False, stderr=None):
        """`real_names`: no endpoint and no region is given, as on a machine in the real cloud.
        `stderr`: a descriptor for its log, which cannot be read here then."""
        environment = {word: os.environ[word] for word in INHERITED if word in os.environ}
        if key:
            environment |= {"ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
                            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET}
        environment["HOME"] = str(folder)  # not that of the user: its profiles would be used
        environment |= env or {}
        command = [PROGRAM, "run", "--kubeconfig", kubeconfig, "--log-level", log_level,
                   "--log-format", "json"]
        command += (cloud.trust_arguments() if real_names
                    else ["--region", REGION, *cloud.helper_arguments()])
        self.program = Program(name, [*command, *arguments], folder, environment, stderr)
        self.ended = None

    @property
    def pid(self):
        return self.program.pid

    def log(self, event=None, **fields):
        """The lines so far, as dictionaries; only those of one event and with these fields."""
        found = []
        for line in self.program.stderr_path.read_text(errors="replace").splitlines(keepends=True):
            if not line.endswith("\n"):
                break  # being written
            try:
                record = json.loads(line)
            except ValueError:
                record = {"event": "", "message": line.strip(), "level": "unstructured"}
            if ((event is None or record.get("event") == event)
                    and all(record.get(key) == value for key, value in fields.items())):
                found.append(record)
        return found

    def wait_log(self, event, seconds=60.0, **fields):
        """The first such line."""
        def look():
            if not self.program.running and not self.log(event, **fields):
                raise AssertionError(f"the helper has ended: {self.program.output()[-3000:]}")
            return self.log(event, **fields)
        return until(f"the helper logs {event} {fields or ''}", look, seconds)[0]

    def wait_served(self, namespace, seconds=60.0):
        return self.wait_log("namespace_served", seconds, namespace=namespace)

    def stop(self, number=signal.SIGTERM, seconds=30.0):
        """Ends it as an operator would; its exit code."""
        self.ended = self.program.stop(number, seconds)
        return self.ended

    def kill(self):
        self.ended = self.program.kill()
