"""The ways a recount ends, as exit codes. Documented in docs/audit.md; scripts branch on them."""

AGREES = 0
DIFFERS = 1
TOO_FEW_CELLS = 2
UNREADABLE = 3
STORE_MOVED = 4
NOT_CAUGHT_UP = 5
USAGE = 64


class CannotRecount(Exception):
    """Nothing can be said about the numbers: the message names what could not be read, and what to do."""

    exit_code = UNREADABLE


class StoreMoved(CannotRecount):
    """The store was written while it was read."""

    exit_code = STORE_MOVED
