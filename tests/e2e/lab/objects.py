"""What the tests read and write in the cluster: configuration, ServiceAccounts, our Secret."""

import base64
import json

import yaml

from .kube import Refused
from .waiting import until

SECRET = "acr-credential-secret-aggregation"
CONFIG = "acr-configuration"
HELPER_USER = "system:serviceaccount:kube-system:aliyun-acr-credential-helper"
MANAGED_BY = {"app.kubernetes.io/managed-by": "acr-credential-helper"}


def configuration(instances, **keys):
    """The data of the ConfigMap. Keys as in the original, "_" for "-": watch_namespace="all"."""
    data = {key.replace("_", "-"): value for key, value in keys.items() if value is not None}
    data["acr-registry-info"] = (instances if isinstance(instances, str)
                                 else yaml.safe_dump(instances, sort_keys=False))
    return data


def configure(kube, instances, **keys):
    data = configuration(instances, **keys)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "data": data,
            "metadata": {"name": CONFIG, "namespace": "kube-system"}}
    if kube.find("configmaps", "kube-system", CONFIG):
        return kube.replace("configmaps", "kube-system", body)
    return kube.create("configmaps", "kube-system", body)


def create_namespace(kube, name, accounts=()):
    """With its `default` account, which a controller makes, and others."""
    kube.create("namespaces", None, {"metadata": {"name": name}})
    for account in accounts:
        kube.create("serviceaccounts", name, {"metadata": {"name": account}})
    until(f"{name} has its default account", lambda: kube.find("serviceaccounts", name, "default"))
    return name


def pull_secrets(account):
    """The names in imagePullSecrets, in order."""
    return [item["name"] for item in (account or {}).get("imagePullSecrets", [])]


def document_of(secret):
    """The docker config in a Secret, for a client to log in with; an empty one if there is none."""
    if not secret or ".dockerconfigjson" not in secret.get("data", {}):
        return {"auths": {}}
    found = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"], validate=True))
    return {"auths": {}} | found


def auths(secret):
    """{host: (user, password)} of a Secret, decoded as a kubelet does: `auth` wins."""
    found = {}
    for host, value in document_of(secret)["auths"].items():
        user, _, password = base64.b64decode(value["auth"], validate=True).decode().partition(":")
        if "username" in value or "password" in value:
            assert (value.get("username", ""), value.get("password", "")) == (user, password)
        found[host] = (user, password)
    return found


def has_passwords(secret, domains):
    """Whether the Secret holds a password for each of the domains."""
    found = auths(secret)
    return all(found.get(domain, ("", ""))[1] for domain in domains)


def link_raw(kube, namespace, account, names):
    """Replaces the list as a careless user would."""
    return kube.merge("serviceaccounts", namespace, account,
                      {"imagePullSecrets": [{"name": name} for name in names]})


def docker_secret(name, labels=None, kind="kubernetes.io/dockerconfigjson"):
    document = base64.b64encode(b'{"auths":{"mine.example":{"auth":"YTpi"}}}').decode()
    return {"apiVersion": "v1", "kind": "Secret", "type": kind,
            "metadata": {"name": name, "labels": labels or {}},
            "data": {".dockerconfigjson": document}}


def version_of(value):
    """A resourceVersion as a number: on this server they are etcd's revisions."""
    return int(value["metadata"]["resourceVersion"])


def retrying(action, statuses=(409, 422), times=100):
    """Repeats what another writer got in the way of."""
    for attempt in range(times):
        try:
            return action()
        except Refused as refused:
            if refused.status not in statuses or attempt == times - 1:
                raise
    return None
