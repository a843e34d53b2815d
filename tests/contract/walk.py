"""A random walk: the same operations on both control planes, every answer compared.

usage: walk.py [--steps N] [--seed N] ; exit code 1 and the first difference if there is one
"""

import argparse
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest import begin, end  # noqa: E402
from requests_of_helper import APPLY, JSON, JSON_PATCH  # noqa: E402

MERGE = "application/merge-patch+json"
NAMES = ["a", "b", "c"]
VALUES = ["dg==", "dw==", "!"]
KINDS = {"secrets": ("v1", "Secret"), "configmaps": ("v1", "ConfigMap"),
         "serviceaccounts": ("v1", "ServiceAccount")}


class Walk:
    def __init__(self, planes, seed):
        self.planes = planes
        self.random = random.Random(seed)
        self.seen = {kind: {} for kind in planes}  # (path) -> metadata as last answered

    def namespace(self):
        return self.random.choice(["walk-1", "walk-2", "none"] if self.random.random() < 0.1 else ["walk-1", "walk-2"])

    def content(self, plural):
        choose = self.random.choice
        body = {"metadata": {"labels": choose([None, {}, {"x": "1"}, {"x": "2", "y": "1"}])}}
        if plural == "secrets":
            body["data"] = choose([None, {"k": choose(VALUES)}, {"k": "dg==", "l": choose(VALUES)}])
            if self.random.random() < 0.2:
                body["type"] = choose(["Opaque", "example.com/other", "kubernetes.io/dockerconfigjson"])
            if self.random.random() < 0.1:
                body["stringData"] = {"k": "text"}
        elif plural == "configmaps":
            body["data"] = choose([None, {"k": choose(["1", "2"])}, {"k": "1", "l": "2"}])
        else:
            body["imagePullSecrets"] = choose([None, [], [{"name": "p"}], [{"name": "p"}, {"name": "q"}]])
        body = {key: value for key, value in body.items() if value is not None}
        body["metadata"] = {key: value for key, value in body["metadata"].items() if value is not None}
        return body

    def operations(self):
        choose = self.random.choice
        path = choose(["/imagePullSecrets", "/imagePullSecrets/0", "/imagePullSecrets/-", "/data/k", "/metadata/labels",
                       "/metadata/labels/x", "/imagePullSecrets/0/name"])
        value = {"/imagePullSecrets": choose([None, [{"name": "p"}], []]), "/metadata/labels": choose([None, {"x": "1"}]),
                 "/imagePullSecrets/0": {"name": "p"}, "/imagePullSecrets/-": {"name": choose("pq")},
                 "/data/k": choose(["dg==", "1"]), "/metadata/labels/x": "1", "/imagePullSecrets/0/name": "p"}[path]
        first = {"op": choose(["test", "add", "remove", "replace"]), "path": path, "value": value}
        second = {"op": "add", "path": "/metadata/annotations", "value": {"n": choose("12")}}
        return [first, second] if self.random.random() < 0.3 else [first]

    def step(self):
        """(method, path, body by plane, content type, query)"""
        choose = self.random.choice
        plural = choose(list(KINDS))
        version, kind = KINDS[plural]
        base = f"/api/v1/namespaces/{self.namespace()}/{plural}"
        name = choose(NAMES)
        path = f"{base}/{name}"
        what = choose(["create", "update", "merge", "json", "apply", "apply", "delete", "get", "list"])
        query = {}
        if what == "get":
            return "GET", path, lambda _: None, JSON, query
        if what == "list":
            if self.random.random() < 0.5:
                query["labelSelector"] = choose(["x", "!x", "x=1", "x!=1", "x in (1,2)", "y,x=2", "a b"])
            if self.random.random() < 0.3:
                query["fieldSelector"] = choose(["metadata.name=a", "metadata.name!=a", "bad=1"])
            if self.random.random() < 0.3:
                query["limit"] = "1"
            return "GET", base, lambda _: None, JSON, query
        if what == "delete":
            use = self.random.random()
            def wish(plane):
                meta = self.seen[plane].get(path)
                if use < 0.3 or not meta:
                    return None
                if use < 0.6:
                    return {"preconditions": {"resourceVersion": meta["resourceVersion"]}}
                return {"preconditions": {"uid": meta["uid"] if use < 0.8 else "other"}}
            return "DELETE", path, wish, JSON, query
        if self.random.random() < 0.1:
            query["dryRun"] = "All"
        if self.random.random() < 0.7 or what == "apply":
            query["fieldManager"] = choose(["one", "two"])
        if what == "json":
            operations = self.operations()
            return "PATCH", path, lambda _: operations, JSON_PATCH, query
        body = self.content(plural)
        stale = self.random.random()
        if what == "create":
            body["metadata"]["name"] = name if stale < 0.95 else "Bad_"
            return "POST", base, lambda _: body, JSON, query
        if what == "merge":
            if stale < 0.2:
                body["metadata"]["labels"] = None
            return "PATCH", path, lambda _: body, MERGE, query
        body["metadata"]["name"] = name
        if what == "apply":
            body |= {"apiVersion": version, "kind": kind}
            body.pop("stringData", None)
            if self.random.random() < 0.5:
                query["force"] = "true"
            return "PATCH", path, lambda _: body, APPLY, query
        def replaced(plane):
            meta = self.seen[plane].get(path)
            if not meta or stale < 0.4:
                return body
            return body | {"metadata": body["metadata"] | {"resourceVersion": meta["resourceVersion"]}}
        return "PUT", path, replaced, JSON, query

    def remember(self, plane, method, path, status, answer):
        if status // 100 == 2 and "uid" in answer.get("metadata", {}):
            name = answer["metadata"]["name"]
            self.seen[plane][path if path.endswith("/" + name) else f"{path}/{name}"] = answer["metadata"]

    @staticmethod
    def plain(value):
        """What must be equal: without what each server makes up."""
        if isinstance(value, list):
            # Each controller manager writes that one, and its content, by itself.
            return [Walk.plain(item) for item in value if not (
                isinstance(item, dict) and item.get("metadata", {}).get("name") == "kube-root-ca.crt")]
        if not isinstance(value, dict):
            return value
        out = {}
        for key, item in value.items():
            if key in ("uid", "resourceVersion", "creationTimestamp", "time", "selfLink", "continue", "message"):
                out[key] = bool(item)
            elif key == "managedFields":
                out[key] = sorted(json.dumps(Walk.plain(entry), sort_keys=True) for entry in item)
            else:
                out[key] = Walk.plain(item)
        return out

    def run(self, steps):
        for number in range(steps):
            method, path, body, content_type, query = self.step()
            answers = {}
            for plane, cluster in self.planes.items():
                status, answer = cluster.admin.ask(method, path, body(plane), content_type, **query)
                answers[plane] = (status, answer, body(plane))
            first, second = ((status, self.plain(answer)) for status, answer, _ in answers.values())
            if first != second:
                return {"step": number, "request": [method, path, query, content_type],
                        "answers": {plane: {"body": sent, "status": status, "answer": answer}
                                    for plane, (status, answer, sent) in answers.items()}}
            for plane, (status, answer, _) in answers.items():
                if query.get("dryRun") != "All":
                    self.remember(plane, method, path, status, answer)
        return None


def walk(planes, steps, seed):
    for cluster in planes.values():
        for name in ("walk-1", "walk-2"):
            if cluster.admin.find("namespaces", None, name) is None:
                cluster.admin.create("namespaces", None, {"metadata": {"name": name}})
            cluster.admin.wait("it has an account", bool, "serviceaccounts", name, "default", 20)
            cluster.admin.wait("it has the root CA", bool, "configmaps", name, "kube-root-ca.crt", 20)
    return Walk(planes, seed).run(steps)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    wishes = parser.parse_args()
    print(f"seed {wishes.seed}, {wishes.steps} steps", flush=True)
    planes = {}
    try:
        for kind in ("kubesim", "real"):
            planes[kind] = begin(kind)
        difference = walk(planes, wishes.steps, wishes.seed)
    finally:
        for cluster in planes.values():
            end(cluster)
    if difference:
        print(json.dumps(difference, indent=1))
    print("a difference" if difference else "no difference")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
