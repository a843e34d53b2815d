"""With no endpoint configured at all: the real host names, in a namespace where they lead to us."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab import ROOT
from lab.world import REGION, domains_of, personal_domains

HOSTS = f"""127.0.0.1 localhost sts.aliyuncs.com
127.0.0.1 sts.{REGION}.aliyuncs.com sts-vpc.{REGION}.aliyuncs.com
127.0.0.1 cr.{REGION}.aliyuncs.com cr-vpc.{REGION}.aliyuncs.com
127.0.0.9 cr.cn-beijing.aliyuncs.com cr-vpc.cn-beijing.aliyuncs.com
"""
# 100.100.100.200 is the metadata service's address on every machine of the real cloud.
ENTER = """
ip link set lo up && ip addr add 100.100.100.200/32 dev lo && mount --bind "$1" /etc/hosts &&
shift && exec "$@"
"""


def unshare():
    """The command that enters a new namespace; nothing if this machine does not allow it."""
    command = ["unshare", "--net", "--mount"]
    if os.geteuid() != 0:
        command += ["--user", "--map-root-user"]
    tried = subprocess.run([*command, "ip", "link", "set", "lo", "up"], check=False, capture_output=True)
    return command if tried.returncode == 0 else None


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    enter = unshare()
    if not enter:
        pytest.skip("no network namespace of one's own is allowed here")
    hosts = tmp_path_factory.mktemp("hosts") / "hosts"
    hosts.write_text(HOSTS)
    folder = tmp_path_factory.mktemp("real-names")
    done = subprocess.run(
        [*enter, "--kill-child", "bash", "-c", ENTER, "enter", str(hosts), sys.executable,
         str(Path(__file__).with_name("real_names.py")), str(folder)],
        check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_key_and_region_need_no_endpoint(report):
    assert report["first"] == sorted(domains_of("one") + personal_domains())


def test_the_role_chain_needs_no_endpoint_and_no_key(report):
    assert report["second"] == sorted(domains_of("far"))


def test_the_internal_names_were_used_over_tls(report):
    cloud = [call for call in report["calls"] if "aliyuncs.com" in call["host"]]
    assert {call["host"] for call in cloud} == {f"sts-vpc.{REGION}.aliyuncs.com", f"cr-vpc.{REGION}.aliyuncs.com"}
    assert all(call["secure"] and call["status"] == 200 for call in cloud)
    assert "100.100.100.200" in {call["host"] for call in report["calls"]}


def test_each_way_in_which_the_cloud_cannot_be_reached_is_reported_apart(report):
    hosts = {"name_unresolved": "cr.cn-qingdao", "unreachable": "cr.cn-beijing", "timeout": f"cr-vpc.{REGION}",
             "vpc_name_unresolved": "cr-vpc.cn-qingdao", "vpc_unreachable": "cr-vpc.cn-beijing",
             "tls_refused": f"cr.{REGION}", "bare_status": "", "metadata_unreachable": "http://127.0.0.9",
             "metadata_silent": "http://100.100.100.200"}
    assert report["causes"].keys() == hosts.keys()
    for cause, detail in report["causes"].items():
        assert hosts[cause] in detail, (cause, detail)
