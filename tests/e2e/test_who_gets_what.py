"""Who gets what: entries limited to namespaces, owners who opt out, namespaces selected by their labels."""

import subprocess

import pytest
import yaml

from lab import version
from lab.helper import PROGRAM
from lab.kube import path_of, plural_of
from lab.objects import CONFIG, SECRET, auths, pull_secrets
from lab.waiting import until
from lab.world import ONE, REGION, TWO, domains_of, entry
from test_webhook import HOOKS, NAME, SERVICE, pod, register
from test_why import why

ONE_DOMAINS = domains_of("one")
TWO_DOMAINS = domains_of("two")
IGNORE = "acr-credential-helper/ignore"


def wait_hosts(lab, namespace, domains):
    """Waits until the Secret holds exactly these."""
    return lab.kube.wait(f"{namespace} holds {domains}",
                         lambda found: found and set(auths(found)) == set(domains), "secrets", namespace, SECRET, 20)


def annotate(lab, kind, namespace, name, value):
    lab.kube.merge(kind, namespace, name, {"metadata": {"annotations": {IGNORE: value}}})


def label(lab, name, **labels):
    lab.kube.merge("namespaces", None, name, {"metadata": {"labels": labels}})


def configure_own(lab, **keys):
    """The ConfigMap with the helper's own form in it."""
    own = {"serviceAccounts": "all", "instances": [{"id": ONE, "region": REGION}], **keys}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"acr.yaml": yaml.safe_dump(own)},
            "metadata": {"name": CONFIG, "namespace": "kube-system"}}
    make = lab.kube.replace if lab.kube.find("configmaps", "kube-system", CONFIG) else lab.kube.create
    make("configmaps", "kube-system", body)


def expect_served(lab, namespace, domains=ONE_DOMAINS):
    lab.wait_linked(namespace)
    wait_hosts(lab, namespace, domains)


def expect_nothing(lab, namespace):
    lab.wait_unlinked(namespace)
    lab.wait_no_secret(namespace)


def test_an_entry_goes_only_where_it_is_meant_to_go(lab):
    team, shop, other = (lab.namespace(stem=stem) for stem in ("team", "shop", "other"))
    lab.configure([entry(ONE, namespaces="team-*"), entry(TWO, namespaces=[team, shop])], watch_namespace="all")
    lab.helper()
    expect_served(lab, team, ONE_DOMAINS + TWO_DOMAINS)
    expect_served(lab, shop, TWO_DOMAINS)
    lab.quiet(other)
    assert lab.secret(other) is None
    assert pull_secrets(lab.account(other)) == []


def test_a_changed_limit_moves_the_credential_and_writes_nothing_else(lab):
    first, second, third = (lab.namespace() for _ in range(3))
    lab.configure([entry(ONE), entry(TWO, namespaces=first)], watch_namespace="all")
    lab.helper()
    wait_hosts(lab, first, ONE_DOMAINS + TWO_DOMAINS)
    for namespace in (second, third):
        wait_hosts(lab, namespace, ONE_DOMAINS)
        lab.quiet(namespace)
    before = lab.secret(third)["metadata"]["resourceVersion"]
    lab.configure([entry(ONE), entry(TWO, namespaces=second)], watch_namespace="all")
    wait_hosts(lab, second, ONE_DOMAINS + TWO_DOMAINS)
    wait_hosts(lab, first, ONE_DOMAINS)
    lab.quiet(third)
    assert lab.secret(third)["metadata"]["resourceVersion"] == before


def test_a_namespace_that_loses_its_last_entry_is_left(lab):
    namespace = lab.namespace("robot")
    lab.configure([entry(ONE, namespaces=namespace)], watch_namespace="all", service_account="*")
    lab.helper()
    expect_served(lab, namespace)
    lab.wait_linked(namespace, "robot")
    lab.configure([entry(ONE, namespaces="elsewhere")], watch_namespace="all", service_account="*")
    expect_nothing(lab, namespace)
    lab.wait_unlinked(namespace, "robot")
    lab.configure([entry(ONE, namespaces=[namespace])], watch_namespace="all", service_account="*")
    expect_served(lab, namespace)


