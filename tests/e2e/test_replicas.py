"""Two replicas: one works, the other follows at once when it ends and within the lease when it dies."""

import signal
import uuid
from collections import Counter

import pytest

from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry

DOMAINS = domains_of("one")
LEASE = "acr-credential-helper"
TAKES_OVER = 30.0  # 15 s of lease, and a machine under load


@pytest.fixture
def pair(lab):
    """The leader and the one that stands by."""
    lab.kube.delete("leases", "kube-system", LEASE)
    lab.configure([entry(ONE)], watch_namespace="all")
    leader = lab.helper("--leader-elect")
    leader.wait_log("leading")
    other = lab.helper("--leader-elect")
    other.wait_log("standing_by")
    return leader, other


def holder(lab):
    return lab.kube.find("leases", "kube-system", LEASE)["spec"]["holderIdentity"]


def served_by(lab, helper):
    namespace = lab.namespace()
    helper.wait_served(namespace, TAKES_OVER)
    lab.wait_secret(namespace, DOMAINS)
    lab.wait_linked(namespace)
    return namespace


def test_one_works_and_the_other_asks_the_cloud_nothing(lab, pair):
    leader, other = pair
    namespace = served_by(lab, leader)
    assert other.log("namespace_served") == []
    assert other.log("token_issued") == []
    def writes():
        return [request for request in lab.requests() if request[2] == namespace and request[0] == "patch"]
    until("both are in the audit log", lambda: len(writes()) >= 2)
    assert len(writes()) == 2, writes()


def test_an_orderly_end_hands_over_at_once(lab, pair):
    leader, other = pair
    served_by(lab, leader)
    assert leader.stop() == 0
    other.wait_log("leading", 5.0)
    served_by(lab, other)


def test_a_leader_that_is_killed_is_followed_within_the_lease(lab, pair):
    leader, other = pair
    served_by(lab, leader)
    leader.kill()
    namespace = lab.namespace()  # nobody serves it now
    other.wait_log("leading", TAKES_OVER)
    other.wait_served(namespace)
    lab.wait_secret(namespace, DOMAINS)


def test_a_leader_that_was_frozen_writes_nothing_when_it_wakes_up(lab, pair):
    leader, other = pair
    served_by(lab, leader)
    leader.program.send(signal.SIGSTOP)
    try:
        other.wait_log("leading", TAKES_OVER)
        namespace = served_by(lab, other)
    finally:
        leader.program.send(signal.SIGCONT)
    leader.wait_log("leadership_lost")
    leader.wait_log("standing_by")
    served_by(lab, other)
    assert namespace not in [record.get("namespace") for record in leader.log("namespace_served")]
    # And it is of use again.
    assert other.stop() == 0
    until("the first one leads again", lambda: len(leader.log("leading")) == 2, 5.0)
    served_by(lab, leader)


def test_the_lease_is_created_by_name(lab, pair):
    """The role allows no other; a POST could not be limited so."""
    assert holder(lab)
    verbs = {request[0] for request in lab.requests() if request[1] == "leases"}
    assert verbs <= {"get", "list", "watch", "update", "create"}
    assert {request[3] for request in lab.requests() if request[1] == "leases"} <= {LEASE}


def test_a_container_that_is_restarted_in_its_pod_leads_again_at_once(lab):
    """As often as it is killed: a kubelet runs one container of a Pod at a time."""
    lab.kube.delete("leases", "kube-system", LEASE)
    lab.configure([entry(ONE)], watch_namespace="all")
    pod = {"POD_UID": str(uuid.uuid4())}
    helper = lab.helper("--leader-elect", env=pod)
    helper.wait_log("leading")
    for _ in range(3):
        helper.kill()
        before = holder(lab)
        helper = lab.helper("--leader-elect", env=pod)
        helper.wait_log("leading", 5.0)  # a Lease of 15 s has not run out
        assert holder(lab) == before
        assert helper.log("standing_by") == []
    served_by(lab, helper)


def test_a_second_process_in_the_same_pod_stands_by(lab):
    """`kubectl exec` inherits the variables of the container."""
    lab.kube.delete("leases", "kube-system", LEASE)
    lab.configure([entry(ONE)], watch_namespace="all")
    pod = {"POD_UID": str(uuid.uuid4())}
    first = lab.helper("--leader-elect", env=pod)
    first.wait_log("leading")
    second = lab.helper("--leader-elect", env=pod)
    second.wait_log("standing_by")
    assert second.log("leading") == []

def test_a_rollout_with_a_changed_configuration_writes_each_namespace_twice_at_most(lab):
    """As a Deployment does it: the new Pod starts, and the old one ends once the new one is ready."""
    lab.kube.delete("leases", "kube-system", LEASE)
    namespaces = [lab.namespace() for _ in range(20)]
    lab.configure([entry(ONE)], watch_namespace=",".join(namespaces))
    old = lab.helper("--leader-elect")
    for namespace in namespaces:
        lab.wait_secret(namespace, DOMAINS)
    for namespace in namespaces:
        lab.quiet(namespace)
    since = lab.audited()
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=",".join(namespaces))
    new = lab.helper("--leader-elect")
    new.wait_log("standing_by")
    assert old.stop() == 0
    new.wait_log("leading")
    wanted = [*DOMAINS, *domains_of("two")]
    for namespace in namespaces:
        lab.wait_secret(namespace, wanted)
    for namespace in namespaces:
        lab.quiet(namespace)
    writes = [request for request in lab.requests(since) if request[0] in ("patch", "delete") and request[2] in namespaces]
    assert {request[1] for request in writes} == {"secrets"}
    assert max(Counter(request[2] for request in writes).values()) <= 2, writes
