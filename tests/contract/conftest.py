"""Both control planes for the same tests: what one answers, the other must answer, too."""

import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from lab import ROOT, guard  # noqa: E402
from lab import cluster as clusters  # noqa: E402


def pytest_configure():
    def end(number, _frame):
        raise KeyboardInterrupt(f"signal {number}")
    signal.signal(signal.SIGTERM, end)


def begin(kind):
    (ROOT / "build/contract").mkdir(parents=True, exist_ok=True)
    made = clusters.make(kind, Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=ROOT / "build/contract"))).start()
    if kind == "real":
        guard.remove(made.admin)  # kubesim has none, and these tests write what the helper does not
        guard.wait_gone(made.restricted)
    return made


def end(cluster):
    cluster.stop()
    shutil.rmtree(cluster.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def plane():
    """plane(kind): the one of that kind, started when it is first asked for."""
    made = {}

    def started(kind):
        if kind not in made:
            made[kind] = begin(kind)
        return made[kind]
    try:
        yield started
    finally:
        for cluster in made.values():
            end(cluster)


@pytest.fixture(scope="session")
def planes(plane):
    """Both."""
    return {kind: plane(kind) for kind in ("kubesim", "real")}


@pytest.fixture(params=["kubesim", "real"])
def cluster(request, plane):
    return plane(request.param)


@pytest.fixture
def kube(cluster):
    return cluster.admin


@pytest.fixture
def helper(cluster):
    return cluster.restricted
