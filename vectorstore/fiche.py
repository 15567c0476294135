"""The domain model: what a fiche holds, frozen and typed, without any input or output.

A fiche's body is a tree. Its leaves are blocks (paragraph, list, table, attached contact or
service); its inner nodes are sections (chapter, callout, …), and groups of cases whose branches
hold only for some callers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Audience = Literal["particuliers", "professionnels", "associations"]
AUDIENCES: tuple[Audience, ...] = ("particuliers", "professionnels", "associations")

SectionKind = Literal[
    "introduction",
    "chapitre",
    "sous_chapitre",
    "fragment",
    "a_savoir",
    "a_noter",
    "attention",
    "rappel",
    "exemple",
    "complement",
    "question",
    "liens",
]
CALLOUTS: frozenset[str] = frozenset({"a_savoir", "a_noter", "attention", "rappel", "exemple"})


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Link(_Frozen):
    """A link inside a text: ``target`` is a fiche, dossier or resource id, or a URL."""

    text: str
    target: str


class Paragraph(_Frozen):
    """Running text; ``values`` are the amounts, rates and durations that the source marks."""

    kind: Literal["paragraph"] = "paragraph"
    text: str
    values: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


class ListBlock(_Frozen):
    """A list; each item is a sequence of blocks, so lists nest."""

    kind: Literal["list"] = "list"
    numbered: bool = False
    items: tuple[tuple[Block, ...], ...]


class Table(_Frozen):
    """A table with its spans expanded: every row has every column's cell.

    ``header`` has the width of each row, or is empty when the source marks no header.
    """

    kind: Literal["table"] = "table"
    title: str = ""
    summary: str = ""
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...]
    values: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()

    def row_sentences(self) -> list[str]:
        """Each row so that it can be read alone: the first cell, then "header : cell" pairs."""
        sentences = []
        for row in self.rows:
            cells = []
            for column, cell in enumerate(row):
                if not cell or (column and cell == row[column - 1]):
                    continue
                head = self.header[column] if column < len(self.header) else ""
                cells.append(f"{head} : {cell}" if head and head != cell else cell)
            if cells:
                sentences.append(" ; ".join(cells))
        return sentences


class ContactRef(_Frozen):
    """The place in the text where a contact of the fiche stands (index in ``Fiche.contacts``)."""

    kind: Literal["contact"] = "contact"
    index: int


class ServiceRef(_Frozen):
    """The place in the text where a service of the fiche stands (index in ``Fiche.services``)."""

    kind: Literal["service"] = "service"
    index: int


class Section(_Frozen):
    """A part of the body with a title of its own, or a callout."""

    kind: Literal["section"] = "section"
    role: SectionKind
    title: str = ""
    other_title: str = ""
    """``TitreAlternatif``: the short name of the chapter."""
    chapter_type: str = ""
    condition: str = ""
    children: tuple[Block, ...]


class Case(_Frozen):
    """One branch that holds only for some callers: a ``Situation`` or a ``Cas``."""

    title: str
    condition: str = ""
    channel: str = ""
    """``enLigne``, ``surPlace`` or ``parCorres`` where the branch is a way of doing it."""
    children: tuple[Block, ...]


class CaseGroup(_Frozen):
    """Branches of which one holds for a given caller."""

    kind: Literal["cases"] = "cases"
    level: Literal["situation", "cas"]
    cases: tuple[Case, ...]


Block = Annotated[
    Paragraph | ListBlock | Table | ContactRef | ServiceRef | Section | CaseGroup,
    Field(discriminator="kind"),
]


class Contact(_Frozen):
    """Whom to turn to, as the fiche has it (``OuSAdresser``)."""

    id: str
    type: str
    title: str
    complement: str = ""
    pivots: tuple[str, ...] = ()
    url: str = ""
    source: str = ""
    text: str = ""
    """Phones, hours and prices in prose, for contact centres."""
    phones: tuple[str, ...] = ()


class Service(_Frozen):
    """An online service, form, simulator or model letter (``ServiceEnLigne``)."""

    id: str
    type: str
    title: str
    url: str = ""
    cerfa: str = ""
    other_number: str = ""
    source: str = ""
    text: str = ""
    notes: tuple[str, ...] = ()


class Definition(_Frozen):
    """A glossary entry that the fiche uses."""

    id: str
    title: str
    text: str


class Abbreviation(_Frozen):
    short: str
    long: str


class Reference(_Frozen):
    """A legal text."""

    title: str
    url: str
    complement: str = ""


class Related(_Frozen):
    """Another page: a question answered elsewhere, a fiche or dossier to see also."""

    id: str
    title: str


class Warning_(_Frozen):
    """A banner about a reform or an event; it outranks the body (``Avertissement``)."""

    title: str
    date: str = ""
    children: tuple[Block, ...]


class Fiche(_Frozen):
    """One page of service-public.fr, one for all audiences in which it stands."""

    id: str
    title: str
    description: str
    type: str
    """``Publication/@type``, e.g. "Fiche Question-réponse"."""
    audiences: tuple[Audience, ...]
    url: str
    updated: str
    """Date of the last modification, ISO 8601."""
    subject: str = ""
    targets: str = ""
    """``Cible``: whom a professional's fiche is written for."""
    breadcrumb: tuple[Related, ...] = ()
    """From theme to dossier, without "Accueil" and without the fiche itself."""
    theme: Related | None = None
    sub_theme: Related | None = None
    dossier: Related | None = None
    sub_dossier: str = ""
    other_titles: tuple[str, ...] = ()
    """Short names under which the dossiers' tables of contents list this fiche."""
    warnings: tuple[Warning_, ...] = ()
    body: tuple[Block, ...] = ()
    contacts: tuple[Contact, ...] = ()
    services: tuple[Service, ...] = ()
    definitions: tuple[Definition, ...] = ()
    abbreviations: tuple[Abbreviation, ...] = ()
    references: tuple[Reference, ...] = ()
    more: tuple[Reference, ...] = ()
    """``PourEnSavoirPlus``."""
    questions: tuple[Related, ...] = ()
    """Questions-réponses that the fiche points to."""
    see_also: tuple[Related, ...] = ()
    how_to: tuple[Related, ...] = ()
    """``CommentFaireSi`` pages."""


