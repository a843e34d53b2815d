"""Runs in a network namespace of its own, where Alibaba Cloud's real host names and the metadata
service's address lead to the simulated cloud. Prints what the helper did, as JSON."""

import json
import sys
from pathlib import Path

from lab.laboratory import Laboratory
from lab.objects import auths
from lab.world import FAR, ONE, domains_of, personal_domains, rrsa_entry


def main():
    lab = Laboratory(Path(sys.argv[1]), cloud_arguments=(
        "--bind", "127.0.0.1", "--bind", "100.100.100.200", "--http-port", "80", "--https-port", "443"))
    try:
        namespace = lab.namespace()
        # No region either: the metadata service knows it.
        lab.configure([{"instanceId": ONE}, {"instanceId": ""}], watch_namespace=namespace)
        helper = lab.helper(real_names=True)
        first = lab.wait_secret(namespace, domains_of("one") + personal_domains())
        helper.stop()
        lab.configure([rrsa_entry(FAR, cross_account=True)], watch_namespace=namespace, rrsa="enable: true")
        helper = lab.helper(real_names=True, key=False)
        second = lab.wait_secret(namespace, domains_of("far"))
        helper.stop()
        print(json.dumps({"first": sorted(auths(first)), "second": sorted(auths(second)),
                          "calls": lab.cloud.calls()}))
    finally:
        lab.close()


if __name__ == "__main__":
    main()
