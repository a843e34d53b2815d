"""Which namespaces and accounts are served: every combination of the two keys, and changes."""

import itertools

import pytest

from lab.objects import (SECRET, auths, document_of, has_passwords, link_raw, pull_secrets)
from lab.world import ONE, TWO, domains_of, entry, personal_domains

ACCOUNTS = ("default", "robot", "other")
ONE_DOMAINS = domains_of("one")

# A value of the key, and what it selects among the names that the test made.
NAMESPACES = {"default": {"default"}, "scope-a, scope-b": {"scope-a", "scope-b"}, "all": None}
SERVICE_ACCOUNTS = {"default": {"default"}, "robot,other": {"robot", "other"}, "*": None}


@pytest.fixture(scope="module")
def places(laboratory):
    """Three namespaces with the same accounts, beside the cluster's own `default`."""
    for account in ACCOUNTS[1:]:
        laboratory.kube.create("serviceaccounts", "default", {"metadata": {"name": account}})
    for name in ("scope-a", "scope-b", "scope-c"):
        laboratory.kube.create("namespaces", None, {"metadata": {"name": name}})
        for account in ACCOUNTS[1:]:
            laboratory.kube.create("serviceaccounts", name, {"metadata": {"name": account}})
        laboratory.kube.wait("the account", lambda found: found, "serviceaccounts", name, "default")
    return ("default", "scope-a", "scope-b", "scope-c")


def expect_scope(lab, places, namespaces, accounts):
    """Waits until exactly what is selected is linked, and has its Secret."""
    for namespace, account in itertools.product(places, ACCOUNTS):
        if (namespaces is None or namespace in namespaces) and (accounts is None or account in accounts):
            lab.wait_linked(namespace, account)
        else:
            lab.wait_unlinked(namespace, account)
    for namespace in places:
        if namespaces is None or namespace in namespaces:
            lab.wait_secret(namespace, ONE_DOMAINS)
        else:
            lab.wait_no_secret(namespace)


def enter_and_leave(lab, places, namespaces, accounts, **keys):
    """Serves the selection, then leaves it again: both directions of each combination."""
    lab.configure([entry(ONE)], **keys)
    helper = lab.helper()
    for namespace in namespaces or places:
        helper.wait_served(namespace)
    expect_scope(lab, places, namespaces, accounts)
    lab.configure([entry(ONE)], watch_namespace="nowhere")
    expect_scope(lab, places, set(), set())


@pytest.mark.parametrize("accounts", SERVICE_ACCOUNTS)
@pytest.mark.parametrize("namespaces", NAMESPACES)
def test_exactly_what_is_selected_is_served(lab, places, namespaces, accounts):
    enter_and_leave(lab, places, NAMESPACES[namespaces], SERVICE_ACCOUNTS[accounts],
                    watch_namespace=namespaces, service_account=accounts)


def test_without_the_keys_the_default_account_of_the_default_namespace_is_served(lab, places):
    enter_and_leave(lab, places, {"default"}, {"default"})


@pytest.mark.parametrize("namespaces, accounts", [("ALL", "Default"), ("All", "*")])
def test_the_spellings_of_old_documentation_are_understood(lab, places, namespaces, accounts):
    enter_and_leave(lab, places, None, {"default"} if accounts == "Default" else None,
                    watch_namespace=namespaces, service_account=accounts)


@pytest.mark.parametrize("accounts", ["all", "All", "*"])
def test_all_accounts_stay_linked_however_all_is_spelled(lab, places, accounts):
    lab.configure([entry(ONE)], watch_namespace="all", service_account="*")
    helper = lab.helper()
    expect_scope(lab, places, None, None)
    before = [lab.account(place, account)["metadata"]["resourceVersion"]
              for place, account in itertools.product(places, ACCOUNTS)]
    lab.configure([entry(ONE)], watch_namespace="all", service_account=accounts, notify_email="a@example.com")
    helper.wait_log("config_accepted", service_accounts="all")
    for place in places:
        lab.kube.wait("the other address is written", lambda found: found and "a@example.com" in {
            value.get("email") for value in document_of(found)["auths"].values()}, "secrets", place, SECRET)
    for place in places:
        lab.quiet(place)
    assert before == [lab.account(place, account)["metadata"]["resourceVersion"]
                      for place, account in itertools.product(places, ACCOUNTS)]
    lab.configure([entry(ONE)], watch_namespace="nowhere")
    expect_scope(lab, places, set(), set())


