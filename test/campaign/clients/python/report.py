"""One line a check: `good WHAT` or `BAD WHAT: WHY`; `said WHAT: WORDS` for what a client says of something that is not offered."""
import sys
import time
import uuid

failed = False


def unique(name):
    return f"{name}-{uuid.uuid4().hex[:8]}"


def check(what, holds, why=""):
    global failed
    failed = failed or not holds
    print(f"good {what}" if holds else f"BAD {what}: {why}", flush=True)


def refused(what, attempt, limit_s, words):
    """The attempt must fail within the limit, and say one of the words."""
    began = time.monotonic()
    try:
        attempt()
    except Exception as error:  # whatever the client raises is what its user sees
        said = f"{type(error).__name__} {error}".replace("\n", " ")
        took = time.monotonic() - began
        print(f"said {what}: {said}", flush=True)
        check(f"{what} is refused at once, in words", took < limit_s and any(word.lower() in said.lower() for word in words), f"{took:.1f} s, {said}")
    else:
        check(f"{what} is refused", False, "it was not")


def finish():
    sys.exit(1 if failed else 0)
