"""Understand: clean the question and make a follow-up standalone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vectorstore.errors import UsageError
from vectorstore.text import fold, stems, words

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile(r"[\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_GREETING = re.compile(
    r"^\W*(?:(?:bonjour|bonsoir|allô|allo|salut|madame|monsieur|mr|mme)\b[\s,.!]*)+", re.IGNORECASE
)
_FOLLOW_UP = re.compile(
    r"^(?:et|ok|oui|non|d'accord|du coup|donc|alors|mais|aussi)\b"
    r"|\b(?:c'est|ca|cela|celui|celle|le meme|pareil|la meme)\b"
    r"|(?<!\bil )\by (?!a\b)|[jmntls]'en\b|\b(?:il|elle|on|ils|elles) en\b"
    r"|\ben (?:avoir|faire|refaire|demander|obtenir|ai|a|faut|est|aurai)\b"
)
FOLLOW_UP_STEMS = 4
"""A question with more words of its own than this is taken to stand alone."""


def clean(question: str, max_chars: int) -> str:
    """The question as it is searched: one line, no control characters, no greeting.

    Raises:
        UsageError: empty, or longer than ``max_chars``.
    """
    text = " ".join(_CONTROL.sub(" ", _INVISIBLE.sub("", question)).split())
    if not text:
        raise UsageError("La question est vide : taper ce que demande l'appelant.")
    if len(text) > max_chars:
        raise UsageError(
            f"La question fait {len(text)} caractères, {max_chars} au plus : "
            "la résumer en une phrase."
        )
    rest = _GREETING.sub("", text).strip()
    return rest if words(rest) else text


def standalone(question: str, history: Sequence[str]) -> str:
    """A follow-up with the topic of the call in front; any other question unchanged."""
    if not history:
        return question
    folded = fold(question)
    own = set(stems(question))
    if len(own) > FOLLOW_UP_STEMS and not _FOLLOW_UP.search(folded):
        return question
    return f"{history[-1].rstrip(' ?.!')} — {question}"
