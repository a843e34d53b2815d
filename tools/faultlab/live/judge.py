"""What must hold while the programs run: looked at from outside, as kubelets and operators do."""

import http.client
import threading
import time
from dataclasses import dataclass, field

from lab import objects

from .stage import log_lines
from .world import host

LOOK_EVERY = 0.25
# A disturbance counts so much longer: until the helper has noticed and has caught up.
AFTERMATH = 20.0
STALE_FOR = 8.0
# In a log, this is a leaked secret.
TELLTALE = ("cr_temp_user:", "Bearer ey", "MarkerOfTheAccessKeySecret")


@dataclass
class Verdict:
    attempts: int = 0
    worked: int = 0
    calm_attempts: int = 0
    calm_worked: int = 0
    violations: list = field(default_factory=list)

    def complain(self, at, invariant, what):
        if sum(one[1] == invariant for one in self.violations) < 6:
            self.violations.append((at, invariant, what))


class Judge:
    """Looks into every namespace, again and again, in a thread of its own."""

    def __init__(self, about, stage):
        self.about, self.stage = about, stage
        self.verdict = Verdict()
        self.begun = time.monotonic()
        self.ended = threading.Event()
        self.stale = {}  # (namespace, host): since when an expired one is there
        self.errors = []
        self.thread = threading.Thread(target=self._work, daemon=True)

    def start(self):
        self.begun = time.monotonic()
        self.thread.start()

    def elapsed(self):
        return time.monotonic() - self.begun

    def calm(self, at):
        """Neither at the beginning nor in or after a disturbance."""
        return at > AFTERMATH and not any(item.at <= at <= item.at + item.lasts + AFTERMATH
                                          for item in self.about.timeline)

    def _work(self):
        try:
            while not self.ended.wait(LOOK_EVERY):
                try:
                    self.look()
                except (OSError, http.client.HTTPException):  # an API server that restarts shows nothing
                    if self.calm(self.elapsed()):
                        raise
        except Exception as problem:  # told at the end: a judge that fell silent has seen nothing
            self.errors.append(repr(problem))

    def spaces(self):
        kube, scope = self.stage.cluster.admin, str(self.stage.wanted["scope"])
        names = [item["metadata"]["name"] for item in kube.list("namespaces")
                 if item["status"]["phase"] == "Active"]
        return [name for name in names if scope == "all" or name in scope.split(",")]

    def secrets(self):
        """Ours, by namespace."""
        found = self.stage.cluster.admin.list("secrets", fieldSelector=f"metadata.name={objects.SECRET}")
        return {item["metadata"]["namespace"]: item for item in found}

    def look(self):
        secrets = self.secrets()
        for space in self.spaces():
            for number in range(int(self.stage.wanted["instances"])):
                self.pull(space, number, secrets.get(space))

    def pull(self, space, number, secret):
        at, name = self.elapsed(), host(number)
        came_of = self.stage.pulls(name, number, secret)
        works, calm = came_of == "works", self.calm(at)
        self.verdict.attempts += 1
        self.verdict.worked += works
        self.verdict.calm_attempts += calm
        self.verdict.calm_worked += calm and works
        if calm and not works:
            self.verdict.complain(at, "pulls", f"a Pod in {space} could not pull from {name}: "
                                  + ("the password has expired" if came_of == "refused" else "there was no password"))
        place = (space, name)
        if came_of == "refused":
            since = self.stale.setdefault(place, at)
            if calm and at - since > STALE_FOR:
                self.verdict.complain(at, "I1", f"an expired password of {name} is in {space} for {at - since:.0f} s")
        else:
            self.stale.pop(place, None)

    def settled(self):
        """What is still lacking; empty: all is as the configuration wants it."""
        lacking, kube, secrets = [], self.stage.cluster.admin, self.secrets()
        for space in self.spaces():
            for number in range(int(self.stage.wanted["instances"])):
                if self.stage.pulls(host(number), number, secrets.get(space)) != "works":
                    lacking.append(f"no valid password of {host(number)} in {space}")
            for account in kube.list("serviceaccounts", space):
                name, listed = account["metadata"]["name"], str(self.stage.wanted["accounts"])
                in_scope = listed == "*" or name in listed.split(",")
                count = objects.pull_secrets(account).count(objects.SECRET)
                if count != in_scope:
                    lacking.append(f"account {space}/{name} names our Secret {count} times")
        return lacking

    def end(self, settle_for):
        """After the last look; the stage still stands."""
        self.ended.set()
        self.thread.join(30)
        for problem in self.errors:
            self.verdict.complain(self.elapsed(), "judge", problem)
        deadline = time.monotonic() + settle_for
        while (lacking := self.settled()) and time.monotonic() < deadline:
            time.sleep(0.2)
        for what in lacking:
            self.verdict.complain(self.elapsed(), "I7", what)

    def read_logs(self):
        """After the end of the helper."""
        for path in self.stage.logs:
            for line in log_lines(path):
                text = str(line)
                if any(word in text for word in TELLTALE):
                    self.verdict.complain(self.elapsed(), "I8", "a secret is in the log")
                if line.get("event") == "":  # not the logger: a crash, a sanitizer
                    self.verdict.complain(self.elapsed(), "log", text[:200])
        for code in self.stage.exit_codes:
            if code != 0:
                self.verdict.complain(self.elapsed(), "I11", f"the helper ended with {code}")
