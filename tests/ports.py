"""Ports of this machine for the processes that tests start."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

FIRST, LAST = 20_000, 30_000
"""Below those that the system gives to outgoing connections: none of these takes one of them between
the moment it is found free and the moment the process listens, and none connects to itself."""


def free_ports(count: int) -> list[int]:
    """So many different ports that nothing listens on."""
    with ExitStack() as held:
        found: list[int] = []
        while len(found) < count:
            port = random.randint(FIRST, LAST)
            probe = held.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
        return found


def free_port() -> int:
    """A port that nothing listens on."""
    return free_ports(1)[0]
