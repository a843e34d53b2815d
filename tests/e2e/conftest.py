"""Fixtures: one laboratory for each module of tests; every test starts its own helper."""

import signal
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lab import ROOT, version  # noqa: E402
from lab.laboratory import Laboratory  # noqa: E402


def end_on_termination(number, _frame):
    """SIGTERM unwinds, so that everything that runs is ended properly."""
    raise KeyboardInterrupt(f"signal {number}")


def pytest_configure():
    signal.signal(signal.SIGTERM, end_on_termination)


def pytest_collection_modifyitems(config, items):
    """Without tests of what the chosen Kubernetes does not have."""
    lacking = [item for item in items if not version.MUTATING and item.get_closest_marker("mutating_policies")]
    items[:] = [item for item in items if item not in lacking]
    config.hook.pytest_deselected(items=lacking)


@pytest.fixture(scope="module")
def laboratory(request):
    """The module's cluster and cloud. Options: a module's LABORATORY = dict(...)."""
    options = getattr(request.module, "LABORATORY", {})
    (ROOT / "build/e2e").mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=ROOT / "build/e2e"))
    made = Laboratory(folder, **options)
    failed_before = request.session.testsfailed
    yield made
    if request.session.testsfailed == failed_before:
        made.remove()
    else:
        made.close()
        print(f"\nlogs are kept in {folder}", file=sys.stderr)


@pytest.fixture
def lab(laboratory, request):
    """The laboratory, without faults, and no helper left over. A test that passed must leave a
    helper that ends properly when it is asked to."""
    laboratory.cloud.mend()
    yield laboratory
    stuck = laboratory.stop_helpers()
    laboratory.cloud.mend()
    report = getattr(request.node, "report_call", None)
    if stuck and report is not None and report.passed:
        pytest.fail("; ".join(stuck))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.report_call = report
    return report
