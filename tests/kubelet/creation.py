"""The ways in which people create Pods in namespaces of the same moment."""

import contextlib
import http.client
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from lab.kube import path_of
from lab.waiting import Late
from rig import PATIENCE, Outcome, failures_of_pulls, pod_body, pod_spec, starved_pods, until

NUMBERS = itertools.count(1)


def namespace_body(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def create_pod(rig, namespace, body):
    """As soon as the API server takes it: it knows a new account a moment after it was made."""
    def attempt():
        status, answer = rig.kube.ask("POST", path_of("pods", namespace), body)
        assert status in (201, 403), answer
        return status == 201
    until(f"the Pod in {namespace} is created", attempt)


def post(rig, name, **spec):
    rig.kube.create("namespaces", None, namespace_body(name))
    create_pod(rig, name, pod_body(**spec))


def apply(rig, name):
    body = pod_body()
    body["metadata"]["namespace"] = name
    rig.kubectl_apply(namespace_body(name), body)


def account_seen(rig, name):
    rig.kube.create("namespaces", None, namespace_body(name))
    for kind, _ in rig.kube.watch("serviceaccounts", name, "default"):
        if kind == "ADDED":
            break
    create_pod(rig, name, pod_body())


def apply_deployment(rig, name):
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": name}}
    labels = {"app": "app"}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app", "namespace": name}, "spec": {
        "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": pod_spec(serviceAccountName="robot")}}}
    rig.kubectl_apply(namespace_body(name), account, deployment)


def own_list(rig, name):
    post(rig, name, imagePullSecrets=[{"name": "mine"}])


WAYS = {"POST of namespace and Pod": post, "kubectl apply of both": apply, "Pod when the account is seen": account_seen,
        "kubectl apply of account and Deployment": apply_deployment}


def create(rig, way, count, workers=4):
    """That many, some at once; {namespace: when it was begun}."""
    names = [f"pods-{next(NUMBERS)}" for _ in range(count)]
    begun = {}

    def one(name):
        begun[name] = time.monotonic()
        way(rig, name)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, names))
    return begun


def outcomes(rig, begun, settled=lambda seen: seen.running, seconds=PATIENCE):
    """What became of the Pods, once each is settled. `begun`: {namespace, or (namespace, name): when}"""
    def found(key):
        pods = rig.pods.of(key) if isinstance(key, str) else rig.pods.of(*key)
        return pods[0] if pods and all(settled(seen) for _, seen in pods) else None
    with contextlib.suppress(Late):  # told by what follows
        until("all Pods are settled", lambda: all(map(found, begun)), seconds)
    unsettled = [key for key in begun if not found(key)]
    assert not unsettled, [(key, [vars(seen) for _, seen in rig.pods.of(*([key] if isinstance(key, str) else key))])
                           for key in unsettled]
    failures, starved = failures_of_pulls(rig.kube), starved_pods(rig)
    pods = {key: found(key) for key in begun}
    return [Outcome(pod, seen, begun[key], failures.get(pod, []), pod in starved) for key, (pod, seen) in pods.items()]


def unlucky(found):
    """Those that should have pulled at once, and did not."""
    return [one for one in found if not one.linked or not one.ran or one.failed and not one.starved]


def persistently(rig, path, body):
    """Creates an object, whatever befalls the API server meanwhile."""
    def attempt():
        with contextlib.suppress(OSError, http.client.HTTPException):
            return rig.kube.ask("POST", path, body)[0] in (201, 409)
        return False
    until(f"POST {path} is accepted", attempt)


def in_new_namespace(rig, number):
    """(namespace, name) of a Pod."""
    name = f"fresh-{number}"
    persistently(rig, path_of("namespaces"), namespace_body(name))
    persistently(rig, path_of("pods", name), short_lived("app"))
    return name, "app"


def in_namespace(namespace):
    def create_in(rig, number):
        persistently(rig, path_of("pods", namespace), short_lived(f"pod-{number}"))
        return namespace, f"pod-{number}"
    return create_in


def short_lived(name):
    """A Pod that ends by itself: hundreds of them are no load."""
    body = pod_body(name=name, restartPolicy="Never")
    body["spec"]["containers"][0]["args"] = ["1s"]
    return body


class Load(threading.Thread):
    """Creates Pods, one after the other and not too many at once, until it is left."""

    def __init__(self, rig, way, at_once=6):
        super().__init__()
        self.rig, self.way, self.at_once = rig, way, at_once
        self.begun, self.over, self.failure = {}, threading.Event(), None

    def run(self):
        try:
            while not self.over.is_set():
                begun = time.monotonic()
                self.begun[self.way(self.rig, next(NUMBERS))] = begun
                while self.starting() >= self.at_once and not self.over.wait(0.05):
                    pass
        except Exception as failure:  # shown by the test
            self.failure = failure

    def starting(self):
        seen = [self.rig.pods.seen.get(key) for key in list(self.begun)[-50:]]
        return sum(one is None or not one.running and not one.refused for one in seen)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        self.over.set()
        self.join()
        if self.failure and not kind:
            raise self.failure
