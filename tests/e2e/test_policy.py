"""`acr-credential-helper policy`: what it prints is what the chart installs. That on the real server:
test_deploy.py, test_stolen_token.py."""

import json
import subprocess

import pytest
import yaml

from lab import ROOT
from lab.helper import PROGRAM

CHART = ROOT / "deploy/helm/acr-credential-helper"


def asked(*arguments):
    return subprocess.run([PROGRAM, "policy", *arguments], check=False, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)


def printed(folder, text):
    path = folder / "acr.yaml"
    path.write_text(text)
    return asked("--config", path)


def linking(done):
    """Of what was printed, the policy that links accounts, and its binding."""
    return [item for item in yaml.safe_load_all(done.stdout) if item["kind"].startswith("Mutating")]


def rendered(folder, data, *flags):
    path = folder / "values.yaml"
    path.write_text(yaml.safe_dump({"admission": "policy", "configuration": {"data": data}}))
    return subprocess.run([ROOT / "build/tools/chart", "template", "--values", path, *flags, CHART], check=False,
                          capture_output=True, text=True)


def installed(folder, data):
    done = rendered(folder, data, "--show-only", "templates/admissionpolicy.yaml")
    assert done.returncode == 0, done.stderr
    return [of_no_release(item) for item in yaml.safe_load_all(done.stdout) if item]


RELEASE = {"app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart"}


def of_no_release(item):
    """Without the labels that name Helm's release, which the program knows nothing of."""
    labels = item["metadata"]["labels"]
    item["metadata"]["labels"] = {key: value for key, value in labels.items() if key not in RELEASE}
    return item


def in_order(items):
    return sorted(items, key=lambda item: (item["kind"], item["metadata"]["name"]))


def policies(folder, values, *more):
    """All that the chart installs with these values."""
    path = folder / "values.yaml"
    path.write_text(yaml.safe_dump(values))
    done = subprocess.run([ROOT / "build/tools/chart", "template", "--values", path, *more, CHART], check=True,
                          capture_output=True, text=True)
    return [of_no_release(item) for item in yaml.safe_load_all(done.stdout) if item and "AdmissionPolicy" in item["kind"]]


def config_map(folder, data):
    """The ConfigMap that the chart makes of the data: what the program is given."""
    return rendered(folder, data, "--show-only", "templates/configmap.yaml").stdout


def scope(policy):
    """Namespaces and accounts that a policy selects; None: all of them."""
    constraints = policy[0]["spec"]["matchConstraints"]
    selector = constraints.get("namespaceSelector")
    return (selector and selector["matchExpressions"][0]["values"],
            constraints["resourceRules"][0].get("resourceNames"))


SPELLINGS = [("watch-namespace", "service-account"), ("watchNamespace", "serviceAccount"), ("namespaces", "serviceAccounts")]
# A value of a key, and what it selects.
VALUES = [
    *[(value, None) for value in ("all", "All", "ALL", "aLL", "*", "all, *", " all\n", ["all"], ["*"], "- all\n", '["*"]')],
    *[(value, ["default"]) for value in ("default", "Default", ["DEFAULT"], None, "", "  ")],
    *[(value, ["a", "b"]) for value in ("b,a", " b , a,b,", ["b", "a"], "b\na\n", "- b\n- a\n", '["b","a"]', "b\uff0ca",
                                        "# all, of them\nb\r\na\r\n", "\u3000b\u3001\u00a0a")],
    *[(value, ["2024"]) for value in (2024, [2024], "2024")],
    (1234567, ["1234567"]),
    ([12345678, "a"], ["12345678", "a"]),
]


@pytest.mark.parametrize("value, expected", VALUES, ids=[repr(value) for value, _ in VALUES])
@pytest.mark.parametrize("keys", SPELLINGS, ids=[form[0] for form in SPELLINGS])
def test_command_chart_and_program_agree_on_every_value(tmp_path, keys, value, expected):
    data = dict.fromkeys(keys, value)
    assert scope(installed(tmp_path, data)) == (expected, expected)
    made = config_map(tmp_path, data)
    done = printed(tmp_path, made)
    assert done.returncode == 0, done.stderr
    assert linking(done) == installed(tmp_path, data)
    told = subprocess.run([PROGRAM, "check", "-", "-o", "json"], check=False, capture_output=True, text=True, input=made)
    found = json.loads(told.stdout)["configuration"]
    assert found["namespaces"] == found["serviceAccounts"] == ("all" if expected is None else expected)


