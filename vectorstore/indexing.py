"""What is indexed of a corpus: the text of each lexical field, the texts that earn a vector."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from vectorstore.errors import SouffleurError
from vectorstore.fiche import (
    CaseGroup,
    Dossier,
    Fiche,
    Paragraph,
    Passage,
    Resource,
    Section,
    Table,
    walk,
)
from vectorstore.text import words

SPOKEN_FILE = Path(__file__).parent / "spoken.tsv"
HEAD_CHARS = 400
"""Longest text that earns a vector; the model's cost grows with length."""


@dataclass
class Corpus:
    """All that was read from the archives of one source."""

    fiches: dict[str, Fiche] = field(default_factory=dict)
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    documents: int = 0
    schemas: set[str] = field(default_factory=set)
    skipped: list[str] = field(default_factory=list)


def aliases(corpus: Corpus) -> dict[str, list[str]]:
    """For each fiche, the other names by which the corpus calls it.

    Link texts that point to it, short titles in tables of contents, the questions that other
    fiches ask of it, and alternative chapter titles.
    """
    names: dict[str, dict[str, None]] = defaultdict(dict)

    def add(target: str, name: str) -> None:
        if target in corpus.fiches and name:
            names[target].setdefault(name)

    for fiche in corpus.fiches.values():
        for short in fiche.other_titles:
            add(fiche.id, f"{fiche.dossier.title} : {short}" if fiche.dossier else short)
        for related in (*fiche.questions, *fiche.see_also, *fiche.how_to):
            add(related.id, related.title)
        blocks = (*fiche.body, *(block for warning in fiche.warnings for block in warning.children))
        for block in walk(blocks):
            if isinstance(block, Paragraph | Table):
                for link in block.links:
                    if link.target != fiche.id:
                        add(link.target, link.text)
            elif isinstance(block, Section) and block.other_title:
                add(fiche.id, block.other_title)
    for dossier in corpus.dossiers.values():
        for page in dossier.pages:
            add(page.id, page.title)
    return {target: list(found) for target, found in names.items()}


@lru_cache(maxsize=1)
def spoken_phrases(path: Path = SPOKEN_FILE) -> dict[str, tuple[str, ...]]:
    """What callers say when they mean a fiche: fiche id -> phrases, from ``spoken.tsv``.

    Raises:
        SouffleurError: a line is not "id, tab, phrases separated by |".
    """
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        fiche, tab, phrases = line.partition("\t")
        if not tab or not fiche.startswith("F") or fiche in found:
            raise SouffleurError(
                f"{path.name}:{number} : attendu un identifiant de fiche, unique, une tabulation "
                "et des phrases séparées par « | »"
            )
        found[fiche] = tuple(part.strip() for part in phrases.split("|") if part.strip())
    return found


def names_of(fiche: Fiche, aliases_found: Iterable[str], spoken: Iterable[str]) -> list[str]:
    """Every name of a fiche, its title first; those of the same words once."""
    names = {" ".join(words(name)): name for name in reversed([*aliases_found, *spoken])}
    names.pop(" ".join(words(fiche.title)), None)
    return [fiche.title, *reversed(names.values())]


def field_texts(
    fiche: Fiche, passages: tuple[Passage, ...], names: list[str], spoken: Iterable[str]
) -> dict[str, str]:
    """The text of each lexical field of one fiche."""
    titles: dict[str, None] = {}
    for block in walk(fiche.body):
        if isinstance(block, Section) and block.title:
            titles.setdefault(block.title)
        elif isinstance(block, CaseGroup):
            for case in block.cases:
                titles.setdefault(case.title)
    parents = [related.title for related in fiche.breadcrumb]
    parents += [related.title for related in (fiche.sub_theme, fiche.dossier) if related]
    return {
        "title": fiche.title,
        "alias": "\n".join(names),
        "spoken": "\n".join(spoken),
        "description": fiche.description,
        "breadcrumb": "\n".join(dict.fromkeys([*parents, fiche.sub_dossier])),
        "sections": "\n".join(titles),
        "questions": "\n".join(related.title for related in fiche.questions),
        "body": "\n".join(passage.text for passage in passages),
    }


def passage_text(fiche: Fiche, passage: Passage) -> str:
    """What is indexed for a passage: its fiche's title, every title above it, and its text."""
    cases = dict.fromkeys(title for case in passage.cases for title in case)
    return "\n".join([fiche.title, *cases, *passage.section, passage.text])


def vector_texts(
    fiche: Fiche, passages: tuple[Passage, ...], scope: str
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The texts that earn a vector under ``scope``: (id, text, metadata)."""
    common = {
        "fiche": fiche.id,
        "audience": ",".join(fiche.audiences),
        "theme": fiche.theme.id if fiche.theme else "",
        "dossier": fiche.dossier.id if fiche.dossier else "",
        "date": fiche.updated,
    }
    head = f"{fiche.title}. {fiche.description}"[:HEAD_CHARS]
    yield fiche.id, head, {**common, "kind": "head", "section": "", "case": ""}
    if scope == "heads":
        return
    seen: set[str] = set()
    for passage in passages:
        place = {"section": " > ".join(passage.section), "case": " > ".join(passage.cases[0])}
        if scope == "sections":
            text = f"{fiche.title} : {passage.heading()}"[:HEAD_CHARS]
            if not passage.heading() or text in seen:
                continue
            seen.add(text)
        else:
            text = passage_text(fiche, passage)
        yield passage.id, text, {**common, "kind": passage.kind, **place}
