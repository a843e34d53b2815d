"""The helper may die at any moment: what it left is taken up, nothing is doubled, nothing foreign touched."""

import random
import time

from lab.objects import (SECRET, docker_secret, has_passwords, link_raw, pull_secrets)
from lab.waiting import until
from lab.world import ONE, domains_of, entry

DOMAINS = domains_of("one")


def test_it_converges_after_being_killed_at_random_moments(lab):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    foreign_place = lab.namespace()
    foreign = lab.kube.create("secrets", foreign_place, docker_secret(SECRET))
    beside = lab.namespace()
    neighbour = lab.kube.create("secrets", beside, docker_secret("neighbour"))
    lab.configure([entry(ONE)], watch_namespace="all", service_account="*")
    namespaces = []
    for _ in range(12):
        helper = lab.helper()
        for _ in range(3):
            name = lab.namespace("robot", stem="killed")
            link_raw(lab.kube, name, "robot", ["mine"])
            namespaces.append(name)
        # From "not even connected" to "in the middle of serving".
        time.sleep(chance.uniform(0, 0.5))
        helper.kill()

    helper = lab.helper()
    for name in namespaces:
        assert has_passwords(lab.wait_secret(name, DOMAINS), DOMAINS)
        assert pull_secrets(lab.wait_linked(name)) == [SECRET]
        assert sorted(pull_secrets(lab.wait_linked(name, "robot"))) == sorted(["mine", SECRET])
    helper.wait_log("secret_foreign", namespace=foreign_place)
    assert lab.secret(foreign_place) == foreign
    assert lab.secret(beside, "neighbour") == neighbour
    names = {item["metadata"]["name"] for item in lab.kube.list("secrets")}
    assert names <= {SECRET, "neighbour"}


def test_a_restart_keeps_the_passwords_until_there_are_new_ones(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper()
    lab.wait_secret(namespace, DOMAINS)
    helper.wait_served(namespace)
    helper.kill()
    lab.cloud.fault("silence")  # the cloud says nothing when it comes back
    mark = lab.cloud.mark()
    lab.helper()
    until("the cloud is asked", lambda: lab.cloud.calls(since=mark))
    assert has_passwords(lab.secret(namespace), DOMAINS)
