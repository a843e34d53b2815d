"""Pods are created all the while, and parts of what they need die."""

import signal

import pytest
from creation import Load, in_namespace, in_new_namespace, outcomes, unlucky
from lab import webhook
from lab.balancer import Balancer
from lab.world import ONE, entry
from rig import PATIENCE, figures_of, until

pytestmark = pytest.mark.xdist_group("processors")


def settled(seen):
    """Also those that were admitted without the link, and so never pull."""
    return seen.running or not seen.linked and seen.refused


def some_more(*loads, pods=10):
    """Until each has created as many more."""
    goals = [len(load.begun) + pods for load in loads]
    until("more Pods are created", lambda: all(
        load.failure or len(load.begun) >= goal for load, goal in zip(loads, goals, strict=True)))


@pytest.fixture
def balancer():
    made = Balancer()
    yield made
    made.close()


@pytest.fixture
def replicas(rig, balancer):
    """Two, behind one port."""
    rig.configure([entry(ONE)], watch_namespace="all", service_account="*")
    webhook.register_port(rig, balancer.port)
    made = [rig.helper("--webhook-address", "127.0.0.1:0", "--leader-elect", log_level="debug") for _ in range(2)]
    for one in made:
        one.wait_log("webhook_serving", PATIENCE)
    balancer.ports = [webhook.port_of(one) for one in made]
    until("accounts are linked at creation", lambda: webhook.probe(rig))
    return made


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_leader_that_ends(rig, replicas, balancer, how):
    """The other one answers the API server meanwhile, and writes once it leads."""
    leader = until("somebody leads", lambda: next((one for one in replicas if one.log("leading")), None))
    other = next(one for one in replicas if one is not leader)
    namespace = rig.served(leader)
    with Load(rig, in_namespace(namespace), 3) as old, Load(rig, in_new_namespace, 3) as new:
        some_more(old, new)
        leader.stop() if how == signal.SIGTERM else leader.kill()
        other.wait_log("leading", PATIENCE)
        some_more(old, new)
    existing, fresh = outcomes(rig, old.begun), outcomes(rig, new.begun, settled)
    rig.figures(how=how.name, namespaces="existing", **figures_of(existing))
    rig.figures(how=how.name, namespaces="fresh", **figures_of(fresh))
    assert not unlucky(existing)
    # Until another one leads nobody writes a new namespace's Secret: the kubelet tries again.
    assert not [one for one in fresh if not one.linked or not one.ran]


def test_the_only_helper_is_killed_and_started_again(rig):
    first = rig.start_helper(admission="webhook")
    namespace = rig.served(first)
    with Load(rig, in_namespace(namespace), 3) as old, Load(rig, in_new_namespace, 3) as new:
        some_more(old, new, pods=5)
        first.kill()
        some_more(old, new, pods=5)
        second = rig.start_helper(admission="webhook")
        second.wait_served(namespace, PATIENCE)
        some_more(old, new, pods=5)
    existing, fresh = outcomes(rig, old.begun), outcomes(rig, new.begun, settled)
    rig.figures(namespaces="existing", **figures_of(existing))
    rig.figures(namespaces="fresh", **figures_of(fresh))
    assert not unlucky(existing)
    assert not [one for one in fresh if one.linked != one.ran]


def test_the_api_server_is_restarted(rig):
    helper = rig.start_helper(admission="webhook")
    namespace = rig.served(helper)
    with Load(rig, in_namespace(namespace), 3) as old, Load(rig, in_new_namespace, 3) as new:
        some_more(old, new, pods=5)
        rig.cluster.restart()
        some_more(old, new, pods=10)
    existing, fresh = outcomes(rig, old.begun), outcomes(rig, new.begun, settled)
    rig.figures(namespaces="existing", **figures_of(existing))
    rig.figures(namespaces="fresh", **figures_of(fresh))
    assert not unlucky(existing)
    assert not [one for one in fresh if one.linked != one.ran]


def test_the_webhook_renews_its_certificate(rig):
    helper = rig.start_helper("--webhook-certificate-life", "20", admission="webhook")
    with Load(rig, in_new_namespace) as new:
        until("it was renewed twice", lambda: len(helper.log("webhook_certificate_written", why="renewed")) >= 2)
        some_more(new, pods=5)
    found = outcomes(rig, new.begun)
    rig.figures(**figures_of(found))
    assert not unlucky(found)
