"""The helper's webhook as the chart registers it with the API server. Only the way to the Service is
another one: there is no node in between."""

import subprocess

import yaml

from . import ROOT
from .kube import APPLY, path_of
from .objects import SECRET

CHART = ROOT / "deploy/helm/acr-credential-helper"
NAME = "acr-credential-helper"
SERVICE = "acr-credential-helper-webhook"
HOOKS = path_of("mutatingwebhookconfigurations")


def pull_secrets(account):
    """The names in imagePullSecrets, in order; "" for an entry without one."""
    return [item.get("name", "") for item in (account or {}).get("imagePullSecrets", [])]


def rendered_all():
    text = subprocess.run([ROOT / "build/tools/chart", "template", "--show-only", "templates/webhook.yaml", CHART],
                          check=True, capture_output=True, text=True).stdout
    return [item for item in yaml.safe_load_all(text) if item]


def rendered():
    return {item["kind"]: item for item in rendered_all()}


def port_of(helper):
    return int(helper.wait_log("listening", webhook=True)["address"].rsplit(":", 1)[1])


def register(lab, helper):
    """Service and MutatingWebhookConfiguration of the chart, for the helper that runs now."""
    register_port(lab, port_of(helper))


def register_port(lab, port):
    made = rendered()
    service = {**made["Service"], "spec": {"type": "ExternalName", "externalName": "localhost"}}
    hooks = made["MutatingWebhookConfiguration"]
    for hook in hooks["webhooks"]:
        hook["clientConfig"]["service"]["port"] = port
    for path, item in ((path_of("services", "kube-system", SERVICE), service), (f"{HOOKS}/{NAME}", hooks)):
        lab.kube.do("PATCH", path, item, APPLY, fieldManager="installer", force="true")
    if lab.kube.find("secrets", "kube-system", SERVICE) is None:
        lab.kube.create("secrets", "kube-system", made["Secret"])


def unregister(lab):
    lab.kube.delete("mutatingwebhookconfigurations", None, NAME)
    lab.kube.delete("secrets", "kube-system", SERVICE)


def probe(lab):
    """Whether an account of the namespace "default" would be linked at creation; nothing is created."""
    answer = lab.kube.do("POST", path_of("serviceaccounts", "default") + "?dryRun=All",
                         {"metadata": {"generateName": "probe-"}})
    return SECRET in pull_secrets(answer)
