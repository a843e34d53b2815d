"""A small client of the Kubernetes API: what the tests need, and every answer visible."""

import base64
import http.client
import json
import ssl
import tempfile
import threading
import time
from urllib.parse import quote, urlencode, urlsplit

import yaml

from . import version
from .waiting import Late

JSON = "application/json"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"


class Refused(Exception):
    """The API server's answer was not 2xx."""

    def __init__(self, status, body, what):
        super().__init__(f"{what}: {status} {body.get('reason', '')}: {body.get('message', body)}")
        self.status = status
        self.body = body


def path_of(kind, namespace=None, name=None, sub=None):
    """path_of("serviceaccounts", "default", "x") -> "/api/v1/namespaces/default/serviceaccounts/x"."""
    group = {"clusterroles": "/apis/rbac.authorization.k8s.io/v1",
             "clusterrolebindings": "/apis/rbac.authorization.k8s.io/v1",
             "roles": "/apis/rbac.authorization.k8s.io/v1",
             "rolebindings": "/apis/rbac.authorization.k8s.io/v1",
             "deployments": "/apis/apps/v1",
             "jobs": "/apis/batch/v1",
             "leases": "/apis/coordination.k8s.io/v1",
             "poddisruptionbudgets": "/apis/policy/v1",
             "mutatingadmissionpolicies": version.MUTATING,
             "mutatingadmissionpolicybindings": version.MUTATING,
             "mutatingwebhookconfigurations": version.STABLE,
             "validatingadmissionpolicies": version.STABLE,
             "validatingadmissionpolicybindings": version.STABLE}.get(kind, "/api/v1")
    path = group + (f"/namespaces/{quote(namespace)}" if namespace else "") + f"/{kind}"
    for part in (name, sub):
        if part:
            path += "/" + quote(part)
    return path


def plural_of(kind):
    """plural_of("ValidatingAdmissionPolicy") -> "validatingadmissionpolicies"."""
    word = kind.lower()
    return word[:-1] + "ies" if word.endswith("y") else word + "s"


class Kube:
    """One kubeconfig's view of the cluster. Threads may share it."""

    def __init__(self, kubeconfig):
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.address = urlsplit(cluster["server"])
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self.tls = ssl.create_default_context(cadata=authority)
        self.headers = {"Accept": JSON}
        self.token = user.get("token")
        if self.token:
            self.headers["Authorization"] = f"Bearer {self.token}"
        if "client-certificate-data" in user:
            with tempfile.NamedTemporaryFile() as pem:  # the ssl module reads files only
                pem.write(base64.b64decode(user["client-certificate-data"]) + b"\n")
                pem.write(base64.b64decode(user["client-key-data"]))
                pem.flush()
                self.tls.load_cert_chain(pem.name)
        self.local = threading.local()

    def _connect(self, timeout):
        return http.client.HTTPSConnection(self.address.hostname, self.address.port,
                                           context=self.tls, timeout=timeout)

    def ask(self, method, path, body=None, content_type=JSON, **query):
        """(status, decoded body) of any answer. One retry where a kept connection had ended."""
        if query:
            path += "?" + urlencode(query)
        headers = dict(self.headers)
        data = None
        if body is not None:
            headers["Content-Type"] = content_type
            data = json.dumps(body)
        for attempt in (1, 2):
            connection = getattr(self.local, "connection", None)
            fresh = connection is None
            if fresh:
                connection = self.local.connection = self._connect(30)
            try:
                connection.request(method, path, data, headers)
                answer = connection.getresponse()
                text = answer.read()
                break
            except (http.client.HTTPException, OSError):
                connection.close()
                self.local.connection = None
                if fresh or attempt == 2:
                    raise
        try:
            return answer.status, json.loads(text) if text else {}
        except ValueError:
            return answer.status, {"message": text.decode(errors="replace")}

    def do(self, method, path, body=None, content_type=JSON, **query):
        status, answer = self.ask(method, path, body, content_type, **query)
        if status // 100 != 2:
            raise Refused(status, answer, f"{method} {path}")
        return answer

    def get(self, kind, namespace=None, name=None):
        return self.do("GET", path_of(kind, namespace, name))

    def find(self, kind, namespace, name):
        """The object, or None if there is none."""
        status, answer = self.ask("GET", path_of(kind, namespace, name))
        if status == 404:
            return None
        if status != 200:
            raise Refused(status, answer, f"GET {kind} {namespace}/{name}")
        return answer

    def list(self, kind, namespace=None, **query):
        return self.do("GET", path_of(kind, namespace), **query)["items"]

    def create(self, kind, namespace, body):
        return self.do("POST", path_of(kind, namespace), body)

    def apply(self, kind, namespace, body):
        return self.do("PATCH", path_of(kind, namespace, body["metadata"]["name"]), body, APPLY,
                       fieldManager="e2e", force="true")

    def json_patch(self, kind, namespace, name, operations):
        return self.do("PATCH", path_of(kind, namespace, name), operations, JSON_PATCH)

    def merge(self, kind, namespace, name, body):
        return self.do("PATCH", path_of(kind, namespace, name), body, MERGE_PATCH)

    def replace(self, kind, namespace, body):
        return self.do("PUT", path_of(kind, namespace, body["metadata"]["name"]), body)

    def delete(self, kind, namespace, name):
        status, answer = self.ask("DELETE", path_of(kind, namespace, name))
        if status not in (200, 202, 404):
            raise Refused(status, answer, f"DELETE {kind} {namespace}/{name}")

    def watch(self, kind, namespace=None, name=None, seconds=15.0, version=None):
        """Yields (type, object) of what happens after `version`, for at most `seconds`; without a
        version, what is there comes first."""
        query = {"watch": "true", "timeoutSeconds": int(seconds) + 1}
        if name:
            query["fieldSelector"] = f"metadata.name={name}"
        if version:
            query["resourceVersion"] = version
        deadline = time.monotonic() + seconds
        connection = self._connect(seconds)
        try:
            connection.request("GET", path_of(kind, namespace) + "?" + urlencode(query),
                               headers=self.headers)
            answer = connection.getresponse()
            if answer.status != 200:
                raise Refused(answer.status, json.loads(answer.read()), f"watch {kind}")
            while (left := deadline - time.monotonic()) > 0:
                # The answer owns the socket once "Connection: close" was agreed upon.
                (connection.sock or answer.fp.raw._sock).settimeout(left)
                try:
                    line = answer.readline()
                except (TimeoutError, ssl.SSLError):
                    return
                if not line:
                    return
                event = json.loads(line)
                yield event["type"], event["object"]
        finally:
            connection.close()

    def wait(self, what, condition, kind, namespace, name, seconds=60.0):
        """Watches an object until condition(object) is true; condition(None) is asked if there is
        none. Returns the object."""
        deadline = time.monotonic() + seconds
        last = None
        while (left := deadline - time.monotonic()) > 0:
            listed = self.do("GET", path_of(kind, namespace), fieldSelector=f"metadata.name={name}")
            last = listed["items"][0] if listed["items"] else None
            if condition(last):
                return last
            # From that list on: nothing that happens between the two is missed.
            for event, value in self.watch(kind, namespace, name, left, listed["metadata"]["resourceVersion"]):
                if event == "ERROR":
                    break  # too old: list again
                last = None if event == "DELETED" else value
                if condition(last):
                    return last
        raise Late(f"waited {seconds:g} s until {what}; last: {json.dumps(last)[:2000]}")
