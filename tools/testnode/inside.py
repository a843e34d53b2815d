"""The node itself, in namespaces of its own for mounts and processes: what runs there cannot outlive
its first process, and what it mounts or writes is gone with it."""

import contextlib
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from urllib.parse import urlsplit

import image
from settings import CONTAINERD_SOCKET, HOME, PAUSE, programs

START_S = 60.0  # six seconds on an idle machine


def start(settings, log, record):
    """Starts it; (process id of `unshare`, a descriptor that brings "ready\\n" or what failed)."""
    report, write = os.pipe()
    os.set_inheritable(write, True)
    child = subprocess.Popen(
        [programs()["unshare"], "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--propagation", "private",
         sys.executable, __file__, str(write)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=open(log / "node.log", "ab"), close_fds=True,
        pass_fds=(write,), start_new_session=True, env={**os.environ, "ACR_TESTNODE_LOG": str(log)})
    record.save_child(child.pid)
    os.close(write)
    child.stdin.write(json.dumps(vars(settings)).encode())
    child.stdin.close()
    return child.pid, report


def mount(kind, where, options=""):
    subprocess.run(["mount", "-t", kind, kind, where, *(["-o", options] if options else [])], check=True,
                   stdin=subprocess.DEVNULL)


def separate():
    """Nothing below /run and /var that is written from now on reaches the machine."""
    # The kubelet shares mounts with its Pods.
    subprocess.run(["mount", "--make-rshared", "/"], check=True)
    mount("tmpfs", "/run")
    HOME.mkdir()
    for part in ("upper", "work"):
        (HOME / "var" / part).mkdir(parents=True)
    mount("overlay", "/var", f"lowerdir=/var,upperdir={HOME}/var/upper,workdir={HOME}/var/work")


class Child:
    def __init__(self, name, log, arguments):
        self.name = name
        environment = {"PATH": os.pathsep.join([str(programs()["containerd"].parent), "/usr/sbin:/usr/bin:/sbin:/bin"])}
        self.process = subprocess.Popen([str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                                        stdout=log, stderr=log, env=environment)

    def check(self):
        # Only before reap(), which waits for any child, and would take the exit code of this one.
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} has ended with {self.process.returncode}")


def until(what, condition, *children):
    deadline = time.monotonic() + START_S
    while not condition():
        for child in children:
            child.check()
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {START_S:g} s until {what}")
        time.sleep(0.02)


def node_is_ready(settings):
    """Whether the API server says so."""
    url = urlsplit(settings.server)
    context = ssl.create_default_context(cafile=HOME / "ca.crt")
    context.load_cert_chain(HOME / "node.crt", HOME / "node.key")
    connection = http.client.HTTPSConnection(url.hostname, url.port, context=context, timeout=10)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", f"/api/v1/nodes/{settings.node}")
        answer = connection.getresponse()
        if answer.status == 200:
            conditions = json.loads(answer.read())["status"].get("conditions", [])
            # A node of an earlier run counts, too: nothing marks it as not ready.
            return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return False


def main(settings, logs):
    """The first process of the namespace: starts the parts, and returns them when the node is ready."""
    found = programs()
    containerd = Child("containerd", logs["containerd"], [found["containerd"], "--config", HOME / "containerd.toml"])
    ctr = [found["ctr"], "--address", CONTAINERD_SOCKET, "--namespace", "k8s.io"]
    until("containerd answers", lambda: subprocess.run(
        [*ctr, "version"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0, containerd)
    archive = HOME / "pause.tar"
    image.write(archive, PAUSE, found["pause"])
    subprocess.run([*ctr, "images", "import", archive], check=True, stdout=sys.stderr)
    kubelet = Child("kubelet", logs["kubelet"], [
        found["kubelet"], "--config", HOME / "kubelet.json", "--kubeconfig", HOME / "kubeconfig",
        "--root-dir", HOME / "kubelet", "--cert-dir", HOME / "kubelet-pki", "--hostname-override", settings.node,
        "--node-ip", settings.address])
    until("the node is ready", lambda: node_is_ready(settings), containerd, kubelet)
    return containerd, kubelet


def reap(parts):
    """The shims and what they leave behind are this process's children. Raises RuntimeError when a part has ended."""
    by_pid = {part.process.pid: part.name for part in parts}
    while True:
        pid, status = os.wait()
        if pid in by_pid:
            raise RuntimeError(f"{by_pid[pid]} has ended with {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    from pathlib import Path

    from settings import Settings
    report_to = int(sys.argv[1])
    os.set_inheritable(report_to, False)
    try:
        given = Settings(**json.load(sys.stdin))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        folder = Path(os.environ["ACR_TESTNODE_LOG"])
        opened = {name: open(folder / f"{name}.log", "ab") for name in ("containerd", "kubelet")}
        separate()
        given.write()
        running = main(given, opened)
        os.write(report_to, b"ready\n")
        reap(running)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        os.write(report_to, f"{error}\n".encode())
        sys.exit(1)
