"""The errors that people meet: one clear line in French, with its place and its remedy."""

from __future__ import annotations

from urllib.parse import urlsplit


class SouffleurError(Exception):
    """A failure that is said in one line; the command line exits with ``exit_code``."""

    exit_code = 1


class UsageError(SouffleurError):
    """What was asked cannot be done as asked (exit status 2)."""

    exit_code = 2


class ArchiveError(SouffleurError):
    """An archive or a document in it cannot be read."""


class SnapshotError(SouffleurError):
    """There is no usable snapshot, or building one failed."""


class SourceUnavailable(SouffleurError):
    """A source of data cannot be reached; another one may."""


def shown(name: str, most: int = 120) -> str:
    """A name or reason from outside as a message may hold it: printable, on one line, short."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    return printable if len(printable) <= most else printable[:most] + "…"


def shown_url(url: str) -> str:
    """An address as it may be printed: without the name, password or token before its host."""
    try:
        address = urlsplit(url)
    except ValueError:
        return "adresse illisible"
    return address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()
