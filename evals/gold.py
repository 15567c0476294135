"""What a gold item is, and how gold files are read.

A gold file is JSON Lines. Everything is checked here, before anything runs; past this border
items are trusted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assistant.card import ROUTE_LABELS, RouteLabel
from vectorstore.errors import UsageError, shown

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Of a gold file; one of a thousand questions has half a megabyte."""
NO_ANSWER_TAG = "sans_reponse"
"""Tag of the items that the corpus does not answer: the right reaction is to say so."""


class GoldError(UsageError):
    """A gold file is wrong; the message names the file and the line."""


class GoldItem(BaseModel):
    """A question with what a right answer must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    history: list[str] = Field(default_factory=list)
    """Earlier questions of the same call, oldest first."""
    route: RouteLabel | None = None
    """The expected label; an item without one is judged for retrieval only."""
    fiches: list[str] = Field(default_factory=list)
    """Ids of which any one is right."""
    facts: list[list[str]] = Field(default_factory=list)
    """Key facts; each is a list of spellings of which one must appear."""
    forbidden: list[str] = Field(default_factory=list)
    """Statements that make the answer wrong if they appear."""
    answer: str | None = None
    ask: list[str] = Field(default_factory=list)
    """Words of which one must appear in the question put back to the caller."""
    case: list[str] = Field(default_factory=list)
    """Cases that the agent has told; a single text is accepted for a list of one."""
    commune: str | None = None
    as_of: date | None = None
    """Corpus date for which the item holds."""
    tags: list[str] = Field(default_factory=list)

    @field_validator("case", mode="before")
    @classmethod
    def _case_as_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("id", "question", mode="after")
    @classmethod
    def _not_blank(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("vide")
        return value

    @field_validator("facts", mode="after")
    @classmethod
    def _facts_have_spellings(cls, value: list[list[str]]) -> list[list[str]]:
        if any(not fact or any(not spelling.strip() for spelling in fact) for fact in value):
            raise ValueError("chaque fait demande au moins une graphie non vide")
        return value

    @field_validator("history", "fiches", "forbidden", "ask", "case", "tags", mode="after")
    @classmethod
    def _no_blank_texts(cls, value: list[str]) -> list[str]:
        if any(not text.strip() for text in value):
            raise ValueError("texte vide dans la liste")
        return value

    @property
    def expects_no_answer(self) -> bool:
        return NO_ANSWER_TAG in self.tags

    @property
    def expects_question(self) -> bool:
        return bool(self.ask)

    @property
    def answerable(self) -> bool:
        """An agent of the first level can answer it from the corpus, as asked or after a question."""
        return self.route == "niveau1" and not self.expects_no_answer


@dataclass(frozen=True)
class GoldSet:
    """The items of one or more gold files."""

    items: tuple[GoldItem, ...]
    origins: dict[str, str]
    """Item id -> "file:line"."""
    digests: dict[str, str]
    """File -> SHA-256 of its content, so that a run names exactly what it judged."""

    def with_tag(self, tag: str | None) -> GoldSet:
        """The items that carry the tag; all of them when no tag is given."""
        if tag is None:
            return self
        chosen = tuple(item for item in self.items if tag in item.tags)
        if not chosen:
            known = ", ".join(sorted({t for item in self.items for t in item.tags})) or "aucune"
            raise GoldError(
                f"aucune question ne porte l'étiquette « {tag} » (étiquettes connues : {known})"
            )
        return GoldSet(chosen, self.origins, self.digests)


def load_gold(paths: Sequence[Path]) -> GoldSet:
    """Read gold files.

    Args:
        paths: JSON Lines files; a folder stands for its ``*.jsonl`` files.

    Raises:
        GoldError: on the first file that cannot be read, is empty, or holds a line that is not a
            gold item or repeats an id. The message names file and line.
    """
    items: list[GoldItem] = []
    origins: dict[str, str] = {}
    digests: dict[str, str] = {}
    for path in _files(paths):
        content = _read(path)
        digests[str(path)] = hashlib.sha256(content.encode()).hexdigest()
        before = len(items)
        for number, line in enumerate(content.split("\n"), start=1):
            if not line.strip():
                continue
            place = f"{path}:{number}"
            item = parse_item(line, place)
            if item.id in origins:
                raise GoldError(
                    f"{place} : l'id « {shown(item.id)} » existe déjà ({origins[item.id]})"
                )
            origins[item.id] = place
            items.append(item)
        if len(items) == before:
            raise GoldError(f"{path}:1 : fichier vide, aucune question à évaluer")
    return GoldSet(tuple(items), origins, digests)


def parse_item(line: str, place: str) -> GoldItem:
    """One line -> one item; ``place`` ("file:line") begins the error message."""
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        raise GoldError(f"{place} : JSON invalide ({error.msg}, colonne {error.colno})") from None
    except (ValueError, RecursionError) as error:
        raise GoldError(f"{place} : JSON invalide ({shown(str(error))})") from None
    if not isinstance(raw, dict):
        raise GoldError(
            f"{place} : un objet JSON est attendu, avec au moins « id » et « question »"
        )
    return make_item(raw, place)


def make_item(raw: dict[str, Any], place: str) -> GoldItem:
    """Check a raw object; errors begin with ``place``."""
    try:
        return GoldItem.model_validate(raw)
    except ValidationError as error:
        raise GoldError(f"{place} : {_explain(error)}") from None


def clusters(items: Iterable[GoldItem]) -> dict[str, str]:
    """Decide which items are not independent: the only place where a cluster is defined.

    Two items belong together when they share an acceptable fiche, directly or through other items
    (connected components). An item without fiches is a cluster of its own.

    Returns:
        Item id -> name of its cluster.
    """
    leader: dict[str, str] = {}

    def find(node: str) -> str:
        leader.setdefault(node, node)
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    listed = list(items)
    for item in listed:
        for fiche in item.fiches:
            first, second = sorted((find(f"fiche:{item.fiches[0]}"), find(f"fiche:{fiche}")))
            leader[second] = first
    return {
        item.id: find(f"fiche:{item.fiches[0]}") if item.fiches else f"item:{item.id}"
        for item in listed
    }


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.glob("*.jsonl"))
            if not inside:
                raise GoldError(f"{path} : aucun fichier .jsonl dans ce dossier")
            files += inside
        else:
            files.append(path)
    if not files:
        raise GoldError("aucun fichier de questions : donnez au moins un fichier .jsonl")
    return files


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise GoldError(f"{path} : plus de {MAX_FILE_BYTES} octets ; découpez le fichier")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise GoldError(f"{path} : fichier introuvable") from None
    except UnicodeDecodeError as error:
        raise GoldError(
            f"{path} : le fichier n'est pas en UTF-8 (octet {error.start}) ; réenregistrez-le en UTF-8"
        ) from None
    except OSError as error:
        raise GoldError(f"{path} : lecture impossible ({error.strerror})") from None


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"clé inconnue « {shown(key)} » (clés admises : {', '.join(GoldItem.model_fields)})"
    if first["type"] == "missing":
        return f"clé obligatoire absente : « {key} »"
    if first["type"] == "literal_error":
        return f"« {key} » vaut « {shown(str(first['input']))} » ; valeurs admises : {', '.join(ROUTE_LABELS)}"
    detail = str(first.get("ctx", {}).get("error", first["msg"]))
    return f"« {shown(key)} » : {shown(detail)}"
