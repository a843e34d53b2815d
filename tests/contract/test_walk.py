"""A bounded part of the random walk, with a new seed each time (walk.py repeats one)."""

import json
import os
import random

from walk import walk


def test_both_answer_the_same(planes):
    seed = int(os.environ.get("WALK_SEED", random.SystemRandom().randrange(10**6)))
    print(f"seed {seed}")
    difference = walk(planes, int(os.environ.get("WALK_STEPS", 500)), seed)
    assert difference is None, f"seed {seed}: {json.dumps(difference, indent=1)}"
