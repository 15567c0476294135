"""One role's model behind an OpenAI-compatible endpoint: bounded, retried, priced, never trusted.

Whatever the endpoint does, a request ends at its deadline, with a reply or with an ``EndpointError``
that says in French what happened. What it cannot do (JSON schema, JSON mode, counting tokens in a
stream) is found out once per process and endpoint.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from assistant.attempt import CHARS_PER_TOKEN, Abilities, Delta, Message, Reply, Request
from assistant.breaker import CircuitBreaker
from assistant.endpoint_faults import (
    CHEAP_KINDS,
    PASSING_KINDS,
    UNPAID_KINDS,
    Fault,
    Kind,
    said,
)
from assistant.exchange import bounded_client
from assistant.metrics import count_model
from assistant.settings import ModelSettings, Role, Settings
from assistant.texts import load_yaml
from vectorstore.errors import SouffleurError

__all__ = ["Delta", "Endpoint", "EndpointError", "Message", "Reply"]

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

    from assistant.budget import Budget

FIRST_WAIT_S = 0.4
"""Around this long is waited before the first retry; twice as long before the next."""


class EndpointError(SouffleurError):
    """A request that came to nothing; the message names the endpoint and the remedy."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind


_known: dict[tuple[str | None, str], Abilities] = {}
_known_lock = threading.Lock()


