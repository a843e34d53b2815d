"""A random walk: the same operations on both control planes, every answer compared.

usage: walk.py [--steps N] [--seed N] [--edges] ; exit code 1 and the first difference if there is one
"""

import argparse
import json
import random
import re
import sys
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent))

from conftest import begin, end  # noqa: E402
from walk_steps import KINDS, NAMESPACES, Steps, base_of  # noqa: E402

# What happened is also read from a watch, after as many steps.
BLOCK = 100
# Uids, times, versions and managed fields (their order is that of times) in messages.
MADE_UP = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[-0-9]+T[0-9:.]+Z|\b[0-9]+\b"
                     r"|\bmanagedFields.*\}\}\]|https://[0-9.:]+|^[0-9]+s$")
NIL = re.compile(r" ?\b\w+:<nil>")  # in a printed patch: there or not
PRESENT = ("uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "time", "continue", "token",
           "expirationTimestamp")


def plain(value):
    """What must be equal: without what each server makes up."""
    if isinstance(value, list):
        # Each controller manager writes that one, and its content, by itself.
        return [plain(item) for item in value if "kube-root-ca.crt" not in (name_of(item), first_cell(item))]
    if isinstance(value, str):
        return MADE_UP.sub("_", NIL.sub("", value))
    if not isinstance(value, dict):
        return value
    out = {}
    for key, item in value.items():
        if key == "description":  # of a table's column, for people
            continue
        if key in PRESENT:
            out[key] = bool(item)
        elif key == "message" and value.get("reason") == "Invalid" and "name" in value.get("details", {}):
            out[key] = plain(item.partition(" is invalid:")[0])  # the rest is in the causes; maps have no order
        elif key == "rules":  # an empty list is null as soon as it has been read back
            out[key] = plain(item or None)
        elif key in ("managedFields", "causes"):  # by time; in the order of a Go map
            out[key] = sorted(json.dumps(plain(entry), sort_keys=True) for entry in item)
        else:
            out[key] = plain(item)
    return out


def name_of(item):
    return item.get("metadata", {}).get("name") if isinstance(item, dict) else None


def first_cell(item):
    """Of a row of a table."""
    return (item.get("cells") or [None])[0] if isinstance(item, dict) else None


class Walk:
    def __init__(self, planes, seed, edges=True):
        self.planes = planes
        self.steps = Steps(seed, edges)
        self.seen = {plane: {} for plane in planes}  # by path: the metadata as last answered
        self.more = {plane: {} for plane in planes}  # by path: the continue token of the last list

    def ask(self, plane, step):
        kube = self.planes[plane].restricted if step.restricted else self.planes[plane].admin
        body = step.body(self.seen[plane].get(step.path)) if callable(step.body) else step.body
        query = dict(step.query)
        if step.goes_on and step.path in self.more[plane]:
            query["continue"] = self.more[plane][step.path]
        kept, kube.headers = kube.headers, kube.headers | {"Accept": step.accept}
        try:
            status, answer = kube.ask(step.method, step.path, body, step.content_type, **query)
        finally:
            kube.headers = kept
        if status // 100 == 2 and query.get("dryRun") != "All":
            self.remember(plane, step, answer)
        return {"body": body, "status": status, "answer": answer}

    def remember(self, plane, step, answer):
        meta = answer.get("metadata") or {}
        if "uid" in meta:
            path = step.path if step.path.endswith("/" + meta["name"]) else f"{step.path}/{meta['name']}"
            self.seen[plane][path] = meta
        if meta.get("continue"):
            self.more[plane][step.path] = meta["continue"]

    def difference(self, step):
        """The answers to the step, if they differ."""
        answers = {plane: self.ask(plane, step) for plane in self.planes}
        first, second = ((item["status"], plain(item["answer"])) for item in answers.values())
        if first == second:
            return None
        return {"request": [step.method, step.path, step.query, step.content_type, step.accept,
                            "as the helper" if step.restricted else "as an administrator"], "answers": answers}

    def versions(self, base):
        return {plane: cluster.admin.do("GET", base, limit="1")["metadata"]["resourceVersion"]
                for plane, cluster in self.planes.items()}

    def watched(self, base, since):
        """What a watch tells of the time since these versions, if the planes differ in it."""
        told = {}
        for plane, version in since.items():
            query = {"watch": "true", "resourceVersion": version, "timeoutSeconds": "1"}
            told[plane] = lines_of(self.planes[plane].admin, base, **query)[1]
        first, second = (plain(lines) for lines in told.values())
        return None if first == second else {"request": ["watch", base], "answers": told}

    def run(self, steps):
        for number in range(steps):
            if number % BLOCK == 0:
                base = base_of(self.steps.choose(*KINDS), self.steps.choose(*NAMESPACES))
                since = self.versions(base)
            found = self.difference(self.steps.next())
            if not found and number % BLOCK == BLOCK - 1:
                found = self.watched(base, since)
            if found:
                return {"step": number} | found
        return None


def lines_of(kube, path, **query):
    """(status, the lines) of a watch that ends by itself."""
    connection = kube._connect(30)
    try:
        connection.request("GET", f"{path}?{urlencode(query)}", headers=kube.headers)
        answer = connection.getresponse()
        return answer.status, [json.loads(line) for line in answer.read().splitlines()]
    finally:
        connection.close()


def prepare(planes):
    for cluster in planes.values():
        for name in NAMESPACES:
            if cluster.admin.find("namespaces", None, name) is None:
                cluster.admin.create("namespaces", None, {"metadata": {"name": name}})
            cluster.admin.wait("it has an account", bool, "serviceaccounts", name, "default", 20)
            cluster.admin.wait("it has the root CA", bool, "configmaps", name, "kube-root-ca.crt", 20)


def walk(planes, steps, seed, edges=True):
    prepare(planes)
    return Walk(planes, seed, edges).run(steps)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--edges", action="store_true", help="also what no sensible client sends")
    wishes = parser.parse_args()
    print(f"seed {wishes.seed}, {wishes.steps} steps", flush=True)
    planes = {}
    try:
        for kind in ("kubesim", "real"):
            planes[kind] = begin(kind)
        difference = walk(planes, wishes.steps, wishes.seed, wishes.edges)
    finally:
        for cluster in planes.values():
            end(cluster)
    if difference:
        print(json.dumps(difference, indent=1))
    print("a difference" if difference else "no difference")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
