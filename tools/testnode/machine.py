"""What a node needs of the machine and changes there, and how all of it is put back."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from settings import PLUGINS, programs

# What the kubelet and the bridge plugin set.
SYSCTLS = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys",
           "kernel/keys/root_maxbytes", "net/ipv4/ip_forward")
CGROUPS = Path("/sys/fs/cgroup")
# One folder for each node that runs, with what is to be undone.
RECORDS = "acr-testnode-"
FROM_DEBIAN = {"containerd": "containerd", "ctr": "containerd", "runc": "runc", "ip": "iproute2",
               "unshare": "util-linux", "nsenter": "util-linux"}


class Failure(Exception):
    """Something of the machine does not work; the text says what."""


def call(*arguments):
    done = subprocess.run([str(argument) for argument in arguments], check=False, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"{' '.join(map(str, arguments[:4]))}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def hierarchies(*kinds):
    """The folders in which a cgroup has to be made: one, or one for each mounted hierarchy (version 1)."""
    if (CGROUPS / "cgroup.controllers").is_file():
        return [CGROUPS]
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    found = [Path(words[1]) for words in mounts if words[2] in (kinds or ("cgroup",))]
    # The same ones may be mounted once more, for a container or in a root of its own.
    return [path for path in found if CGROUPS in path.parents]


def controllers():
    if (CGROUPS / "cgroup.controllers").is_file():
        return (CGROUPS / "cgroup.controllers").read_text().split()
    return [part for path in hierarchies() for part in path.name.split(",")]


def reason_against():
    """Why no node can run here; None: it can."""
    if os.geteuid() != 0:
        return "only root can run a node"
    found = programs()
    for name, where in found.items():
        if where is None:
            package = FROM_DEBIAN.get(name)
            return f"{name} is missing: " + (f"Debian's package {package} has it" if package else
                                             "tools/testcluster/build --node makes it")
    if not (PLUGINS / "bridge").is_file():
        return f"{PLUGINS}/bridge is missing: Debian's package containernetworking-plugins has it"
    missing = {"cpu", "memory", "pids", "cpuset"} - set(controllers())
    if missing:
        return f"cgroup controllers are missing: {' '.join(sorted(missing))}"
    probe = f"acrprobe{os.getpid()}"
    try:
        for path in hierarchies():
            (path / probe).mkdir()
            (path / probe).rmdir()
        call(found["unshare"], "--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private",
             "mount", "-t", "tmpfs", "tmpfs", "/run")
        call(found["ip"], "link", "add", probe, "type", "bridge")
        call(found["ip"], "link", "delete", probe)
    except (OSError, Failure) as failure:
        return str(failure)
    return None


class Record:
    """What one node has changed. It is written before anything is changed."""

    def __init__(self, folder, content):
        self.folder = folder
        self.name = content["name"]
        self.address = content["address"]
        self.sysctls = content["sysctls"]
        self.owner = content["owner"]

    @staticmethod
    def begin():
        folder = Path(tempfile.mkdtemp(prefix=RECORDS))
        number = os.getpid()
        used = call(programs()["ip"], "-4", "-o", "address")
        # Of the addresses for measurements (RFC 2544): nobody has them on a network.
        networks = [f"198.{18 + place // 16}.{place % 16 * 16}." for more in range(32) for place in [(number + more) % 32]]
        network = next((one for one in networks if one not in used), None)
        if network is None:
            raise Failure("no network of 198.18.0.0/15 is free")
        others = Record.all()  # they have changed the machine already
        content = {"name": f"acrnode{number}", "address": network + "1", "owner": number,
                   "sysctls": others[0].sysctls if others else {
                       name: (Path("/proc/sys") / name).read_text() for name in SYSCTLS if (Path("/proc/sys") / name).is_file()}}
        (folder / "record.json").write_text(json.dumps(content))
        return Record(folder, content)

    @staticmethod
    def all():
        """Those of this machine that can be read."""
        found = []
        for folder in Path(tempfile.gettempdir()).glob(f"{RECORDS}*"):
            with contextlib.suppress(OSError, ValueError, KeyError):
                found.append(Record(folder, json.loads((folder / "record.json").read_text())))
        return found

    def prepare(self):
        """Bridge and cgroup."""
        ip = programs()["ip"]
        call(ip, "link", "add", self.name, "type", "bridge")
        call(ip, "address", "add", f"{self.address}/20", "dev", self.name)
        call(ip, "link", "set", self.name, "up")
        for path in hierarchies():
            (path / self.name).mkdir()
            if path.name == "cpuset":  # empty in a new one, and nothing can run in it then
                for part in ("cpuset.mems", "cpuset.cpus"):
                    (path / self.name / part).write_text((path / part).read_text())

    def save_child(self, pid):
        (self.folder / "child").write_text(str(pid))

    def pid_inside(self):
        """Of the first process in the namespaces: the only child of `unshare`."""
        child = (self.folder / "child").read_text()
        return int(Path(f"/proc/{child}/task/{child}/children").read_text().split()[0])

    def undo(self):
        """Ends what runs, and puts everything back; returns the cgroups that are still in use. May be called again."""
        with contextlib.suppress(OSError, ValueError):
            # Its death takes all processes in the namespace with it, and their death all mounts.
            os.kill(int((self.folder / "child").read_text()), signal.SIGKILL)
        deadline = time.monotonic() + 20
        left = self._remove_cgroups()
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = self._remove_cgroups()
        subprocess.run([programs()["ip"], "link", "delete", self.name], check=False, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)
        # The last one puts them back.
        for name, value in self.sysctls.items() if not Record.all() else ():
            path = Path("/proc/sys") / name
            with contextlib.suppress(OSError):
                if path.read_text() != value:
                    path.write_text(value)
        return left

    def _remove_cgroups(self):
        """Returns those that are still in use."""
        left = []
        # runc also makes them in one of version 2 that is there beside the others.
        for top in hierarchies("cgroup", "cgroup2"):
            for path, _, _ in os.walk(top / self.name, topdown=False):
                try:
                    os.rmdir(path)
                except FileNotFoundError:
                    pass
                except OSError:
                    left.append(path)
        return left


def tidy_when_over(descriptor, record):
    """For a process of its own: waits until the other end of the pipe is closed, then undoes."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.read(descriptor, 1)
    left = record.undo()
    if left:
        print(f"testnode: could not remove {' '.join(left[:5])}", flush=True)
    return 1 if left else 0


def undo_leftovers():
    """Of nodes whose two processes were both killed."""
    for record in Record.all():
        if not Path(f"/proc/{record.owner}").exists():
            record.undo()
