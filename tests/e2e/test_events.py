"""Kubernetes Events tell an operator what has happened, at the object where it is looked for."""

from lab.kube import MERGE_PATCH, path_of
from lab.objects import CONFIG, SECRET, docker_secret, has_passwords
from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry

COMPONENT = "acr-credential-helper"


def events(lab, namespace, reason=None, kind=None):
    """Those of ours, as `kubectl describe` finds them: by the object's uid."""
    return [item for item in lab.kube.list("events", namespace)
            if item["source"].get("component") == COMPONENT
            and reason in (None, item["reason"]) and kind in (None, item["involvedObject"]["kind"])]


def wait_event(lab, reason, namespace="kube-system", about=None, seconds=20.0, **more):
    """The first one that says this about an object (a uid) that exists now."""
    def look():
        return [item for item in events(lab, namespace, reason)
                if about in (None, item["involvedObject"].get("uid"))
                and all(text in item["message"] for text in more.values())]
    return until(f"the event {reason} {more or ''}", look, seconds)[0]


def uid_of_configuration(lab):
    return lab.kube.get("configmaps", "kube-system", CONFIG)["metadata"]["uid"]


def clear(lab):
    for namespace in ("kube-system", "default"):
        for item in events(lab, namespace):
            lab.kube.delete("events", namespace, item["metadata"]["name"])


def test_a_configuration_is_accepted_rejected_and_accepted_again(lab):
    clear(lab)
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper()
    lab.wait_secret(namespace, domains_of("one"))
    about = uid_of_configuration(lab)
    said = wait_event(lab, "ConfigurationAccepted", about=about, instances="1 instance", which=ONE)
    assert said["type"] == "Normal" and said["count"] == 1
    assert said["reportingInstance"]  # the host's name

    lab.configure("- instanceId: a\n\tregionId: b\n", watch_namespace=namespace)
    bad = wait_event(lab, "ConfigurationRejected", about=about, line="line 2", key="acr-registry-info",
                     stays="The last good configuration stays in force")
    assert bad["type"] == "Warning"

    # Back to what is in force: nothing changes, but that it is well again is said.
    lab.configure([entry(ONE)], watch_namespace=namespace)
    again = until("it is accepted again", lambda: [
        item for item in events(lab, "kube-system", "ConfigurationAccepted") if item["count"] == 2])[0]
    assert again["metadata"]["uid"] == said["metadata"]["uid"]  # counted up in place
    assert len(helper.log("token_issued")) == 1
    assert not helper.log("event_failed")


def test_an_entry_that_is_left_out_is_reported_with_its_place(lab):
    clear(lab)
    lab.configure([entry(ONE), {"instanceId": "nonsense", "regionId": "cn-hangzhou"}], watch_namespace="default")
    lab.helper()
    wait_event(lab, "ConfigurationEntryRejected", key="acr-registry-info[1].instanceId", line="line ")


def test_a_configuration_that_is_gone_is_reported(lab):
    clear(lab)
    lab.configure([entry(ONE)], watch_namespace="default")
    lab.helper()
    wait_event(lab, "ConfigurationAccepted")
    lab.kube.delete("configmaps", "kube-system", CONFIG)
    wait_event(lab, "ConfigurationMissing", stays="stays in force")


def test_an_instance_that_fails_is_reported_with_step_and_cause_and_recovers(lab):
    clear(lab)
    namespace = lab.namespace()
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace)
    lab.cloud.fault("error_code", "GetAuthorizationToken", {"instance": TWO}, code="NoPermission", status=403)
    helper = lab.helper()
    lab.wait_secret(namespace, domains_of("one"))
    said = wait_event(lab, "InstanceFailing", about=uid_of_configuration(lab), which=TWO,
                      step="GetAuthorizationToken", code="NoPermission")
    assert said["type"] == "Warning" and said["involvedObject"]["kind"] == "ConfigMap"
    assert not [item for item in events(lab, "kube-system", "InstanceFailing") if ONE in item["message"]]
    lab.cloud.mend()
    # Another entry for it: asked for again at once.
    lab.configure([entry(ONE), entry(TWO, domains="two.example.com")], watch_namespace=namespace)
    lab.wait_secret(namespace, ["two.example.com"])
    wait_event(lab, "InstanceRecovered", which=TWO)
    assert not helper.log("event_failed")


def test_a_foreign_secret_is_reported_on_the_account_of_its_namespace(lab):
    namespace = lab.namespace()
    lab.kube.create("secrets", namespace, docker_secret(SECRET))
    lab.configure([entry(ONE)], watch_namespace=namespace)
    lab.helper()
    account = lab.account(namespace)["metadata"]["uid"]
    said = wait_event(lab, "SecretNotOurs", namespace, about=account, what=SECRET)
    assert said["involvedObject"]["kind"] == "ServiceAccount" and said["type"] == "Warning"
    lab.quiet(namespace)
    assert len(events(lab, namespace)) == 1


def test_a_refused_write_is_reported_there_and_in_sum(lab):
    """A namespace of which a quota allows no more Secrets: the server refuses each write."""
    clear(lab)
    namespace, beside = lab.namespace(), lab.namespace()
    none = {"count/secrets": "0"}
    lab.kube.create("resourcequotas", namespace, {"metadata": {"name": "none"}, "spec": {"hard": none}})
    # In the place of the controller that counts.
    lab.kube.do("PATCH", path_of("resourcequotas", namespace, "none", "status"),
                {"status": {"hard": none, "used": none}}, MERGE_PATCH)
    lab.configure([entry(ONE)], watch_namespace=f"{namespace},{beside}")
    helper = lab.helper()
    lab.wait_secret(beside, domains_of("one"))
    account = lab.account(namespace)["metadata"]["uid"]
    wait_event(lab, "WriteRefused", namespace, about=account, step="apply secret")
    wait_event(lab, "WritesFailing", count="1 namespace", where=namespace)
    line = helper.wait_log("write_failed", namespaces=1)
    assert line["examples"] == f"secret {namespace}/{SECRET}" and line["level"] == "warning"
    lab.kube.delete("resourcequotas", namespace, "none")
    lab.kube.wait("the Secret is there", lambda found: has_passwords(found, domains_of("one")),
                  "secrets", namespace, SECRET, 60)
    wait_event(lab, "WritesRecovered")
    helper.wait_log("writes_recovered")
