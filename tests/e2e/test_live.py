"""The fault lab in real time: scenarios with the programs themselves, over sockets."""

import sys

import pytest
from lab import ROOT

sys.path.insert(0, str(ROOT))

from tools.faultlab.live.play import play, summary  # noqa: E402
from tools.faultlab.live.scenario import Happening, NotLive, Scenario, load, span  # noqa: E402

SCENARIOS = sorted((ROOT / "tests/scenarios/live").glob("*.yaml"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_with_the_programs(path, tmp_path):
    about = load(path)
    verdict = play(about, tmp_path, tell=print)
    print(summary(about, verdict))
    assert not verdict.violations
    assert verdict.calm_attempts > 50  # else nothing was judged


def short(*timeline, lasts=30.0):
    return Scenario("short", lasts, {"instances": 1, "namespaces": 1, "identity": "key", "scope": "all",
                                     "accounts": "default", "threshold": 3.0, "password": 8.0}, list(timeline), {})


def test_a_helper_that_is_gone_is_noticed(tmp_path):
    """The invariant checkers are not told that it was killed."""
    gone = Happening(9.0, 3600.0, "helper", "crash")

    about = short(gone, lasts=34.0)
    verdict = play(about, tmp_path, settle_for=1.0, told=short(lasts=34.0))
    assert {"pulls", "I1", "I7"} <= {invariant for _, invariant, _ in verdict.violations}


def test_what_only_virtual_time_has_is_refused(tmp_path):
    clock = Happening(0.1, 1.0, "helper", "clock", {"by": "3h"})
    lost = Happening(0.1, 1.0, "api", "lost-requests")
    with pytest.raises(NotLive, match="helper: clock, by 3h; api: lost-requests"):
        play(short(clock, lost, lasts=1.0), tmp_path)


def test_scenarios_of_virtual_time_are_read_and_hastened():
    for path in sorted((ROOT / "tests/scenarios").glob("*.yaml")):
        plain, fast = load(path), load(path, 60)
        assert fast.lasts == pytest.approx(plain.lasts / 60)
        assert [one.at * 60 for one in fast.timeline] == pytest.approx([one.at for one in plain.timeline])
        assert fast.world["password"] == pytest.approx(max(1, plain.world["password"] / 60))


@pytest.mark.parametrize("text, seconds", [("90s", 90), ("1h30m", 5400), ("250ms", 0.25), ("2d", 172800)])
def test_spans(text, seconds):
    assert span(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "m5", "1h 30m", "-5s"])
def test_what_is_no_span(text):
    with pytest.raises(ValueError, match="is not a span"):
        span(text)
