"""The restructuring for agents: a Fiche -> its passages.

A passage is what one caller needs at one place: a section, under one case, with every title above
it. A block that a fiche repeats word for word in several cases is one passage with all its cases.
Nothing of the body is left out, and nothing of one case is put under another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from vectorstore.body import leaf_texts
from vectorstore.errors import ArchiveError
from vectorstore.fiche import (
    CALLOUTS,
    Block,
    CaseGroup,
    ContactRef,
    Fiche,
    ListBlock,
    Paragraph,
    Passage,
    PassageKind,
    Section,
    ServiceRef,
    Table,
)
from vectorstore.text import fold

TARGET_CHARS = 900
"""A passage is closed at the first paragraph that passes this length."""

MAX_FICHE_CHARS = 5_000_000
"""Of a fiche's passages, each with every title above it; the corpus of November 2020 has 163,755 at
most."""

_CONDITION = re.compile(
    r"^(si |s'|en cas d|pour (un|une|les|l')\b|a partir de \d|(avant|apres|moins de|plus de) \d"
    r"|entre \d)"
)
"""Titles of chapters that hold only for some callers, where the source has written no case."""

GroupLevel = Literal["situation", "cas", "chapitre"]


@dataclass(frozen=True)
class Group:
    """Branches of which one holds for a given caller."""

    number: int
    level: GroupLevel
    around: int | None
    """The branch in which the group stands."""
    section: tuple[str, ...]
    lead: str
    """The last paragraph before the branches: often what they depend on."""


@dataclass(frozen=True)
class Branch:
    """One branch of a group, numbered in reading order over the fiche."""

    number: int
    title: str
    channel: str
    group: int
    around: int | None


@dataclass(frozen=True)
class CaseTree:
    """The branches of a fiche, and those in which each of its passages stands."""

    groups: tuple[Group, ...]
    branches: tuple[Branch, ...]
    places: tuple[tuple[tuple[int, ...], ...], ...]
    """For each passage, the paths of branches at which its text stands; one of them must hold."""

    def of(self, group: Group) -> list[Branch]:
        return [branch for branch in self.branches if branch.group == group.number]

    def path(self, number: int) -> tuple[int, ...]:
        """The branch and those around it, outermost first."""
        around = self.branches[number].around
        return (number,) if around is None else (*self.path(around), number)

    def depth(self) -> int:
        return max((len(self.path(branch.number)) for branch in self.branches), default=0)


@dataclass(frozen=True)
class _Place:
    """Where a text stands: the case path, the section path and the kind of passage."""

    case: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    kind: PassageKind = "section"
    branch: tuple[int, ...] = field(default=(), compare=False)
    """Numbers of the branches around it (``branches.py``); texts of one title path are cut alike."""


@dataclass
class _Draft:
    place: _Place
    lines: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    contacts: list[int] = field(default_factory=list)
    services: list[int] = field(default_factory=list)
    branches: set[tuple[int, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.branches.add(self.place.branch)

    def size(self) -> int:
        return sum(map(len, self.lines))


class _Cutter:
    """Walks a body in reading order and closes a draft when the place changes or it is long."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.groups: list[Group] = []
        self.branches: list[Branch] = []

    def _at(self, place: _Place) -> _Draft:
        last = self.drafts[-1] if self.drafts else None
        if last is None or last.place != place or last.size() > TARGET_CHARS:
            last = _Draft(place)
            self.drafts.append(last)
        last.branches.add(place.branch)
        return last

    def cut(self, blocks: tuple[Block, ...], place: _Place) -> None:
        lead = ""
        conditional = _conditional(blocks)
        chapters = self._group("chapitre", place, "") if conditional else None
        for block in blocks:
            if isinstance(block, Paragraph):
                if block.text:
                    lead = block.text
                    draft = self._at(place)
                    draft.lines.append(block.text)
                    draft.values.extend(block.values)
            elif isinstance(block, ListBlock):
                self._list(block, place, depth=0)
            elif isinstance(block, Table):
                self._table(block, place)
            elif isinstance(block, ContactRef):
                self._at(place).contacts.append(block.index)
            elif isinstance(block, ServiceRef):
                self._at(place).services.append(block.index)
            elif isinstance(block, CaseGroup):
                group = self._group(block.level, place, lead)
                for case in block.cases:
                    inner = replace(
                        place,
                        case=(*place.case, case.title),
                        branch=self._branch(group, place, case.title, case.channel),
                    )
                    before = len(self.drafts)
                    self.cut(case.children, inner)
                    if len(self.drafts) == before and case.title:
                        self.drafts.append(_Draft(inner))
            elif chapters is not None and id(block) in conditional:
                branch = self._branch(chapters, place, block.title, "")
                self._section(block, replace(place, branch=branch))
            else:
                self._section(block, place)

    def _group(self, level: GroupLevel, place: _Place, lead: str) -> Group:
        around = place.branch[-1] if place.branch else None
        group = Group(len(self.groups), level, around, place.section, lead)
        self.groups.append(group)
        return group

    def _branch(self, group: Group, place: _Place, title: str, channel: str) -> tuple[int, ...]:
        branch = Branch(len(self.branches), title, channel, group.number, group.around)
        self.branches.append(branch)
        return (*place.branch, branch.number)

    def _section(self, section: Section, place: _Place) -> None:
        if section.role in CALLOUTS:
            callout = replace(place, kind="callout")
            draft = _Draft(callout)
            self.drafts.append(draft)
            if section.title:
                draft.lines.append(section.title)
            self.cut(section.children, callout)
            return
        kind: PassageKind = place.kind
        if section.role == "introduction" and not place.section:
            kind = "introduction"
        elif section.role == "liens":
            kind = "links"
        titled = (section.title,) if section.title else ()
        before = len(self.drafts)
        inner = replace(place, section=(*place.section, *titled), kind=kind)
        if section.other_title not in ("", section.title):
            self._at(inner).lines.append(section.other_title)
        self.cut(section.children, inner)
        if len(self.drafts) == before and titled:
            self.drafts.append(_Draft(inner))

    def _list(self, block: ListBlock, place: _Place, depth: int) -> None:
        for number, item in enumerate(block.items, 1):
            mark = f"{number}. " if block.numbered else "- "
            nested = [child for child in item if isinstance(child, ListBlock)]
            flat = tuple(child for child in item if isinstance(child, Paragraph | Table))
            texts = leaf_texts(flat)
            draft = self._at(place)
            if texts:
                draft.lines.append("  " * depth + mark + " ".join(texts))
                for child in flat:
                    draft.values.extend(child.values)
            for inner in nested:
                self._list(inner, place, depth + 1)
            self.cut(
                tuple(
                    child for child in item if not isinstance(child, Paragraph | Table | ListBlock)
                ),
                place,
            )

    def _table(self, table: Table, place: _Place) -> None:
        inside = replace(
            place,
            kind="table",
            section=(*place.section, table.title) if table.title else place.section,
        )
        rows = table.row_sentences()
        heads = [cell for cell in dict.fromkeys(table.header) if cell]
        draft = _Draft(inside)
        self.drafts.append(draft)
        if table.summary:
            draft.lines.append(table.summary)
        covered = " ".join(rows)
        missing = [head for head in heads if head not in covered]
        if missing:
            draft.lines.append(" ; ".join(missing))
        for row in rows:
            draft = self._at(inside)
            draft.lines.append("- " + row)
            draft.values.extend(value for value in table.values if value in row)