@pytest.mark.parametrize("namespaces, accounts, served, linked", [
    ("scope-*,!scope-b", "all,!rob*", {"scope-a", "scope-c"}, {"default", "other"}),
    ("all,!default,!*-c", "*o*", {"scope-a", "scope-b"}, {"robot", "other"}),
])
def test_patterns_and_exclusions_are_served(lab, places, namespaces, accounts, served, linked):
    enter_and_leave(lab, places, served, linked, watch_namespace=namespaces, service_account=accounts)


def test_a_namespace_of_a_pattern_is_served_as_it_appears_and_an_exclusion_leaves(lab, places):
    lab.configure([entry(ONE)], watch_namespace="scope-*", service_account="all")
    helper = lab.helper()
    expect_scope(lab, places, set(places) - {"default"}, None)
    lab.kube.create("namespaces", None, {"metadata": {"name": "scope-later"}})
    helper.wait_served("scope-later")
    lab.wait_secret("scope-later", ONE_DOMAINS)
    lab.configure([entry(ONE)], watch_namespace="scope-*,!scope-later,!scope-a", service_account="all")
    lab.wait_no_secret("scope-later")
    lab.wait_unlinked("scope-later")
    expect_scope(lab, places, {"scope-b", "scope-c"}, None)
    helper.kill()
    lab.configure([entry(ONE)], watch_namespace="all,!scope-*", service_account="all")
    lab.helper()
    expect_scope(lab, places, {"default"}, None)
    lab.configure([entry(ONE)], watch_namespace="nowhere")
    expect_scope(lab, places, set(), set())


def test_a_change_of_scope_applies_live_in_both_directions(lab, places):
    lab.configure([entry(ONE)], watch_namespace="all", service_account="*")
    lab.helper()
    expect_scope(lab, places, None, None)
    lab.configure([entry(ONE)], watch_namespace="scope-b", service_account="robot")
    expect_scope(lab, places, {"scope-b"}, {"robot"})
    lab.configure([entry(ONE)], watch_namespace="scope-b,scope-c", service_account="default,robot")
    expect_scope(lab, places, {"scope-b", "scope-c"}, {"default", "robot"})
    lab.configure([entry(ONE)], watch_namespace="nowhere")
    expect_scope(lab, places, set(), set())


def test_what_leaves_the_scope_keeps_everything_that_is_not_ours(lab):
    namespace = lab.namespace()
    link_raw(lab.kube, namespace, "default", ["mine-first", "mine-second"])
    lab.configure([entry(ONE)], watch_namespace=namespace)
    lab.helper().wait_served(namespace)
    assert pull_secrets(lab.wait_linked(namespace)) == ["mine-first", "mine-second", SECRET]
    lab.configure([entry(ONE)], watch_namespace="default")
    lab.wait_unlinked(namespace)
    lab.wait_no_secret(namespace)
    assert pull_secrets(lab.account(namespace)) == ["mine-first", "mine-second"]


def test_what_left_the_scope_while_the_helper_was_down_is_cleaned_up(lab):
    namespace = lab.namespace("robot")
    link_raw(lab.kube, namespace, "robot", ["mine"])
    lab.configure([entry(ONE)], watch_namespace="all", service_account="*")
    helper = lab.helper()
    lab.wait_linked(namespace, "robot")
    lab.wait_secret(namespace, ONE_DOMAINS)
    helper.kill()
    lab.configure([entry(ONE)], watch_namespace="default", service_account="default")
    lab.helper()
    assert pull_secrets(lab.wait_unlinked(namespace, "robot")) == ["mine"]
    lab.wait_unlinked(namespace)
    lab.wait_no_secret(namespace)


