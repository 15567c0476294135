"""What can be said of a passage: its sentences, list items and table rows, each with its place.

A unit is the smallest thing that is said or left out. It keeps the offsets of its words in the
passage, so that the card can show exactly what a sentence comes from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal

from vectorstore.fiche import Passage
from vectorstore.text import fold, stems

UnitKind = Literal["sentence", "item", "row"]
Span = tuple[int, int]

_MARK = re.compile(r"^( *)(?:- |\d+\. )")
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\b[Mm]\.)(?<!\bart\.)\s+(?=[A-ZÀÂÉÈÊÎÔÛÇ«])")


_BARE_ANSWER = re.compile(r"(oui|non)\s*[.!]", re.IGNORECASE)


@dataclass(frozen=True)
class Unit:
    """One sentence, list item or table row."""

    kind: UnitKind
    text: str
    """As written, without list mark."""
    span: Span
    """Offsets of ``text`` in the passage's text; nested items included."""
    passage: Passage
    place: int
    """Among the units of its passage."""
    lead: str = ""
    """The words that introduce the list ("Vous devez fournir :"); empty for a sentence."""
    lead_span: Span | None = None
    list_place: int = -1
    """Which list of the passage an item or row belongs to."""

    @property
    def spans(self) -> tuple[Span, ...]:
        return (self.lead_span, self.span) if self.lead_span else (self.span,)


@dataclass(frozen=True)
class _Line:
    text: str
    start: int
    depth: int
    """-1 for running text, 0 for a list item, more for nested ones."""

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@lru_cache(maxsize=512)
def units_of(passage: Passage) -> tuple[Unit, ...]:
    """The units of a passage, in reading order."""
    lines = _lines(passage.text)
    found: list[Unit] = []
    lead: tuple[str, Span] | None = None
    lists = -1
    position = 0
    while position < len(lines):
        line = lines[position]
        if line.depth < 0:
            parts = _sentences(line)
            follows = lines[position + 1 : position + 2]
            parts = _answers_joined(parts, passage.text)
            opens = bool(follows and follows[0].depth >= 0)
            for text, span in parts[:-1] if opens else parts:
                found.append(Unit("sentence", text, span, passage, len(found)))
            lead = parts[-1] if opens else None
            position += 1
            continue
        if not position or lines[position - 1].depth < 0:
            lists += 1
        end = position + 1
        while end < len(lines) and lines[end].depth > line.depth:
            end += 1
        nested = lines[position + 1 : end]
        found.append(
            Unit(
                kind="row" if passage.kind == "table" else "item",
                text=_with_nested(line.text, [inner.text for inner in nested]),
                span=(line.start, lines[end - 1].end),
                passage=passage,
                place=len(found),
                lead=lead[0] if lead else "",
                lead_span=lead[1] if lead else None,
                list_place=lists,
            )
        )
        position = end
    return tuple(found)


def cut_short(unit: Unit) -> list[Unit]:
    """A list item of several sentences without its last ones, the longest first."""
    start, end = unit.span
    if unit.kind != "item" or unit.passage.text[start:end] != unit.text:
        return []
    ends = [match.start() for match in _SENTENCE_END.finditer(unit.text)]
    return [
        replace(unit, text=unit.text[:stop], span=(start, start + stop)) for stop in reversed(ends)
    ]


@dataclass(frozen=True)
class Words:
    """The comparable forms of a text, kept because they are asked for at every turn."""

    folded: str
    stems: frozenset[str]

    @cached_property
    def grams(self) -> frozenset[str]:
        """Runs of four letters, which still meet when a word is misspelt."""
        return grams_of(self.folded)


@lru_cache(maxsize=2048)
def words_of(text: str) -> Words:
    folded = fold(text)
    return Words(folded, frozenset(stems(text)))


def grams_of(folded: str) -> frozenset[str]:
    found: set[str] = set()
    for word in re.findall(r"[a-z]{4,}", folded):
        found.update(word[n : n + 4] for n in range(len(word) - 3))
    return frozenset(found)


def _lines(text: str) -> list[_Line]:
    found = []
    offset = 0
    for raw in text.split("\n"):
        mark = _MARK.match(raw)
        body = raw[mark.end() :] if mark else raw
        start = offset + (mark.end() if mark else 0)
        lost = len(body) - len(body.lstrip())
        body = body.strip()
        if body:
            found.append(_Line(body, start + lost, len(mark[1]) // 2 if mark else -1))
        offset += len(raw) + 1
    return found


def _sentences(line: _Line) -> list[tuple[str, Span]]:
    found = []
    start = 0
    for end in [match.start() for match in _SENTENCE_END.finditer(line.text)] + [len(line.text)]:
        raw = line.text[start:end]
        lost = len(raw) - len(raw.lstrip())
        found.append((raw.strip(), (line.start + start + lost, line.start + end)))
        start = end
    return found


def _answers_joined(parts: list[tuple[str, Span]], text: str) -> list[tuple[str, Span]]:
    """ "Oui." and "Non." go with the sentence that they answer by."""
    found: list[tuple[str, Span]] = []
    for part, span in parts:
        if found and _BARE_ANSWER.fullmatch(found[-1][0]):
            start = found.pop()[1][0]
            found.append((text[start : span[1]], (start, span[1])))
        else:
            found.append((part, span))
    return found


def _with_nested(text: str, nested: list[str]) -> str:
    """ "X :" with "a ;" and "ou b." -> "X : a, ou b." """
    if not nested:
        return text
    inner = [item.rstrip(" ;,.") for item in nested]
    return f"{text.rstrip(' :')} : " + ", ".join(inner)