def _conditional(blocks: tuple[Block, ...]) -> set[int]:
    """Those of the sections that are alternatives by their titles, if there are at least two."""
    found = [
        id(block)
        for block in blocks
        if isinstance(block, Section)
        and block.role in ("chapitre", "sous_chapitre", "fragment")
        and _CONDITION.search(fold(block.title))
    ]
    return set(found) if len(found) > 1 else set()


def passages_of(fiche: Fiche) -> tuple[Passage, ...]:
    """Cut a fiche into its passages, in reading order, warnings first.

    Returns:
        Passages with ids ``F123#0``, ``F123#1``…; those of equal text, section and attachments
        are joined, their ``cases`` in order of appearance.

    Raises:
        ArchiveError: the passages would be far longer than any fiche is.
    """
    found = []
    chars = 0
    for number, drafts in enumerate(_joined(_cut(fiche))):
        first = drafts[0]
        chars += sum(map(len, (*first.place.section, *first.lines)))
        chars += sum(len(title) for draft in drafts for title in draft.place.case)
        if chars > MAX_FICHE_CHARS:
            raise ArchiveError(
                f"{fiche.id} : plus de {MAX_FICHE_CHARS} caractères avec les titres répétés, "
                "archive refusée"
            )
        found.append(
            Passage(
                id=f"{fiche.id}#{number}",
                fiche=fiche.id,
                kind=first.place.kind,
                section=first.place.section,
                cases=tuple(dict.fromkeys(draft.place.case for draft in drafts)),
                text="\n".join(first.lines),
                values=tuple(dict.fromkeys(first.values)),
                contacts=tuple(dict.fromkeys(first.contacts)),
                services=tuple(dict.fromkeys(first.services)),
            )
        )
    return tuple(found)


def case_tree(fiche: Fiche) -> CaseTree:
    """The branches of a fiche, with the places of its passages in the order of ``passages_of``."""
    cutter = _cut(fiche)
    places = tuple(
        tuple(
            tuple(sorted({number for path in draft.branches for number in path}))
            for draft in drafts
        )
        for drafts in _joined(cutter)
    )
    return CaseTree(tuple(cutter.groups), tuple(cutter.branches), places)


def _cut(fiche: Fiche) -> _Cutter:
    cutter = _Cutter()
    for warning in fiche.warnings:
        titled = (warning.title,) if warning.title else ()
        place = _Place(section=titled, kind="warning")
        before = len(cutter.drafts)
        cutter.cut(warning.children, place)
        if len(cutter.drafts) == before:
            cutter.drafts.append(_Draft(place))
    cutter.cut(fiche.body, _Place())
    return cutter


def _joined(cutter: _Cutter) -> list[list[_Draft]]:
    """Drafts of equal text, section and attachments together, in order of appearance."""
    joined: dict[tuple[object, ...], list[_Draft]] = {}
    for draft in cutter.drafts:
        key = (
            draft.place.section,
            draft.place.kind,
            tuple(draft.lines),
            tuple(draft.contacts),
            tuple(draft.services),
        )
        joined.setdefault(key, []).append(draft)
    return list(joined.values())
