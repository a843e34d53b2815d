"""The node itself: it leaves nothing behind, however it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from lab import cluster, node
from rig import PRIVATE, pod_body, until

pytestmark = pytest.mark.xdist_group("time")


def traces(name):
    """What a node of that name has made on the machine."""
    links = subprocess.run(["ip", "-o", "link"], check=True, capture_output=True, text=True).stdout
    groups = [str(path) for top in (Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").iterdir()) if (path := top / name).is_dir()]
    return groups + [line for line in links.splitlines() if f"{name}:" in line or f"master {name} " in line]


def processes_of(namespace):
    """Ids of the processes in a PID namespace."""
    found = []
    for path in Path("/proc").glob("[0-9]*/ns/pid"):
        try:
            if os.readlink(path) == namespace:
                found.append(int(path.parts[2]))
        except OSError:
            continue
    return found


@pytest.fixture
def own_cluster(tmp_path):
    made = cluster.Cluster(tmp_path / "cluster").start()
    yield made
    made.stop()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_leaves_nothing_behind(own_cluster, tmp_path, how):
    mounts = Path("/proc/self/mounts").read_text()
    made = node.Node(own_cluster, {}, tmp_path / "node")
    name = f"acrnode{made.program.pid}"
    namespace = os.readlink(f"/proc/{made.report['pid']}/ns/pid")
    try:
        kube = own_cluster.admin
        until("the account is there", lambda: kube.find("serviceaccounts", "default", "default"))
        # Whether it can pull is nothing to this test: its sandbox, network and volumes are enough.
        kube.create("pods", "default", pod_body(PRIVATE, hostNetwork=False))
        until("it is being pulled", lambda: any(
            status["state"].get("waiting", {}).get("reason") in ("ErrImagePull", "ImagePullBackOff")
            for status in kube.find("pods", "default", "app").get("status", {}).get("containerStatuses", [])), 60)
        assert len(traces(name)) > 2 and len(processes_of(namespace)) > 3
    finally:
        made.program.stop(how, seconds=60)
    until("nothing is left", lambda: not traces(name) and not processes_of(namespace))
    assert Path("/proc/self/mounts").read_text() == mounts


def test_it_says_why_it_cannot_run():
    as_somebody = ("import os, runpy, sys; os.geteuid = lambda: 1; sys.argv = sys.argv[1:]; "
                   "runpy.run_path(sys.argv[0], run_name='__main__')")
    done = subprocess.run([sys.executable, "-c", as_somebody, node.TESTNODE, "check"], check=False,
                          capture_output=True, text=True)
    assert done.returncode == 1 and "only root can run a node" in done.stderr
