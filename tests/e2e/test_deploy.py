"""What is in deploy/: rendered, checked, installed and removed on the real server by Helm's own code."""

import json
import os
import subprocess

import pytest
import yaml

from lab import ROOT, guard, version
from lab.helper import Helper
from lab.jobs import JobRunner
from lab.kube import JSON_PATCH, MERGE_PATCH, Kube, Refused, path_of, plural_of
from lab.objects import MANAGED_BY, SECRET, docker_secret, link_raw, pull_secrets
from lab.waiting import until
from lab.world import ONE, domains_of, entry

CHART = ROOT / "deploy/helm/acr-credential-helper"
USER = "system:serviceaccount:kube-system:aliyun-acr-credential-helper"
APPLY = "application/apply-patch+yaml"


def chart(*arguments, fails=False):
    done = subprocess.run([ROOT / "build/tools/chart", *map(str, arguments)], check=False, capture_output=True,
                          stdin=subprocess.DEVNULL, text=True,
                          env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")})
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stderr if fails else done.stdout


def values_file(folder, values):
    path = folder / "values.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


def rendered(folder, values):
    text = chart("template", "--values", values_file(folder, values), CHART)
    return {(item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]): item
            for item in yaml.safe_load_all(text) if item}


# Everything that can be switched on, beside what needs other operators' kinds.
EVERYTHING = {
    "image": {"repository": "registry.example:5000/acr/helper", "digest": "sha256:" + "0" * 64,
              "pullSecrets": ["mine"]},
    "replicas": 2, "region": "cn-hangzhou", "publicEndpoints": True, "verifyLogin": False,
    "onExpiry": "remove", "verifyLoginAt": ["r.example:5000", "*.b.example"],
    "endpoints": {"sts": "https://sts.example", "cr": "https://cr.example", "metadata": "http://169.254.1.1"},
    "extraRoots": "-----BEGIN CERTIFICATE-----\n", "extraEnv": [{"name": "A", "value": "b"}],
    "configuration": {"data": {"watch-namespace": ["team-a", "team-b"], "service-account": "*",
                               "rrsa": {"enable": True}, "expiring-threshold": "15m",
                               "acr-registry-info": [{"instanceId": "cri-x"}]}},
    "rrsa": {"mountToken": True}, "probes": {"enabled": True}, "metrics": {"enabled": True},
    "networkPolicy": {"enabled": True}, "tolerations": [{"operator": "Exists"}],
    "podAnnotations": {"a": "b"}, "podLabels": {"c": "d"}, "priorityClassName": "",
}


