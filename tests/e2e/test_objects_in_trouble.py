"""An object that the server refuses, or changes, costs no other object anything."""

import pytest

from lab.objects import SECRET, auths, pull_secrets
from lab.policies import MESSAGE, owning_the_list, refusing
from lab.waiting import until
from lab.world import ONE, domains_of, entry

# A password lives 12 s, and is renewed when it has less than 4 s left.
LABORATORY = {"password_s": 12.0}
KEYS = {"expiring_threshold": "4s"}
DOMAINS = domains_of("one")


def patches(lab, since, resource, namespace, name):
    return [request for request in lab.requests(since)
            if request[:4] == ("patch", resource, namespace, name)]


def password(lab, namespace):
    return auths(lab.secret(namespace)).get(DOMAINS[0], ("", ""))[1]


def see_renewals(lab, namespace, times):
    for _ in range(times):
        before = password(lab, namespace)
        until("the next password is there", lambda last=before: password(lab, namespace) not in ("", last), 20.0)


def test_a_refused_account_delays_neither_its_secret_nor_other_accounts(lab):
    namespace = lab.namespace("aaa", "robot")
    with refusing(lab.kube, "serviceaccounts", namespace, "aaa"):
        since = lab.audited()
        lab.configure([entry(ONE)], watch_namespace=namespace, service_account="*", **KEYS)
        helper = lab.helper()
        lab.wait_secret(namespace, DOMAINS)
        lab.wait_linked(namespace)
        lab.wait_linked(namespace, "robot")
        see_renewals(lab, namespace, 2)
        tried = patches(lab, since, "serviceaccounts", namespace, "aaa")
        assert {request[4] for request in tried} == {422}
        assert 2 <= len(tried) <= 12, tried  # 0.5, 1, 2, 4, 8, 16 s apart
        failed = [record for record in helper.log() if MESSAGE in str(record)]
        assert failed and all("aaa" in str(record) for record in failed)
        until("there is an Event", lambda: [item for item in lab.kube.list("events", namespace)
                                           if MESSAGE in item["message"] and "aaa" in item["message"]])
    lab.wait_linked(namespace, "aaa", 60.0)  # once it is let


def test_a_secret_that_may_not_be_changed_delays_no_link_and_no_other_namespace(lab):
    locked, free = lab.namespace(), lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=f"{locked},{free}", **KEYS)
    lab.helper()
    lab.wait_secret(locked, DOMAINS)
    with refusing(lab.kube, "secrets", locked, SECRET):
        robot = lab.namespace("robot")
        lab.configure([entry(ONE)], watch_namespace=f"{locked},{free},{robot}", service_account="*", **KEYS)
        lab.wait_secret(robot, DOMAINS)
        lab.wait_linked(robot, "robot")
        see_renewals(lab, free, 2)


@pytest.mark.mutating_policies
def test_a_policy_that_owns_the_list_is_not_fought_and_is_named(lab):
    namespace = lab.namespace("robot")
    with owning_the_list(lab.kube, namespace, "robot", ["theirs"]):
        since = lab.audited()
        lab.configure([entry(ONE)], watch_namespace=namespace, service_account="*", **KEYS)
        helper = lab.helper()
        lab.wait_secret(namespace, DOMAINS)
        lab.wait_linked(namespace)
        until("it is reported", lambda: [record for record in helper.log()
                                        if record.get("reason") == "overruled" and "robot" in str(record)], 20.0)
        see_renewals(lab, namespace, 2)
        tried = patches(lab, since, "serviceaccounts", namespace, "robot")
        assert 1 <= len(tried) <= 6, tried
        assert pull_secrets(lab.account(namespace, "robot")) == ["theirs"]
