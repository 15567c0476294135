"""LangChain's client, which also keeps a refusal that comes in a stream."""

from __future__ import annotations

from typing import Any

from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI


class Chat(ChatOpenAI):
    """``ChatOpenAI`` reads ``refusal`` in whole replies only; here in pieces too."""

    def _convert_chunk_to_generation_chunk(
        self,
        chunk: dict[str, Any],
        default_chunk_class: type,
        base_generation_info: dict[str, Any] | None,
    ) -> ChatGenerationChunk | None:
        found = super()._convert_chunk_to_generation_chunk(
            chunk, default_chunk_class, base_generation_info
        )
        for choice in chunk.get("choices") or []:
            refusal = (choice.get("delta") or {}).get("refusal")
            if found is not None and refusal:
                found.message.additional_kwargs["refusal"] = refusal
        return found
