"""Waits that poll with a bound. Nothing in the tests sleeps a fixed time in the hope that something has happened."""

import time


class TooLate(AssertionError):
    """What was waited for did not happen within its bound."""


def until(condition, timeout=5.0, what="the condition", step=0.01):
    """Calls `condition` until it gives something true, which is returned; `TooLate` after `timeout` seconds.

    `what` may be a string or a function that describes the state when the wait fails."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            text = what() if callable(what) else what
            raise TooLate(f"not within {timeout} s: {text}")
        time.sleep(step)


def until_clock(epoch):
    """Returns once the wall clock has passed `epoch`; a grant's end is a wall-clock second."""
    while (rest := epoch - time.time()) > 0:
        time.sleep(min(rest, 0.05))
