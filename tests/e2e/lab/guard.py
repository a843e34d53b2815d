"""The admission policies that keep the helper's account to what the helper does."""

from .kube import APPLY, JSON, MERGE_PATCH, path_of
from .objects import SECRET, docker_secret
from .waiting import until

POLICIES = [f"acr-credential-helper-{part}" for part in ("secrets", "serviceaccounts", "tokens")]
ACCOUNT = ("kube-system", "aliyun-acr-credential-helper")
TOKEN = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}


def is_in(manifest):
    return all(f"policyName: {name}" in manifest.read_text() for name in POLICIES)


def by_policy(answer):
    """Which of the policies refused the request; None: none of them did."""
    status, body = answer
    found = [name for name in POLICIES if f"ValidatingAdmissionPolicy '{name}'" in body.get("message", "")]
    assert len(found) <= 1 and bool(found) <= (status == 422), answer
    return found[0] if found else None


def probes_of(account):
    """(policy, request) of what each of them refuses; `account`: (namespace, name)."""
    namespace, name = account
    labelled = {"metadata": {"labels": {"a": "b"}}}
    # Refused also where the helper has written one already.
    yield "secrets", ("PATCH", path_of("secrets", namespace, SECRET), docker_secret(SECRET, {"a": "b"}), APPLY)
    yield "serviceaccounts", ("PATCH", path_of("serviceaccounts", namespace, name), labelled, MERGE_PATCH)
    yield "tokens", ("POST", path_of("serviceaccounts", namespace, name, "token"), TOKEN | {"spec": {}}, JSON)


def refusing(helper, request):
    query = {"dryRun": "All"} | ({"fieldManager": "probe", "force": "true"} if request[3] == APPLY else {})
    return by_policy(helper.ask(*request, **query))


def wait_in_force(helper, account=ACCOUNT):
    """The server acts on a policy a moment after it was made. `helper`: the helper's own view of the cluster."""
    for part, request in probes_of(account):
        until(f"the policy about {part} is in force", lambda asked=request: refusing(helper, asked), 60)


def wait_gone(helper, account=ACCOUNT):
    for part, request in probes_of(account):
        until(f"the policy about {part} is gone", lambda asked=request: not refusing(helper, asked), 60)


def remove(kube):
    """Takes the policies out of a cluster."""
    for name in POLICIES:
        for kind in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
            kube.delete(kind, None, name)
