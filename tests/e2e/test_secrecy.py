"""A whole life at the most talkative level, full of marked secrets; then everything that was written
anywhere is searched for them."""

import contextlib
import json
import re
import urllib.error
import urllib.request

from lab.objects import SECRET, auths
from lab.waiting import until
from lab.world import FAR, KEY_SECRET, ONE, TWO, domains_of, entry, rrsa_entry

LABORATORY = {"password_s": 6.0}
ONE_DOMAINS, TWO_DOMAINS, FAR_DOMAINS = (domains_of(name) for name in ("one", "two", "far"))
# A JSON Web Token, in any place.
TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")


def life(lab):
    """Everything that can happen to it, and every password that it wrote meanwhile."""
    passwords = set()
    namespace = lab.namespace()
    instances = [entry(ONE), entry(TWO), rrsa_entry(FAR, cross_account=True)]
    lab.configure(instances, watch_namespace="all", rrsa="enable: true", expiring_threshold="2s")
    helper = lab.helper("--metrics-address", "127.0.0.1:0", "--health-address", "127.0.0.1:0",
                        "--status-address", "127.0.0.1:0", log_level="debug")
    ports = [int(line["address"].rpartition(":")[2]) for line in (
        helper.wait_log("listening", **{what: True}) for what in ("metrics", "health", "status"))]
    domains = ONE_DOMAINS + TWO_DOMAINS + FAR_DOMAINS
    lab.wait_secret(namespace, domains)

    pages = []

    def collect():
        for port in ports:
            for path in ("/metrics", "/livez", "/readyz", "/", "/status"):
                with contextlib.suppress(urllib.error.HTTPError):
                    pages.append(urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10).read().decode())
        passwords.update(password for _, password in auths(lab.secret(namespace)).values() if password)
        return passwords

    collect()
    until("a renewal", lambda: len(collect()) > 3, 30)
    for kind in ("error_code", "throttle", "garbage", "html", "truncate", "reset", "http_status"):
        more = {"code": "Forbidden.RAM", "status": 403} if kind == "error_code" else {}
        lab.cloud.fault(kind, times=1, **more)
    # An answer in the error of which the request's own secrets come back.
    lab.cloud.fault("error_code", "GetAuthorizationToken", {"instance": TWO}, code="SignatureDoesNotMatch",
                    status=400)
    until("an instance is withdrawn", lambda: any(
        secret == ("", "") for secret in auths(lab.secret(namespace)).values()), 30)
    lab.cloud.mend()
    lab.configure("- [broken", watch_namespace="all")
    lab.kube.delete("secrets", namespace, SECRET)
    # Named by its domains, the instance means something else now, and is asked for at once.
    instances[1] = entry(TWO, domains=",".join(TWO_DOMAINS))
    lab.configure(instances, watch_namespace="all", rrsa="enable: true", expiring_threshold="2s")
    lab.wait_secret(namespace, domains, 60)
    collect()
    helper.stop()
    return helper, passwords, pages


def test_no_secret_is_in_any_output(lab):
    helper, passwords, pages = life(lab)
    assert len(passwords) > 5
    token = lab.cluster.restricted.token
    secrets = {KEY_SECRET, token, *passwords}
    log = helper.program.output()
    assert log.count("\n") > 20 and '"debug"' in log  # it did talk
    written = {"its log": log}
    for path in lab.folder.rglob("*"):
        # The cluster's own folder holds its database and keys; its audit log has no bodies.
        if path.is_file() and ("helpers" in path.parts or path.name == "audit.log"):
            written[str(path)] = path.read_text(errors="replace")
    written["its pages"] = "\n".join(pages)
    for part in ("acr_helper_refresh_failures_total{", "<!doctype html>", '"lastFailure":'):
        assert part in written["its pages"]
    for kind in ("events", "configmaps", "serviceaccounts", "namespaces"):
        written[kind] = json.dumps(lab.kube.list(kind))
    assert "InstanceFailing" in written["events"] and "PasswordWithdrawn" in written["events"]
    for secret in lab.kube.list("secrets"):
        written[f"the metadata of {secret['metadata']['name']}"] = json.dumps(secret["metadata"])

    for where, text in written.items():
        for secret in secrets:
            assert secret not in text, f"a secret is in {where}"
        assert not TOKEN.search(text), f"a token is in {where}"
        assert "Bearer " not in text and "SecurityToken=" not in text, f"a header is in {where}"
        assert "Signature=" not in text, f"a signature is in {where}"
