"""What commands print for programs: one JSON or YAML object each, which begins with the version of its form."""

import json
import os
import re
import subprocess

import pytest
import yaml

from lab.helper import INHERITED, PROGRAM
from lab.world import KEY_ID, KEY_SECRET, ONE, REGION, domains_of, entry


def commands():
    """Those that have --output."""
    def told(*words):
        return subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True, timeout=30).stdout
    names = re.findall(r"^  ([a-z]+) {2,}", told().split("Subcommands:")[1], re.M)
    return {name for name in names if "--output" in told(name)}


@pytest.mark.parametrize("form, read", [("json", json.loads), ("yaml", yaml.safe_load)])
def test_each_command_prints_one_object_with_its_version_first(lab, form, read):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper("--status-address", "127.0.0.1:0")
    lab.wait_secret(namespace, domains_of("one"))
    lab.wait_linked(namespace)
    address = helper.wait_log("listening", status=True)["address"]
    cluster = ("--kubeconfig", str(lab.cluster.folder / "admin.kubeconfig"))
    ways = {
        "check": [("check", "--config-map", "kube-system/acr-configuration", *cluster)],
        "status": [("status", "--address", address), ("status", *cluster)],
        "why": [("why", namespace, *cluster), ("why", f"{namespace}/ghost", *cluster)],
        "doctor": [("doctor", *cluster, "--region", REGION, *lab.cloud.helper_arguments())],
        "renew": [("renew", *cluster), ("renew", "cri-unknown", *cluster)],
        "cleanup": [("cleanup", "--dry-run", *cluster)],
    }
    assert set(ways) == commands()
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | {
        "HOME": str(lab.folder), "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET}
    for words in (one for several in ways.values() for one in several):
        done = subprocess.run([PROGRAM, *words, "-o", form], capture_output=True, text=True, timeout=120, env=environment)
        document = read(done.stdout)
        assert next(iter(document.items())) == ("schemaVersion", 1), (words, done)
