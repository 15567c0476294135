"""How agents are called in the journal where their names are not wanted: one pseudonym each."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path


def pseudonym_of(agent: str, key: Path) -> str:
    """The same 16 letters and digits for the same agent, which only the key's holder can make.

    Args:
        agent: the name.
        key: the file of the key, made when it is missing.
    """
    return hashlib.blake2b(agent.encode(), key=_key(key), digest_size=8).hexdigest()


def _key(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.touch(mode=0o600)
        partial.write_bytes(secrets.token_bytes(32))
        try:
            os.link(partial, path)  # fails where another process was first
        except FileExistsError:
            pass
        finally:
            partial.unlink()
        return path.read_bytes()
