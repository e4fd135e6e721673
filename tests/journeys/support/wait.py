"""Waiting for a condition, with a deadline; and the two ways in which a test says no."""
import os
import time

# A build with sanitizers takes its time; a test must not fail by that.
PATIENCE = float(os.environ.get("JUNCTOR_JOURNEY_PATIENCE", "1"))


class Skipped(Exception):
    """The machine lacks what the test needs."""


def until(condition, what, seconds=10.0):
    """The first true value of condition(); fails when there is none in time."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds * PATIENCE:g} s still not: {what}")
        time.sleep(0.005)


def within(seconds, begun, what):
    """Fails when more than `seconds` have passed since `begun` (time.monotonic())."""
    took = time.monotonic() - begun
    if took > seconds * PATIENCE:
        raise AssertionError(f"{what} took {took:.2f} s, more than {seconds * PATIENCE:g} s")


def same(got, expected, what="value"):
    if got != expected:
        raise AssertionError(f"{what}: expected {shorten(expected)}, got {shorten(got)}")


def shorten(value, limit=600):
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


class Rows:
    """A table's outcome: all rows that failed, not only the first."""

    def __init__(self):
        self.failed = []
        self.count = 0

    def row(self, name, check):
        self.count += 1
        try:
            check()
        except AssertionError as error:
            self.failed.append(f"{name}: {error}")
        except Exception as error:  # The other rows still count.
            self.failed.append(f"{name}: {error!r}")

    def settle(self):
        if not self.count:
            raise AssertionError("an empty table")
        if self.failed:
            raise AssertionError(
                f"{len(self.failed)} of {self.count} rows\n" + "\n".join(self.failed)
            )
