"""The cloud and the configuration of a scenario, for the programs."""

from lab.world import REGION, entry, instance, rrsa_entry, world

EACH = ("chain", "key", "rrsa")  # of "mixed"


def identity(about, number):
    return EACH[number % 3] if about["identity"] == "mixed" else about["identity"]


def instance_id(number):
    return f"cri-lab{number:010d}"


def host(number):
    return f"lab-{number}-registry.{REGION}.cr.aliyuncs.com"


def cloud_world(about, most, cluster):
    """With `most` instances; those that are reached by a chain belong to the other account."""
    made = world(cluster.server, cluster.ca, password_s=about["password"])
    # A session that ends with its password would end it earlier.
    made["lifetimes"]["session_s"] = 3600
    for account, chained in zip(made["accounts"], (False, True)):
        account["instances"] = [
            instance(instance_id(number), f"lab-{number}", registry_service=instance_id(number))
            for number in range(most) if (identity(about, number) == "chain") == chained]
    return made


def entries(about, count):
    """For acr-registry-info."""
    made = []
    for number in range(count):
        kind = identity(about, number)
        more = {"domains": host(number)} if about.get("names-domains", True) else {}
        made.append(entry(instance_id(number), **more) if kind == "key" else
                    rrsa_entry(instance_id(number), cross_account=kind == "chain", **more))
    return made
