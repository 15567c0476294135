"""Is the gold set itself right? Every fiche must exist, and every key fact must stand in one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from evals.answers import text_of
from evals.gold import GoldItem, GoldSet
from evals.matching import canonical, holds, holds_any
from evals.systems import FicheTexts
from vectorstore.errors import UsageError

HASHES_FILE = "fiches.json"
"""Beside the gold files: fiche id -> hash of the text that the items were written from."""


@dataclass(frozen=True)
class Finding:
    """One thing to mend or to read again."""

    item: str
    place: str
    """``file:line``."""
    text: str


@dataclass
class CheckReport:
    """What was found, apart: mistakes, and items that a newer corpus may have made out of date."""

    problems: list[Finding] = field(default_factory=list)
    to_review: list[Finding] = field(default_factory=list)


def check(
    gold: GoldSet, texts: FicheTexts, corpus_date: date, hashes: dict[str, str]
) -> CheckReport:
    """Check every item against a snapshot.

    A missing fiche or fact is a problem, unless the snapshot is newer than the item's ``as_of``:
    then the item is to be reviewed, and so is one whose fiche's text has changed. Without a
    recorded hash a change that leaves the facts in place cannot be seen.

    Args:
        gold: the items.
        texts: the snapshot's texts.
        corpus_date: the snapshot's date.
        hashes: fiche id -> hash recorded when the items were written; may be empty.
    """
    report = CheckReport()
    known = texts.fiche_ids()
    for item in gold.items:
        place = gold.origins[item.id]
        newer = item.as_of is not None and corpus_date > item.as_of
        for text in _mistakes(item):
            report.problems.append(Finding(item.id, place, text))
        for text in _not_in_corpus(item, texts, known):
            target = report.to_review if newer else report.problems
            target.append(Finding(item.id, place, text))
        if newer:
            for fiche in item.fiches:
                recorded = hashes.get(fiche)
                if fiche in known and recorded and recorded != text_hash(texts.fiche_text(fiche)):
                    text = f"la fiche {fiche} a changé depuis le {item.as_of}"
                    report.to_review.append(Finding(item.id, place, text))
    return report


def _mistakes(item: GoldItem) -> list[str]:
    """What is wrong with an item whatever the corpus."""
    found = []
    answer = item.answer or ""
    if item.answerable:
        if not item.fiches:
            found.append("route niveau1 sans fiche acceptable")
        if not item.facts and not item.ask:
            found.append("route niveau1 sans fait clé ni question à poser")
    if item.facts and not item.fiches:
        found.append("des faits clés, mais aucune fiche où les lire")
    for fact in item.facts if answer and not item.ask else []:
        if not holds_any(answer, fact):
            found.append(f"la réponse de référence ne contient pas « {fact[0]} »")
    for text in item.forbidden:
        if holds(answer, text):
            found.append(f"la réponse de référence contient l'énoncé interdit « {text} »")
    return found


def _not_in_corpus(item: GoldItem, texts: FicheTexts, known: set[str]) -> list[str]:
    found = [
        f"la fiche {fiche} n'est pas dans le corpus" for fiche in item.fiches if fiche not in known
    ]
    pages = [text_of(texts, fiche) for fiche in item.fiches if fiche in known]
    for fact in item.facts:
        if pages and not any(holds_any(page, fact) for page in pages):
            found.append(f"le fait « {fact[0]} » n'est dans aucune fiche acceptable")
    return found


def text_hash(text: str) -> str:
    """Hash of a fiche's words: layout, case and punctuation do not count."""
    return hashlib.sha256(canonical(text).encode()).hexdigest()[:16]


def read_hashes(paths: Iterable[Path]) -> dict[str, str]:
    """The hashes recorded beside the gold files; empty where none were."""
    found: dict[str, str] = {}
    for folder in sorted({path if path.is_dir() else path.parent for path in paths}):
        path = folder / HASHES_FILE
        if path.is_file():
            try:
                found |= json.loads(path.read_text("utf-8"))["fiches"]
            except (ValueError, KeyError, TypeError):
                raise UsageError(
                    f"{path} : illisible ; refaites-le avec « evals check --write-hashes »"
                ) from None
    return found


def write_hashes(gold: GoldSet, texts: FicheTexts, corpus_date: date, folder: Path) -> Path:
    """Record the text of every fiche that the items name, as it is in this snapshot."""
    known = texts.fiche_ids()
    named = sorted({fiche for item in gold.items for fiche in item.fiches} & known)
    content = {
        "corpus_date": corpus_date.isoformat(),
        "fiches": {fiche: text_hash(texts.fiche_text(fiche)) for fiche in named},
    }
    path = folder / HASHES_FILE
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    return path
