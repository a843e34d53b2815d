"""The admission webhook on the real API server, which calls it as it would in a cluster: by a Service, over
TLS, as the chart registers it. Only the way to the Service is another one: there is no node in between."""

import base64
import ssl
import subprocess
import threading
import time

import pytest

from lab.kube import APPLY, JSON_PATCH, path_of
from lab.objects import SECRET
from lab.waiting import until
from lab.webhook import HOOKS, NAME, SERVICE, port_of, probe, pull_secrets, register, rendered_all, unregister
from lab.world import ONE, TWO, domains_of, entry

@pytest.fixture(autouse=True)
def unregistered(lab):
    yield
    lab.stop_helpers()
    unregister(lab)


def start(lab, *arguments, **keys):
    """A helper whose webhook is in force."""
    lab.configure([entry(ONE)], **{"watch_namespace": "all", "service_account": "*", **keys})
    helper = lab.helper("--webhook-address", "127.0.0.1:0", *arguments)
    register(lab, helper)
    until("accounts are linked at creation", lambda: probe(lab), 30)
    return helper


def first_seen(lab, version, names):
    """{(namespace, name): references with which it was created}"""
    found = {}
    for kind, item in lab.kube.watch("serviceaccounts", seconds=20, version=version):
        if kind == "ADDED":
            key = item["metadata"]["namespace"], item["metadata"]["name"]
            found.setdefault(key, pull_secrets(item))
        if names <= found.keys():
            return found
    return found


def now_of(lab):
    return lab.kube.do("GET", path_of("serviceaccounts"))["metadata"]["resourceVersion"]


def test_accounts_are_linked_at_creation(lab):
    start(lab)
    version = now_of(lab)
    names = set()
    for _ in range(50):  # in a namespace of the same moment
        namespace = f"born-{next(lab.numbers)}"
        lab.kube.create("namespaces", None, {"metadata": {"name": namespace}})
        lab.kube.create("serviceaccounts", namespace, {"metadata": {"name": "robot"},
                                                       "imagePullSecrets": [{"name": "mine"}, {}]})
        names |= {(namespace, "robot"), (namespace, "default")}
    found = first_seen(lab, version, names)
    assert names <= found.keys()
    assert {key: found[key] for key in names if SECRET not in found[key]} == {}
    robot = lab.account(sorted(names)[0][0], "robot")
    assert robot["imagePullSecrets"] == [{"name": "mine"}, {}, {"name": SECRET}]


def pod(lab, namespace, image=f"{domains_of('one')[0]}/a/b:1", **spec):
    """Created as soon as its account exists; its references."""
    body = {"metadata": {"generateName": "p-"}, "spec": {"containers": [{"name": "c", "image": image}], **spec}}

    def attempt():
        status, answer = lab.kube.ask("POST", path_of("pods", namespace), body)
        return answer if status == 201 else None
    made = until("the Pod is created", attempt, 10)
    return [item.get("name") for item in made["spec"].get("imagePullSecrets", [])]


def test_a_pod_created_at_once_has_the_references(lab):
    start(lab)
    unlinked = []
    for _ in range(50):
        namespace = f"pod-{next(lab.numbers)}"
        lab.kube.create("namespaces", None, {"metadata": {"name": namespace}})
        if SECRET not in pod(lab, namespace):
            unlinked.append(namespace)
    assert unlinked == []


def test_a_pod_gets_what_its_account_did_not_have_yet(lab):
    """Linked by nobody: the account was there before the helper."""
    namespace = lab.namespace("robot")
    start(lab, "--leader-elect")
    lab.wait_linked(namespace, "robot")
    lab.kube.merge("serviceaccounts", namespace, "robot", {"imagePullSecrets": None})  # linked as it is replaced
    assert pull_secrets(lab.account(namespace, "robot")) == [SECRET]
    assert pod(lab, namespace, serviceAccountName="robot") == [SECRET]
    assert pod(lab, namespace, serviceAccountName="robot", imagePullSecrets=[{"name": "mine"}]) == ["mine"]


def test_a_foreign_secret_of_our_name_is_linked_to_nothing(lab):
    """As a kubelet sees it: one that it cannot read keeps it from pulling anything."""
    namespace = lab.namespace()
    lab.kube.create("secrets", namespace, {"metadata": {"name": SECRET}, "type": "Opaque"})
    helper = start(lab)
    helper.wait_log("secret_foreign", namespace=namespace)
    lab.kube.create("serviceaccounts", namespace, {"metadata": {"name": "robot"}})
    assert pull_secrets(lab.account(namespace, "robot")) == []
    assert pod(lab, namespace) == pod(lab, namespace, serviceAccountName="robot") == []

    lab.kube.delete("secrets", namespace, SECRET)
    lab.wait_linked(namespace, "robot")
    assert pod(lab, namespace, serviceAccountName="robot") == [SECRET]


