"""The demo: the helper doing its main job, step by step, each step shown and verified.

Run it through tools/demo, which builds what it needs. usage: demo.py FOLDER [real|kubesim] (the folder is removed at the end)
"""

import hashlib
import json
import shutil
import signal
import sys
import textwrap
import time
import traceback
from pathlib import Path

import yaml

from lab.kube import path_of
from lab.laboratory import Laboratory
from lab.objects import SECRET, auths, document_of, has_passwords, link_raw, pull_secrets
from lab.waiting import until
from lab.world import (FAR, HELPER_SUBJECT, ONE, OTHER, OWN, REGION, domains_of, entry,
                       personal_domains, rrsa_entry)

# Short lives, so that renewals are seen: a password lives 12 s, and is renewed 5 s before its end.
LIFE, THRESHOLD = 12.0, 5.0
REPOSITORY = "team/app:1.0"
COLOUR = sys.stdout.isatty()


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


class Story:
    """Tells, shows and verifies; remembers what was not as it should be."""

    def __init__(self):
        self.steps = []

    def step(self, title):
        self.steps.append([title, True, time.monotonic(), None])
        print(f"\n{paint('1', f'{len(self.steps)}. {title}')}", flush=True)

    def say(self, text):
        print(textwrap.indent(textwrap.fill(text, 96, break_on_hyphens=False), "   "), flush=True)

    def show(self, command, lines):
        print(paint("2", f"     $ {command}"))
        for line in lines if isinstance(lines, list) else str(lines).splitlines():
            print(f"     {line}")
        sys.stdout.flush()

    def check(self, claim, holds):
        print(f"   {paint('32', 'ok:') if holds else paint('31', 'NOT TRUE:')} {claim}", flush=True)
        if not holds:
            self.steps[-1][1] = False

    def done(self):
        self.steps[-1][3] = time.monotonic()

    def summary(self):
        print(f"\n{paint('1', 'Summary')}")
        for number, (title, good, begun, ended) in enumerate(self.steps, 1):
            took = f"{(ended or time.monotonic()) - begun:5.1f} s"
            print(f"   {'ok    ' if good and ended else 'FAILED'} {took}  {number}. {title}")
        good = all(good and ended for _, good, _, ended in self.steps)
        print(f"\n{'Every step was verified.' if good else 'Some steps were not as they should be.'}", flush=True)
        return good


def fingerprint(password):
    """Tells passwords apart without showing them."""
    return hashlib.sha256(password.encode()).hexdigest()[:8] if password else "(empty)"


def table(rows):
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def hosts_table(secret):
    rows = [("HOST", "USER", "PASSWORD (sha256)")]
    rows += [(host, user or "(empty)", fingerprint(password)) for host, (user, password) in auths(secret).items()]
    return table(rows)


