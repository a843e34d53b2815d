"""Values of the chart that say where the helper's Pods run and how its objects are labelled. No cluster is asked."""

import shutil
import subprocess

import pytest
import yaml

from lab import ROOT
from test_deploy import CHART, EVERYTHING, chart, rendered, values_file

NAME = "acr-credential-helper"


def deployment(folder, values):
    return rendered(folder, values)["Deployment", "kube-system", NAME]


def pod(folder, values):
    return deployment(folder, values)["spec"]["template"]["spec"]


def job(folder, values):
    """The Pod of the cleanup, from a copy of the chart in which it is no hook: hooks are not printed."""
    copy = folder / "chart"
    shutil.copytree(CHART, copy, dirs_exist_ok=True)
    helpers = copy / "templates/_helpers.tpl"
    helpers.write_text(helpers.read_text().replace("helm.sh/hook: post-delete", "not-a: hook"))
    made = yaml.safe_load_all(chart("template", "--values", values_file(folder, values), copy))
    return next(item for item in made if item and item["kind"] == "Job")["spec"]["template"]


def test_the_host_network_and_its_names_may_be_used(tmp_path):
    """docs/identities.md recommends it where the hop limit keeps Pods from the metadata service."""
    network = {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet", "dnsConfig": {"nameservers": ["10.0.0.2"]},
               "hostAliases": [{"ip": "10.0.0.9", "hostnames": ["registry.example"]}]}
    for spec in (pod(tmp_path, network), job(tmp_path, network)["spec"]):
        assert {key: spec[key] for key in network} == network
    assert not set(network) & set(pod(tmp_path, {}))
    assert pod(tmp_path, {"hostNetwork": True})["dnsPolicy"] == "ClusterFirstWithHostNet"


def test_further_files_can_be_mounted(tmp_path):
    volumes = [{"name": "profile", "secret": {"secretName": "aliyun-profile"}}]
    mounts = [{"name": "profile", "mountPath": "/etc/aliyun", "readOnly": True}]
    for more in ({}, {"managedRole": {"secret": ""}}):
        spec = pod(tmp_path, {"extraVolumes": volumes, "extraVolumeMounts": mounts, **more})
        assert spec["volumes"][-1] == volumes[0]
        assert spec["containers"][0]["volumeMounts"][-1] == mounts[0]


def test_a_container_before_the_helper_can_prepare_what_it_reads(tmp_path):
    """A profile from a vault, say, in a volume that both mount."""
    before = [{"name": "fetch", "image": "vault-agent:1", "volumeMounts": [{"name": "profile", "mountPath": "/out"}]}]
    spec = pod(tmp_path, {"initContainers": before, "extraVolumes": [{"name": "profile", "emptyDir": {}}]})
    assert spec["initContainers"] == before
    assert "initContainers" not in pod(tmp_path, {}) and "initContainers" not in job(tmp_path, {"initContainers": before})["spec"]


def test_where_the_helper_may_connect_to(tmp_path):
    def egress(values):
        made = rendered(tmp_path, {"networkPolicy": {"enabled": True, **values}})
        [dns, cloud] = made["NetworkPolicy", "kube-system", NAME]["spec"]["egress"]
        assert [port["port"] for port in dns["ports"]] == [53, 53] and "to" not in dns
        return [port["port"] for port in cloud["ports"]], cloud.get("to")
    assert egress({}) == ([443, 6443, 80, 65001], None)  # 65001: image acceleration, where logins are checked, too
    peers = [{"ipBlock": {"cidr": "100.64.0.0/10"}}]
    assert egress({"egressTo": peers, "egressPorts": [443]}) == ([443], peers)


def test_pull_secrets_are_names_or_objects(tmp_path):
    spec = {"image": {"pullSecrets": ["mine", {"name": "theirs"}]}}
    for made in (pod(tmp_path, spec), job(tmp_path, spec)["spec"]):
        assert made["imagePullSecrets"] == [{"name": "mine"}, {"name": "theirs"}]


def test_every_object_has_the_usual_labels_and_those_of_the_values(tmp_path):
    for (kind, _, name), item in rendered(tmp_path, {**EVERYTHING, "commonLabels": {"team": "platform"}}).items():
        if kind.startswith("ValidatingAdmissionPolicy") and name != f"{NAME}-webhook":
            continue  # The same text is in the program, which knows no release.
        labels = item["metadata"]["labels"]
        assert labels["app.kubernetes.io/instance"] == NAME, (kind, name)
        assert labels["app.kubernetes.io/managed-by"] == "Helm"
        assert labels["app.kubernetes.io/version"] and labels["helm.sh/chart"].startswith(NAME + "-")
        assert labels["team"] == "platform"
    made = deployment(tmp_path, {"commonLabels": {"team": "platform"}})
    assert made["spec"]["template"]["metadata"]["labels"]["team"] == "platform"
    assert set(made["spec"]["selector"]["matchLabels"]) == {"app.kubernetes.io/name", "app.kubernetes.io/component"}


def test_what_is_applied_without_helm_does_not_say_that_helm_manages_it():
    for file in ("manifest.yaml", "rbac.yaml", "kustomize/rbac.yaml", "kustomize/deployment.yaml"):
        text = (ROOT / "deploy" / file).read_text()
        assert "Helm" not in text.replace("deploy/helm", "") and "helm.sh/chart" not in text


