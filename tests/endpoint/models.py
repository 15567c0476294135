"""What models write, as functions from a request to a scripted reply."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from assistant.speech import sentences
from tests.endpoint.server import Scripted

Written = Callable[[list[str]], Sequence[tuple[str, list[int]]]]
"""The passages that a model is given -> (sentence, numbers cited)."""


def passages_of(request: dict[str, Any]) -> list[str]:
    """The numbered passages of a request, without their headings."""
    text = request["messages"][-1]["content"]
    block = text.partition("<passages>\n")[2].partition("\n</passages>")[0]
    found = re.split(r"(?:\A|\n\n)\[\d+\] ?[^\n]*\n", block)
    return found[1:]


def reply(say: Sequence[tuple[str, list[int]]], *, complete: bool = True, ask: str = "") -> str:
    """A reply in the form that the prompt asks for."""
    written = [{"text": text, "sources": sources} for text, sources in say]
    return json.dumps({"complete": complete, "say": written, "ask": ask}, ensure_ascii=False)


def writing(write: Written, **options: Any) -> Callable[[dict[str, Any]], Scripted]:
    """A model that writes this about its passages."""
    return lambda request: Scripted(text=reply(write(passages_of(request))), **options)


def honest(passages: list[str], holding: str = "") -> Sequence[tuple[str, list[int]]]:
    """The first short sentence of the passages, in their own words, and no more.

    Args:
        holding: what must stand in it.
    """
    for number, passage in enumerate(passages, 1):
        for line in passage.split("\n"):
            for sentence in sentences(line):
                if (
                    sentence.endswith(".")
                    and holding in sentence
                    and 4 < len(sentence.split()) < 25
                ):
                    return [(sentence, [number])]
    raise AssertionError("no short sentence in what the model was given")
