"""The fiche for agents: the same parts for every fiche, filtered by the case, each line with its passage.

It rearranges the fiche by what an agent is asked on the phone; the lines are the fiche's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict, Field

from assistant.caller import Caller, read_caller
from assistant.cases import possible
from assistant.speech import sentences
from assistant.texts import load_yaml, pattern
from vectorstore.fiche import Fiche, Passage
from vectorstore.phones import spelt
from vectorstore.text import fold

MOST_CASES = 4
"""Cases named in front of a line that holds in several."""


class Line(BaseModel):
    """One line of the sheet, in the words of the fiche."""

    model_config = ConfigDict(extra="forbid")

    text: str
    passage: str | None = None
    """Id of the passage that it stands in; none for what the fiche's head says."""
    section: str = ""
    case: list[str] = Field(default_factory=list)
    """Titles of the case for which it holds, where the case is not settled."""


class Part(BaseModel):
    """One part of the sheet: documents, cost, …"""

    model_config = ConfigDict(extra="forbid")

    name: str
    label: str
    lines: list[Line]


class Sheet(BaseModel):
    """A fiche as an agent reads it."""

    model_config = ConfigDict(extra="forbid")

    fiche: str
    title: str
    url: str
    updated: str
    parts: list[Part]

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)


def sheet_of(fiche: Fiche, passages: Sequence[Passage], cases: Sequence[str] = ()) -> Sheet:
    """Rearrange a fiche for an agent.

    Args:
        fiche: the page.
        passages: its passages, in reading order.
        cases: what is known of the caller's case; branches that it excludes are left out.
    """
    rules = load_yaml("sheet")
    caller = read_caller("", (), cases) if cases else Caller()
    shown = possible(fiche, passages, caller)
    units = list(_units(shown))
    parts = [_part("sentence", rules["parts"]["sentence"]["label"], _sentence(fiche, shown))]
    for name, part in rules["parts"].items():
        if name != "sentence":
            parts.append(_part(name, part["label"], _chosen(part, units, rules["most_lines"])))
    _with_attachments(next(part for part in parts if part.name == "place"), fiche, shown)
    numbers = [
        Line(text=f"{contact.title} : {', '.join(map(spelt, contact.phones))}")
        for contact in fiche.contacts
        if contact.phones
    ]
    parts.append(_part("numbers", rules["numbers"], numbers))
    sources = [Line(text=f"{fiche.url} ({fiche.updated})")]
    sources += [Line(text=f"{ref.title} {ref.url}".strip()) for ref in fiche.references]
    parts.append(_part("sources", rules["sources"], sources))
    return Sheet(
        fiche=fiche.id,
        title=fiche.title,
        url=fiche.url,
        updated=fiche.updated,
        parts=[part for part in parts if part.lines],
    )


def _part(name: str, label: str, lines: list[Line]) -> Part:
    return Part(name=name, label=label, lines=lines)


def _sentence(fiche: Fiche, shown: Sequence[Passage]) -> list[Line]:
    if fiche.description:
        return [Line(text=fiche.description)]
    first = next((passage for passage in shown if passage.text), None)
    return [_line(first, sentences(first.text.split("\n")[0])[0])] if first else []


def _units(passages: Sequence[Passage]) -> Iterator[tuple[Passage, str]]:
    """Each paragraph, each list with its lead and each callout, with its passage."""
    for passage in passages:
        if passage.kind in ("links", "warning") or not passage.text.strip():
            continue
        if passage.kind == "callout":
            yield passage, passage.text.replace("\n", " : ", 1)
            continue
        block: list[str] = []
        for line in passage.text.split("\n"):
            if block and not _is_item(line):
                yield passage, "\n".join(block)
                block = []
            block.append(line)
        yield passage, "\n".join(block)


def _is_item(line: str) -> bool:
    return re.match(r"\s*(-|\d+\.) ", line) is not None


def _chosen(part: dict[str, str], units: Sequence[tuple[Passage, str]], most: int) -> list[Line]:
    """The units of a part, best first by kind of fit, then in reading order."""
    rated = []
    for place, (passage, text) in enumerate(units):
        titled = pattern(part["titles"]).search(fold(" ".join(passage.section))) is not None
        needs = part.get("needs")
        needed = titled and (not needs or pattern(needs).search(fold(text)) is not None)
        kept = text if needed else _worded(part, text)
        if kept:
            fit = 2 * needed + (_worded(part, text) != "") - (passage.kind == "callout")
            rated.append((-fit, place, passage, kept))
    best = sorted(rated, key=lambda item: item[:2])[:most]
    return [_line(passage, text) for _, _, passage, text in sorted(best, key=lambda item: item[1])]


def _worded(part: dict[str, str], text: str) -> str:
    """Of a text whose title says nothing, the lines whose words fit; a list goes with its lead."""
    lines = text.split("\n")
    fitting = [pattern(part["words"]).search(fold(line)) is not None for line in lines]
    if fitting[0] and not _is_item(lines[0]) and lines[0].rstrip().endswith(":"):
        return text
    return "\n".join(line for line, fits in zip(lines, fitting, strict=True) if fits)


def _line(passage: Passage, text: str) -> Line:
    return Line(
        text=text,
        passage=passage.id,
        section=" > ".join(passage.section),
        case=list(_shared(passage.cases)),
    )


def _shared(cases: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The case path of a passage; where it holds in several cases, what they share, then each."""
    first, shared = cases[0], 0
    while all(case[: shared + 1] == first[: shared + 1] for case in cases) and shared < len(first):
        shared += 1
    others = list(dict.fromkeys(case[shared] for case in cases if len(case) > shared))
    if len(cases) == 1 or len(others) < 2:
        return first[:shared]
    return (*first[:shared], " ou ".join(others[:MOST_CASES]))


def _with_attachments(place: Part, fiche: Fiche, shown: Sequence[Passage]) -> None:
    """Add whom to turn to, and the services and forms, where the passages shown name them."""
    for passage in shown:
        for index in passage.contacts:
            _add(place, _line(passage, f"S'adresser : {fiche.contacts[index].title}"))
        for index in passage.services:
            service = fiche.services[index]
            _add(place, _line(passage, f"{service.type} : {service.title} {service.url}".strip()))


def _add(place: Part, line: Line) -> None:
    if all(other.text != line.text for other in place.lines):
        place.lines.append(line)


def as_text(sheet: Sheet) -> str:
    """The sheet as the command line prints it."""
    lines = [f"{sheet.title} ({sheet.fiche}, {sheet.updated})"]
    for part in sheet.parts:
        lines.append(f"\n## {part.label}")
        for line in part.lines:
            case = f"[{' > '.join(line.case)}] " if line.case else ""
            source = f"  ({line.passage})" if line.passage else ""
            lines.append(f"{case}{line.text}{source}")
    return "\n".join(lines)
