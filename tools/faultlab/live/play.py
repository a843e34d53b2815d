"""One scenario with the programs, in real time."""

import time

from .judge import Judge
from .scenario import refuse_what_only_virtual_time_has
from .stage import Stage


def agenda(about):
    """(when, begins, event), in order; what would come after the end does not."""
    steps = [(item.at, True, item) for item in about.timeline]
    steps += [(item.at + item.lasts, False, item) for item in about.timeline if item.lasts]
    return sorted((step for step in steps if step[0] <= about.lasts), key=lambda step: (step[0], step[1]))


def play(about, folder, cluster="kubesim", tell=lambda text: None, settle_for=60.0, told=None):
    """Its Verdict; `settle_for`: seconds that are granted after the end until all is as it should be; `told`: what the
    judges know of the scenario, if that is not the whole of it."""
    refuse_what_only_virtual_time_has(about)
    stage = Stage(about, folder, cluster)
    try:
        stage.begin()
        judge = Judge(told or about, stage)
        judge.start()
        for at, begins, item in [*agenda(about), (about.lasts, False, None)]:
            time.sleep(max(0.0, at - judge.elapsed()))
            if item:
                tell(f"{judge.elapsed():7.1f} s  {item}{'' if begins else ': over'}")
                (stage.act if begins else stage.undo)(item)
        judge.end(settle_for)
    finally:
        stage.end()
    judge.read_logs()
    return judge.verdict


def summary(about, verdict):
    """A few lines, as the fault lab in virtual time writes them."""
    lines = [f"{'FAILED' if verdict.violations else 'PASSED'} {about.name} ({about.lasts:.0f} s, "
             f"{len(about.timeline)} events)",
             f"  {verdict.attempts} pulls, {100 * verdict.worked / max(1, verdict.attempts):.2f} % worked; "
             f"{verdict.calm_attempts} of them in calm, "
             f"{100 * verdict.calm_worked / max(1, verdict.calm_attempts):.2f} % worked"]
    lines += [f"  {invariant} at {at:.1f} s: {what}" for at, invariant, what in verdict.violations]
    return "\n".join(lines)
