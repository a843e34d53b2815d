"""Some steps of the random walk with a fresh seed; walk.py takes as many as one likes."""

import json
import random

from walk import walk

STEPS = 400


def test_some_steps_find_no_difference(planes):
    seed = random.SystemRandom().randrange(10**6)
    print(f"again: tests/contract/walk.py --seed {seed} --steps {STEPS}")
    difference = walk(planes, STEPS, seed, edges=False)
    assert difference is None, f"seed {seed}: {json.dumps(difference, indent=1)}"
