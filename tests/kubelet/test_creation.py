"""Whether the first pull of a Pod works, in each way in which Pods are created together with what they need."""

import os

import pytest
from creation import WAYS, create, outcomes, own_list, unlucky
from rig import figures_of, started_rig

pytestmark = pytest.mark.xdist_group("processors")
# Ending Pods takes as long as starting them, and the more there are, the longer a kubelet takes to start another.
NODE_FOR_EACH_TEST = True
COUNT = int(os.environ.get("ACR_KUBELET_PODS", "50"))  # in each way


@pytest.fixture
def started(request):
    with started_rig(request.session) as rig:
        yield rig


def judged(rig, begun, **fields):
    found = outcomes(rig, begun)
    rig.figures(**fields, **figures_of(found))
    return unlucky(found)


@pytest.mark.parametrize("admission", ["webhook", "policy"])
def test_no_first_pull_fails(rig, admission):
    rig.start_helper(admission=admission)
    bad = {}
    for name, way in WAYS.items():
        bad[name] = judged(rig, create(rig, way, COUNT), admission=admission, way=name)
    assert not any(bad.values()), bad


def test_no_first_pull_of_pods_with_a_list_of_their_own_fails(rig):
    rig.start_helper(admission="webhook", webhook_configuration="pods-with-own-list: true")
    bad = judged(rig, create(rig, own_list, COUNT), admission="webhook", way="imagePullSecrets of its own")
    assert not bad, bad


def test_without_either_those_that_were_admitted_with_the_link_pull_and_the_others_never(rig):
    """As documented. How many those are is chance: it is recorded, not required."""
    rig.start_helper()
    for name, way in WAYS.items():
        begun = create(rig, way, min(COUNT, 20))
        found = outcomes(rig, begun, lambda seen: seen.running if seen.linked else seen.refused)
        rig.figures(admission="none", way=name, **figures_of(found))
        assert [one for one in found if one.linked != one.ran or one.linked == bool(one.failed) and not one.starved] == []
