"""Our Secret is kept as it should be; what is not ours is never touched."""

import base64

import pytest

from lab.objects import (HELPER_USER, MANAGED_BY, SECRET, auths, docker_secret, has_passwords, pull_secrets, version_of)
from lab.world import ONE, domains_of, entry

DOMAINS = domains_of("one")


@pytest.fixture
def served(lab):
    """A namespace that is served by a running helper."""
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace="all")
    lab.helper().wait_served(namespace)
    lab.wait_secret(namespace, DOMAINS)
    lab.quiet(namespace)
    return namespace


def test_a_deleted_secret_is_written_again(lab, served):
    old = lab.secret(served)
    lab.kube.delete("secrets", served, SECRET)
    new = lab.kube.wait("the Secret is back",
                        lambda found: found and found["metadata"]["uid"] != old["metadata"]["uid"]
                        and has_passwords(found, DOMAINS), "secrets", served, SECRET)
    assert auths(new) == auths(old)


EDITS = {
    "other content": {"data": {".dockerconfigjson": base64.b64encode(b'{"auths":{}}').decode()}},
    "one more host": {"data": {".dockerconfigjson": base64.b64encode(
        b'{"auths":{"evil.example":{"auth":"YTpi"}}}').decode()}},
    "no label": {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}},
    "no annotations": {"metadata": {"annotations": None}},
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_secret_is_restored(lab, served, edit):
    before = lab.secret(served)
    edited = lab.kube.merge("secrets", served, SECRET, EDITS[edit])
    def restored(found):
        return (found and version_of(found) > version_of(edited) and auths(found) == auths(before)
                and found["metadata"]["labels"] == before["metadata"]["labels"]
                and found["metadata"]["annotations"] == before["metadata"]["annotations"])
    lab.kube.wait("the Secret is as before", restored, "secrets", served, SECRET)


FOREIGN = {
    "of another type": docker_secret(SECRET, kind="Opaque"),
    "of another owner": docker_secret(SECRET, {"app.kubernetes.io/managed-by": "someone-else"}),
    "of nobody": docker_secret(SECRET),
}


@pytest.mark.parametrize("whose", FOREIGN)
def test_a_foreign_secret_of_our_name_is_left_alone_and_reported(lab, whose):
    namespace = lab.namespace()
    foreign = lab.kube.create("secrets", namespace, FOREIGN[whose])
    beside = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=f"{namespace},{beside}")
    helper = lab.helper()
    report = helper.wait_log("secret_foreign", namespace=namespace)
    assert report["level"] == "warning" and report["secret"] == SECRET
    helper.wait_served(beside)
    lab.quiet(namespace)
    assert lab.secret(namespace) == foreign

    # Once it is out of the way, ours takes its place.
    lab.kube.delete("secrets", namespace, SECRET)
    lab.wait_secret(namespace, DOMAINS)
    lab.wait_linked(namespace)


def test_a_foreign_secret_of_our_name_survives_leaving_the_scope(lab):
    namespace = lab.namespace()
    foreign = lab.kube.create("secrets", namespace, FOREIGN["of another owner"])
    lab.configure([entry(ONE)], watch_namespace=f"{namespace},default")
    helper = lab.helper()
    helper.wait_log("secret_foreign", namespace=namespace)
    lab.configure([entry(ONE)], watch_namespace="default")
    lab.wait_unlinked(namespace)
    helper.wait_served("default")
    lab.quiet(namespace)
    assert lab.secret(namespace) == foreign


def test_a_secret_that_is_labelled_as_ours_is_taken_over(lab):
    namespace = lab.namespace()
    lab.kube.create("secrets", namespace, docker_secret(SECRET, MANAGED_BY))
    lab.configure([entry(ONE)], watch_namespace=namespace)
    lab.helper()
    assert set(auths(lab.wait_secret(namespace, DOMAINS))) == set(DOMAINS)


def test_other_secrets_are_not_even_read_and_accounts_out_of_scope_are_left_alone(lab):
    namespace = lab.namespace("robot")
    lab.kube.create("secrets", namespace, docker_secret("somebody-elses"))
    robot = lab.account(namespace, "robot")
    lab.configure([entry(ONE)], watch_namespace="all", service_account="default")
    before = {record["auditID"] for record in lab.cluster.audit(HELPER_USER)}
    lab.helper().wait_served(namespace)
    lab.quiet(namespace)
    # Watches that go on are among them. A field selector's name is audited as "name", too.
    names = {record["objectRef"].get("name") for record in lab.cluster.audit(HELPER_USER)
             if record["auditID"] not in before and record.get("objectRef", {}).get("resource") == "secrets"}
    assert names == {SECRET, *(f"{SECRET}-{number}" for number in (2, 3, 4))}
    assert lab.account(namespace, "robot") == robot


def test_a_terminating_namespace_is_left_alone_silently(lab):
    namespace = lab.namespace()
    beside = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace="all")
    helper = lab.helper()
    helper.wait_served(namespace)
    helper.wait_served(beside)
    lab.quiet(namespace)
    # What holds a namespace in Terminating: an object with a finalizer.
    lab.kube.create("configmaps", namespace, {"metadata": {"name": "stuck", "finalizers": ["e2e.test/hold"]}})
    lab.kube.delete("namespaces", None, namespace)
    lab.kube.wait("the namespace's Secret is gone", lambda found: found is None, "secrets", namespace, SECRET)
    lab.kube.wait("its account is gone", lambda found: found is None, "serviceaccounts", namespace, "default")
    # Something happens that makes the helper write everywhere it should: a barrier.
    lab.configure([entry(ONE, domains="barrier.example.com")], watch_namespace="all")
    lab.wait_secret(beside, ["barrier.example.com"])
    refused = [request for request in lab.requests() if request[2] == namespace and request[4] >= 400]
    assert len(refused) <= 2  # a write that was under way when the namespace began to end
    assert not [line for line in helper.log() if line["level"] in ("warning", "error")
                and line.get("namespace") == namespace]
    assert lab.secret(namespace) is None

    lab.kube.json_patch("configmaps", namespace, "stuck", [{"op": "remove", "path": "/metadata/finalizers"}])
    lab.kube.wait("the namespace is gone", lambda found: found is None, "namespaces", None, namespace)
    lab.kube.create("namespaces", None, {"metadata": {"name": namespace}})
    lab.wait_secret(namespace, ["barrier.example.com"])
