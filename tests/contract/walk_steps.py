"""What one step of the random walk can be: a request, with what only one plane can know left open."""

import random
from dataclasses import dataclass, field

from requests_of_helper import APPLY, JSON, JSON_PATCH, OURS

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json"

NAMESPACES = ["walk-1", "walk-2"]
NAMES = ["a", "b", "c", OURS]
KINDS = {"secrets": ("v1", "Secret"), "configmaps": ("v1", "ConfigMap"), "serviceaccounts": ("v1", "ServiceAccount"),
         "leases": ("coordination.k8s.io/v1", "Lease"), "roles": ("rbac.authorization.k8s.io/v1", "Role")}


@dataclass
class Step:
    method: str
    path: str
    body: object = None  # or a function of what the plane has answered for that path so far
    content_type: str = JSON
    query: dict = field(default_factory=dict)
    accept: str = JSON
    restricted: bool = False  # as the helper, not as an administrator
    goes_on: bool = False  # with the plane's own continue token


def base_of(plural, namespace):
    version = KINDS[plural][0]
    return f"/{'apis' if '/' in version else 'api'}/{version}/namespaces/{namespace}/{plural}"


class Steps:
    """An endless sequence that one seed decides. `edges`: with what no sensible client sends, too."""

    def __init__(self, seed, edges=True):
        self.random = random.Random(seed)
        self.edges = edges

    def choose(self, *of):
        return self.random.choice(of)

    def now_and_then(self, chance):
        return self.random.random() < chance

    def at_times(self, chance):
        """The edges."""
        return self.edges and self.now_and_then(chance)

    def metadata(self):
        out = {"labels": self.choose(None, {}, {"x": "1"}, {"x": "2", "y": "1"})}
        if self.now_and_then(0.2):
            out["annotations"] = self.choose({}, {"n": "1"}, {"n": "2", "m": ""}, None)
        if self.at_times(0.05):
            out["finalizers"] = self.choose([], ["a.example/b"], ["a.example/b", "a.example/c"])
        if self.at_times(0.03):
            out["labels"] = self.choose({"x": "bad value"}, {"Bad key!": "1"}, {"a/b/c": "1"}, {"x": "-"})
        if self.at_times(0.02):
            out["annotations"] = {"bad key": "1"}
        if self.at_times(0.02):
            out["namespace"] = "elsewhere"
        return {key: value for key, value in out.items() if value is not None}

    def content(self, plural):
        """An object, without its name."""
        choose = self.choose
        body = {"metadata": self.metadata()}
        if plural == "secrets":
            values = ["dg==", "dw==", "e30=", "!", ""]
            body["data"] = choose(None, {"k": choose(*values)}, {"k": "dg==", "l": choose(*values)},
                                  {".dockerconfigjson": choose(*values)}, {"bad key": "dg=="})
            if self.now_and_then(0.3):
                body["type"] = choose("Opaque", "example.com/other", "kubernetes.io/dockerconfigjson", "")
            if self.now_and_then(0.1):
                body["stringData"] = {"k": "text"}
        elif plural == "configmaps":
            body["data"] = choose(None, {"k": choose("1", "2")}, {"k": "1", "l": "2"}, {"bad key": "1"})
            if self.now_and_then(0.2):
                body["binaryData"] = choose({"b": "dg=="}, {"k": "dg=="})
        elif plural == "serviceaccounts":
            body["imagePullSecrets"] = choose(None, [], [{"name": "p"}], [{"name": "p"}, {"name": "q"}])
            if self.now_and_then(0.2):
                body["secrets"] = choose([{"name": "s"}], [{"name": "s"}, {"name": "t"}])
            if self.now_and_then(0.1):
                body["automountServiceAccountToken"] = choose(True, False)
        elif plural == "leases":
            body["spec"] = choose({}, {"holderIdentity": choose("i", "j"), "leaseDurationSeconds": choose(15, 30, 0)},
                                  {"renewTime": choose("2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:01Z", "then"),
                                   "leaseTransitions": choose(0, 1, -1)})
        else:
            body["rules"] = choose(None, [], [{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}],
                                   [{"verbs": choose(["get", "list"], []), "apiGroups": ["", "apps"],
                                     "resources": ["pods"], "resourceNames": ["p"]}])
        if plural in ("secrets", "configmaps") and self.at_times(0.03):
            body["immutable"] = True
        if self.at_times(0.02):
            body["nobody"] = {"knows": "it"}
        return {key: value for key, value in body.items() if value is not None}

    def operations(self, plural):
        choose = self.choose
        own = {"secrets": [("/data/k", ["dg==", "1", 1]), ("/type", ["Opaque", "example.com/other"])],
               "configmaps": [("/data/k", ["1", "2", 3]), ("/binaryData", [None, {"k": "dg=="}]), ("/data", [None])],
               "serviceaccounts": [("/imagePullSecrets", [None, [{"name": "p"}], []]),
                                   ("/imagePullSecrets/0", [{"name": "p"}]), ("/imagePullSecrets/1", [{"name": "q"}]),
                                   ("/imagePullSecrets/-", [{"name": "p"}, {"name": "q"}, {}]),
                                   ("/imagePullSecrets/0/name", ["p", "q"]), ("/secrets/-", [{"name": "s"}])],
               "leases": [("/spec/holderIdentity", ["i", None, 1]), ("/spec/leaseTransitions", [1, "x"]), ("/spec", [{}])],
               "roles": [("/rules/0", [{"verbs": ["list"]}]), ("/rules/-", [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]),
                         ("/rules", [[], None])]}[plural]
        shared = [("/metadata/labels", [None, {"x": "1"}]), ("/metadata/labels/x", ["1", "2"]),
                  ("/metadata/finalizers", [None, [], ["a.example/b"]]), ("/metadata/name", ["a", "z"]),
                  ("/metadata/resourceVersion", ["1"]), ("", [{}]), ("no-slash", ["1"]), ("/kind", ["Secret"])]
        path, values = choose(*own) if self.now_and_then(0.7) else choose(*(shared if self.edges else shared[:2]))
        first = {"op": choose("test", "add", "remove", "replace"), "path": path, "value": choose(*values)}
        if self.at_times(0.05):
            first = choose({"op": "copy", "from": "/metadata/labels", "path": "/metadata/annotations"},
                           {"op": "move", "from": path, "path": "/metadata/annotations/moved"},
                           {"op": "none", "path": path}, {"path": path}, {"op": "test", "path": path})
        second = {"op": "add", "path": "/metadata/annotations", "value": {"n": choose("1", "2")}}
        return [first, second] if self.now_and_then(0.3) else [first]

    def strategic(self, plural, body):
        """Directives that only a strategic merge patch knows."""
        if not self.edges:
            return body
        if self.now_and_then(0.2):
            body["metadata"]["labels"] = {"x": None}
        if plural == "serviceaccounts" and self.now_and_then(0.5):
            body[self.choose("imagePullSecrets", "secrets")] = self.choose(
                [{"name": "s", "$patch": "delete"}], [{"$patch": "replace"}], [{"name": "t"}], [{"name": "p"}, {"name": "r"}])
        if self.now_and_then(0.1) and "finalizers" not in body["metadata"]:
            body["metadata"]["$deleteFromPrimitiveList/finalizers"] = ["a.example/b"]
        if self.now_and_then(0.05) and "data" in body:
            body["data"] = {"$patch": self.choose("replace", "delete"), "k": "dg=="}
        return body

    def reading(self, base, path):
        choose = self.choose
        step = Step("GET", path if self.now_and_then(0.5) else base)
        single = step.path == path
        if self.now_and_then(0.3):
            step.accept = choose(METADATA, TABLE) if single else choose(METADATA_LIST, TABLE)
        if single:
            return step
        query = step.query
        if self.now_and_then(0.4):
            query["labelSelector"] = choose("x", "!x", "x=1", "x!=1", "x==1", "x in (1,2)", "x notin (1)", "y,x=2", "a b",
                                            "x in", "=1", "x>1", "x=bad value", ",")
        if self.now_and_then(0.3):
            query["fieldSelector"] = choose("metadata.name=a", "metadata.name!=a", "bad=1", "metadata.name", "type=Opaque",
                                            "metadata.namespace=walk-1", "metadata.name=a,metadata.name=b",
                                            f"metadata.name={OURS}")
        if self.now_and_then(0.3):
            query["limit"] = choose("1", "2", "x", "0")
            step.goes_on = self.now_and_then(0.5)
        if self.at_times(0.1):
            query["resourceVersion"] = choose("0", "x", "1000000000000")
        if self.at_times(0.1):
            query["resourceVersionMatch"] = choose("Exact", "NotOlderThan", "Other")
        return step

    def deletion(self, base, path):
        choose = self.choose
        step = Step("DELETE", path)
        if self.now_and_then(0.1):
            step.path = base
            step.query = {choose("labelSelector", "fieldSelector"): choose("x=1", "metadata.name=a", "bad=1")}
        use = self.random.random()

        def wish(meta):
            if use < 0.3 or not meta:
                return None
            if use < 0.6:
                return {"preconditions": {"resourceVersion": meta["resourceVersion"]}}
            if use < 0.9:
                return {"preconditions": {"uid": meta["uid"] if use < 0.8 else "other"}}
            return {"dryRun": ["All"]} if use < 0.95 else {"propagationPolicy": "Background"}
        step.body = wish
        return step

    def token(self, namespace):
        spec = {"audiences": self.choose(None, [], ["sts.aliyuncs.com"], ["a", "b"], [""]),
                "expirationSeconds": self.choose(None, 600, 599, 3600, "x")}
        return Step("POST", base_of("serviceaccounts", namespace) + "/default/token",
                    {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
                     "spec": {key: value for key, value in spec.items() if value is not None}})

    def review(self, namespace):
        attributes = {"namespace": namespace, "verb": self.choose("get", "list", "create", "patch"),
                      "resource": self.choose("secrets", "serviceaccounts", "configmaps"),
                      "name": self.choose("", OURS, "a"), "subresource": self.choose("", "token")}
        return Step("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
            "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
            "spec": self.choose({"resourceAttributes": attributes}, {"nonResourceAttributes": {"path": "/api", "verb": "get"}},
                                {})})

    def next(self):
        step = self.draw()
        step.restricted = self.now_and_then(0.15)
        return step

    def draw(self):
        choose = self.choose
        plural = choose("secrets", "secrets", "serviceaccounts", "serviceaccounts", "configmaps", "leases", "roles")
        namespace = choose(*NAMESPACES) if self.now_and_then(0.97) else "none"
        base = base_of(plural, namespace)
        name = choose(*NAMES)
        path = f"{base}/{name}"
        what = choose("create", "create", "update", "merge", "strategic", "json", "json", "apply", "apply", "apply", "delete",
                      "read", "read", "other")
        if what == "read":
            return self.reading(base, path)
        if what == "delete":
            return self.deletion(base, path)
        if what == "other":
            return self.token(namespace) if self.now_and_then(0.5) else self.review(namespace)
        step = Step("PATCH", path)
        if self.now_and_then(0.1):
            step.query["dryRun"] = "All"
        if self.now_and_then(0.7) or (what == "apply" and self.now_and_then(0.98)):
            step.query["fieldManager"] = choose("one", "two")
        if self.now_and_then(0.1):
            step.query["fieldValidation"] = choose("Strict", "Warn", "Ignore")
        if what == "json":
            step.content_type, step.body = JSON_PATCH, self.operations(plural)
            return step
        body = self.content(plural)
        if what == "create":
            body["metadata"]["name"] = name if self.now_and_then(0.95) else choose("Bad_", "", "a.b", "x" * 254)
            step.method, step.path, step.body = "POST", base, body
            return step
        if what in ("merge", "strategic"):
            if self.now_and_then(0.2):
                body["metadata"]["labels"] = None
            step.content_type = MERGE if what == "merge" else STRATEGIC
            step.body = body if what == "merge" else self.strategic(plural, body)
            return step
        body["metadata"]["name"] = "other" if self.at_times(0.02) else name
        if what == "apply" or self.now_and_then(0.3):
            body |= dict(zip(("apiVersion", "kind"), KINDS["leases" if self.at_times(0.02) else plural]))
        if what == "apply":
            body.pop("stringData", None)
            step.content_type, step.body = APPLY, body
            if self.now_and_then(0.5):
                step.query["force"] = "true"
            return step
        stale = self.random.random()

        def replaced(meta):
            if not meta or stale < 0.4:
                return body
            version = "1" if stale > 0.95 else meta["resourceVersion"]
            more = {"uid": "other"} if 0.9 < stale < 0.93 else {}
            return body | {"metadata": body["metadata"] | more | {"resourceVersion": version}}
        step.method, step.body = "PUT", replaced
        return step
