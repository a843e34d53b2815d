"""Passwords are renewed in time; one instance's trouble is its own; what has expired is withdrawn in place."""

import re
import threading
import time
from datetime import datetime, timezone

from lab.objects import SECRET, auths, has_passwords
from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry

# A password lives 8 s, and is renewed when it has less than 3 s left.
LIFE, THRESHOLD = 8.0, 3.0
LABORATORY = {"password_s": LIFE}
KEYS = {"expiring_threshold": f"{THRESHOLD:g}s"}
ONE_DOMAINS, TWO_DOMAINS = domains_of("one"), domains_of("two")


class Recorder:
    """Every version of a namespace's Secret, with the moment at which it was seen."""

    def __init__(self, lab, namespace, seconds):
        self.seen = []

        def record():
            for event, value in lab.kube.watch("secrets", namespace, SECRET, seconds):
                self.seen.append((time.time(), event, auths(value)))

        self.thread = threading.Thread(target=record)
        self.thread.start()

    def stop(self):
        self.thread.join()
        return self.seen

    def changes(self, domain):
        """(time, password) each time that it became another one."""
        found = []
        for moment, _, content in self.seen:
            password = content.get(domain, ("", ""))[1]
            if not found or found[-1][1] != password:
                found.append((moment, password))
        return found


def test_a_password_is_always_valid_and_renewed_before_it_ends(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace, **KEYS)
    mark = lab.cloud.mark()
    lab.helper()
    lab.wait_secret(namespace, ONE_DOMAINS)
    recorder = Recorder(lab, namespace, 3 * LIFE)
    recorder.stop()
    assert {event for _, event, _ in recorder.seen} <= {"ADDED", "MODIFIED"}
    changes = recorder.changes(ONE_DOMAINS[0])
    assert len(changes) >= 4  # the first, and three renewals at least
    issued = [call["time_ms"] / 1000 for call in
              lab.cloud.calls("GetAuthorizationToken", since=mark) if call["status"] == 200]
    # One call for each password, and each was replaced before it ended.
    assert len(issued) <= len(changes) + 1
    for born, (replaced, _) in zip(issued, changes[1:]):
        assert replaced < born + LIFE
        assert replaced > born + 1
    # One write for each renewal.
    assert len(recorder.seen) == len(changes)


def test_instances_that_are_renewed_in_the_same_round_cost_one_write(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace, **KEYS)
    lab.helper()
    lab.wait_secret(namespace, ONE_DOMAINS + TWO_DOMAINS)
    seen = Recorder(lab, namespace, 4 * LIFE).stop()

    def password(content, domains):
        return content.get(domains[0], ("", ""))[1]

    pairs = [(before, after) for (_, _, before), (_, _, after) in zip(seen, seen[1:])]
    together = [pair for pair in pairs
                if all(password(pair[0], domains) != password(pair[1], domains) for domains in (ONE_DOMAINS, TWO_DOMAINS))]
    assert len(together) >= 2, [[password(content, domains)[:6] for domains in (ONE_DOMAINS, TWO_DOMAINS)] for _, _, content in seen]


def test_a_failing_instance_is_withdrawn_in_place_while_the_other_renews_on_time(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace, **KEYS)
    helper = lab.helper()
    lab.wait_secret(namespace, ONE_DOMAINS + TWO_DOMAINS)
    lab.cloud.fault("error_code", "GetAuthorizationToken", {"instance": TWO}, code="InternalError", status=500)
    mark = lab.cloud.mark()

    def blanked(secret):
        found = auths(secret)
        return all(found.get(domain) == ("", "") for domain in TWO_DOMAINS)

    recorder = Recorder(lab, namespace, 2.5 * LIFE)
    withdrawn = lab.kube.wait("the failed instance is blanked in place", blanked,
                              "secrets", namespace, SECRET, 2 * LIFE)
    assert has_passwords(withdrawn, ONE_DOMAINS)
    recorder.stop()
    changes = recorder.changes(ONE_DOMAINS[0])
    assert len(changes) >= 3 and all(password for _, password in changes)
    for (earlier, _), (later, _) in zip(changes, changes[1:]):
        assert later - earlier < LIFE
    # The hosts of the failed one were there all the time.
    assert all(set(content) == {*ONE_DOMAINS, *TWO_DOMAINS} for _, _, content in recorder.seen)
    # It was tried again, but with a growing distance.
    attempts = lab.cloud.calls("GetAuthorizationToken", since=mark, instance=TWO)
    assert 2 <= len(attempts) <= 40
    trouble = [line for line in helper.log() if TWO in str(line.get("instance", ""))
               and line["level"] in ("warning", "error")]
    assert trouble and not [line for line in helper.log() if ONE in str(line.get("instance", ""))
                            and line["level"] in ("warning", "error")]

    lab.cloud.mend()
    lab.wait_secret(namespace, ONE_DOMAINS + TWO_DOMAINS, seconds=60)


def test_the_annotation_tells_the_real_expiry(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace, **KEYS)
    lab.helper()
    secret = lab.wait_secret(namespace, ONE_DOMAINS)
    notes = " ".join(secret["metadata"]["annotations"].values())
    moments = [datetime.fromisoformat(text.replace("Z", "+00:00")) for text in
               re.findall(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", notes)]
    left = [(moment - datetime.now(timezone.utc)).total_seconds() for moment in moments]
    assert left and all(0 < seconds <= LIFE for seconds in left)


def test_a_throttled_cloud_is_asked_no_sooner_than_it_says(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace, **KEYS)
    lab.cloud.fault("throttle", "GetAuthorizationToken", retry_after=3, times=1)
    mark = lab.cloud.mark()
    lab.helper()
    lab.wait_secret(namespace, ONE_DOMAINS, seconds=30)
    first, second = [call["time_ms"] for call in
                     lab.cloud.calls("GetAuthorizationToken", since=mark)][:2]
    assert second - first >= 3000


def test_every_kind_of_broken_answer_is_survived(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace, **KEYS)
    for kind in ("truncate", "garbage", "html", "reset", "http_status"):
        lab.cloud.fault(kind, "GetAuthorizationToken", times=1)
    mark = lab.cloud.mark()
    helper = lab.helper()
    lab.wait_secret(namespace, ONE_DOMAINS, seconds=60)
    assert helper.program.running
    until("all faults were met",
          lambda: len([call for call in lab.cloud.calls(since=mark) if call.get("fault")]) == 5, 5)