class Endpoint:
    """One role's endpoint, shared by the threads of a process.

    Args:
        role: what it is used for.
        settings: where it is, and its bounds; a model is named.
        budget: what may be spent; None sets no limit.
        breaker: its circuit.
    """

    def __init__(
        self,
        role: Role,
        settings: ModelSettings,
        budget: Budget | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        assert settings.model
        self.role = role
        self.settings = settings
        self.model = settings.model
        self.breaker = breaker or CircuitBreaker()
        self._budget = budget
        self._client: ChatOpenAI | None = None
        self._lock = threading.Lock()
        host = urlsplit(settings.base_url or "https://api.openai.com").netloc
        self.name = f"{self.model} ({host})"
        """Model and host, as they are shown."""

    @classmethod
    def open(cls, settings: Settings, role: Role) -> Endpoint | None:
        """The endpoint of a role; None when no model is configured for it."""
        own = settings.endpoint(role)
        if not own.model:
            return None
        budget = None
        if own.budget_per_call is not None or own.budget_per_day is not None:
            from assistant.budget import Budget

            budget = Budget(
                settings.cache_dir / "spend.sqlite", role, own.budget_per_call, own.budget_per_day
            )
        return cls(role, own, budget)

    def warm(self) -> None:
        """Load what the first request would wait for; nothing is sent."""
        self._chat()

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        deadline_s: float | None = None,
        call: str = "",
    ) -> Reply:
        """One whole reply.

        Args:
            messages: (role, text), the system's first.
            schema: JSON schema of the object asked for; the prompt describes it as well.
            deadline_s: overrides the settings' when it is shorter.
            call: the call on whose budget it goes.

        Raises:
            EndpointError: there is no usable reply.
        """
        reply = None
        for delta in self._run(self._request(messages, schema, False, deadline_s), call):
            reply = delta.reply or reply
        assert reply is not None
        return reply

    def stream(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        deadline_s: float | None = None,
        call: str = "",
    ) -> Iterator[Delta]:
        """The same, piece by piece. A fault after the first piece is not tried again.

        Raises:
            EndpointError: as ``complete``; what was yielded before stands for itself.
        """
        yield from self._run(self._request(messages, schema, True, deadline_s), call)

    def probe(self) -> str:
        """The endpoint tried for real, in one French line."""
        texts = load_yaml("endpoint")["status"]
        schema = {
            "type": "object",
            "properties": {"ok": {"type": "boolean"}},
            "required": ["ok"],
            "additionalProperties": False,
        }
        try:
            reply = self.complete([("user", texts["probe"])], schema=schema)
        except EndpointError as error:
            return str(error)
        mode = texts["modes"][reply.mode]
        return str(texts["works"].format(name=self.name, mode=mode, ms=round(reply.ms)))

    def error(self, kind: Kind, detail: str = "", seconds: float = 0.0) -> EndpointError:
        """The error of a kind, said in French; no key stands in it."""
        key = self.settings.api_key.get_secret_value() if self.settings.api_key else ""
        if key:
            detail = detail.replace(key, "•••")
        message = load_yaml("endpoint")["errors"][kind].format(
            name=self.name,
            detail=detail,
            seconds=f"{seconds:.0f}",
            variable=f"SOUFFLEUR_{self.role.upper()}",
        )
        return EndpointError(kind, message)

    def _run(self, request: Request, call: str) -> Iterator[Delta]:
        """One request within its deadline, circuit and budget, with its retries."""
        rest = self.breaker.wait_s()
        if rest > 0:
            raise self.error("circuit", seconds=rest + 0.5)
        seconds = request.deadline - time.monotonic()
        prompt = request.prompt_tokens()
        reserved = 0.0
        chars = 0
        spent: float | None = None
        outcome = "left"
        try:
            reserved = self._reserve(call, request.cost(prompt, self.settings.max_tokens))
            for delta in self._tried(request):
                chars += len(delta.text)
                if delta.reply is not None:
                    spent = delta.reply.cost
                    self.breaker.succeeded()
                    outcome = "ok"
                yield delta
        except Fault as fault:
            outcome = fault.kind
            if fault.kind in CHEAP_KINDS:
                self.breaker.left()
            else:
                self.breaker.failed()
            if fault.kind in UNPAID_KINDS and not chars:
                spent = 0.0
            raise self.error(fault.kind, fault.detail, seconds) from None
        except BaseException:
            self.breaker.left()
            raise
        finally:
            if spent is None:
                spent = request.cost(prompt, chars / CHARS_PER_TOKEN)
            count_model(self.role, outcome, spent)
            self._settle(call, reserved, spent)

    def _tried(self, request: Request) -> Iterator[Delta]:
        """Attempts until one succeeds: a passing fault is waited out, a refused ability given up."""
        abilities = self._abilities()
        chat = self._chat()
        failures = 0
        while True:
            begun = False
            try:
                for delta in request.sent(chat, abilities):
                    begun = True
                    yield delta
                self._remember(abilities)
                return
            except Fault as fault:
                if begun:
                    raise
                formatted = request.schema is not None
                if fault.kind == "request" and abilities.without(fault.detail, formatted):
                    continue
                failures += 1
                wait = fault.retry_after_s
                if wait is None:
                    wait = FIRST_WAIT_S * 2 ** (failures - 1) * random.uniform(0.5, 1.5)
                passing = fault.kind in PASSING_KINDS and failures <= self.settings.retries
                if not passing or time.monotonic() + wait >= request.deadline:
                    raise
            time.sleep(wait)

    def _request(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any] | None,
        streaming: bool,
        deadline_s: float | None,
    ) -> Request:
        self.warm()
        bound = min(deadline_s or self.settings.deadline_s, self.settings.deadline_s)
        deadline = time.monotonic() + bound
        return Request(self.role, self.settings, messages, schema, streaming, deadline)

    def _chat(self) -> ChatOpenAI:
        with self._lock:
            if self._client is None:
                from assistant.chat import Chat

                own = self.settings
                self._client = Chat(
                    base_url=own.base_url,
                    api_key=own.api_key or SecretStr("-"),
                    model=self.model,
                    max_retries=0,
                    use_responses_api=False,
                    http_client=bounded_client(own.connect_timeout_s, own.silence_timeout_s),
                )
            return self._client

    def _abilities(self) -> Abilities:
        with _known_lock:
            return replace(_known.get((self.settings.base_url, self.model), Abilities()))

    def _remember(self, abilities: Abilities) -> None:
        with _known_lock:
            _known[self.settings.base_url, self.model] = replace(abilities)

    def _reserve(self, call: str, euros: float) -> float:
        """Set aside what the request may cost at most."""
        if self._budget is None:
            return 0.0
        from assistant.budget import BudgetExhausted, BudgetUnreadable

        try:
            self._budget.reserve(call, euros)
        except BudgetExhausted as exhausted:
            raise Fault("budget_day" if exhausted.limit == "day" else "budget_call") from None
        except BudgetUnreadable as error:
            raise Fault("budget_unknown", said(str(error))) from None
        return euros

    def _settle(self, call: str, reserved: float, spent: float) -> None:
        if self._budget is None or not reserved:
            return
        from assistant.budget import BudgetUnreadable

        with suppress(BudgetUnreadable):
            self._budget.settle(call, reserved, spent)


def probed(settings: Settings, role: Role) -> str:
    """A role's endpoint tried for real, in one French line; that there is none is said too."""
    endpoint = Endpoint.open(settings, role)
    return endpoint.probe() if endpoint else str(load_yaml("endpoint")["status"]["none"])
