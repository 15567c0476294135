"""Understand: clean the question, mend its spelling, add official words, make a follow-up standalone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from assistant.caller import FOLLOW_UP
from assistant.continuing import leans, named_in
from assistant.personal import MASK
from assistant.texts import load_yaml
from vectorstore.errors import UsageError
from vectorstore.evidence import Query
from vectorstore.text import fold, words
from vectorstore.vocabulary import Vocabulary

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile(r"[\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_GREETING = re.compile(
    r"^\W*(?:(?:bonjour|bonsoir|allô|allo|salut|madame|monsieur|mr|mme)\b[\s,.!]*)+", re.IGNORECASE
)
_CLOSING = re.compile(
    r"[\s,.!?]*\b(?:merci(?: (?:beaucoup|d'avance|de (?:votre|la) \w+))?|cordialement|svp|"
    r"s'il (?:vous|te) pla[iî]t|bonne journée)\b[\s,.!]*$",
    re.IGNORECASE,
)
"""The last one; a pattern of several in a row would take exponential time on some texts."""
_TOKEN = re.compile(r"[^\W_]+|[\W_]+")


@dataclass(frozen=True)
class Understood:
    """A question as it was typed, as it stands alone, and as it is searched."""

    cleaned: str = ""
    standalone: str = ""
    """With the topic of the call in front when it is a follow-up; spelling mended."""
    query: Query = field(default_factory=lambda: Query(""))
    mended: tuple[tuple[str, str], ...] = ()
    """Words that were typed, and what they were taken for."""


class Understanding:
    """Understands questions with the words of one corpus.

    Args:
        vocabulary: the words of the snapshot in use.
        max_chars: the longest question that is accepted.
        continues: whether a question continues what the call was about until then.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        max_chars: int,
        continues: Callable[[str, str], bool] = leans,
    ) -> None:
        self._vocabulary = vocabulary
        self._max_chars = max_chars
        self._continues = continues

    def read(self, question: str, history: Sequence[str] = ()) -> Understood:
        """Understand one question of a call.

        Args:
            question: what the agent typed.
            history: earlier questions of the same call, oldest first.

        Raises:
            UsageError: empty or too long.
        """
        cleaned = clean(question, self._max_chars)
        own, mended = self._mended(cleaned)
        topic = self._topic(history)
        if topic and not self._continues(own, topic):
            topic = ""
        standalone = f"{topic}{FOLLOW_UP}{own}" if topic else own
        added = self._official(own)
        return Understood(cleaned, standalone, Query(own, added, topic), mended)

    def _topic(self, history: Sequence[str]) -> str:
        """What the call was about: the last question that stands alone, with those that continue it.

        What names no matter, such as a greeting, begins nothing while another question follows.
        """
        topic = ""
        for question in history:
            earlier = self._mended(clean(question, self._max_chars))[0].rstrip(" ?.!")
            if topic and named_in(topic) and self._continues(earlier, topic):
                topic = f"{topic}{FOLLOW_UP}{earlier}"
            else:
                topic = earlier
        return topic

    def _mended(self, text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The text with shorthand spelt out and spelling corrected.

        Right words are untouched, and so are capitals inside a sentence: names and acronyms.
        """
        shorthand = load_yaml("lexicon")["shorthand"]
        parts: list[str] = []
        mended: list[tuple[str, str]] = []
        for part in _TOKEN.findall(text):
            folded = fold(part)
            better = part
            if folded in shorthand:
                better = shorthand[folded]
            elif part.isalpha() and not (parts and part[0].isupper()):
                corrected = self._vocabulary.corrected(folded)
                better = part if corrected == folded else corrected
            if better != part:
                mended.append((part, better))
            parts.append(better)
        return "".join(parts), tuple(mended)

    def _official(self, text: str) -> str:
        """Official words for the everyday ones of the text, and acronyms both ways."""
        found: dict[str, None] = {}
        asked = " ".join(words(text))
        padded = f" {asked} "
        for everyday, official in everyday_words().items():
            if f" {everyday} " in padded:
                found.setdefault(official)
        for short, long in self._vocabulary.acronyms.items():
            if f" {long} " in padded:
                found.setdefault(short)
            elif f" {short} " in padded and (
                not self._vocabulary.is_ordinary(short) or short.upper() in text
            ):
                found.setdefault(long)
        return " ".join(found)


@lru_cache(maxsize=1)
def everyday_words() -> dict[str, str]:
    """The table of everyday words, each with its plural: words as they are compared -> official."""
    table: dict[str, str] = {}
    for everyday, official in load_yaml("lexicon")["everyday"].items():
        key = " ".join(words(everyday))
        table[key] = official
        if not key.endswith(("s", "x")):
            table.setdefault(f"{key}s", official)
    return table


def right_words() -> set[str]:
    """Words of the tables: never corrected."""
    lexicon = load_yaml("lexicon")
    entries = (*lexicon["everyday"], *lexicon["everyday"].values(), *lexicon["shorthand"])
    return {word for entry in entries for word in words(entry)} | set(
        " ".join(everyday_words()).split()
    )


def clean(question: str, max_chars: int) -> str:
    """The question as it is searched: one line, no control characters, greeting, thanks or masks.

    Raises:
        UsageError: empty, or longer than ``max_chars``.
    """
    seen = question.replace(MASK, " ")
    text = " ".join(_CONTROL.sub(" ", _INVISIBLE.sub("", seen)).split())
    if seen != question and not words(text):
        raise UsageError(
            "La question ne contient que des données personnelles : taper ce que demande l'appelant."
        )
    if not text:
        raise UsageError("La question est vide : taper ce que demande l'appelant.")
    if len(text) > max_chars:
        raise UsageError(
            f"La question fait {len(text)} caractères, {max_chars} au plus : "
            "la résumer en une phrase."
        )
    rest = _GREETING.sub("", text).strip()
    text = rest if words(rest) else text
    rest, removed = _CLOSING.subn("", text)
    while removed:
        rest, removed = _CLOSING.subn("", rest)
    rest = rest.strip()
    return rest if words(rest) else text