# A value of a key, what `check` tells of it, and the condition that selects it.
PATTERNS = [
    ("team-*,!team-x", ["team-*", "!team-x"], "{0}.matches('^(team-.*)$') && !{0}.matches('^(team-x)$')"),
    ("all,!kube-*", ["all", "!kube-*"], "!{0}.matches('^(kube-.*)$')"),
    ("*, ! kube-* ,!default", ["all", "!default", "!kube-*"], "!{0}.matches('^(default|kube-.*)$')"),
    (["b*", "a", "!b-old"], ["a", "b*", "!b-old"], "{0}.matches('^(a|b.*)$') && !{0}.matches('^(b-old)$')"),
    ("*-prod", ["*-prod"], "{0}.matches('^(.*-prod)$')"),
]


@pytest.mark.parametrize("value, told, condition", PATTERNS, ids=[repr(value) for value, *_ in PATTERNS])
@pytest.mark.parametrize("keys", SPELLINGS, ids=[form[0] for form in SPELLINGS])
def test_command_chart_and_program_agree_on_patterns_and_exclusions(tmp_path, keys, value, told, condition):
    data = dict.fromkeys(keys, value)
    policy = installed(tmp_path, data)
    assert scope(policy) == (None, None)
    conditions = {item["name"]: item["expression"] for item in policy[0]["spec"]["matchConditions"]}
    assert conditions["namespace-in-scope"] == condition.format("request.namespace")
    assert conditions["account-in-scope"] == condition.format("object.metadata.?name.orValue('')")
    made = config_map(tmp_path, data)
    assert linking(printed(tmp_path, made)) == policy
    done = subprocess.run([PROGRAM, "check", "-", "-o", "json"], check=False, capture_output=True, text=True, input=made)
    found = json.loads(done.stdout)["configuration"]
    assert found["namespaces"] == found["serviceAccounts"] == told


def test_names_without_those_excluded_are_a_list_again(tmp_path):
    data = {"watch-namespace": "a,b-1,b-2,!b-*", "service-account": "x,!y"}
    assert scope(installed(tmp_path, data)) == (["a"], ["x"])
    assert linking(printed(tmp_path, yaml.safe_dump(data))) == installed(tmp_path, data)


@pytest.mark.parametrize("literal", [{"names": ["all", "b"]}, "{names: [b, all]}", "names:\n- all\n- b\n"], ids=repr)
def test_command_and_chart_take_a_name_that_is_the_word_for_all(tmp_path, literal):
    data = {"namespaces": literal, "serviceAccounts": literal}
    assert scope(installed(tmp_path, data)) == (["all", "b"], ["all", "b"])
    done = printed(tmp_path, config_map(tmp_path, data))
    assert linking(done) == installed(tmp_path, data)


def test_command_and_chart_agree_on_a_whole_file_in_one_key(tmp_path):
    data = {"acr.yaml": "namespaces: [b, a]\nserviceAccounts: all\n"}
    assert scope(installed(tmp_path, data)) == (["a", "b"], None)
    assert linking(printed(tmp_path, data["acr.yaml"])) == installed(tmp_path, data)


# The program's own word for each stands in tests/config/validation/keys_test.cpp.
@pytest.mark.parametrize("value", [[], ",", " , ", "all,a", ["*", "a"], "Team_A", ["a", ""], "a b", "[]", "!a",
                                   "a,!a", "all,a*", "!all", "all,!*", "-*", "all,!Team_*"], ids=repr)
@pytest.mark.parametrize("keys", SPELLINGS, ids=[form[0] for form in SPELLINGS])
def test_what_the_program_refuses_the_chart_refuses(tmp_path, keys, value):
    for key in keys:
        done = rendered(tmp_path, {key: value})
        assert done.returncode != 0 and key in done.stderr, value
        text = yaml.safe_dump({key: value})
        assert printed(tmp_path, text).returncode == 1, text


def test_a_namespace_has_no_dot_and_an_account_may(tmp_path):
    assert rendered(tmp_path, {"watch-namespace": "a.b"}).returncode != 0
    assert scope(installed(tmp_path, {"service-account": "a.b"})) == (["default"], ["a.b"])


@pytest.mark.parametrize("value", [True, False, [True], ["a", False]], ids=repr)
def test_a_truth_value_is_no_name_to_the_chart(tmp_path, value):
    for key in SPELLINGS[0]:
        done = rendered(tmp_path, {key: value})
        assert done.returncode != 0 and "in quotes" in done.stderr


