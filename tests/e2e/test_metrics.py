"""What a running helper answers operators: health, and metrics that Prometheus' own checker accepts."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess

import yaml

from lab import ROOT
from lab.objects import CONFIG, SECRET, docker_secret
from lab.registry import free_port
from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry

HEALTH = ("--health-address", "127.0.0.1:0")
METRICS = ("--metrics-address", "127.0.0.1:0")
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")


def promtool(*arguments, **options):
    program = os.environ.get("ACR_PROMTOOL") or shutil.which("promtool") or ROOT / "build/tools/debian/usr/bin/promtool"
    return subprocess.run([program, *arguments], check=False, capture_output=True, text=True, **options)


def port_of(helper, what):
    return int(helper.wait_log("listening", **{what: True})["address"].rpartition(":")[2])


def ask(port, path, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def scrape(port):
    """({(name, {label: value}): number}, the text)"""
    status, text = ask(port, "/metrics")
    assert status == 200
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE.match(line).groups()
            found[name, frozenset(re.findall(r'(\w+)="([^"]*)"', labels or ""))] = float(value)
    return found, text


def value(samples, name, **labels):
    """The sum of all samples with these labels; None if there is none."""
    found = [number for (one, with_labels), number in samples.items()
             if one == f"acr_helper_{name}" and set(labels.items()) <= with_labels]
    return sum(found) if found else None


def wait_value(port, wanted, name, **labels):
    until(f"{name} {labels} is {wanted}", lambda: value(scrape(port)[0], name, **labels) == wanted)


def test_metrics_tell_how_things_are_and_promtool_has_nothing_to_say(lab):
    namespace, foreign = lab.namespace(), lab.namespace()
    lab.kube.create("secrets", foreign, docker_secret(SECRET))
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=f"{namespace},{foreign}", expiring_threshold="15m")
    lab.cloud.fault("error_code", "GetAuthorizationToken", {"instance": TWO}, code="NoPermission", status=403)
    helper = lab.helper(*METRICS)
    lab.wait_secret(namespace, domains_of("one"))
    port = port_of(helper, "metrics")
    wait_value(port, 1, "namespaces_served")
    samples, text = scrape(port)

    issued = helper.log("token_issued")[0]
    for domain in domains_of("one"):
        expiry = value(samples, "credential_expiry_timestamp_seconds", domain=domain)
        assert abs(expiry - value(samples, "credential_issued_timestamp_seconds",
                                  acr_instance=issued["instance"]) - 3600) < 5
    failing = helper.log("token_failed")[0]["instance"]
    assert value(samples, "refresh_failures_total", acr_instance=failing, code="denied") >= 1
    assert value(samples, "refresh_failures_in_a_row", acr_instance=failing) >= 1
    assert value(samples, "credential_expiry_timestamp_seconds", acr_instance=failing) is None
    assert value(samples, "refresh_successes_total", acr_instance=issued["instance"]) == 1
    assert value(samples, "refresh_duration_seconds_count", acr_instance=issued["instance"]) == 1
    assert value(samples, "configuration_expiring_threshold_seconds") == 900
    assert value(samples, "namespaces") == 2 and value(samples, "secrets_foreign") == 1
    assert value(samples, "service_accounts") == 2 and value(samples, "service_accounts_linked") == 1
    assert value(samples, "unserved_since_timestamp_seconds") > 1e9
    assert value(samples, "api_requests_total", verb="patch", resource="secrets") >= 1
    assert value(samples, "api_requests_total", verb="watch", resource="configmaps", code="200") == 1
    assert value(samples, "events_total", outcome="written") >= 2
    assert value(samples, "build_info") == 1 and abs(value(samples, "clock_behind_seconds")) < 60

    checked = promtool("check", "metrics", input=text)
    assert checked.returncode == 0 and not checked.stdout + checked.stderr, checked.stdout + checked.stderr


def test_the_api_requests_that_are_printed_are_those_that_the_server_has_seen(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    before = lab.audited()
    helper = lab.helper(*METRICS)
    helper.wait_served(namespace)
    lab.quiet(namespace)
    port = port_of(helper, "metrics")
    seen = [request for request in lab.requests(before) if request[0] == "patch" and request[1] == "serviceaccounts"]
    assert value(scrape(port)[0], "api_requests_total", verb="patch", resource="serviceaccounts") == len(seen) > 0


def test_a_version_that_is_too_old_is_counted(lab):
    """410 Gone, as an answer or in the stream."""
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace="all")
    helper = lab.helper(*METRICS)
    helper.wait_served(namespace)
    port = port_of(helper, "metrics")
    helper.program.send(signal.SIGSTOP)
    lab.namespace()
    lab.cluster.compact()
    lab.cluster.restart()
    lab.cluster.compact()
    helper.program.send(signal.SIGCONT)
    lab.wait_secret(lab.namespace(), domains_of("one"), 60)
    until("it is counted", lambda: value(scrape(port)[0], "watch_restarts_total", reason="gone"), 30)


def test_a_rejected_configuration_is_reported_until_it_is_fixed(lab):
    lab.configure([entry(ONE)], watch_namespace="default")
    helper = lab.helper(*METRICS)
    port = port_of(helper, "metrics")
    wait_value(port, 1, "configuration_in_force")
    assert value(scrape(port)[0], "configuration_rejected") == 0
    lab.configure("- [broken", watch_namespace="default")
    wait_value(port, 1, "configuration_rejected")
    assert value(scrape(port)[0], "configuration_in_force") == 1
    lab.configure([entry(ONE)], watch_namespace="default")
    wait_value(port, 0, "configuration_rejected")


def test_ready_means_configured_and_listed_whatever_the_cloud_does(lab):
    lab.kube.delete("configmaps", "kube-system", CONFIG)
    lab.cloud.fault("http_status", status=503)
    helper = lab.helper(*HEALTH)
    port = port_of(helper, "health")
    assert ask(port, "/livez") == ask(port, "/healthz") == (200, "ok\n")
    status, text = ask(port, "/readyz")
    assert status == 503 and "configuration: none yet" in text
    lab.configure([entry(ONE)], watch_namespace="default")
    until("it is ready", lambda: ask(port, "/readyz")[0] == 200)
    helper.wait_log("token_failed")
    assert ask(port, "/readyz")[0] == ask(port, "/livez")[0] == 200
    lab.cluster.stop()
    try:
        helper.wait_log("watch_failed", 60)
        assert ask(port, "/readyz")[0] == ask(port, "/livez")[0] == 200
    finally:
        lab.cluster.start()


def test_one_address_serves_both_and_nothing_else(lab):
    lab.configure([entry(ONE)], watch_namespace="default")
    number = free_port()
    address = f"127.0.0.1:{number}"
    helper = lab.helper("--health-address", address, "--metrics-address", address)
    port = port_of(helper, "health")
    assert port == number and port_of(helper, "metrics") == number
    assert ask(port, "/livez")[0] == ask(port, "/metrics")[0] == 200
    assert ask(port, "/")[0] == ask(port, "/metrics/")[0] == ask(port, "/../etc/passwd")[0] == 404
    assert ask(port, "/metrics", "POST")[0] == ask(port, "/livez", "DELETE")[0] == 405
    other = lab.helper("--metrics-address", address)  # taken
    assert other.program.wait(10) == 1
    assert other.log("cannot_start")


def test_the_alert_rules_do_what_they_should():
    checked = promtool("check", "rules", ROOT / "deploy/alerts.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = promtool("test", "rules", ROOT / "tests/e2e/alerts_test.yaml")
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_each_alert_is_tested_and_explained_where_it_says():
    rules = yaml.safe_load((ROOT / "deploy/alerts.yaml").read_text())["groups"][0]["rules"]
    tests = (ROOT / "tests/e2e/alerts_test.yaml").read_text()
    headings = re.findall(r"^### (\w+)$", (ROOT / "docs/observability.md").read_text(), re.M)
    assert [rule["alert"] for rule in rules] == headings
    for rule in rules:
        assert rule["annotations"]["runbook_url"] == f"docs/observability.md#{rule['alert'].lower()}"
        assert re.search(rf"alertname: {rule['alert']}\n\s+exp_alerts", tests), rule["alert"]


def test_alert_rules_name_only_log_events_that_there_are():
    documented = set(re.findall(r"^\| `(\w+)` \| (?:error|warning|info|debug)", (ROOT / "docs/observability.md").read_text(), re.M))
    named = set(re.findall(r"[Tt]he log[^(]*\((\w+)\)", (ROOT / "deploy/alerts.yaml").read_text()))
    assert "actor_died" in named <= documented


def test_alert_rules_and_dashboard_know_only_metrics_that_there_are():
    documented = set(re.findall(r"^\| `((?:acr_helper|process)_\w+)`", (ROOT / "docs/observability.md").read_text(), re.M))
    for name in ("alerts.yaml", "dashboard.json"):
        used = set(re.findall(r"\b(?:acr_helper|process)_\w+", (ROOT / "deploy" / name).read_text()))
        assert used and {re.sub("_bucket$", "", metric) for metric in used} <= documented


def expression_of(title, number=0):
    """What a panel asks Prometheus for, with every choice at its default, All."""
    panels = json.loads((ROOT / "deploy/dashboard.json").read_text())["panels"]
    [panel] = [panel for panel in panels if panel["title"] == title]
    return re.sub(r"\$(cluster|namespace|job)\b", ".*", panel["targets"][number]["expr"]).replace("$__rate_interval", "5m")


def check_panels(folder, series, expected):
    """`series`: {series: value}; `expected`: {(title, number of the target): the only value it shows}."""
    (folder / "test.yaml").write_text(yaml.safe_dump({"tests": [{
        "interval": "1m", "input_series": [{"series": name, "values": f"{value}x5"} for name, value in series.items()],
        "promql_expr_test": [{"expr": expression_of(*panel), "eval_time": "3m",
                              "exp_samples": [{"labels": "{}", "value": value}]} for panel, value in expected.items()]}]}))
    done = promtool("test", "rules", folder / "test.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_panel_of_instances_without_a_credential_counts_those_that_never_had_one(tmp_path):
    labels = 'job="j", instance="i", acr_instance='
    series = {f'acr_helper_credential_withdrawn{{{labels}"{name}"}}': withdrawn for name, withdrawn in
              (("good", 0), ("late", 0), ("never", 0), ("ended", 1))}
    series |= {f'acr_helper_refresh_failures_in_a_row{{{labels}"{name}"}}': failures for name, failures in
               (("good", 0), ("late", 2), ("never", 3), ("ended", 9))}
    series |= {f'acr_helper_credential_expiry_timestamp_seconds{{{labels}"{name}", domain="d"}}': 9000
               for name in ("good", "late")}
    check_panels(tmp_path, series, {("Instances without a credential",): 2})


def test_panels_say_what_their_titles_say_of_several_clusters(tmp_path):
    """Two replicas in each of two clusters; the second one has neither a configuration nor a leader."""
    series = {}
    for cluster, replica, values in (
            ("a", "1", {"configuration_in_force": 1, "leader": 1, "namespaces": 5, "namespaces_served": 5}),
            ("a", "2", {"configuration_in_force": 1, "leader": 0, "namespaces": 5, "namespaces_served": 0}),
            ("b", "1", {"configuration_in_force": 0, "leader": 0, "namespaces": 3, "namespaces_served": 1}),
            ("b", "2", {"configuration_in_force": 0, "leader": 0, "namespaces": 3, "namespaces_served": 1})):
        series |= {f'acr_helper_{name}{{cluster="{cluster}",namespace="n",job="j",instance="{replica}"}}': value
                   for name, value in values.items()}
    labels = 'cluster="a",namespace="n",job="j",instance="1",acr_instance="i"'
    series |= {f'acr_helper_registry_login{{{labels},domain="{domain}",verdict="{verdict}"}}': value for domain, verdict, value in (
        ("x", "refused", 1), ("x", "accepted", 0), ("y", "refused", 0), ("y", "accepted", 1))}
    check_panels(tmp_path, series, {
        ("Configuration in force",): 0, ("Helpers without one leader",): 1, ("Logins refused",): 1,
        ("Namespaces served", 0): 6, ("Namespaces served", 1): 8, ("Namespaces and accounts", 0): 8})


def test_a_helper_without_a_cluster_label_is_shown_and_nothing_is_counted_where_there_is_nothing(tmp_path):
    check_panels(tmp_path, {'acr_helper_leader{job="j",instance="1"}': 1}, {
        ("Helpers without one leader",): 0, ("Logins refused",): 0, ("Instances without a credential",): 0})


def test_the_dashboard_can_be_narrowed_down_and_leads_to_what_alerts_mean():
    dashboard = json.loads((ROOT / "deploy/dashboard.json").read_text())
    names = [variable["name"] for variable in dashboard["templating"]["list"]]
    assert names == ["datasource", "cluster", "namespace", "job"]
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            chosen = re.findall(r"\{([^{}]*)\}", target["expr"])
            assert chosen and all(f'{name}=~"${name}"' in one for one in chosen for name in names[1:]), target["expr"]
    assert all(one["allValue"] == ".*" for one in dashboard["templating"]["list"][1:])  # also where there is no such label
    headings = re.findall(r"^##+ (\w+)$", (ROOT / "docs/observability.md").read_text(), re.M)
    linked = [link["url"] for item in (dashboard, *dashboard["panels"]) for link in item.get("links", [])]
    assert set(linked) <= {f"docs/observability.md#{heading.lower()}" for heading in headings}
    assert "docs/observability.md#acrloginrefused" in linked


def test_prometheus_understands_each_panel_of_the_dashboard(tmp_path):
    panels = json.loads((ROOT / "deploy/dashboard.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 10
    expressions = [expression_of(panel["title"], number) for panel in panels for number in range(len(panel["targets"]))]
    rules = tmp_path / "panels.yaml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": [
        {"record": f"panel:{number}", "expr": text} for number, text in enumerate(expressions)]}]}))
    checked = promtool("check", "rules", rules)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(expressions)} rules found" in checked.stdout