def test_a_limit_that_changed_while_the_helper_was_down_holds_before_the_cloud_answers(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace)
    helper = lab.helper()
    wait_hosts(lab, namespace, ONE_DOMAINS + TWO_DOMAINS)
    helper.kill()
    lab.configure([entry(ONE), entry(TWO, namespaces="elsewhere")], watch_namespace=namespace)
    lab.cloud.fault("silence")
    lab.helper()
    wait_hosts(lab, namespace, ONE_DOMAINS)


def test_a_blank_limit_rejects_the_entry_and_no_other(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE), entry(TWO, namespaces="")], watch_namespace=namespace)
    lab.helper()
    wait_hosts(lab, namespace, ONE_DOMAINS)


def test_the_owner_of_a_namespace_can_opt_out_and_in_again(lab):
    namespace, other = lab.namespace("robot"), lab.namespace()
    lab.configure([entry(ONE)], watch_namespace="all", service_account="*")
    helper = lab.helper()
    expect_served(lab, namespace)
    lab.wait_linked(namespace, "robot")
    annotate(lab, "namespaces", None, namespace, "true")
    expect_nothing(lab, namespace)
    lab.wait_unlinked(namespace, "robot")
    expect_served(lab, other)
    annotate(lab, "namespaces", None, namespace, None)
    expect_served(lab, namespace)
    lab.wait_linked(namespace, "robot")
    helper.kill()
    annotate(lab, "namespaces", None, namespace, "true")  # while nobody looks
    lab.helper()
    expect_nothing(lab, namespace)
    lab.wait_unlinked(namespace, "robot")
    annotate(lab, "namespaces", None, namespace, "false")
    expect_served(lab, namespace)
    lab.wait_linked(namespace, "robot")


def test_the_owner_of_an_account_can_opt_out_and_in_again(lab):
    namespace = lab.namespace("robot")
    lab.configure([entry(ONE)], watch_namespace=namespace, service_account="*")
    helper = lab.helper()
    expect_served(lab, namespace)
    lab.wait_linked(namespace, "robot")
    annotate(lab, "serviceaccounts", namespace, "default", "true")
    lab.wait_unlinked(namespace)
    lab.quiet(namespace)
    lab.wait_linked(namespace, "robot")
    assert lab.secret(namespace)
    annotate(lab, "serviceaccounts", namespace, "default", None)
    lab.wait_linked(namespace)
    helper.kill()
    annotate(lab, "serviceaccounts", namespace, "default", "true")
    lab.helper()
    lab.wait_unlinked(namespace)
    lab.wait_linked(namespace, "robot")


def test_labels_move_a_namespace_in_and_out(lab):
    inside, outside = lab.namespace("robot"), lab.namespace()
    label(lab, inside, pull="acr")
    configure_own(lab, namespaceSelector={"matchLabels": {"pull": "acr"},
                                          "matchExpressions": [{"key": "legacy", "operator": "DoesNotExist"}]})
    lab.helper()
    expect_served(lab, inside)
    lab.quiet(outside)
    assert lab.secret(outside) is None
    label(lab, inside, legacy="yes")
    label(lab, outside, pull="acr")
    expect_nothing(lab, inside)
    lab.wait_unlinked(inside, "robot")
    expect_served(lab, outside)
    label(lab, inside, legacy=None)
    expect_served(lab, inside)
    lab.wait_linked(inside, "robot")
    configure_own(lab, namespaceSelector={"matchLabels": {"pull": "acr"}}, namespaces=[outside])  # both must hold
    expect_nothing(lab, inside)
    expect_served(lab, outside)


def test_why_names_the_limit(lab):
    namespace = lab.namespace()
    host = "limited.example.com"
    lab.configure([entry(ONE), entry(TWO, domains=host, namespaces="elsewhere")], watch_namespace="all")
    lab.helper()
    expect_served(lab, namespace)

    told = why(lab, namespace, "--image", f"{host}/a/b:1")
    assert told.returncode == 3, told.stdout + told.stderr
    assert "is not meant for this namespace" in told.stdout
    annotate(lab, "namespaces", None, namespace, "true")
    expect_nothing(lab, namespace)
    told = why(lab, namespace, "--image", f"{ONE_DOMAINS[0]}/a/b:1")
    assert told.returncode == 3
    assert IGNORE in told.stdout


