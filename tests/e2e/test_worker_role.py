"""The role of the machine, from its metadata service: in both of its modes, replaced, attached late."""

import pytest

from lab.machine import OTHER_WORKER, WORKER, with_machine
from lab.objects import auths
from lab.waiting import until
from lab.world import FAR, OTHER, ONE, PULL, PULLER_ROLE_ARN, allow, domains_of, entry

# Credentials of a role live 12 s, and the service gives new ones after 9 s.
LABORATORY = {"session_s": 12.0}
KEYS = {"expiring_threshold": "4s"}
DOMAINS = domains_of("one")


@pytest.fixture
def machine(lab):
    """Changes what the metadata service has to say."""
    yield lambda **how: lab.cloud.change(with_machine(lab.world(**LABORATORY), **how))
    lab.cloud.change(lab.world(**LABORATORY))


def served(lab, *arguments, **options):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace, **KEYS)
    mark = lab.cloud.mark()
    helper = lab.helper("--identity", "worker-role", *arguments, key=False, **options)
    lab.wait_secret(namespace, DOMAINS)
    return namespace, helper, mark


def callers(lab, mark):
    return {call["caller"] for call in lab.cloud.calls("GetAuthorizationToken", since=mark)}


@pytest.mark.parametrize("mode", ["optional", "required", "without-tokens"])
def test_each_mode_of_the_metadata_service(lab, machine, mode):
    machine(attached=WORKER, mode=mode)
    _, helper, mark = served(lab)
    assert helper.wait_log("worker_role_read")["role"] == WORKER
    assert all(WORKER in caller for caller in callers(lab, mark))
    tokens = lab.cloud.calls("metadata/token", since=mark)
    if mode == "without-tokens":
        assert {call["status"] for call in tokens} == {404}
    else:  # one token, however many questions
        assert [call["status"] for call in tokens] == [200]
    # The name of the role was found, not given.
    assert lab.cloud.calls("metadata/role", since=mark, status=200)


def test_credentials_that_the_service_replaces_are_used_without_a_gap(lab, machine):
    machine(attached=WORKER, mode="required")
    namespace, helper, _ = served(lab)

    def replaced():
        assert auths(lab.secret(namespace))[DOMAINS[0]][1], "the password was withdrawn"
        return len({line["access_key_id"] for line in helper.log("worker_role_read")}) >= 2
    until("the second credentials are read", replaced, 30)
    assert not helper.log("worker_role_changed")


def test_a_certain_role_may_be_asked_for(lab, machine):
    machine(attached=OTHER_WORKER)
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace, **KEYS)
    helper = lab.helper("--identity", f"worker-role={WORKER}", key=False)
    line = until("the lack of this role is logged",
                 lambda: [line for line in helper.log() if line.get("reason") == "unavailable"])[0]
    assert f"the RAM role {WORKER} is not attached" in line["detail"]
    machine(attached=WORKER)
    lab.wait_secret(namespace, DOMAINS, seconds=90)


def test_a_role_that_is_attached_late_needs_no_restart(lab, machine):
    machine()
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace, **KEYS)
    helper = lab.helper(key=False)  # in the default order, all others are not there either
    line = until("the lack of a role is logged",
                 lambda: [line for line in helper.log() if line.get("reason") == "unavailable"])[0]
    assert "worker role: no RAM role is attached to this instance" in line["detail"]
    machine(attached=WORKER)
    lab.wait_secret(namespace, DOMAINS, seconds=90)
    assert helper.wait_log("identity_chosen")["source"] == "worker role"


def test_no_proxy_is_asked_for_the_metadata_service(lab, machine):
    machine(attached=WORKER, mode="required")
    nowhere = "http://127.0.0.1:9"  # the port of `discard`: nobody listens
    served(lab, env={"http_proxy": nowhere, "HTTP_PROXY": nowhere})


def test_a_service_that_is_switched_off_is_reported(lab, machine):
    machine(mode="disabled")
    lab.configure([entry(ONE)], watch_namespace=lab.namespace(), **KEYS)
    helper = lab.helper("--identity", "worker-role", key=False)
    line = until("the refusal is logged", lambda: helper.log(cause_id="metadata_disabled"))[0]
    assert "HttpEndpoint" in line["detail"] and "HttpEndpoint" in line["remedy"]


def test_from_the_machine_into_another_account(lab, machine):
    world = with_machine(lab.world(**LABORATORY), attached=WORKER, policy=allow(["sts:AssumeRole", *PULL]))
    puller = next(account for account in world["accounts"] if account["id"] == OTHER)["roles"][0]
    worker = f"acs:ram::{lab.world()['accounts'][0]['id']}:role/{WORKER}"
    puller["trust_policy"]["Statement"][0]["Principal"]["RAM"].append(worker)
    lab.cloud.change(world)
    namespace = lab.namespace()
    lab.configure([entry(FAR, assumeRoleARN=PULLER_ROLE_ARN)], watch_namespace=namespace, **KEYS)
    mark = lab.cloud.mark()
    lab.helper("--identity", "worker-role", key=False)
    lab.wait_secret(namespace, domains_of("far"))
    assert {WORKER in call["caller"] for call in lab.cloud.calls("AssumeRole", since=mark)} == {True}
