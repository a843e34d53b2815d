"""How fast the admission webhook answers under a steady load, beside what its server costs for nothing."""

import asyncio
import json
import ssl
import statistics

from arena import Arena, finished, spent
from lab.objects import SECRET
from lab.waiting import until
from lab.world import domains_of

SERVICE = "acr-credential-helper-webhook"
ACCOUNT = {"kind": "ServiceAccount", "apiVersion": "v1",
           "metadata": {"name": "default", "namespace": "team-1"}, "imagePullSecrets": [{"name": "mine"}]}
POD = {"kind": "Pod", "apiVersion": "v1", "metadata": {"generateName": "p-", "namespace": "team-1"},
       "spec": {"serviceAccountName": "default", "containers": [{"name": "c", "image": f"{domains_of('one')[0]}/a/b:1"}]}}


def review(kind, item):
    """A request as the API server sends it, some kilobytes with the managed fields of a real object."""
    fields = [{"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:metadata": {f"f:{n}": {} for n in range(80)}}}]
    item = {**item, "metadata": {**item["metadata"], "managedFields": fields}}
    body = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "00000000-0000-0000-0000-000000000001", "operation": "CREATE", "namespace": "team-1",
        "name": item["metadata"].get("name", ""), "kind": {"group": "", "version": "v1", "kind": item["kind"]},
        "resource": {"group": "", "version": "v1", "resource": kind}, "object": item}}).encode()
    return (b"POST /%s HTTP/1.1\r\nHost: webhook\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % (kind.encode(), len(body))) + body


class Load:
    """Sends at fixed times whatever the answers do: a slow answer delays nobody else's measurement."""

    def __init__(self, port, rate, seconds, connections):
        self.port, self.rate, self.seconds, self.connections = port, rate, seconds, connections

    async def one(self, number, requests, taken):
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=tls)
        loop = asyncio.get_running_loop()
        begun = loop.time() + 0.2
        for turn in range(self.rate * self.seconds // self.connections):
            at = begun + (turn * self.connections + number) / self.rate
            await asyncio.sleep(max(0.0, at - loop.time()))
            writer.write(requests[turn % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                          if line.lower().startswith(b"content-length"))
            body = await reader.readexactly(length)
            taken.append(loop.time() - at)
            self.check(head, body)
        writer.close()

    def check(self, head, body):
        """The answer is what the API server needs; nothing to check of the floor."""

    def run(self, requests):
        taken = []

        async def every():
            await asyncio.gather(*(self.one(number, requests, taken) for number in range(self.connections)))
        asyncio.run(every())
        return sorted(1000 * item for item in taken)


class Reviews(Load):
    linked = 0

    def check(self, head, body):
        answer = json.loads(body)["response"]
        assert head.startswith(b"HTTP/1.1 200") and answer["allowed"], body
        self.linked += "patch" in answer


class Webhook:
    def __init__(self, options, folder):
        self.options = options
        self.arena = Arena(folder / "arena", options.namespaces)

    def tell(self, what, taken, cpu):
        p99 = taken[len(taken) * 99 // 100]
        print(f"{what:28s} {len(taken)} answers: median {statistics.median(taken):.2f} ms, p99 {p99:.2f} ms, "
              f"longest {taken[-1]:.1f} ms; {cpu:.1%} of a core", flush=True)
        return p99

    def measured(self, helper, what, load, requests):
        before = spent(helper.pid)[0]
        taken = load.run(requests)
        return self.tell(what, taken, (spent(helper.pid)[0] - before) / self.options.seconds)

    def run(self):
        options, lab = self.options, self.arena.lab
        try:
            lab.kube.create("secrets", "kube-system", {"metadata": {"name": SERVICE}, "type": "Opaque"})
            helper = lab.helper("--webhook-address", "127.0.0.1:0")
            until("all is written", lambda: finished(helper, len(self.arena.namespaces)), 300)
            helper.wait_log("webhook_serving")
            port = int(helper.wait_log("listening", webhook=True)["address"].rsplit(":", 1)[1])
            shape = port, options.rate, options.seconds, options.connections
            floor = self.measured(helper, "the same server, no review", Load(*shape),
                                  [b"GET /nothing HTTP/1.1\r\nHost: webhook\r\n\r\n"])
            reviews = Reviews(*shape)
            p99 = self.measured(helper, "ServiceAccounts and Pods", reviews,
                                [review("serviceaccounts", ACCOUNT), review("pods", POD)])
            # All but the first moment's, before the helper has read its configuration.
            assert reviews.linked > 0.99 * options.rate * options.seconds, f"{reviews.linked} were linked"
            print(f"p99 of a review: {p99 / floor:.2f} x that of an empty answer; {reviews.linked} got {SECRET}", flush=True)
        finally:
            lab.remove()
