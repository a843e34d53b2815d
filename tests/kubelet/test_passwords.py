"""What a kubelet sees while passwords are renewed, while they end, and where they come from several accounts."""

import time

import pytest
from creation import Load, create_pod, in_namespace, in_new_namespace, outcomes, persistently, short_lived, unlucky
from lab import objects
from lab.kube import path_of
from lab.objects import SECRET, auths
from lab.world import FAR, ONE, entry, rrsa_entry
from rig import FAR_PRIVATE, HOST, PATIENCE, PRIVATE, PUBLIC, RARE, figures_of, pod_body, until

pytestmark = pytest.mark.xdist_group("time")
# Seconds: how long a password lives, and when it is renewed. A pull with one that was just read takes less
# than the difference even on a machine that does much else.
LIFE, THRESHOLD = 30, 15
OUTAGE_LIFE = 15


def pod(rig, namespace, name, image=PRIVATE, policy="Always", **more):
    body = pod_body(image, name, **more)
    body["spec"]["containers"][0]["imagePullPolicy"] = policy
    create_pod(rig, namespace, body)


def wait_running(rig, namespace, *names, seconds=PATIENCE):
    until(f"{names} run", lambda: all(any(seen.running for _, seen in rig.pods.of(namespace, name)) for name in names), seconds)


def wait_failing(rig, namespace, name):
    until(f"{name} cannot pull", lambda: any(seen.refused for _, seen in rig.pods.of(namespace, name)))


def hosts(rig, namespace, name=SECRET):
    secret = rig.secret(namespace, name)
    return auths(secret) if secret else {}


def test_renewals_with_pods_starting_all_the_time(rig):
    rig.cloud.change(rig.world(password_s=LIFE))
    helper = rig.start_helper(admission="webhook", expiring_threshold=f"{THRESHOLD}s")
    namespace = rig.served(helper)

    def renewals():
        return len({line["expires"] for line in helper.log("token_issued")}) - 1
    with Load(rig, in_namespace(namespace), 3) as old, Load(rig, in_new_namespace, 3) as new:
        until("three renewals", lambda: renewals() >= 3)
    found = outcomes(rig, old.begun | new.begun)
    rig.figures(renewals=renewals(), life_s=LIFE, **figures_of(found))
    assert len(found) >= 20 and not unlucky(found)


def test_an_outage_longer_than_a_password(rig):
    rig.cloud.change(rig.world(password_s=OUTAGE_LIFE))
    helper = rig.start_helper(admission="webhook", expiring_threshold="5s")
    namespace = rig.served(helper)
    pod(rig, namespace, "before", RARE)
    wait_running(rig, namespace, "before")
    for operation in ("GetAuthorizationToken", "ListInstanceEndpoint"):
        rig.cloud.fault("http_status", operation)
    until("it is blank, in place", lambda: hosts(rig, namespace).get(HOST) == ("", ""))
    pod(rig, namespace, "public", PUBLIC)
    pod(rig, namespace, "on-the-node", RARE, "IfNotPresent")
    pod(rig, namespace, "private")
    wait_running(rig, namespace, "public", "on-the-node")
    wait_failing(rig, namespace, "private")
    fresh = rig.namespace()  # one that is made meanwhile is no worse off
    pod(rig, fresh, "public", PUBLIC)
    wait_running(rig, fresh, "public")
    assert all(seen.linked for _, seen in rig.pods.of(fresh))
    rig.cloud.change(rig.world())
    rig.cloud.mend()
    until("there is a password again", lambda: all(hosts(rig, one).get(HOST, ("", ""))[1] for one in (namespace, fresh)))
    pod(rig, namespace, "after")
    wait_running(rig, namespace, "after")
    wait_running(rig, namespace, "private")  # by itself, after the kubelet's own pause


TWO_ACCOUNTS = {"instances": [entry(ONE, domains=HOST), rrsa_entry(FAR, cross_account=True, domains=HOST)],
                "rrsa": "enable: true\n"}


@pytest.mark.parametrize("admission", ["webhook", "policy"])
def test_two_accounts_at_one_host(rig, admission):
    helper = rig.start_helper(admission=admission, **TWO_ACCOUNTS)
    until("both have a password", lambda: len({line["instance"] for line in helper.log("token_issued")}) == 2)
    begun = {}
    for number in range(10):
        namespace = f"two-{admission}-{number}"
        persistently(rig, path_of("namespaces"), {"metadata": {"name": namespace}})
        for name, image in (("one", PRIVATE), ("far", FAR_PRIVATE), ("public", PUBLIC)):
            body = short_lived(name)
            body["spec"]["containers"][0]["image"] = image
            persistently(rig, path_of("pods", namespace), body)
            begun[namespace, name] = time.monotonic()
    found = outcomes(rig, begun, lambda seen: seen.running or seen.refused and f"{SECRET}-2" not in seen.references)
    rig.figures(admission=admission, **figures_of(found))
    assert not unlucky(found)


def test_one_of_two_accounts_at_one_host_fails(rig):
    rig.cloud.change(rig.world(password_s=OUTAGE_LIFE))
    helper = rig.start_helper(admission="webhook", **TWO_ACCOUNTS, expiring_threshold="5s")
    until("both have a password", lambda: len({line["instance"] for line in helper.log("token_issued")}) == 2)
    for number, (instance, name, runs, fails) in enumerate(
            [(FAR, f"{SECRET}-2", ("one", "public"), "far"), (ONE, SECRET, ("far", "public"), "one")]):
        namespace = rig.namespace()
        until("both are linked", lambda: len(objects.pull_secrets(rig.account(namespace))) == 2)
        until("both have a password", lambda: all(hosts(rig, namespace, one).get(HOST, ("", ""))[1] for one in (SECRET, f"{SECRET}-2")))
        fault = rig.cloud.fault("http_status", "GetAuthorizationToken", {"instance": instance})
        until(f"{name} is blank", lambda: hosts(rig, namespace, name).get(HOST) == ("", ""))
        for pod_name, image in (("one", PRIVATE), ("far", FAR_PRIVATE), ("public", PUBLIC)):
            pod(rig, namespace, pod_name, image)
        wait_running(rig, namespace, *runs)
        wait_failing(rig, namespace, fails)
        rig.cloud.mend(fault)