def test_a_number_as_the_namespace_of_the_release_stays_a_text(tmp_path):
    for name in ("2024", "1e3", "0x10", "on", "null"):
        done = rendered(tmp_path, {"watch-namespace": "a"}, "--namespace", name)
        assert done.returncode == 0, done.stderr
        for item in yaml.safe_load_all(done.stdout):
            for key in ("namespace", "name"):
                assert isinstance(item["metadata"].get(key, ""), str), (name, item["kind"])
            for subject in item.get("subjects", []):
                assert subject["namespace"] == name


@pytest.mark.parametrize("data", [
    {"watch-namespace": "all", "service-account": "*"},
    {"watch-namespace": "team-a,team-b", "service-account": "default,robot"},
    {"service-account": "Default"},
    {"notify-email": "a@example.com"},
], ids=["all", "names", "default", "nothing"])
def test_command_and_chart_agree(tmp_path, data):
    done = printed(tmp_path, yaml.safe_dump(data))
    assert done.returncode == 0, done.stderr
    made = policies(tmp_path, {"admission": "policy", "configuration": {"data": data}})
    assert len(made) == 8
    assert in_order(yaml.safe_load_all(done.stdout)) == in_order(made)


@pytest.mark.parametrize("secrets", [1, 2, 3, 4])
def test_command_and_chart_agree_on_several_secrets(tmp_path, secrets):
    """As many instances serve one domain; the program counts them, the chart has a value for it."""
    data = {"watch-namespace": "all", "acr-registry-info": yaml.safe_dump([
        {"instanceId": f"cri-{number:016d}", "regionId": "cn-hangzhou", "domains": "images.example.com"}
        for number in range(secrets)])}
    done = printed(tmp_path, yaml.safe_dump(data))
    assert done.returncode == 0, done.stderr
    made = policies(tmp_path, {"admission": "policy", "policy": {"secrets": secrets}, "configuration": {"data": data}})
    chosen = [item for item in made if item["kind"].startswith("Mutating")]
    assert f"aggregation-{secrets}" in str(chosen) or secrets == 1
    assert in_order(linking(done)) == in_order(chosen)


@pytest.mark.parametrize("account", ["kube-system/aliyun-acr-credential-helper", "registry/acr"])
def test_without_a_configuration_it_prints_what_guards_the_account(tmp_path, account):
    namespace, name = account.split("/")
    done = asked("--service-account", account)
    assert done.returncode == 0, done.stderr
    # What guards the webhook's own object comes with the webhook.
    made = policies(tmp_path, {"admission": "off", "serviceAccount": {"name": name}}, "--namespace", namespace)
    assert len(made) == 6
    assert in_order(yaml.safe_load_all(done.stdout)) == in_order(made)
    if account.startswith("kube-system"):
        assert asked().stdout == done.stdout


def test_the_configuration_may_be_that_of_a_cluster(lab, tmp_path):
    """As `check` and `convert` read it, with one GET."""
    lab.configure([{"instanceId": "cri-1"}], watch_namespace="team-a,team-b")
    cluster = ["--kubeconfig", lab.cluster.helper_kubeconfig]
    before = lab.audited()
    done = asked("--config-map", "kube-system/acr-configuration", *cluster)
    assert (done.returncode, done.stderr) == (0, "")
    assert lab.requests(before) == [("get", "configmaps", "kube-system", "acr-configuration", 200)]
    assert done.stdout == printed(tmp_path, "watch-namespace: team-a,team-b\n").stdout
    gone = asked("--config-map", "kube-system/ghost", *cluster)
    assert gone.returncode == 1 and not gone.stdout and "kube-system/ghost" in gone.stderr
    for wrong in (["--config-map", "x"], ["--config-map", "a/b", "--config", "c"], cluster):
        assert asked(*wrong).returncode == 2


@pytest.mark.parametrize("name", ["a/b' || true || '", "a/b\nc", "a'/b", "a:b/c", "a/b:c", "A/b", "a.b/c", "a/é", "a/", "/b", "a/b/c"])
def test_an_account_that_there_cannot_be_becomes_no_expression(name):
    done = asked("--service-account", name)
    assert done.returncode == 2 and not done.stdout and "NAMESPACE/NAME" in done.stderr
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("name", ["a' || true || 'b", "A", "a.b", "a\nb", "a:b"])
def test_a_namespace_of_a_release_that_there_cannot_be_becomes_no_expression(tmp_path, name):
    done = rendered(tmp_path, {}, "--namespace", name)
    assert done.returncode != 0 and "cannot be the name of a namespace" in done.stderr


