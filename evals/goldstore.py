"""The gold set of an installation: what the package brings, and what its QA team wrote over it.

The package is never edited. What the team adds or changes lies in ``SOUFFLEUR_HOME/gold/*.jsonl``; an
item there replaces the package's item of the same id.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assistant.card import Card
from evals.check import CheckReport, check
from evals.gold import NO_ANSWER_TAG, GoldError, GoldItem, GoldSet, load_gold
from evals.systems import FicheTexts

PACKAGE_GOLD = Path(__file__).parent / "gold"
TEAM_FILE = "qualite.jsonl"
REVIEWS = "reviewed.json"


def team_folder(home: Path) -> Path:
    return home / "gold"


def installed_gold(home: Path) -> GoldSet:
    """All items of the installation, the team's in the place of the package's of the same id.

    Raises:
        GoldError: a file is wrong.
    """
    base = load_gold([PACKAGE_GOLD])
    folder = team_folder(home)
    if not any(folder.glob("*.jsonl")):
        return base
    own = load_gold([folder])
    replaced = {item.id: item for item in own.items}
    kept = [replaced.pop(item.id, item) for item in base.items]
    return GoldSet(
        (*kept, *replaced.values()),
        {**base.origins, **own.origins},
        {**base.digests, **own.digests},
    )


def is_team_item(gold: GoldSet, item_id: str) -> bool:
    """Whether an item comes from the team's files, and not from the package."""
    return not gold.origins[item_id].startswith(f"{PACKAGE_GOLD}{os.sep}")


@dataclass(frozen=True)
class Checked:
    """What the checks of ``evals check`` say of one item."""

    problems: list[str]
    to_review: list[str]


def check_item(item: GoldItem, texts: FicheTexts, corpus_date: date) -> Checked:
    """Check one item before it is written."""
    gold = GoldSet((item,), {item.id: "page"}, {})
    found: CheckReport = check(gold, texts, corpus_date, {})
    return Checked(
        [finding.text for finding in found.problems], [finding.text for finding in found.to_review]
    )


def save_item(home: Path, item: GoldItem, texts: FicheTexts, corpus_date: date) -> Path:
    """Write an item into the team's file, in place of the one of the same id there.

    Returns:
        The file that was written.

    Raises:
        GoldError: the checks find a mistake in it; nothing is written.
    """
    problems = check_item(item, texts, corpus_date).problems
    if problems:
        raise GoldError(f"question {item.id} refusée : " + " ; ".join(problems))
    folder = team_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    with _one_writer(folder):
        path = _file_of(folder, item.id)
        others = load_gold([path]).items if path.is_file() else ()
        _write(path, [*(other for other in others if other.id != item.id), item])
    return path


def as_lines(items: Iterable[GoldItem]) -> str:
    """Items as JSON Lines, without what is empty."""
    return "".join(
        item.model_dump_json(exclude_defaults=True, exclude_none=True) + "\n" for item in items
    )


def new_id(gold: GoldSet) -> str:
    """An id for a new item that no other has: ``qa-1``, ``qa-2``…"""
    number = 1
    while f"qa-{number}" in gold.origins:
        number += 1
    return f"qa-{number}"


def prefilled(item_id: str, card: Card, reasons: Sequence[str], corpus_date: date) -> GoldItem:
    """What a reported turn already tells of a gold item; a person corrects the rest.

    The route and the fiches are those of the card, which may be what was wrong: nothing is decided.
    """
    abstained = card.abstained
    return GoldItem(
        id=item_id,
        question=card.standalone_question or card.question,
        route=card.route.label,
        fiches=[] if abstained else list(dict.fromkeys(source.fiche for source in card.sources)),
        facts=[] if abstained else [[found.fact] for found in card.check],
        answer=None if abstained else card.say or None,
        case=list(card.told),
        as_of=corpus_date,
        tags=["signalement", *reasons, *([NO_ANSWER_TAG] if abstained else [])],
    )


def touched(
    gold: GoldSet, fiches: set[str], done: Collection[str] = ()
) -> list[tuple[GoldItem, list[str]]]:
    """The items that rest on one of those fiches, each with the ones it rests on.

    Args:
        fiches: ids of the fiches that changed.
        done: ids of the items that were read again since (``reviewed``).
    """
    found = []
    for item in gold.items:
        own = [fiche for fiche in item.fiches if fiche in fiches]
        if own and item.id not in done:
            found.append((item, own))
    return found


def reviewed(home: Path, snapshot: str) -> set[str]:
    """Ids of the items that the team has read again over that snapshot."""
    return {item for item, over in _reviews(home).items() if over == snapshot}


def mark_reviewed(home: Path, item_id: str, snapshot: str) -> None:
    """Keep that an item was read again over a snapshot, and holds."""
    folder = team_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    with _one_writer(folder):
        kept = {**_reviews(home), item_id: snapshot}
        staging = folder / f"{REVIEWS}.new"
        staging.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
        staging.replace(folder / REVIEWS)


def _reviews(home: Path) -> dict[str, str]:
    """Item id -> the last snapshot over which it was read."""
    path = team_folder(home) / REVIEWS
    if not path.is_file():
        return {}
    try:
        return {str(item): str(over) for item, over in json.loads(path.read_text("utf-8")).items()}
    except (ValueError, AttributeError):
        raise GoldError(f"{path} : illisible ; le supprimer, puis revoir les questions") from None


def _file_of(folder: Path, item_id: str) -> Path:
    """The team's file that holds the item already, else the one for new items."""
    for path in sorted(folder.glob("*.jsonl")):
        if any(item.id == item_id for item in load_gold([path]).items):
            return path
    return folder / TEAM_FILE


def _write(path: Path, items: Sequence[GoldItem]) -> None:
    staging = path.with_suffix(f".{os.getpid()}.new")
    staging.write_text(as_lines(items), "utf-8")
    staging.replace(path)


@contextmanager
def _one_writer(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
