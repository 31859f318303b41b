"""Waits that poll with a bound. Nothing in the tests sleeps a fixed time in the hope that something has happened."""

import time

# Bounds are named as an idle machine would need them, and a wait ends with what it waits for: so a machine that somebody
# else keeps busy costs a good run nothing, and may take this many times as long.
PATIENCE = 4


class TooLate(AssertionError):
    """What was waited for did not happen within its bound."""


def until(condition, timeout=5.0, what="the condition", step=0.01):
    """Calls `condition` until it gives something true, which is returned; `TooLate` after `timeout` seconds.

    `what` may be a string or a function that describes the state when the wait fails."""
    end = time.monotonic() + timeout * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            text = what() if callable(what) else what
            raise TooLate(f"not within {timeout * PATIENCE} s: {text}")
        time.sleep(step)


def until_clock(epoch):
    """Returns once the wall clock has passed `epoch`; a grant's end is a wall-clock second."""
    while (rest := epoch - time.time()) > 0:
        time.sleep(min(rest, 0.05))