class Demo:
    def __init__(self, folder, cluster):
        self.folder = folder
        self.cluster = cluster
        self.story = Story()
        self.lab = None
        self.helper = None

    def run(self):
        parts = [self.cluster_and_cloud, self.start, self.secret_and_links, self.pull, self.new_namespace,
                 self.change_to_rrsa, self.outage, self.renewals, self.shutdown]
        try:
            for part in parts:
                part()
                self.story.done()
        except Exception:  # told below, and in the summary
            traceback.print_exc(limit=3)
        finally:
            if self.lab:
                self.lab.close()
            shutil.rmtree(self.folder, ignore_errors=True)
        complete = len(self.story.steps) == len(parts)
        return self.story.summary() and complete

    def cluster_and_cloud(self):
        story = self.story
        story.step("A cluster, a cloud and a registry")
        begun = time.monotonic()
        self.lab = lab = Laboratory(self.folder, registry=True, cluster=self.cluster, password_s=LIFE)
        lab.registry.fill(REPOSITORY)
        lab.registry.start(lab.cloud.report["http"] + "/auth", lab.cloud.report["registry_token_cert"], "cloudsim")
        kind = "real" if self.cluster == "real" else "simulated"
        story.say(f"A {kind} Kubernetes API server {lab.cluster.version} with RBAC at {lab.cluster.server}; a simulated "
                  f"Alibaba Cloud at {lab.cloud.report['https']} (account {OWN} with the instance {ONE} and a "
                  f"Personal edition, account {OTHER} with {FAR}; a password lives {LIFE:g} s); a real "
                  f"docker-registry at {lab.registry.host} that wants tokens of that cloud. "
                  f"Ready after {time.monotonic() - begun:.1f} s.")
        story.say("The helper will have the account kube-system/aliyun-acr-credential-helper with the "
                  "permissions of deploy/rbac.yaml, and nothing more:")
        rows = [("REQUEST OF THE HELPER'S ACCOUNT", "ANSWER")]
        verdicts = []
        for what, path, query in (
                ("list all Secrets", path_of("secrets"), {}),
                (f"list Secrets called {SECRET}", path_of("secrets"), {"fieldSelector": f"metadata.name={SECRET}"}),
                ("list ServiceAccounts", path_of("serviceaccounts"), {}),
                ("list Pods", path_of("pods"), {})):
            status, answer = lab.cluster.restricted.ask("GET", path, **query)
            verdicts.append(status)
            rows.append((what, f"{status} {answer.get('reason', 'OK')}"))
        story.show("(as the helper)", table(rows))
        story.check("it may list its own Secrets, and nobody else's", verdicts == [403, 200, 200, 403])

    def start(self):
        lab, story = self.lab, self.story
        story.step("The helper starts, with an Enterprise and a Personal instance")
        self.shop, self.empty = lab.namespace("robot", stem="shop"), lab.namespace(stem="shop")
        link_raw(lab.kube, self.shop, "robot", ["my-own-registry"])
        self.refused = lab.registry.pull(REPOSITORY, {"auths": {}})
        self.keys = {"watch_namespace": "all", "service_account": "default,robot",
                     "expiring_threshold": f"{THRESHOLD:g}s"}
        config = lab.configure([entry(ONE), entry()], **self.keys)
        story.show("kubectl -n kube-system get configmap acr-configuration -o yaml",
                   yaml.dump({"data": config["data"]}, Dumper=Readable))
        begun = time.monotonic()
        self.helper = lab.helper()
        self.domains = domains_of("one") + [lab.registry.host] + personal_domains()
        lab.wait_secret(self.shop, self.domains)
        took = time.monotonic() - begun
        for namespace in (self.shop, self.empty, "default"):
            self.helper.wait_served(namespace)
        story.show("acr-credential-helper run --kubeconfig helper.kubeconfig ...", self.log_lines())
        story.check(f"{took * 1000:.0f} ms after its start the Secret was there", took < 20)

    def log_lines(self, since=0, most=14):
        """The helper's log since a line, without what is the same in each."""
        lines = []
        for record in self.helper.log()[since:]:
            fields = " ".join(f"{key}={value}" for key, value in record.items()
                              if key not in ("time", "level", "event", "message"))
            text = f"{record.get('time', '')[11:23]} {record['level']:<7} {record['event']} {fields}"
            lines.append(text if len(text) <= 150 else text[:147] + "...")
        return lines[:most] + ([f"... {len(lines) - most} more"] if len(lines) > most else [])

    def secret_and_links(self):
        lab, story = self.lab, self.story
        story.step("One Secret per namespace, linked to the ServiceAccounts")
        secret = lab.secret(self.shop)
        story.show(f"kubectl -n {self.shop} get secret {SECRET} -o jsonpath='{{.data}}' | base64 -d", hosts_table(secret))
        story.check("it holds every domain of both instances", set(auths(secret)) == set(self.domains))
        story.show(f"(its annotation {NOTES})", table(
            [("INSTANCE", "STATE", "ENDS")]
            + [(row["instance"], row["state"], row["expiresAt"]) for row in notes(secret)]))
        rows = [("NAMESPACE", "SERVICEACCOUNT", "IMAGEPULLSECRETS")]
        for namespace, account in ((self.shop, "default"), (self.shop, "robot"), (self.empty, "default")):
            rows.append((namespace, account, ", ".join(pull_secrets(lab.wait_linked(namespace, account)))))
        story.show("kubectl get serviceaccounts -A", table(rows))
        story.check("the account that had an entry of its own has kept it, in its place",
                    pull_secrets(lab.account(self.shop, "robot")) == ["my-own-registry", SECRET])

    def pull_with(self, secret):
        return self.lab.registry.pull(REPOSITORY, document_of(secret))

    def pull(self):
        lab, story = self.lab, self.story
        story.step("A real client pulls a private image with it")
        image = f"docker://{lab.registry.host}/{REPOSITORY}"
        story.show(f"skopeo copy {image} dir:...   (before, without the Secret)",
                   last_line(self.refused.stderr))
        # The registry gives two reasons; older clients show both, newer ones the first.
        story.check("it was refused", self.refused.returncode != 0 and any(
            reason in self.refused.stderr for reason in ("unauthorized", "access to the resource is denied")))
        mark = lab.cloud.mark()
        done = self.pull_with(lab.secret(self.shop))
        story.show(f"skopeo copy --authfile (the Secret) {image} dir:...",
                   done.stdout.strip().splitlines() or last_line(done.stderr))
        story.check("it pulls, with a token that the registry's token service gave for this password",
                    done.returncode == 0 and lab.cloud.calls("registry/auth", since=mark, status=200))

    def new_namespace(self):
        lab, story = self.lab, self.story
        story.step("A new namespace is served at once")
        lines = len(self.helper.log())
        requests = lab.audited()
        begun = time.monotonic()
        created = lab.kube.create("namespaces", None, {"metadata": {"name": "shop-new"}})
        secret = lab.wait_secret("shop-new", self.domains)
        took = (time.monotonic() - begun) * 1000
        account = lab.wait_linked("shop-new")
        self.helper.wait_served("shop-new")
        story.show("(the helper's log)", self.log_lines(lines))
        versions = [int(item["metadata"]["resourceVersion"]) for item in (created, account, secret)]
        story.show("kubectl get -o custom-columns=...,VERSION:.metadata.resourceVersion", table(
            [("OBJECT", "VERSION"), ("namespace created", versions[0]), ("account linked", versions[1]),
             ("Secret written", versions[2])]))
        story.check(f"{took:.0f} ms from its creation to the Secret", took < 20000)
        wrote = [request for request in lab.requests(requests) if request[2] == "shop-new"]
        story.show("(the API server's audit log, the helper's requests in shop-new)",
                   table([("VERB", "RESOURCE", "NAME", "CODE")]
                         + [(verb, resource, name, code) for verb, resource, _, name, code in wrote]))
        story.check("it took two writes and no read", [request[0] for request in wrote] == ["patch", "patch"])
        # Every namespace gets an account `default`, so the Secret need not wait for it.
        story.check("one for the Secret, one for the link", {request[1] for request in wrote} == {"secrets", "serviceaccounts"})

    def change_to_rrsa(self):
        lab, story = self.lab, self.story
        story.step("Live: from the access key to RRSA, and an instance of another account")
        mark, lines = lab.cloud.mark(), len(self.helper.log())
        self.entries = [rrsa_entry(ONE), rrsa_entry(FAR, cross_account=True)]
        config = lab.configure(self.entries, rrsa="enable: true\n", **self.keys)
        story.show("kubectl -n kube-system edit configmap acr-configuration",
                   config["data"]["acr-registry-info"] + "rrsa: " + config["data"]["rrsa"])
        self.domains = domains_of("one") + [lab.registry.host] + domains_of("far")
        secret = lab.kube.wait("the Secret holds these instances only",
                               lambda found: set(auths(found)) == set(self.domains)
                               and has_passwords(found, self.domains), "secrets", self.shop, SECRET, 30)
        chain = [call for call in lab.cloud.calls(since=mark) if call["status"] == 200
                 and call["operation"] in ("AssumeRoleWithOIDC", "AssumeRole", "GetAuthorizationToken")]
        story.show("(the helper's log)", self.log_lines(lines))
        story.show("(what the cloud was asked)", table(
            [("OPERATION", "ROLE OR INSTANCE", "BY")]
            + [(call["operation"], call.get("role") or call.get("instance", ""),
                call.get("caller") or f"a token of {HELPER_SUBJECT.rpartition(':')[2]}") for call in chain]))
        story.show(f"kubectl -n {self.shop} get secret {SECRET} ...", hosts_table(secret))
        asked = {call["operation"] for call in chain}
        story.check("a ServiceAccount token of this cluster opened both accounts",
                    asked == {"AssumeRoleWithOIDC", "AssumeRole", "GetAuthorizationToken"})
        story.check("the helper did not restart", self.helper.program.running)

    def outage(self):
        lab, story = self.lab, self.story
        story.step("The cloud fails for one instance; the other renews on time")
        host_one, host_far = domains_of("one")[0], domains_of("far")[0]
        lines = len(self.helper.log())
        lab.cloud.fault("error_code", "GetAuthorizationToken", {"instance": FAR}, code="ServiceUnavailable", status=503)
        story.say(f"From now on the cloud answers 503 for {FAR}.")
        before = auths(lab.secret(self.shop))
        rows, gaps = [("SECONDS", "one", "far (failing)")], []
        begun, last = time.monotonic(), None
        for _, value in lab.kube.watch("secrets", self.shop, SECRET, seconds=3 * LIFE):
            found = auths(value)
            now = (found[host_one][1], found.get(host_far, (None, None))[1])
            if now != last:
                rows.append((f"{time.monotonic() - begun:5.1f}", *map(fingerprint, now)))
                gaps.append(bool(now[0]))
                last = now
            if last[1] == "" and last[0] != before[host_one][1]:
                break
        story.show(f"kubectl -n {self.shop} get secret {SECRET} --watch", table(rows))
        story.show("(the helper's log)", self.log_lines(lines, 8))
        story.check("the healthy instance had a password all the time, and a new one before the old one's end",
                    all(gaps) and last[0] != before[host_one][1])
        story.check("the failing one kept its password until it ended, and was then emptied in place (its host stays)",
                    last[1] == "")
        lab.cloud.mend()
        begun = time.monotonic()
        lab.wait_secret(self.shop, domains_of("far"), 60)
        story.check(f"{time.monotonic() - begun:.1f} s after the cloud's return all is well again", True)

    def renewals(self):
        lab, story = self.lab, self.story
        story.step("Two renewals")
        host = lab.registry.host
        rows, seen = [("TIME", "PASSWORD (sha256)", "ENDS")], []

        def new_password():
            secret = lab.secret(self.shop)
            password = auths(secret)[host][1]
            if password in seen:
                return None
            seen.append(password)
            rows.append((time.strftime("%H:%M:%S"), fingerprint(password), expiry(secret, ONE)))
            return secret
        oldest = until("a password", new_password)
        for _ in range(2):
            newest = until("a renewal", new_password, 3 * LIFE)
        story.show(f"kubectl -n {self.shop} get secret {SECRET} --watch", table(rows))
        done = self.pull_with(newest)
        story.check("two renewals, and skopeo pulls with the newest password", done.returncode == 0 and len(seen) == 3)
        refused = until("the first password has ended",
                        lambda: (lambda tried: tried if tried.returncode else None)(self.pull_with(oldest)), LIFE)
        story.show("skopeo copy (with the first password)", last_line(refused.stderr))
        story.check("the first one has ended, and opens nothing any more", "expired" in refused.stderr)

    def shutdown(self):
        lab, story = self.lab, self.story
        story.step("Shutdown")
        lines = len(self.helper.log())
        begun = time.monotonic()
        code = self.helper.stop(signal.SIGTERM)
        took = time.monotonic() - begun
        story.show("kill -TERM (the helper)", self.log_lines(lines) + [f"exit code {code} after {took * 1000:.0f} ms"])
        story.check("it ended by itself, in less than 5 s", code == 0 and took < 5)
        story.check("what it wrote is still there", bool(auths(lab.secret(self.shop))))
        lab.close()
        running = [part for part in (lab.cloud.program, lab.cluster.program, lab.registry.program) if part]
        story.check("cluster, cloud and registry are stopped; nothing is left running", not running)


def last_line(text):
    """What skopeo says at the end, without its own wrapping."""
    line = (text.strip().splitlines() or [""])[-1].rpartition("msg=")[2].strip('"').replace("\\n", " ").strip()
    return line if len(line) <= 110 else "..." + line[-107:]


NOTES = "acr-credential-helper/instances"


def notes(secret):
    """What the Secret says about its passwords, for people."""
    return json.loads(secret["metadata"]["annotations"][NOTES])


def expiry(secret, instance):
    return next((row["expiresAt"] for row in notes(secret) if row["instance"].startswith(instance)), "?")


class Readable(yaml.SafeDumper):
    """Texts of several lines as kubectl shows them."""


Readable.add_representer(str, lambda dumper, text: dumper.represent_scalar(
    "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None))


def terminate(_number, _frame):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, terminate)
    return 0 if Demo(Path(sys.argv[1]).resolve(), sys.argv[2] if sys.argv[2:] else "real").run() else 1


if __name__ == "__main__":
    sys.exit(main())
