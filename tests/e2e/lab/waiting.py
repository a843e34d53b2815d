"""Waiting for something with a deadline, never for a while."""

import time


class Late(AssertionError):
    """What was waited for did not happen."""


def until(what, condition, seconds=60.0):
    """Returns the first true value of condition(); raises Late with the last one otherwise.

    `what` completes "waited N s until ...". The condition is asked often: it must be cheap.
    """
    deadline = time.monotonic() + seconds
    pause = 0.005
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise Late(f"waited {seconds:g} s until {what}; last: {value!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
