"""Passwords are tried at a real registry: told, and never a reason to withhold the only one."""

from lab.objects import auths
from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry
from test_metrics import METRICS, port_of, scrape, value
from test_renew import renew
from test_why import faults, why

IMAGE = "app/web:1"
LABORATORY = {"registry": True, "cluster": "kubesim"}


def run(lab, *arguments):
    """A helper that serves one namespace; what it knows when the password is there."""
    if lab.registry.program is None:
        lab.registry.fill(IMAGE)
        lab.registry.start(lab.cloud.report["http"] + "/auth", lab.cloud.report["registry_token_cert"], "cloudsim")
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper(*METRICS, *arguments)
    lab.wait_secret(namespace, [lab.registry.host, *domains_of("one")])
    return helper


def verdicts(helper, count):
    """{domain: verdict}, once there are so many."""
    def known():
        samples, _ = scrape(port_of(helper, "metrics"))
        found = {dict(labels)["domain"]: dict(labels)["verdict"] for name, labels in samples
                 if name == "acr_helper_registry_login"}
        return found if len(found) == count else None
    return until("the verdicts are logged", known, 30)


def test_a_good_password_is_accepted_and_names_that_do_not_resolve_are_distinguished(lab):
    mark = lab.cloud.mark()
    helper = run(lab)
    public, vpc = domains_of("one")
    assert verdicts(helper, 3) == {lab.registry.host: "accepted", public: "undecided", vpc: "undecided"}
    assert len(lab.cloud.calls("registry/auth", since=mark)) == 1
    told = {line["domain"]: line["cause_id"] for line in helper.log("login_tried")}
    assert told == {public: "registry_unresolved", vpc: "registry_unresolved"}


def test_a_refused_password_is_published_all_the_same_and_reported_where_operators_look(lab):
    lab.cloud.fault("http_status", "registry/auth", status=401)
    helper = run(lab)
    assert verdicts(helper, 3)[lab.registry.host] == "refused"
    line = helper.wait_log("login_tried", domain=lab.registry.host)
    assert (line["level"], line["cause_id"]) == ("warning", "login_refused")
    until("the Event is there", lambda: any(event["reason"] == "LoginRefused" and lab.registry.host in event["message"]
                                            for event in lab.kube.list("events", "kube-system")))


def test_a_password_that_the_registry_refuses_does_not_replace_one_that_it_took(lab):
    helper = run(lab)
    assert verdicts(helper, 3)[lab.registry.host] == "accepted"
    namespace = helper.log("namespace_served")[0]["namespace"]
    before = auths(lab.secret(namespace))
    fault = lab.cloud.fault("http_status", "registry/auth", status=401)
    failed = renew(lab, ONE)
    assert failed.returncode == 3 and "refuses the user and password" in failed.stdout, failed
    assert auths(lab.secret(namespace)) == before
    lab.cloud.mend(fault)
    assert renew(lab, ONE).returncode == 0
    until("the next one is written", lambda: auths(lab.secret(namespace)) != before)


def test_no_registry_is_asked_if_that_is_off(lab):
    mark = lab.cloud.mark()
    helper = run(lab, "--verify-login=false")
    samples, _ = scrape(port_of(helper, "metrics"))
    assert value(samples, "credential_withdrawn", acr_instance=ONE + "@cn-hangzhou") == 0
    helper.stop()
    assert lab.cloud.calls("registry/auth", since=mark) == []
    assert helper.log("login_tried") == []


def test_a_server_that_only_the_configuration_names_gets_no_password_from_the_helper(lab):
    """A user who may edit the ConfigMap needs a Pod to get at a password: the helper does not send it there."""
    helper = run(lab)
    verdicts(helper, 3)
    namespace = helper.wait_log("namespace_served")["namespace"]
    mark = lab.cloud.mark()
    lab.configure([entry(TWO, domains=lab.registry.host)], watch_namespace=namespace)
    line = helper.wait_log("domains_foreign")
    assert (line["level"], line["domains"]) == ("warning", lab.registry.host)
    assert helper.wait_log("login_tried", domain=lab.registry.host)["cause_id"] == "registry_foreign"
    assert lab.cloud.calls("registry/auth", since=mark) == []
    helper.stop()
    vouched = lab.helper(*METRICS, "--verify-login-at", lab.registry.host)
    assert verdicts(vouched, 1)[lab.registry.host] != "undecided"
    assert vouched.log("domains_foreign") == []


def test_why_asks_the_registry_as_a_node_would(lab):
    helper = run(lab)
    namespace = helper.wait_log("namespace_served")["namespace"]
    image = f"{lab.registry.host}/{IMAGE}"
    good = why(lab, namespace, "--ask-registry", "-i", image)
    assert good.returncode == 0 and f"{image}: the registry grants it to this credential" in good.stdout
    absent = why(lab, namespace, "--ask-registry", "-i", image + "-no")
    assert absent.returncode == 3 and any(f"there is no {image}-no" in fault for fault in faults(absent))
    fault = lab.cloud.fault("http_status", "registry/auth", status=401)
    refused = why(lab, namespace, "--ask-registry", "-i", image)
    assert refused.returncode == 3 and "refuses the user and password" in refused.stdout
    lab.cloud.mend(fault)
    fault = lab.cloud.fault("http_status", "registry/auth", status=403)  # as an access control list does
    closed = why(lab, namespace, "--ask-registry", "-i", image)
    assert closed.returncode == 0 and "refuses every login from here" in closed.stdout, closed
    assert "cr:PullRepository" not in closed.stdout
    lab.cloud.mend(fault)
    elsewhere = why(lab, namespace, "--ask-registry", "-i", f"{domains_of('one')[0]}/app:1")
    assert elsewhere.returncode == 0 and "does not resolve here" in elsewhere.stdout
    for _, password in auths(lab.secret(namespace)).values():
        assert password not in good.stdout + refused.stdout