def test_namespaces_and_accounts_are_served_as_they_appear(lab):
    lab.configure([entry(ONE)], watch_namespace="all", service_account="default,robot")
    helper = lab.helper()
    helper.wait_served("default")
    namespace = lab.namespace()
    helper.wait_served(namespace)
    lab.wait_secret(namespace, ONE_DOMAINS)
    lab.kube.create("serviceaccounts", namespace, {"metadata": {"name": "robot"}})
    lab.wait_linked(namespace, "robot")
    lab.kube.create("serviceaccounts", namespace, {"metadata": {"name": "other"}})
    lab.quiet(namespace)
    assert pull_secrets(lab.account(namespace, "other")) == []


def test_a_listed_namespace_that_does_not_exist_yet_is_served_once_it_does(lab):
    lab.configure([entry(ONE)], watch_namespace="default,comes-later")
    helper = lab.helper()
    helper.wait_served("default")
    lab.kube.create("namespaces", None, {"metadata": {"name": "comes-later"}})
    lab.wait_linked("comes-later")
    lab.wait_secret("comes-later", ONE_DOMAINS)


def test_an_enterprise_and_a_personal_instance_share_one_secret(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE), entry()], watch_namespace=namespace)
    lab.helper()
    secret = lab.wait_secret(namespace, ONE_DOMAINS + personal_domains())
    assert secret["type"] == "kubernetes.io/dockerconfigjson"
    found = auths(secret)
    assert set(found) == {*ONE_DOMAINS, *personal_domains()}
    assert {user for user, _ in found.values()} == {"cr_temp_user"}
    passwords = {password for _, password in found.values()}
    assert len(passwords) == 2


def test_only_the_domains_that_are_named_are_written(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE, domains="Only.Example.com,  second.example.com:5000")], watch_namespace=namespace)
    lab.helper()
    secret = lab.wait_secret(namespace, ["only.example.com"])
    assert set(auths(secret)) == {"only.example.com", "second.example.com:5000"}


def test_two_instances_of_one_domain_go_to_two_secrets_and_both_are_linked(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE, domains="shared.example.com"), entry(TWO, domains="shared.example.com")],
                  watch_namespace=namespace)
    lab.helper()
    first = lab.wait_secret(namespace, ["shared.example.com"])
    second = lab.kube.wait("the second Secret",
                           lambda found: found and has_passwords(found, ["shared.example.com"]),
                           "secrets", namespace, SECRET + "-2")
    assert auths(first) != auths(second)
    lab.kube.wait("both are linked",
                  lambda found: pull_secrets(found) == [SECRET, SECRET + "-2"],
                  "serviceaccounts", namespace, "default")


def test_a_new_namespace_costs_two_writes_and_no_read(lab):
    lab.configure([entry(ONE)], watch_namespace="all")
    helper = lab.helper()
    helper.wait_served("default")
    namespace = lab.namespace()
    helper.wait_served(namespace)
    lab.quiet(namespace)
    requests = [request for request in lab.requests() if request[2] == namespace]
    # The Secret need not wait for `default`, which every namespace gets: either may be first.
    assert sorted((verb, resource) for verb, resource, *_ in requests) == [
        ("patch", "secrets"), ("patch", "serviceaccounts")]


def test_nothing_is_written_in_the_steady_state_and_after_a_restart(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE, domains="a.example.com")], watch_namespace=namespace)
    helper = lab.helper()
    helper.wait_served(namespace)
    lab.quiet(namespace)
    before = lab.account(namespace)["metadata"]["resourceVersion"]
    assert helper.stop() == 0
    lab.helper().wait_served(namespace)
    lab.wait_secret(namespace, ["a.example.com"])
    assert lab.account(namespace)["metadata"]["resourceVersion"] == before


def test_a_scope_that_holds_nothing_is_reported_once(lab):
    lab.configure([entry(ONE)], watch_namespace="no-such-namespace-*")
    helper = lab.helper()
    assert "watch-namespace" in helper.wait_log("scope_empty")["message"]
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace, service_account="nobody-*")
    helper.wait_log("config_accepted", namespaces=namespace)
    lab.kube.create("serviceaccounts", namespace, {"metadata": {"name": "nobody-1"}})
    lab.wait_linked(namespace, "nobody-1")
    # That the scope has no account either may be told, too: also once.
    told = [line["message"] for line in helper.log("scope_empty")]
    assert len(told) == len(set(told)), told
