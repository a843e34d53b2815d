"""`acr-credential-helper policy`: what it prints is what the chart installs, which test_deploy.py has on
the real server."""

import subprocess

import pytest
import yaml

from lab import ROOT
from lab.helper import PROGRAM

CHART = ROOT / "deploy/helm/acr-credential-helper"


def printed(folder, text):
    path = folder / "acr.yaml"
    path.write_text(text)
    return subprocess.run([PROGRAM, "policy", "--config", path], check=False, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)


def installed(folder, data):
    path = folder / "values.yaml"
    path.write_text(yaml.safe_dump({"admissionPolicy": {"enabled": True}, "configuration": {"data": data}}))
    text = subprocess.run([ROOT / "build/tools/chart", "template", "--values", path, "--show-only",
                           "templates/admissionpolicy.yaml", CHART], check=True, capture_output=True, text=True)
    return [item for item in yaml.safe_load_all(text.stdout) if item]


@pytest.mark.parametrize("data", [
    {"watch-namespace": "all", "service-account": "*"},
    {"watch-namespace": "team-a,team-b", "service-account": "default,robot"},
    {"service-account": "Default"},
    {"notify-email": "a@example.com"},
], ids=["all", "names", "default", "nothing"])
def test_command_and_chart_agree(tmp_path, data):
    done = printed(tmp_path, yaml.safe_dump(data))
    assert done.returncode == 0, done.stderr
    assert list(yaml.safe_load_all(done.stdout)) == installed(tmp_path, data)


def test_a_configuration_that_is_refused_gives_no_policy(tmp_path):
    done = printed(tmp_path, "watch-namespace: all,team-a\n")
    assert done.returncode == 1 and not done.stdout
    assert "watch-namespace" in done.stderr