def test_a_pod_with_a_list_of_its_own_gets_ours_if_that_is_wanted(lab):
    start(lab, webhook_configuration="pods-with-own-list: true")
    namespace, mine = lab.namespace(), [{"name": "mine"}]
    assert pod(lab, namespace, imagePullSecrets=mine) == ["mine", SECRET]
    assert pod(lab, namespace, "docker.io/library/busybox:1", imagePullSecrets=mine) == ["mine"]
    lab.configure([entry(ONE)], watch_namespace="all", service_account="*", webhook_configuration="enable: false")
    until("nothing is added any more", lambda: not probe(lab), 10)


def test_nothing_is_done_out_of_scope(lab):
    inside, outside = lab.namespace(), lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=f"default,{inside}", service_account="robot")
    helper = lab.helper("--webhook-address", "127.0.0.1:0")
    register(lab, helper)
    until("accounts are linked at creation", lambda: SECRET in pull_secrets(lab.kube.do(
        "POST", path_of("serviceaccounts", inside) + "?dryRun=All", {"metadata": {"name": "robot"}})), 30)
    for namespace, name in ((outside, "robot"), (inside, "other"), ("kube-system", "robot")):
        made = lab.kube.do("POST", path_of("serviceaccounts", namespace) + "?dryRun=All", {"metadata": {"name": name}})
        assert "imagePullSecrets" not in made
    assert pod(lab, outside) == []


def test_all_references_that_the_configuration_needs(lab):
    lab.configure([entry(ONE, domains="a.example.com"), entry(TWO, domains="a.example.com")],
                  watch_namespace="all", service_account="*")
    helper = lab.helper("--webhook-address", "127.0.0.1:0")
    register(lab, helper)
    until("accounts are linked at creation", lambda: probe(lab), 30)
    account = path_of("serviceaccounts", lab.namespace()) + "?dryRun=All"

    def references():
        return pull_secrets(lab.kube.do("POST", account, {"metadata": {"name": "x"}}))
    assert references() == [SECRET, f"{SECRET}-2"]
    helper.stop()
    # Where the configuration names no domains it takes the cloud's answer to know.
    lab.configure([entry(ONE, domains=domains_of("two")[0]), entry(TWO)], watch_namespace="all", service_account="*")
    register(lab, lab.helper("--webhook-address", "127.0.0.1:0"))
    until("the domains of the other instance are known", lambda: references() == [SECRET, f"{SECRET}-2"], 20)


def test_a_helper_that_is_gone_keeps_nothing_from_being_created(lab):
    helper = start(lab)
    helper.kill()
    for _ in range(5):
        namespace = lab.namespace("robot")
        assert pull_secrets(lab.account(namespace, "robot")) == []
        assert pod(lab, namespace, serviceAccountName="robot") == []


def test_a_bundle_that_is_overwritten_is_restored(lab):
    """The API server refuses the certificate then, and so the helper hears of it."""
    helper = start(lab)
    foreign = base64.b64encode((lab.cluster.ca).read_bytes()).decode()
    before = len(helper.log("webhook_trusted"))
    lab.kube.do("PATCH", f"{HOOKS}/{NAME}", [
        {"op": "replace", "path": f"/webhooks/{number}/clientConfig/caBundle", "value": foreign} for number in (0, 1)],
        JSON_PATCH)
    until("it is refused", lambda: not probe(lab), 10)  # and the account created all the same
    until("it is trusted again", lambda: probe(lab), 30)
    assert len(helper.log("webhook_trusted")) == before + 1


def test_a_secret_that_is_emptied_is_filled_again(lab):
    helper = start(lab)
    lab.kube.merge("secrets", "kube-system", SERVICE, {"data": None})
    helper.stop()
    start(lab)
    assert set(lab.kube.get("secrets", "kube-system", SERVICE)["data"]) == {"tls.crt", "tls.key", "ca.crt"}