CLUSTER = ROOT / "build/tools/testcluster"


@pytest.mark.parametrize("server", [30, 33, 36])
def test_what_limits_the_account_compiles_on_servers_since_1_30(tmp_path, server):
    values = {"admission": "webhook", "guardPolicies": {"toleratedKeys": ["a.example/b"], "toleratedPullSecrets": ["c"]}}
    path = tmp_path / "values.yaml"
    path.write_text(yaml.safe_dump(values))
    for more in ([], ["--hooks"]):
        made = subprocess.run([ROOT / "build/tools/chart", "template", "--values", path, *more, CHART], check=True,
                              capture_output=True, text=True).stdout
        assert compiled(made, server) > 10
    assert compiled(asked().stdout, server) > 30


@pytest.mark.parametrize("data", [
    {"notify-email": "a@example.com"}, {"watch-namespace": "all", "service-account": "*"}, {"watch-namespace": "team-*,!team-x", "service-account": "a.b-*,!a.b-c"},
    {"serviceAccounts": "all", "namespaceSelector": {"matchLabels": {"pull.example/by": "acr"}},
     "instances": [{"id": "cri-1", "namespaces": "team-*"}, {"id": "cri-2", "namespaces": "all,!kube-*"}]}], ids=str)
def test_what_links_accounts_compiles_on_1_36(tmp_path, data):
    done = printed(tmp_path, yaml.safe_dump(data))
    assert compiled(done.stdout, 36) > compiled(asked().stdout, 36)
    assert compiled("---\n".join(yaml.safe_dump(item) for item in installed(tmp_path, data)), 36) > 2


def compiled(text, server):
    """How many expressions there are; all of them compile on a server of that minor version."""
    done = subprocess.run([CLUSTER, "compile", "--server", f"1.{server}"], check=False, capture_output=True, text=True, input=text)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["expressions"]


def test_a_configuration_that_is_refused_gives_no_policy(tmp_path):
    done = printed(tmp_path, "watch-namespace: all,team-a\n")
    assert done.returncode == 1 and not done.stdout
    assert "watch-namespace" in done.stderr


def test_the_beta_of_older_servers_differs_in_nothing_but_the_version(tmp_path):
    config = tmp_path / "acr.yaml"
    config.write_text("watch-namespace: all\n")
    stable, beta = asked("--config", config), asked("--config", config, "--beta")
    assert (beta.returncode, beta.stderr) == (0, "")
    versions = {item["kind"]: item["apiVersion"] for item in yaml.safe_load_all(beta.stdout)}
    assert versions["MutatingAdmissionPolicy"] == versions["MutatingAdmissionPolicyBinding"] == "admissionregistration.k8s.io/v1beta1"
    assert versions["ValidatingAdmissionPolicy"] == "admissionregistration.k8s.io/v1"
    assert beta.stdout.replace("v1beta1\nkind: Mutating", "v1\nkind: Mutating") == stable.stdout


def test_the_policy_knows_limits_labels_and_owners(tmp_path):
    own = {"serviceAccounts": "all", "namespaceSelector": {
        "matchLabels": {"pull": "acr"}, "matchExpressions": [{"key": "legacy", "operator": "DoesNotExist"}]},
           "instances": [{"id": "cri-1", "namespaces": "team-*,!team-x"}, {"id": "cri-2", "namespaces": "shop"}]}
    [policy, _] = linking(printed(tmp_path, yaml.safe_dump(own, sort_keys=False)))
    spec = policy["spec"]
    assert spec["matchConstraints"]["namespaceSelector"]["matchExpressions"] == [
        {"key": "pull", "operator": "In", "values": ["acr"]}, {"key": "legacy", "operator": "DoesNotExist"}]
    conditions = {item["name"]: item["expression"] for item in spec["matchConditions"]}
    assert conditions["namespace-in-scope"].strip() == (
        "(request.namespace.matches('^(team-.*)$') && !request.namespace.matches('^(team-x)$') || "
        "request.namespace.matches('^(shop)$'))")
    assert "acr-credential-helper/ignore" in conditions["not-ignored"]
    for data in ({**own, "instances": [{"id": "cri-1"}]}, {"acr.yaml": yaml.safe_dump(own)}):
        made = next(item for item in installed(tmp_path, data) if item["kind"] == "MutatingAdmissionPolicy")
        selector = made["spec"]["matchConstraints"]["namespaceSelector"]
        assert selector == own["namespaceSelector"]
        assert "namespace-in-scope" not in [item["name"] for item in made["spec"]["matchConditions"]]
