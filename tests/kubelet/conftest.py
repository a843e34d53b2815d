"""One rig for each module, or for each test where many Pods are started: a control plane, a node that pulls, a registry,
the simulated cloud. Two groups run side by side: what waits for the processors, and what waits for time to pass."""

import json
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from lab import ROOT  # noqa: E402
from rig import started_rig  # noqa: E402

FIGURES = ROOT / "build/kubelet/figures.jsonl"  # of the last run


def pytest_configure(config):
    def end(number, _frame):
        raise KeyboardInterrupt(f"signal {number}")
    signal.signal(signal.SIGTERM, end)
    if not hasattr(config, "workerinput"):
        FIGURES.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def started(request):
    with started_rig(request.session) as rig:
        yield rig


@pytest.fixture
def rig(started, request):
    """Without faults, helpers or Pods left over."""
    def figures(**fields):
        with open(FIGURES, "a", encoding="utf-8") as file:
            file.write(json.dumps({"test": request.node.name, **fields}) + "\n")
    started.figures = figures
    yield started
    if not getattr(request.module, "NODE_FOR_EACH_TEST", False):
        started.clear()


def pytest_terminal_summary(terminalreporter):
    """What docs/reliability.md tells."""
    if FIGURES.is_file():
        terminalreporter.section("figures")
        terminalreporter.write_line(FIGURES.read_text())
