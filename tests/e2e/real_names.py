"""Runs in a network namespace of its own, where Alibaba Cloud's real host names and the metadata
service's address lead to the simulated cloud. Prints what the helper did, as JSON."""

import json
import sys
from pathlib import Path

from lab.laboratory import Laboratory
from lab.objects import auths
from lab.waiting import until
from lab.world import FAR, ONE, TWO, domains_of, personal_domains, rrsa_entry


def causes_of(lab, wanted, entries, *arguments, **options):
    """Starts a helper in a world where something is broken, and waits until it tells why."""
    lab.configure(entries, watch_namespace="default")
    helper = lab.helper("--identity", "environment", *arguments, real_names=True, **options)

    def told():
        return {line["cause_id"]: line for line in helper.log() if "cause_id" in line}
    found = until(f"the helper tells {wanted}", lambda: told() if wanted <= told().keys() else None, 30)
    helper.stop()
    return {cause: found[cause]["detail"] for cause in wanted}


def broken_ways(lab):
    """What the way to the cloud can suffer from: names, addresses, certificates, lost answers."""
    lab.cloud.fault("silence", "GetAuthorizationToken", {"instance": TWO})
    found = causes_of(lab, {"name_unresolved", "unreachable", "timeout"}, [
        {"instanceId": "cri-nameless", "regionId": "cn-qingdao"},  # no address
        {"instanceId": "cri-unreachable", "regionId": "cn-beijing"},  # nobody listens there
        {"instanceId": TWO}])  # the answer never comes
    for cause, host in (("vpc_name_unresolved", "cr-vpc.cn-qingdao.aliyuncs.com"),
                        ("bare_status", "http://100.100.100.200"),
                        ("vpc_unreachable", "cr-vpc.cn-beijing.aliyuncs.com")):
        found |= causes_of(lab, {cause}, [{"instanceId": ONE}], "--cr-endpoint", host)
    trust, lab.cloud.trust_arguments = lab.cloud.trust_arguments, list
    found |= causes_of(lab, {"tls_refused"}, [{"instanceId": ONE}])
    lab.cloud.trust_arguments = trust
    found |= causes_of(lab, {"metadata_unreachable"}, [{"instanceId": ONE}], "--metadata-endpoint", "http://127.0.0.9")
    lab.cloud.fault("silence", "metadata/region-id")
    return found | causes_of(lab, {"metadata_silent"}, [{"instanceId": ONE}])


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
        calls = lab.cloud.calls()
        print(json.dumps({"causes": broken_ways(lab), "first": sorted(auths(first)), "second": sorted(auths(second)),
                          "calls": calls}))
    finally:
        lab.close()


if __name__ == "__main__":
    main()