def test_how_a_deployment_is_rolled_out(tmp_path):
    made = deployment(tmp_path, {"deploymentAnnotations": {"a": "b"}, "revisionHistoryLimit": 3,
                                 "updateStrategy": {"type": "Recreate"}})
    assert made["metadata"]["annotations"] == {"a": "b"}
    assert made["spec"]["revisionHistoryLimit"] == 3 and made["spec"]["strategy"] == {"type": "Recreate"}
    bare = deployment(tmp_path, {})
    assert "annotations" not in bare["metadata"]
    assert not {"strategy", "revisionHistoryLimit"} & set(bare["spec"])


def test_the_cleanup_runs_where_the_helper_does(tmp_path):
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "a", "operator": "Exists"}]}]}}}
    made = job(tmp_path, {"affinity": affinity, "priorityClassName": "high", "podLabels": {"c": "d"},
                          "podAnnotations": {"e": "f"}})
    assert made["spec"]["affinity"] == affinity and made["spec"]["priorityClassName"] == "high"
    assert made["metadata"]["labels"]["c"] == "d" and made["metadata"]["annotations"] == {"e": "f"}


def test_probes_and_metrics_may_share_a_port(tmp_path):
    """As docs/observability.md says of the two flags."""
    container = pod(tmp_path, {"probes": {"port": 9090}})["containers"][0]
    assert [port["containerPort"] for port in container["ports"]] == [9090, 8443]
    names = {port["name"] for port in container["ports"]}
    assert container["livenessProbe"]["httpGet"]["port"] in names and "metrics" in names


def test_without_resources_none_are_rendered(tmp_path):
    assert "resources" not in pod(tmp_path, {"resources": None})["containers"][0]


def test_metrics_can_be_relabelled(tmp_path):
    rules = [{"targetLabel": "cluster", "replacement": "c1"}]
    made = rendered(tmp_path, {"metrics": {"serviceMonitor": {
        "enabled": True, "relabelings": rules, "metricRelabelings": rules}}})
    [endpoint] = made["ServiceMonitor", "kube-system", NAME]["spec"]["endpoints"]
    assert endpoint["relabelings"] == endpoint["metricRelabelings"] == rules


def test_a_chart_that_holds_this_one_can_switch_it_on_and_off(tmp_path):
    """`condition: acr-credential-helper.enabled` of an umbrella chart: Helm hands the value on to the chart."""
    parent = tmp_path / "umbrella"
    shutil.copytree(CHART, parent / "charts" / NAME)
    (parent / "Chart.yaml").write_text(yaml.safe_dump({
        "apiVersion": "v2", "name": "umbrella", "version": "1.0.0",
        "dependencies": [{"name": NAME, "version": ">=0.0.0-0", "condition": f"{NAME}.enabled"}]}))
    for enabled in (True, False):
        text = chart("template", "--values", values_file(tmp_path, {NAME: {"enabled": enabled}}), parent)
        assert ("kind: Deployment" in text) == enabled


def test_nothing_is_as_good_as_empty(tmp_path):
    """`data:` with nothing behind it, as where its content was commented out."""
    assert rendered(tmp_path, {"configuration": {"data": None}}) == rendered(tmp_path, {})
    for admission in ("policy", "off"):
        values = {"admission": admission, "rbac": {"namespaces": ["default"]}, "configuration": {"data": None}}
        chart("template", "--kube-version", "1.36.0", "--values", values_file(tmp_path, values), CHART)


def keys_of(values, above=()):
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from keys_of(value, (*above, key))


@pytest.mark.parametrize("key", [key for key in keys_of(yaml.safe_load((CHART / "values.yaml").read_text()))
                                 if key not in (("revisionHistoryLimit",), ("resources",))], ids=".".join)
def test_a_key_with_nothing_behind_it_is_never_a_fault_of_a_template(tmp_path, key):
    values = None
    for part in reversed(key):
        values = {part: values}
    done = subprocess.run([ROOT / "build/tools/chart", "template", "--values", values_file(tmp_path, values), CHART],
                          check=False, capture_output=True, text=True)
    assert done.returncode == 0 or f"missing property '{key[-1]}'" in done.stderr, done.stderr


@pytest.mark.parametrize("values, told", [
    ({"podLabels": {"app.kubernetes.io/name": "x"}}, "podLabels: app.kubernetes.io/name"),
    ({"commonLabels": {"app.kubernetes.io/component": "x"}}, "commonLabels: app.kubernetes.io/component"),
    ({"extraRoots": "notpem"}, "extraRoots"),
    ({"metrics": {"port": 8443}}, "webhook.port"),
    ({"statusPage": {"port": 8081}}, "statusPage.port"),
])
def test_what_would_contradict_itself_is_refused(tmp_path, values, told):
    assert told in chart("template", "--values", values_file(tmp_path, values), CHART, fails=True)


def test_a_number_that_yaml_reads_in_a_name_stays_a_name(tmp_path):
    for namespace in ("2024", "1e3", "0x10", "on"):
        for item in yaml.safe_load_all(chart("template", "--namespace", namespace, "--set",
                                             "guardPolicies.required=false", CHART)):
            found = item["metadata"].get("namespace", namespace)
            assert found in (namespace, "kube-system"), item