def test_replicas_answer_with_one_certificate_and_only_the_leader_writes(lab):
    first = start(lab, "--leader-elect")
    second = lab.helper("--webhook-address", "127.0.0.1:0", "--leader-elect")
    second.wait_log("webhook_serving")
    assert not second.log("webhook_certificate_written") and not second.log("webhook_trusted")
    shown = [ssl.get_server_certificate(("127.0.0.1", port_of(one))) for one in (first, second)]
    assert shown[0] == shown[1]
    register(lab, second)  # the API server asks the one that stands by
    first.kill()
    until("accounts are linked at creation", lambda: probe(lab), 30)


def test_a_renewal_loses_no_request(lab):
    helper = start(lab, "--webhook-certificate-life", "12")
    stop, missed, asked = threading.Event(), [], [0]

    def load():
        while not stop.is_set():
            asked[0] += 1
            if not probe(lab):
                missed.append(time.monotonic())
    threads = [threading.Thread(target=load) for _ in range(3)]
    for one in threads:
        one.start()
    try:
        until("it was renewed three times",
              lambda: len(helper.log("webhook_certificate_written", why="renewed")) >= 3, 60)
    finally:
        stop.set()
        for one in threads:
            one.join()
    print(f"{asked[0]} objects, {len(missed)} unlinked")
    assert asked[0] > 100 and not missed


def guard_kind(item):
    return "validatingadmissionpolicies" if item["kind"].endswith("Policy") else "validatingadmissionpolicybindings"


def test_a_stolen_token_changes_nothing_but_the_bundle(lab):
    start(lab)
    made = [item for item in rendered_all() if item["kind"].startswith("Validating")]
    for item in made:
        lab.kube.do("PATCH", path_of(guard_kind(item), None, item["metadata"]["name"]), item, APPLY,
                    fieldManager="installer", force="true")
    thief = lab.cluster.restricted
    hook = path_of("mutatingwebhookconfigurations", None, NAME)

    def change(path, value, op="replace"):
        return thief.ask("PATCH", hook, [{"op": op, "path": path, "value": value}], JSON_PATCH, dryRun="All")[0]
    until("the policy is in force", lambda: change("/webhooks/1/rules/0/resources/0", "secrets") == 422)
    for path, value in (("/webhooks/0/clientConfig/service/name", "other"), ("/webhooks/0/failurePolicy", "Fail"),
                        ("/webhooks/0/namespaceSelector", {}), ("/webhooks/0/matchConditions", []),
                        ("/webhooks/0/timeoutSeconds", 30), ("/metadata/labels", {}), ("/webhooks", [])):
        assert change(path, value) == 422, path
    assert change("/metadata/finalizers", ["a.example.com/b"], "add") == 422
    assert change("/webhooks/0/clientConfig/url", "https://a.example.com", "add") == 422
    # What the helper does goes on.
    lab.kube.do("PATCH", hook, [{"op": "remove", "path": f"/webhooks/{number}/clientConfig/caBundle"}
                                for number in (0, 1)], JSON_PATCH)
    until("it is refused", lambda: not probe(lab), 10)
    until("it is trusted again", lambda: probe(lab), 30)
    assert thief.ask("DELETE", hook)[0] == 403
    for name in ("other", SERVICE):
        assert thief.ask("POST", path_of("secrets", "kube-system"), {"metadata": {"name": name}})[0] == 403
    assert thief.ask("DELETE", path_of("secrets", "kube-system", SERVICE))[0] == 403
    for item in made:
        lab.kube.delete(guard_kind(item), None, item["metadata"]["name"])


def test_certificates_from_elsewhere_are_used_and_the_bundle_left_alone(lab, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=webhook", "-addext", f"subjectAltName=DNS:{SERVICE}.kube-system.svc", "-days", "1",
                    "-keyout", tmp_path / "tls.key", "-out", tmp_path / "tls.crt"], check=True, capture_output=True)
    lab.configure([entry(ONE)], watch_namespace="all", service_account="*")
    helper = lab.helper("--webhook-address", "127.0.0.1:0", "--webhook-cert-dir", tmp_path)
    register(lab, helper)
    bundle = base64.b64encode((tmp_path / "tls.crt").read_bytes()).decode()
    lab.kube.do("PATCH", f"{HOOKS}/{NAME}", [
        {"op": "add", "path": f"/webhooks/{number}/clientConfig/caBundle", "value": bundle} for number in (0, 1)],
        JSON_PATCH)
    until("accounts are linked at creation", lambda: probe(lab), 30)
    assert not helper.log("webhook_certificate_written")
    assert not (lab.kube.get("secrets", "kube-system", SERVICE).get("data") or {})
