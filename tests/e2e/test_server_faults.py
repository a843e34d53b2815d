"""The API server goes away, forgets, refuses or freezes: the helper goes on as soon as it can."""

import signal
from collections import Counter

from lab.objects import SECRET, pull_secrets
from lab.waiting import until
from lab.world import ONE, domains_of, entry
from test_metrics import METRICS, port_of, scrape, value

# Without its watch cache the server forgets old versions when etcd is compacted.
LABORATORY = {"watch_cache": False}
DOMAINS = domains_of("one")


def test_a_restart_of_the_api_server_is_survived(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace="all")
    helper = lab.helper()
    helper.wait_served(namespace)
    calls = lab.cloud.mark()
    lab.cluster.restart()
    later = lab.namespace()
    lab.wait_secret(later, DOMAINS, seconds=60)
    lab.wait_linked(later)
    assert helper.program.running
    assert pull_secrets(lab.account(namespace)) == [SECRET]
    # The cloud has nothing to do with it.
    assert not lab.cloud.calls("GetAuthorizationToken", since=calls)


def test_what_happened_during_an_expired_watch_is_made_up_for(lab):
    gone, changed = lab.namespace(), lab.namespace("robot")
    lab.configure([entry(ONE)], watch_namespace="all", service_account="*")
    helper = lab.helper(*METRICS)
    for namespace in (gone, changed):
        helper.wait_served(namespace)
    lab.quiet(changed)
    helper.program.send(signal.SIGSTOP)
    lab.kube.delete("namespaces", None, gone)
    lab.kube.wait("the namespace is gone", lambda found: found is None, "namespaces", None, gone, 30)
    lab.kube.merge("serviceaccounts", changed, "robot", {"imagePullSecrets": [{"name": "mine"}]})
    lab.kube.delete("secrets", changed, SECRET)
    appeared = lab.namespace()
    lab.cluster.compact()
    lab.cluster.restart()  # ends the watches: resuming them is answered with 410
    lab.cluster.compact()
    helper.program.send(signal.SIGCONT)
    lab.wait_secret(appeared, DOMAINS, seconds=60)
    lab.wait_linked(appeared)
    lab.wait_secret(changed, DOMAINS)
    assert pull_secrets(lab.wait_linked(changed, "robot")) == ["mine", SECRET]
    # An answer 410 comes within the watch, where no audit shows it.
    port = port_of(helper, "metrics")
    for resource in ("namespaces", "serviceaccounts"):
        until(f"its watch of {resource} was answered with 410", lambda what=resource: value(
            scrape(port)[0], "watch_restarts_total", resource=what, reason="gone"))
    assert not [line for line in helper.log() if line["level"] == "error"]


def test_permissions_that_are_taken_away_and_given_back(lab):
    lab.configure([entry(ONE)], watch_namespace="all")
    helper = lab.helper()
    helper.wait_served("default")
    with lab.without_rights():
        namespace = lab.namespace()
        # The watches that are open go on; the writes are refused, and that is reported.
        until("the refusal is logged", lambda: [
            line for line in helper.log() if line.get("status") == 403 and line["level"] == "warning"])
        assert helper.program.running
    lab.wait_secret(namespace, DOMAINS, seconds=60)
    lab.wait_linked(namespace)
    # Told once for each namespace (twice if the rights came back in pieces), not for each attempt.
    told = Counter(name for line in helper.log("write_failed", level="warning")
                   for name in line["examples"].split(","))
    assert max(told.values()) <= 2, told


def test_it_starts_without_permissions_and_works_once_it_has_them(lab):
    lab.configure([entry(ONE)], watch_namespace="all")
    with lab.without_rights():
        lab.helper().wait_log("watch_failed")
    namespace = lab.namespace()
    lab.wait_secret(namespace, DOMAINS, seconds=60)


def test_it_starts_before_the_api_server_does(lab):
    lab.configure([entry(ONE)], watch_namespace="all")
    lab.cluster.stop()
    try:
        helper = lab.helper()
        until("it has noticed", lambda: [line for line in helper.log() if line["level"] in ("warning", "error")])
        assert helper.program.running
    finally:
        lab.cluster.start()
    namespace = lab.namespace()
    lab.wait_secret(namespace, DOMAINS, seconds=60)
    lab.wait_linked(namespace)