# The webhook


@pytest.fixture
def hooked(lab):
    """Starts a helper, and registers its webhook."""
    yield lambda: register(lab, lab.helper("--webhook-address", "127.0.0.1:0"))
    lab.stop_helpers()
    if lab.kube.ask("GET", f"{HOOKS}/{NAME}")[0] == 200:
        lab.kube.do("DELETE", f"{HOOKS}/{NAME}")
    lab.kube.delete("secrets", "kube-system", SERVICE)


def born_linked(lab, namespace, annotations=None):
    """Whether an account would be linked at creation; nothing is created."""
    answer = lab.kube.do("POST", path_of("serviceaccounts", namespace) + "?dryRun=All",
                         {"metadata": {"generateName": "probe-", "annotations": annotations or {}}})
    return SECRET in pull_secrets(answer)


def test_the_webhook_keeps_to_limits_and_owners(lab, hooked):
    inside, outside, ignored = (lab.namespace() for _ in range(3))
    annotate(lab, "namespaces", None, ignored, "true")
    lab.configure([entry(ONE, namespaces=[inside, ignored])], watch_namespace="all", service_account="*")
    hooked()
    until("accounts are linked at creation", lambda: born_linked(lab, inside), 30)
    assert not born_linked(lab, outside)
    assert not born_linked(lab, ignored)
    assert not born_linked(lab, inside, {IGNORE: "true"})
    annotate(lab, "namespaces", None, ignored, None)
    until("opted in again", lambda: born_linked(lab, ignored), 20)
    annotate(lab, "serviceaccounts", inside, "default", "true")
    lab.wait_unlinked(inside)
    assert pod(lab, inside) == []
    annotate(lab, "serviceaccounts", inside, "default", None)
    lab.wait_linked(inside)
    assert pod(lab, inside) == [SECRET]


def test_the_webhook_keeps_to_labels(lab, hooked):
    inside, outside = lab.namespace(), lab.namespace()
    label(lab, inside, pull="acr")
    configure_own(lab, namespaceSelector={"matchLabels": {"pull": "acr"}})
    hooked()
    until("accounts are linked at creation", lambda: born_linked(lab, inside), 30)
    assert not born_linked(lab, outside)
    label(lab, outside, pull="acr")
    until("it has come into scope", lambda: born_linked(lab, outside), 20)
    label(lab, inside, pull=None)
    until("it has left the scope", lambda: not born_linked(lab, inside), 20)


# The admission policy

@pytest.fixture
def policy(lab, tmp_path):
    """Installs what `policy` prints for a configuration: its policy that links accounts."""
    made = []

    def install(**keys):
        path = tmp_path / "acr.yaml"
        path.write_text(yaml.safe_dump({"serviceAccounts": "all", **keys}))
        text = subprocess.run([PROGRAM, "policy", *version.POLICY_ARGUMENTS, "--config", path], check=True,
                              capture_output=True, text=True).stdout
        for item in yaml.safe_load_all(text):
            if item["kind"].startswith("Mutating"):
                plural = plural_of(item["kind"])
                made.append(path_of(plural, None, item["metadata"]["name"]))
                lab.kube.do("POST", path_of(plural), item)
    yield install
    for path in reversed(made):
        lab.kube.do("DELETE", path)


@pytest.mark.mutating_policies
def test_the_admission_policy_keeps_to_limits_labels_and_owners(lab, policy):
    inside, outside, unlabelled, ignored = (lab.namespace() for _ in range(4))
    for name in (inside, outside, ignored):
        label(lab, name, pull="acr")
    annotate(lab, "namespaces", None, ignored, "true")
    policy(namespaceSelector={"matchLabels": {"pull": "acr"}},
           instances=[{"id": ONE, "namespaces": f"{inside},{unlabelled},{ignored},more-*"}])
    until("the policy is in force", lambda: born_linked(lab, inside), 30)
    assert not born_linked(lab, inside, {IGNORE: "true"})
    assert not born_linked(lab, outside)
    assert not born_linked(lab, unlabelled)
    assert not born_linked(lab, ignored)
    annotate(lab, "namespaces", None, ignored, None)
    until("opted in again", lambda: born_linked(lab, ignored), 20)
