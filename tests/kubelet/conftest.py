"""One rig for each module: a control plane, a node that pulls, a registry, the simulated cloud."""

import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from lab import ROOT  # noqa: E402
from rig import Rig  # noqa: E402

FIGURES = ROOT / "build/kubelet/figures.jsonl"  # of the last run


def pytest_configure():
    def end(number, _frame):
        raise KeyboardInterrupt(f"signal {number}")
    signal.signal(signal.SIGTERM, end)
    FIGURES.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def started(request):
    (ROOT / "build/kubelet").mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=ROOT / "build/kubelet"))
    rig = Rig(folder)
    failed_before = request.session.testsfailed
    try:
        yield rig
    finally:
        rig.close()
        if request.session.testsfailed > failed_before:
            print(f"\nlogs are kept in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def rig(started, request):
    """Without faults, helpers or Pods left over."""
    def figures(**fields):
        with open(FIGURES, "a", encoding="utf-8") as file:
            file.write(json.dumps({"test": request.node.name, **fields}) + "\n")
    started.figures = figures
    yield started
    started.clear(getattr(request.module, "KEEPS_PODS", False))


def pytest_terminal_summary(terminalreporter):
    """What docs/reliability.md tells."""
    if FIGURES.is_file():
        terminalreporter.section("figures")
        terminalreporter.write_line(FIGURES.read_text())