def test_what_is_rendered_from_the_chart_is_up_to_date():
    done = subprocess.run([ROOT / "tools/deploy-render", "--check"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_helm_finds_nothing_wrong(tmp_path):
    for values in ({}, EVERYTHING):
        assert "[ERROR]" not in chart("lint", "--values", values_file(tmp_path, values), CHART)


def test_kustomize_builds_what_the_manifest_holds(tmp_path):
    built = list(yaml.safe_load_all(chart("kustomize", ROOT / "deploy/kustomize")))
    plain = [item for item in yaml.safe_load_all((ROOT / "deploy/manifest.yaml").read_text()) if item]

    def order(item):
        return item["kind"], item["metadata"]["name"]
    assert sorted(built, key=order) == sorted(plain, key=order)


def test_an_overlay_sets_image_and_configuration(tmp_path):
    """As docs/installation.md shows it."""
    (tmp_path / "overlay").mkdir()
    base = os.path.relpath(ROOT / "deploy/kustomize", tmp_path.resolve() / "overlay")
    (tmp_path / "overlay/kustomization.yaml").write_text(yaml.safe_dump({
        "resources": [base], "namespace": "kube-system",
        "images": [{"name": "acr-credential-helper", "newName": "registry.example/helper", "newTag": "1"}],
        "configMapGenerator": [{"name": "acr-configuration", "literals": ["watch-namespace=all"],
                                "options": {"disableNameSuffixHash": True}}]}))
    built = {item["kind"]: item for item in yaml.safe_load_all(chart("kustomize", tmp_path / "overlay"))}
    container = built["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "registry.example/helper:1"
    assert built["ConfigMap"]["data"] == {"watch-namespace": "all"}


def test_the_configuration_is_written_as_the_program_reads_it(tmp_path):
    made = rendered(tmp_path, EVERYTHING)["ConfigMap", "kube-system", "acr-configuration"]["data"]
    assert made["watch-namespace"] == "team-a,team-b"
    assert made["service-account"] == "*"
    assert made["rrsa"] == "enable: true"
    assert yaml.safe_load(made["acr-registry-info"]) == [{"instanceId": "cri-x"}]


def test_the_token_of_the_managed_role_is_mounted_where_the_helper_looks_for_it(tmp_path):
    pod = rendered(tmp_path, {})["Deployment", "kube-system", "acr-credential-helper"]["spec"]["template"]["spec"]
    assert {"name": "addon-token", "mountPath": "/var/addon", "readOnly": True} in pod["containers"][0]["volumeMounts"]
    secret = next(volume["secret"] for volume in pod["volumes"] if volume["name"] == "addon-token")
    assert secret["optional"] and secret["items"] == [{"key": "addon.token.config", "path": "token-config"}]
    bare = rendered(tmp_path, {"managedRole": {"secret": ""}})["Deployment", "kube-system", "acr-credential-helper"]
    assert "volumes" not in bare["spec"]["template"]["spec"]


def test_arguments_are_those_of_the_values(tmp_path):
    spec = rendered(tmp_path, EVERYTHING)["Deployment", "kube-system", "acr-credential-helper"]["spec"]
    container = spec["template"]["spec"]["containers"][0]
    assert container["args"] == [
        "run", "--log-level=info", "--log-format=json", "--leader-elect", "--region=cn-hangzhou", "--public-endpoints",
        "--verify-login=false", "--verify-login-at=r.example:5000,*.b.example",
        "--on-expiry=remove",
        "--sts-endpoint=https://sts.example", "--cr-endpoint=https://cr.example",
        "--metadata-endpoint=http://169.254.1.1", "--ca-file=/etc/acr-credential-helper/roots.pem",
        "--health-address=:8081", "--metrics-address=:9090", "--status-address=127.0.0.1:8082",
        "--webhook-address=:8443"]
    assert container["image"] == "registry.example:5000/acr/helper@sha256:" + "0" * 64
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"


def test_probes_and_metrics_are_there_unless_they_are_not_wanted(tmp_path):
    def container(values):
        spec = rendered(tmp_path, values)["Deployment", "kube-system", "acr-credential-helper"]["spec"]
        return spec["template"]["spec"]["containers"][0]
    made = container({})
    assert made["args"][-4:-1] == ["--health-address=:8081", "--metrics-address=:9090",
                                   "--status-address=127.0.0.1:8082"]
    assert made["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "health"}
    assert made["startupProbe"]["httpGet"]["path"] == made["livenessProbe"]["httpGet"]["path"] == "/livez"
    bare = container({"probes": {"enabled": False}, "metrics": {"enabled": False}, "statusPage": {"enabled": False},
                      "admission": False})  # as YAML reads off
    assert "ports" not in bare and "livenessProbe" not in bare
    assert not [word for word in bare["args"] if "address" in word]


def test_a_network_policy_says_who_may_connect(tmp_path):
    def ingress(values):
        made = rendered(tmp_path, values | {"networkPolicy": {"enabled": True, **values.get("networkPolicy", {})}})
        return made["NetworkPolicy", "kube-system", "acr-credential-helper"]["spec"]["ingress"]

    def port(number):
        return [{"protocol": "TCP", "port": number}]
    assert ingress({}) == [{"from": [{"namespaceSelector": {}}], "ports": port(9090)}, {"ports": port(8443)}]
    prometheus = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    servers = [{"ipBlock": {"cidr": "10.0.0.0/28"}}]
    assert ingress({"networkPolicy": {"metricsFrom": prometheus, "webhookFrom": servers}}) == [
        {"from": prometheus, "ports": port(9090)}, {"from": servers, "ports": port(8443)}]
    assert ingress({"metrics": {"enabled": False}, "admission": "off"}) == []


def test_the_dashboard_is_that_of_the_file(tmp_path):
    made = rendered(tmp_path, {"metrics": {"dashboard": {"enabled": True}}})
    found = made["ConfigMap", "kube-system", "acr-credential-helper-dashboard"]
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    [(name, text)] = found["data"].items()
    assert name == "acr-credential-helper.json"

    def without_links(item):
        if isinstance(item, dict):
            return {key: without_links(value) for key, value in item.items() if key != "links"}
        return [without_links(one) for one in item] if isinstance(item, list) else item
    of_file = json.loads((ROOT / "deploy/dashboard.json").read_text())
    assert json.loads(text) == without_links(of_file)  # Grafana knows no docs/

    made = rendered(tmp_path, {"metrics": {"dashboard": {"enabled": True}, "alerts": {"runbookUrl": "https://wiki/acr"}}})
    [text] = made["ConfigMap", "kube-system", "acr-credential-helper-dashboard"]["data"].values()
    dashboard = json.loads(text)
    assert without_links(dashboard) == without_links(of_file)
    links = [link["url"] for item in (dashboard, *dashboard["panels"]) for link in item.get("links", [])]
    assert len(links) > 10 and all(link.startswith("https://wiki/acr#") for link in links)


def test_the_alerts_of_the_operator_are_those_of_the_file(tmp_path):
    made = rendered(tmp_path, {"metrics": {"alerts": {"enabled": True, "labels": {"release": "x"}},
                                           "serviceMonitor": {"enabled": True}}})
    rules = made["PrometheusRule", "kube-system", "acr-credential-helper"]
    assert rules["metadata"]["labels"]["release"] == "x"
    assert rules["spec"] == yaml.safe_load((ROOT / "deploy/alerts.yaml").read_text())
    assert made["ServiceMonitor", "kube-system", "acr-credential-helper"]
    made = rendered(tmp_path, {"metrics": {"alerts": {"enabled": True, "runbookUrl": "https://wiki.example/acr"}}})
    rules = made["PrometheusRule", "kube-system", "acr-credential-helper"]["spec"]["groups"][0]["rules"]
    assert all(rule["annotations"]["runbook_url"] == f"https://wiki.example/acr#{rule['alert'].lower()}" for rule in rules)


def test_elsewhere_it_says_where_it_is(tmp_path):
    text = chart("template", "--namespace", "registry", CHART)
    args = next(item for item in yaml.safe_load_all(text)
                if item["kind"] == "Deployment")["spec"]["template"]["spec"]["containers"][0]["args"]
    assert "--config-map=registry/acr-configuration" in args
    assert "--service-account=registry/aliyun-acr-credential-helper" in args
    assert "--lease=registry/acr-credential-helper" in args
    assert "--webhook-service=registry/acr-credential-helper-webhook" in args


def test_one_value_says_how_accounts_are_linked_at_creation(tmp_path):
    def kinds(values):
        return {kind for kind, _, _ in rendered(tmp_path, {**values, "metrics": {"enabled": False}})
                if kind.startswith("Mutating") or kind in ("Service", "Secret")}
    assert kinds({}) == {"MutatingWebhookConfiguration", "Service", "Secret"}
    assert kinds({"admission": "policy"}) == {"MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"}
    assert kinds({"admission": "off"}) == kinds({"admission": False}) == set()


def test_the_webhook_asks_about_nothing_that_starts_the_helper(tmp_path):
    text = chart("template", "--namespace", "registry", "--values", values_file(tmp_path, {}), CHART)
    hooks = next(item for item in yaml.safe_load_all(text) if item and item["kind"] == "MutatingWebhookConfiguration")
    for hook in hooks["webhooks"]:
        [selector] = hook["namespaceSelector"]["matchExpressions"]
        assert selector["operator"] == "NotIn" and set(selector["values"]) == {"kube-system", "registry"}
        assert hook["failurePolicy"] == "Ignore" and hook["timeoutSeconds"] == 2 and hook["sideEffects"] == "None"


def webhook_service(folder, values):
    return rendered(folder, values)["Service", "kube-system", "acr-credential-helper-webhook"]["spec"]


def test_what_must_not_go_unanswered_is_asked_of_pods_that_are_not_ready_too(tmp_path):
    """Without a configuration no Pod of the helper is ready: with Fail, a Service without endpoints would keep Pods
    and accounts from being created in the whole cluster. With Ignore nothing is lost there, and a Pod that is only
    starting must not be asked: what it does not answer is admitted without a link."""
    assert webhook_service(tmp_path, {"replicas": 2, "webhook": {"failurePolicy": "Fail"}})["publishNotReadyAddresses"]
    assert "publishNotReadyAddresses" not in webhook_service(tmp_path, {"replicas": 2})


def test_a_certificate_from_elsewhere_takes_the_permissions_away(tmp_path):
    made = rendered(tmp_path, {"webhook": {"certificate": {"secret": "mine", "caBundle": "PEM",
                                                           "annotations": {"cert-manager.io/inject-ca-from": "a/b"}}}})
    assert ("ClusterRole", "", "acr-credential-helper-webhook") not in made
    assert ("Secret", "kube-system", "acr-credential-helper-webhook") not in made
    pod = made["Deployment", "kube-system", "acr-credential-helper"]["spec"]["template"]["spec"]
    assert "--webhook-cert-dir=/etc/acr-credential-helper-webhook" in pod["containers"][0]["args"]
    assert {"name": "webhook-certificate", "secret": {"secretName": "mine", "defaultMode": 0o440}} in pod["volumes"]
    hooks = made["MutatingWebhookConfiguration", "", "acr-credential-helper"]
    assert {hook["clientConfig"]["caBundle"] for hook in hooks["webhooks"]} == {"UEVN"}


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_leader_is_always_elected(tmp_path, replicas):
    """A rollout has two Pods, whatever the number of replicas."""
    spec = rendered(tmp_path, {"replicas": replicas, "extraEnv": [{"name": "TZ", "value": "UTC"}]})[
        "Deployment", "kube-system", "acr-credential-helper"]["spec"]
    container = spec["template"]["spec"]["containers"][0]
    assert "--leader-elect" in container["args"]
    assert not [word for word in container["args"] if word.startswith("--lease=")]
    assert container["env"] == [{"name": "POD_UID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}},
                                {"name": "TZ", "value": "UTC"}]


@pytest.mark.parametrize("values, told", [
    ({"replica": 2}, "replica"),
    ({"logLevel": "loud"}, "logLevel"),
    ({"image": {"repository": "a:1"}}, "repository"),
    ({"rbac": {"namespaces": ["team-a"]}, "configuration": {"data": {"watch-namespace": "team-a,team-b"}}}, "team-b"),
    ({"rbac": {"namespaces": ["team-a"]}, "configuration": {"data": {"watch-namespace": "all"}}}, "all"),
    ({"admission": "policy", "configuration": {"data": {"watch-namespace": "team'"}}}, "cannot be a name"),
    ({"rrsa": {"requestToken": False}, "configuration": {"data": {"rrsa": {"enable": True}}}}, "requestToken"),
    ({"guardPolicies": {"toleratedKeys": ["a'b"]}}, "toleratedKeys"),
    ({"serviceAccount": {"name": "a'"}}, "serviceAccount"),
    ({"webhook": {"failurePolicy": "Fail"}}, "replicas=2"),
    ({"webhook": {"failurePolicy": "Fail"}, "replicas": 0}, "failurePolicy=Ignore"),
    ({"rrsa": {"requestToken": False}, "configuration": {"data": {"rrsa": "enable: true"}}}, "requestToken"),
    ({"webhook": {"certificate": {"caBundle": "PEM"}}}, "webhook.certificate.secret"),
    ({"webhook": {"certificate": {"secret": "mine"}}}, "webhook.certificate.caBundle"),
])
def test_values_that_cannot_be_meant_are_refused(tmp_path, values, told):
    assert told in chart("template", "--values", values_file(tmp_path, values), CHART, fails=True)


def test_what_only_the_webhook_needs_matters_only_with_it(tmp_path):
    for webhook in ({"failurePolicy": "Fail"}, {"certificate": {"secret": "mine"}}):
        rendered(tmp_path, {"admission": "off", "webhook": webhook})


def of_kind(items, *kinds):
    return sorted((item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"])
                  for item in items if item["kind"] in kinds)


def on_version(folder, version, values, **more):
    return chart("template", "--kube-version", version, "--values", values_file(folder, values), CHART, **more)


def test_where_the_server_has_no_policies_the_chart_says_what_that_means(tmp_path):
    for version in ("v1.22.15-aliyun.1", "v1.28.9-aliyun.1", "v1.29.15"):
        told = on_version(tmp_path, version, {}, fails=True)
        assert "cluster-admin" in told and "guardPolicies.required=false" in told and version.split("-")[0] in told
        for values in ({"guardPolicies": {"required": False}}, {"guardPolicies": {"enabled": False}}):
            made = list(filter(None, yaml.safe_load_all(on_version(tmp_path, version, values))))
            assert of_kind(made, "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding") == []
            [hooks] = [item["webhooks"] for item in made if item["kind"] == "MutatingWebhookConfiguration"]
            assert ["matchConditions" in hook for hook in hooks] == 2 * [version >= "v1.28"]  # older servers refuse the field
    for version in ("v1.30.0", "v1.30.1-aliyun.1", "v1.36.3"):
        for values in ({}, {"guardPolicies": {"required": False}}):
            made = list(yaml.safe_load_all(on_version(tmp_path, version, values)))
            for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"):
                assert of_kind(made, kind) == [(kind, "", name) for name in (*guard.POLICIES, "acr-credential-helper-webhook")]


def test_linking_by_policy_takes_the_api_that_the_server_has(tmp_path):
    policy, beta = {"admission": "policy"}, "admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy"

    def versions(version, *more):
        text = chart("template", "--kube-version", version, *more, "--values", values_file(tmp_path, policy), CHART)
        return {item["apiVersion"].split("/")[1] for item in yaml.safe_load_all(text) if item and item["kind"].startswith("Mutating")}
    assert versions("v1.36.3") == versions("v1.36.3", "--api-versions", beta) == versions("v1.37.0-aliyun.1") == {"v1"}
    assert versions("v1.34.4", "--api-versions", beta) == {"v1beta1"}
    for version in ("v1.30.14", "v1.34.4-aliyun.1", "v1.35.0"):
        told = on_version(tmp_path, version, policy, fails=True)
        assert "admission: webhook" in told and "v1beta1=true" in told and version.split("-")[0] in told
        assert "MutatingAdmissionPolicy" not in on_version(tmp_path, version, {})  # the default is what every version has


def test_tokens_may_be_asked_for_where_rrsa_needs_it(tmp_path):
    def may_ask(values):
        role = rendered(tmp_path, values)["Role", "kube-system", "acr-credential-helper"]
        return any("serviceaccounts/token" in rule["resources"] for rule in role["rules"])
    assert may_ask({})
    assert not may_ask({"rrsa": {"mountToken": True}})
    assert not may_ask({"rrsa": {"requestToken": False}})


def test_the_secret_of_registered_clusters_is_read_where_it_is(tmp_path):
    made = yaml.safe_load_all(chart("template", "--namespace", "registry", CHART))
    roles = {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in made
             if item["kind"] in ("Role", "RoleBinding")}
    name = "acr-credential-helper-addon-secret"
    assert roles["kube-system", name]["subjects"] == [
        {"kind": "ServiceAccount", "name": "aliyun-acr-credential-helper", "namespace": "registry"}]
    assert ("Role", "kube-system", name) not in rendered(tmp_path, {"rbac": {"addonSecret": False}})


# On the server.

KINDS = ["/api/v1/serviceaccounts", "/api/v1/configmaps", "/api/v1/secrets", "/api/v1/services",
         "/api/v1/namespaces", "/apis/apps/v1/deployments", "/apis/policy/v1/poddisruptionbudgets",
         "/apis/networking.k8s.io/v1/networkpolicies", "/apis/rbac.authorization.k8s.io/v1/roles",
         "/apis/rbac.authorization.k8s.io/v1/rolebindings", "/apis/rbac.authorization.k8s.io/v1/clusterroles",
         "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", "/apis/coordination.k8s.io/v1/leases",
         "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
         "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
         "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
         *[path_of(kind) for kind in ("mutatingadmissionpolicies", "mutatingadmissionpolicybindings") if version.MUTATING]]


def everything_in(kube):
    """{(kind, namespace, name)} of all that an installation could leave."""
    return {(kind, item["metadata"].get("namespace", ""), item["metadata"]["name"])
            for kind in KINDS for item in kube.do("GET", kind)["items"]}


@pytest.fixture(scope="module")
def bare(laboratory):
    """The cluster without the permissions that the test cluster gives the helper at its start."""
    kube = laboratory.kube
    for item in yaml.safe_load_all((ROOT / "deploy/rbac.yaml").read_text()):
        if item:
            kube.delete(plural_of(item["kind"]), item["metadata"].get("namespace"), item["metadata"]["name"])
    for name in ("team-a", "team-b"):
        laboratory.kube.create("namespaces", None, {"metadata": {"name": name}})
    # What the cluster's own controllers put into each namespace comes later than the namespace.
    for name in (item["metadata"]["name"] for item in kube.do("GET", "/api/v1/namespaces")["items"]):
        for kind, made in (("serviceaccounts", "default"), ("configmaps", "kube-root-ca.crt")):
            until(f"{name} has its {made}", lambda at=(kind, name, made): kube.find(*at))
    return kube


def on(laboratory):
    return "--kubeconfig", laboratory.folder / "cluster/admin.kubeconfig"


@pytest.fixture
def release(laboratory, bare, tmp_path):
    """install(values): installs or upgrades; removed afterwards, and nothing may be left."""
    before = everything_in(bare)

    def install(values, *more):
        return chart("install", *on(laboratory), "--values", values_file(tmp_path, values), *more, CHART)

    def remove():
        with JobRunner(laboratory.cluster) as jobs:
            chart("uninstall", *on(laboratory))
        install.removed = jobs
        return jobs
    install.removed, install.remove = None, remove
    yield install
    if not install.removed:
        remove()
    until("nothing is left", lambda: everything_in(bare) == before, 20)


def test_a_dry_run_on_the_server_changes_nothing(laboratory, bare, tmp_path):
    before = everything_in(bare)
    chart("install", *on(laboratory), "--values", values_file(tmp_path, EVERYTHING), "--dry-run", CHART)
    assert everything_in(bare) == before


def test_installed_upgraded_and_removed_without_a_trace(bare, release):
    assert "is installed in kube-system" in release({})
    name = "acr-credential-helper"
    assert bare.find("deployments", "kube-system", name)["spec"]["replicas"] == 1
    release(EVERYTHING)
    assert bare.find("deployments", "kube-system", name)["spec"]["replicas"] == 2
    assert bare.find("configmaps", "kube-system", "acr-configuration")["data"]["service-account"] == "*"
    assert bare.find("services", "kube-system", f"{name}-metrics")
    release({"rbac": {"namespaces": ["team-a"]}})
    assert bare.find("configmaps", "kube-system", "acr-configuration") is None
    assert bare.find("roles", "team-a", f"{name}-served")


def test_what_is_missing_without_the_policies_is_said_at_the_end(release):
    assert "cluster-admin" not in release({})
    assert "a stolen token of it is\ncluster-admin" in release({"guardPolicies": {"enabled": False}})


def admit(laboratory, name, spec, labels=None):
    """Creates the Pod in a new namespace where the profile "restricted" is enforced."""
    namespace = f"restricted-{next(laboratory.numbers)}"
    laboratory.kube.create("namespaces", None, {"metadata": {"name": namespace, "labels": {
        "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "latest"}}})
    laboratory.kube.create("serviceaccounts", namespace, {"metadata": {"name": spec["serviceAccountName"]}})
    return laboratory.kube.create("pods", namespace, {"metadata": {"name": name, "labels": labels}, "spec": {
        **spec, "priorityClassName": ""}})  # of kube-system only


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_its_pod_is_admitted_under_the_restricted_profile(laboratory, bare, tmp_path, values):
    template = rendered(tmp_path, values)["Deployment", "kube-system", "acr-credential-helper"]["spec"]["template"]
    admit(laboratory, "helper", template["spec"], template["metadata"]["labels"])
    template["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    with pytest.raises(Refused) as refused:
        admit(laboratory, "unconfined", template["spec"])
    assert refused.value.status == 403 and "restricted" in str(refused.value)


def test_the_plain_manifest_is_taken_by_the_server(bare):
    for item in yaml.safe_load_all((ROOT / "deploy/manifest.yaml").read_text()):
        if item:
            path = path_of(plural_of(item["kind"]), item["metadata"].get("namespace"), item["metadata"]["name"])
            bare.do("PATCH", path, item, APPLY, fieldManager="e2e", dryRun="All", fieldValidation="Strict")


# Permissions, by impersonation.


class Impersonated(Kube):
    """What the helper's account may do, asked with the administrator's certificate."""

    def __init__(self, kubeconfig):
        super().__init__(kubeconfig)
        self.headers = {**self.headers, "Impersonate-User": USER}


def refused(answer):
    return answer[0] == 403


def apply_secret(kube, namespace, name):
    return kube.ask("PATCH", path_of("secrets", namespace, name), docker_secret(name, MANAGED_BY), APPLY,
                    fieldManager="acr-credential-helper", force="true")


def test_roles_of_a_list_of_namespaces_reach_no_further(laboratory, bare, release):
    bare.create("secrets", "team-a", docker_secret("theirs"))
    release({"rbac": {"namespaces": ["team-a"]}})
    helper = Impersonated(laboratory.folder / "cluster/admin.kubeconfig")
    ours = {"fieldSelector": f"metadata.name={SECRET}"}
    until("the Role is in force", lambda: not refused(helper.ask("GET", path_of("secrets", "team-a"), **ours)))
    until("the ClusterRole is in force", lambda: not refused(
        helper.ask("GET", path_of("namespaces"), fieldSelector="metadata.name=team-a")))
    link = [{"op": "test", "path": "/imagePullSecrets", "value": None}]

    # All that serving team-a takes.
    assert apply_secret(helper, "team-a", SECRET)[0] == 201
    assert helper.ask("GET", path_of("secrets", "team-a"), watch="true", timeoutSeconds=1, **ours)[0] == 200
    assert helper.ask("GET", path_of("serviceaccounts", "team-a"))[0] == 200
    assert not refused(helper.ask("PATCH", path_of("serviceaccounts", "team-a", "default"), link, JSON_PATCH))
    assert not refused(helper.ask("GET", path_of("configmaps", "kube-system", "acr-configuration")))
    assert not refused(helper.ask("POST", path_of(
        "serviceaccounts", "kube-system", "aliyun-acr-credential-helper", "token"),
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
         "spec": {"audiences": ["sts.aliyuncs.com"]}}))
    assert helper.ask("DELETE", path_of("secrets", "team-a", SECRET))[0] == 200

    dangerous = [
        ("GET", path_of("secrets"), None, None, ours),
        ("GET", path_of("secrets", "team-b"), None, None, ours),
        ("GET", path_of("secrets", "team-a"), None, None, {}),
        ("GET", path_of("secrets", "team-a", "theirs"), None, None, {}),
        ("GET", path_of("serviceaccounts"), None, None, {}),
        ("GET", path_of("serviceaccounts", "team-b"), None, None, {}),
        ("GET", path_of("namespaces"), None, None, {}),
        ("GET", path_of("namespaces"), None, None, {"fieldSelector": "metadata.name=team-b"}),
        ("PATCH", path_of("serviceaccounts", "team-b", "default"), link, JSON_PATCH, {}),
        ("PATCH", path_of("namespaces", None, "team-a"), {"metadata": {"labels": {"a": "b"}}}, MERGE_PATCH, {}),
        ("POST", path_of("serviceaccounts", "team-a", "default", "token"), {"spec": {}}, None, {}),
        ("POST", path_of("secrets", "team-a"), docker_secret("x"), None, {}),
        ("POST", path_of("pods", "team-a"), {"metadata": {"name": "x"}}, None, {}),
        ("PATCH", path_of("roles", "team-a", "acr-credential-helper-served"), {"rules": []}, MERGE_PATCH, {}),
        ("PATCH", path_of("clusterroles", None, "acr-credential-helper"), {"rules": []}, MERGE_PATCH, {}),
    ]
    for method, path, body, kind, query in dangerous:
        answer = helper.ask(method, path, body, kind or "application/json", **query)
        assert refused(answer), (method, path, answer)
    assert refused(apply_secret(helper, "team-b", SECRET))
    assert refused(apply_secret(helper, "team-a", "theirs"))
    bare.delete("secrets", "team-a", "theirs")


def fresh_kubeconfig(laboratory, folder):
    """The helper's account as this release made it: the one of the test cluster is no more."""
    return laboratory.cluster.kubeconfig_of("aliyun-acr-credential-helper", folder / "helper.kubeconfig")


def test_a_list_of_namespaces_is_served_with_roles_only(laboratory, bare, release, tmp_path):
    release({"rbac": {"namespaces": ["team-a", "team-b"]}, "configuration": {"data": {
        "watch-namespace": ["team-a", "team-b"], "acr-registry-info": [entry(ONE)]}}})
    helper = Helper("roles-only", tmp_path, fresh_kubeconfig(laboratory, tmp_path), laboratory.cloud)
    try:
        for namespace in ("team-a", "team-b"):
            helper.wait_served(namespace)
            laboratory.wait_linked(namespace)
            laboratory.wait_secret(namespace, domains_of("one"))
        # It is watched: what someone deletes comes back.
        before = laboratory.secret("team-a")["metadata"]["uid"]
        bare.delete("secrets", "team-a", SECRET)
        bare.wait("the Secret is there again", lambda found: found and found["metadata"]["uid"] != before,
                  "secrets", "team-a", SECRET)
        assert len(helper.log("secrets_watched_apart")) == 1
        assert helper.stop() == 0
    finally:
        helper.kill()
        for namespace in ("team-a", "team-b"):
            bare.delete("secrets", namespace, SECRET)
            bare.merge("serviceaccounts", namespace, "default", {"imagePullSecrets": None})


def test_uninstalling_takes_along_what_the_helper_wrote(laboratory, bare, release, tmp_path):
    link_raw(bare, "team-b", "default", ["mine"])
    bare.create("secrets", "team-b", docker_secret("mine"))
    release({"configuration": {"data": {"watch-namespace": ["team-a", "team-b"], "acr-registry-info": [entry(ONE)]}}})
    helper = Helper("uninstalled", tmp_path, fresh_kubeconfig(laboratory, tmp_path), laboratory.cloud, ["--leader-elect"])
    try:
        for namespace in ("team-a", "team-b"):
            laboratory.wait_secret(namespace, domains_of("one"))
            laboratory.wait_linked(namespace)
    finally:
        helper.kill()  # the Lease stays held
    assert bare.find("leases", "kube-system", "acr-credential-helper")
    jobs = release.remove()
    [done] = jobs.output.values()
    assert done.returncode == 0, done
    assert f"Secret team-a/{SECRET}" in done.stdout
    assert bare.find("leases", "kube-system", "acr-credential-helper") is None
    pod = admit(laboratory, "cleanup", jobs.pods[0])
    bare.delete("namespaces", None, pod["metadata"]["namespace"])
    for namespace, names in (("team-a", []), ("team-b", ["mine"])):
        assert laboratory.secret(namespace) is None
        assert pull_secrets(laboratory.account(namespace)) == names
    assert bare.find("secrets", "team-b", "mine")
    bare.delete("secrets", "team-b", "mine")
    bare.merge("serviceaccounts", "team-b", "default", {"imagePullSecrets": None})


def test_a_clean_up_that_failed_stays_with_its_log(laboratory, bare, release):
    release({})
    with JobRunner(laboratory.cluster, fails=True):
        chart("uninstall", *on(laboratory), fails=True)
    assert bare.find("jobs", "kube-system", "acr-credential-helper-cleanup")
    release({})
    [done] = release.remove().output.values()  # the failed one made way
    assert done.returncode == 0, done


@pytest.mark.parametrize("values", [{"cleanup": {"onUninstall": False}}, {"rbac": {"create": False}}], ids=str)
def test_nothing_is_cleaned_up_where_that_is_not_wanted(release, values):
    release(values)
    assert release.remove().output == {}


# Linked at creation.


def test_accounts_in_scope_are_linked_at_creation(laboratory, bare, release):
    release({"admission": "policy",
             "configuration": {"data": {"watch-namespace": "all", "service-account": "default,robot"}}})

    def born(namespace, name, **more):
        return bare.create("serviceaccounts", namespace, {"metadata": {"name": name}, **more})

    def linked(account):
        return pull_secrets(account)

    def in_force():
        bare.delete("serviceaccounts", "team-a", "robot")
        return linked(born("team-a", "robot")) == [SECRET]
    until("the policy is in force", in_force, 30)
    assert linked(born("team-a", "other")) == []
    assert linked(born("team-b", "robot", imagePullSecrets=[{"name": "mine"}])) == ["mine", SECRET]
    # An element may lack its name, and a list hold ours already.
    for before in ([{}], [{"name": ""}], [{}, {"name": "mine"}], [{}, {"name": SECRET}]):
        bare.delete("serviceaccounts", "team-b", "robot")
        made = born("team-b", "robot", imagePullSecrets=before)["imagePullSecrets"]
        assert [entry.get("name", "") for entry in made] == [
            *(entry.get("name", "") for entry in before if entry.get("name") != SECRET), SECRET]

    for number in range(5):
        name = f"born-{number}"
        bare.create("namespaces", None, {"metadata": {"name": name}})
        account = until(f"{name} has its account", lambda name=name: bare.find("serviceaccounts", name, "default"))
        assert linked(account) == [SECRET]
        pod = bare.create("pods", name, {"metadata": {"name": "first"}, "spec": {
            "containers": [{"name": "c", "image": "private.example/x"}]}})
        assert pod["spec"]["imagePullSecrets"] == [{"name": SECRET}]
        bare.delete("namespaces", None, name)
    for namespace, name in (("team-a", "robot"), ("team-a", "other"), ("team-b", "robot")):
        bare.delete("serviceaccounts", namespace, name)
    until("the namespaces are gone", lambda: not [
        item for item in bare.list("namespaces") if item["metadata"]["name"].startswith("born-")], 40)


def test_the_policy_keeps_to_the_namespaces_of_the_configuration(laboratory, bare, release):
    release({"admission": "policy",
             "configuration": {"data": {"watch-namespace": ["team-a"], "service-account": "*"}}})

    def robot(namespace):
        bare.delete("serviceaccounts", namespace, "robot")
        return bare.create("serviceaccounts", namespace, {"metadata": {"name": "robot"}})
    # The server goes on with a policy that was removed for a moment: that of the test before.
    until("the policy is in force", lambda: "imagePullSecrets" in robot("team-a")
          and "imagePullSecrets" not in robot("team-b"), 30)
    for namespace in ("team-a", "team-b"):
        bare.delete("serviceaccounts", namespace, "robot")


def test_the_policy_follows_patterns_and_exclusions(laboratory, bare, release):
    release({"admission": "policy",
             "configuration": {"data": {"watch-namespace": "team-*,!team-b", "service-account": "all,!oth*"}}})

    def born_linked(namespace, name):
        bare.delete("serviceaccounts", namespace, name)
        made = bare.create("serviceaccounts", namespace, {"metadata": {"name": name}})
        bare.delete("serviceaccounts", namespace, name)
        return "imagePullSecrets" in made
    # That of the test before, which links every account of team-a, may go on for a moment.
    until("the policy is in force", lambda: born_linked("team-a", "robot") and not born_linked("team-a", "other"), 30)
    assert not born_linked("team-b", "robot")
    assert not born_linked("default", "robot")
    made = bare.create("serviceaccounts", "team-a", {"metadata": {"generateName": "robot-"}})
    bare.delete("serviceaccounts", "team-a", made["metadata"]["name"])
