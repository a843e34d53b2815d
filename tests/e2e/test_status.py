"""The state of a running helper: a page for people, JSON for programs, a table on a terminal."""

import json
import re
import subprocess

from lab.helper import PROGRAM
from lab.objects import CONFIG
from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry
from test_metrics import ask, port_of

STATUS = ("--status-address", "127.0.0.1:0")


def status(port, *more):
    return subprocess.run([PROGRAM, "status", "--address", f"127.0.0.1:{port}", *more], check=False,
                          capture_output=True, text=True, timeout=20)


def test_page_json_and_command_tell_the_same(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace)
    lab.cloud.fault("error_code", "GetAuthorizationToken", {"instance": TWO}, code="NoPermission", status=403)
    helper = lab.helper(*STATUS)
    lab.wait_secret(namespace, domains_of("one"))
    port = port_of(helper, "status")
    until("it is served", lambda: json.loads(ask(port, "/status")[1])["namespaces"]["served"] == 1)
    helper.wait_log("token_failed")

    told = json.loads(ask(port, "/status")[1])
    assert told["ready"] and told["configuration"]["source"] == f"kube-system/{CONFIG}"
    good, bad = sorted(told["instances"], key=lambda one: one["failuresInARow"])
    assert good["state"] == "valid" and set(good["domains"]) == set(domains_of("one"))
    assert bad["state"] == "failing" and bad["lastFailure"]["serviceCode"] == "NoPermission"

    answer, page = ask(port, "/")
    assert answer == 200 and page.startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    for part in (good["name"], bad["name"], "NoPermission", "expires in 59 min", *domains_of("one")):
        assert part in page
    assert not re.search("<script|https?:", page)

    printed = status(port)
    assert printed.returncode == 0 and not printed.stderr
    assert re.search(rf"^{re.escape(good['name'])} +valid +in 59 min ", printed.stdout, re.M)
    assert "NoPermission" in printed.stdout and "1 of 1 served" in printed.stdout
    assert json.loads(status(port, "-o", "json").stdout)["instances"]


def test_where_nobody_answers_the_command_says_so(lab):
    lab.configure([entry(ONE)], watch_namespace="default")
    helper = lab.helper(*STATUS)
    port = port_of(helper, "status")
    helper.stop()
    refused = status(port)
    assert refused.returncode == 1 and "--status-address" in refused.stderr and not refused.stdout
