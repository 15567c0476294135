"""One request to an endpoint: what is sent, and what comes back piece by piece."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import httpx

from assistant.endpoint_faults import Fault, fault_of
from assistant.exchange import Exchange
from assistant.settings import ModelSettings, Role

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage
    from langchain_openai import ChatOpenAI

Message = tuple[Literal["system", "user"], str]
Mode = Literal["schema", "json", "plain"]
NEXT_MODE: dict[Mode, Mode] = {"schema": "json", "json": "plain"}
CHARS_PER_TOKEN = 3.0
"""Few, so that what is set aside for a prompt is not too little."""


@dataclass(frozen=True)
class Reply:
    """A whole reply."""

    text: str
    data: dict[str, Any] | None
    """The JSON object of the text, where a schema was given; not yet checked against it."""
    prompt_tokens: int
    completion_tokens: int
    ms: float
    cost: float
    """Euros, by the prices of the settings."""
    finish: str
    """The endpoint's own reason: "stop", "length"…"""
    mode: Mode


@dataclass(frozen=True)
class Delta:
    """The next piece of a reply; the last one carries the whole."""

    text: str = ""
    reply: Reply | None = None


@dataclass
class Abilities:
    """What an endpoint has been found to take."""

    mode: Mode = "schema"
    counts: bool = True
    """Whether it takes ``stream_options``."""
    temperature: bool = True
    limit: str = "max_tokens"
    """The name of the parameter that bounds the reply."""

    def without(self, message: str, schema: bool) -> bool:
        """Give up what a refusal names, else the output format; False when nothing is left to give."""
        if "max_completion_tokens" in message and self.limit == "max_tokens":
            self.limit = "max_completion_tokens"
        elif "stream_options" in message and self.counts:
            self.counts = False
        elif "temperature" in message and self.temperature:
            self.temperature = False
        elif schema and self.mode in NEXT_MODE:
            self.mode = NEXT_MODE[self.mode]
        elif self.counts:
            self.counts = False
        else:
            return False
        return True


@dataclass(frozen=True)
class Request:
    """What is asked of an endpoint, and until when."""

    role: Role
    settings: ModelSettings
    messages: Sequence[Message]
    schema: dict[str, Any] | None
    streaming: bool
    deadline: float
    """``time.monotonic()`` after which nothing is waited for."""

    def prompt_tokens(self) -> int:
        """An estimate, rather too many."""
        return round(sum(len(text) for _, text in self.messages) / CHARS_PER_TOKEN)

    def cost(self, prompt_tokens: float, completion_tokens: float) -> float:
        """Euros, by the prices of the settings."""
        own = self.settings
        return (prompt_tokens * own.price_in + completion_tokens * own.price_out) / 1_000_000

    def sent(self, chat: ChatOpenAI, abilities: Abilities) -> Iterator[Delta]:
        """Send it once.

        Raises:
            Fault: it came to nothing; the pieces yielded before stand for themselves.
        """
        started = time.perf_counter()
        exchange: Exchange[AIMessage] = Exchange(self.deadline, self.settings.max_reply_bytes)
        texts: list[str] = []
        finish = ""
        usage = (0, 0)
        try:
            for message in exchange.run(lambda: self._messages(chat, abilities)):
                finish = message.response_metadata.get("finish_reason") or finish
                if message.usage_metadata:
                    known = message.usage_metadata
                    usage = (known["input_tokens"], known["output_tokens"])
                if message.additional_kwargs.get("refusal") or finish == "content_filter":
                    raise Fault("refusal")
                if text := message.text:
                    texts.append(text)
                    if self.streaming:
                        yield Delta(text)
        except Exception as error:
            raise fault_of(error, exchange) from None
        whole = "".join(texts)
        if not whole.strip():
            raise Fault("empty")
        if not finish:
            raise Fault("cut")
        data = object_in(whole) if self.schema is not None else None
        if self.schema is not None and data is None:
            raise Fault("invalid")
        if not any(usage):
            usage = (self.prompt_tokens(), round(len(whole) / CHARS_PER_TOKEN))
        reply = Reply(
            text=whole,
            data=data,
            prompt_tokens=usage[0],
            completion_tokens=usage[1],
            ms=round((time.perf_counter() - started) * 1000, 2),
            cost=self.cost(*usage),
            finish=finish,
            mode=abilities.mode,
        )
        yield Delta(reply=reply)

    def _messages(self, chat: ChatOpenAI, abilities: Abilities) -> Iterator[AIMessage]:
        """The client's messages, whole or in pieces; runs in the exchange's thread."""
        own = self.settings
        silence = min(own.silence_timeout_s, max(self.deadline - time.monotonic(), 0.05))
        body: dict[str, Any] = {abilities.limit: own.max_tokens}
        if own.temperature is not None and abilities.temperature:
            body["temperature"] = own.temperature
        if self.schema is not None and abilities.mode == "schema":
            named = {"name": self.role, "schema": self.schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        elif self.schema is not None and abilities.mode == "json":
            body["response_format"] = {"type": "json_object"}
        # As ``extra_body`` the fields reach the endpoint as they are, with no parsing on the way back.
        options: dict[str, Any] = {
            "extra_body": body,
            "timeout": httpx.Timeout(silence, connect=min(own.connect_timeout_s, silence)),
        }
        if self.streaming:
            yield from chat.stream(list(self.messages), stream_usage=abilities.counts, **options)
        else:
            yield chat.invoke(list(self.messages), **options)


def object_in(text: str) -> dict[str, Any] | None:
    """The JSON object of a text that may wrap it in words or a code fence."""
    start, end = text.find("{"), text.rfind("}")
    if not 0 <= start < end:
        return None
    try:
        found = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
