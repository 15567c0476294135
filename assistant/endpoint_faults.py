"""What went wrong with a request to a model's endpoint: exceptions of the client -> kinds of fault."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from assistant.exchange import Abandoned, Exchange

Kind = Literal[
    "key",
    "model",
    "request",
    "rate",
    "server",
    "timeout",
    "unreachable",
    "cut",
    "too_long",
    "protocol",
    "empty",
    "invalid",
    "refusal",
    "circuit",
    "budget_call",
    "budget_day",
    "budget_unknown",
]
"""Kinds of fault; ``prompts/endpoint.yaml`` says each in French."""

PASSING_KINDS: frozenset[Kind] = frozenset({"rate", "server", "timeout", "unreachable"})
"""Those that may be gone at the next try."""
CHEAP_KINDS: frozenset[Kind] = frozenset(
    {"refusal", "invalid", "empty", "budget_call", "budget_day", "budget_unknown"}
)
"""Those that tell nothing against the endpoint's health: its circuit stays closed."""
UNPAID_KINDS: frozenset[Kind] = frozenset(
    {"key", "model", "request", "rate", "server", "unreachable", "circuit"}
)
"""Those for which nothing is charged."""
DETAIL_CHARS = 120


class Fault(Exception):
    """A fault of a kind, with what is known besides, and how long the endpoint asks to wait."""

    def __init__(self, kind: Kind, detail: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(kind)
        self.kind: Kind = kind
        self.detail = detail
        self.retry_after_s = retry_after_s


def fault_of(error: BaseException, exchange: Exchange[Any]) -> Fault:
    """The fault behind an exception of the client.

    Args:
        error: what ended the exchange.
        exchange: its bounds, which know why it was abandoned.
    """
    import httpx
    import openai

    if isinstance(error, Fault):
        return error
    if exchange.too_long:
        return Fault("too_long")
    chain = _chain(error)
    if any(isinstance(link, TimeoutError | Abandoned | httpx.TimeoutException) for link in chain):
        return Fault("timeout")
    if isinstance(error, openai.APIStatusError):
        return _status_fault(error)
    cut = (httpx.RemoteProtocolError, httpx.ReadError)
    if any(isinstance(link, cut) for link in chain):
        return Fault("cut") if exchange.read else Fault("server", "connexion fermée")
    if isinstance(error, openai.APIConnectionError):
        return Fault("unreachable")
    if isinstance(error, openai.APIError):
        return Fault("server", said(error.message))
    if isinstance(error, json.JSONDecodeError):
        return Fault("protocol", "JSON invalide")
    if isinstance(error, ValueError) and "No generation chunks" in str(error):
        return Fault("empty")
    return Fault("protocol", type(error).__name__)


def _status_fault(error: Any) -> Fault:
    """The fault of an HTTP status."""
    status = int(error.status_code)
    message = said(str(error.message))
    wait = retry_after(error.response.headers.get("retry-after"))
    if status in (401, 403):
        return Fault("key", message)
    if status == 404:
        return Fault("model", message)
    if status == 408:
        return Fault("timeout", message, wait)
    if status == 429:
        return Fault("rate", message, wait)
    if status >= 500:
        return Fault("server", f"HTTP {status}", wait)
    return Fault("request", f"HTTP {status} : {message}")


def retry_after(header: str | None) -> float | None:
    """Seconds that ``Retry-After`` asks for; a date or nonsense counts as not said."""
    try:
        return max(float(header), 0.0) if header else None
    except ValueError:
        return None


def said(message: str) -> str:
    """The endpoint's own words, short and on one line."""
    return re.sub(r"\s+", " ", message).strip()[:DETAIL_CHARS]


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in found:
        found.append(link)
        link = link.__cause__ or link.__context__
    return found
