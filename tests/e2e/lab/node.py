"""A real node (tools/testnode) in a laboratory's cluster, and what it pulls."""

import subprocess

from . import ROOT
from .process import Program
from .simulator import ready

TESTNODE = ROOT / "tools/testnode/testnode"
NAME = "testnode"


def write_image(path, name="pause:1"):
    """The archive of an image that does nothing but wait for its end."""
    subprocess.run([TESTNODE, "image", "--name", name, "--output", path], check=True)
    return path


class Node:
    def __init__(self, cluster, registries, folder):
        """`registries`: {host name: address on this machine}."""
        arguments = [part for host, address in registries.items() for part in ("--registry", f"{host}={address}")]
        self.program = Program("testnode", [TESTNODE, "run", "--cluster", cluster.folder, "--log", folder, *arguments], folder)
        try:
            self.report = ready(self.program, "the node", 90)
        except BaseException:
            self.program.stop(seconds=30)
            raise

    def run(self, *command):
        """A command among the node's own mounts; the finished process."""
        return subprocess.run(["nsenter", "--target", str(self.report["pid"]), "--mount", "--pid", *map(str, command)],
                              check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def stop(self):
        return self.program.stop(seconds=60)