class Heading(BaseModel):
    """What tells one fiche from another in a list: a fifth of what reading the whole fiche costs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    title: str
    type: str
    audiences: tuple[Audience, ...]
    url: str
    dossier: Related | None = None
    sub_dossier: str = ""
    breadcrumb: tuple[Related, ...] = ()
    theme: Related | None = None
    sub_theme: Related | None = None


class Dossier(_Frozen):
    """A navigation node: theme or dossier, with the pages it lists under their short titles."""

    id: str
    title: str
    type: str
    description: str = ""
    audience: Audience = "particuliers"
    parents: tuple[Related, ...] = ()
    pages: tuple[Related, ...] = ()
    """Fiches (``F…``) and dossiers (``N…``) listed, with the short title used there."""


class Resource(_Frozen):
    """A form, online service, simulator or model letter with a page of its own (``R…``)."""

    id: str
    title: str
    type: str
    description: str = ""
    url: str = ""
    cerfa: str = ""
    other_number: str = ""
    text: str = ""
    updated: str = ""
    fiches: tuple[Related, ...] = ()


PassageKind = Literal["introduction", "section", "table", "callout", "warning", "links"]


class Passage(_Frozen):
    """What is retrieved: one section under one case path.

    A block that a fiche repeats in several cases is one passage with several ``cases``.
    """

    id: str
    """``F123#4``: the fiche and the passage's place in it."""
    fiche: str
    kind: PassageKind
    section: tuple[str, ...] = ()
    """Titles of the chapter and sub-chapter, outermost first."""
    cases: tuple[tuple[str, ...], ...] = ((),)
    """Case paths, outermost first; the empty path means that it holds for everybody."""
    text: str
    """Paragraphs and list items one a line; list items begin with "- "."""
    values: tuple[str, ...] = ()
    contacts: tuple[int, ...] = ()
    services: tuple[int, ...] = ()

    def heading(self) -> str:
        """The titles above the text: those of the first case path, then those of the section."""
        return " > ".join((*self.cases[0], *self.section))


def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Every block below, depth first, in reading order, groups and sections included."""
    for block in blocks:
        yield block
        if isinstance(block, ListBlock):
            for item in block.items:
                yield from walk(item)
        elif isinstance(block, Section):
            yield from walk(block.children)
        elif isinstance(block, CaseGroup):
            for case in block.cases:
                yield from walk(case.children)


for _model in (ListBlock, Section, Case, CaseGroup, Warning_, Fiche):
    _model.model_rebuild()
