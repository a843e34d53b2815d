"""The simulated Alibaba Cloud as a program: its world, its faults, its record of calls."""

import yaml

from . import PROGRAMS
from .process import Program
from .simulator import administer, ready

PROGRAM = PROGRAMS / "cloudsim/cloudsim"


class Cloud:
    """It starts with a world, which can be replaced while it runs."""

    def __init__(self, folder):
        self.folder = folder
        self.program = None

    def start(self, world, *arguments):
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "world.yaml"
        path.write_text(yaml.safe_dump(world, sort_keys=False))
        self.program = Program("cloudsim", [PROGRAM, "run", "--world", path, "--dir", self.folder,
                                            "--exit-with-parent", *arguments], self.folder)
        self.report = ready(self.program, "the simulated cloud", 30)
        return self

    def helper_arguments(self):
        """What sends the helper here instead of to the real endpoints."""
        return ["--sts-endpoint", self.report["https"], "--cr-endpoint", self.report["https"],
                "--metadata-endpoint", self.report["http"], *self.trust_arguments()]

    def trust_arguments(self):
        return ["--ca-file", self.report["ca"]]

    def administer(self, method, path, body=None):
        return administer(self.report["admin"], method, path, body)

    def fault(self, kind, operation="", match=None, **more):
        """Injects a fault (see the README of cloudsim); its id, for `mend`."""
        body = {"kind": kind, **more}
        if operation:
            body["operation"] = operation
        if match:
            body["match"] = match
        return self.administer("POST", "/faults", body)["id"]

    def mend(self, fault=None):
        """Ends one fault, or all."""
        self.administer("DELETE", "/faults" if fault is None else f"/faults/{fault}")

    def mark(self):
        """Now; to be given to `calls`."""
        return self.administer("GET", "/calls")["next"]

    def calls(self, operation=None, since=0, **fields):
        """What was asked after `since`: one dictionary for each call."""
        return [call for call in self.administer("GET", f"/calls?since={since}")["calls"]
                if (operation is None or call["operation"] == operation)
                and all(call.get(key) == value for key, value in fields.items())]

    def change(self, world):
        self.administer("POST", "/world", world)

    def stop(self):
        if self.program:
            self.program.stop()
            self.program = None
