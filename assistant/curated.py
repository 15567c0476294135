"""Curated answers: a fixed answer that the QA team approved for a frequent question.

It is said only for the same question, only while its fiche is word for word what it was when the answer
was approved, and only until its day. It passes the same fact lock as any other answer. A wrong match is
a wrong answer, so a question that is merely close is not matched.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from assistant.card import MAX_SENTENCES, MAX_WORDS
from assistant.compose import Draft, Said
from assistant.facts import facts_in
from assistant.journal_records import CuratedAnswer, JournalError
from assistant.speech import sentences, speakable, word_count
from assistant.texts import load_yaml
from assistant.verify import missing_facts
from vectorstore.errors import UsageError
from vectorstore.fiche import Fiche, Passage
from vectorstore.snapshot import Snapshot, current_folder
from vectorstore.text import stems, words

if TYPE_CHECKING:
    from assistant.journal import Journal
    from assistant.question import Understanding, Understood

FRESH_S = 5.0
"""How long the answers that were read are used before the journal is asked again."""
SHORT_WORDS = 3
"""In a question of at most this many words that count, their order says nothing."""

_log = logging.getLogger(__name__)


class CuratedBook:
    """The curated answers in use, looked up by question; one per assistant, shared by its threads."""

    def __init__(self, journal: Journal, snapshot: Snapshot, understanding: Understanding) -> None:
        self._journal = journal
        self._snapshot = snapshot
        self._understanding = understanding
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, ...], CuratedAnswer] = {}
        self._read_at = -FRESH_S

    def find(self, understood: Understood, today: date | None = None) -> CuratedAnswer | None:
        """The answer to that question; none for the follow-up of an earlier question."""
        if understood.query.topic:
            return None
        answer = self._in_use().get(question_key(understood.query.text))
        if answer is None or why_stale(answer, self._snapshot, today or date.today()):
            return None
        return answer

    def forget(self) -> None:
        """Read the journal again at the next question: an answer was approved or withdrawn."""
        self._read_at = -FRESH_S

    def key(self, question: str) -> tuple[str, ...]:
        """What the same question shares, its spelling mended as when it is asked."""
        return question_key(self._understanding.read(question).query.text)

    def _in_use(self) -> dict[tuple[str, ...], CuratedAnswer]:
        with self._lock:
            if time.monotonic() - self._read_at >= FRESH_S:
                try:
                    if self._snapshot_in_use():
                        review(self._journal, self._snapshot)
                    answers = self._journal.curated("in_use")
                except JournalError as error:
                    _log.warning("curated answers not read: %s", error)
                    return {}
                self._answers = {self.key(answer.question): answer for answer in answers}
                self._read_at = time.monotonic()
            return self._answers

    def _snapshot_in_use(self) -> bool:
        """Whether fiches are as everyone sees them; a process on an older snapshot judges nothing."""
        folder = self._snapshot.folder
        return current_folder(folder.parents[1]).name == folder.name


def question_key(question: str) -> tuple[str, ...]:
    """What two questions share when they are one: every word that counts, singular, in order.

    A question word comes first wherever it stood; in a very short question the rest is sorted.
    """
    rules = load_yaml("curated")
    filler, asks = set(rules["filler"]), set(rules["asks"])
    kept = [_singular(word) for word in words(question) if word not in filler]
    asking = [word for word in kept if word in asks]
    rest = [word for word in kept if word not in asks]
    return (*asking, *(sorted(rest) if len(kept) <= SHORT_WORDS else rest))


def why_stale(answer: CuratedAnswer, snapshot: Snapshot, today: date) -> str:
    """Why an answer may no longer be said, in French; empty while it may."""
    if answer.fiche not in snapshot.position:
        return f"la fiche {answer.fiche} n'est plus dans le corpus"
    if snapshot.fiche_hash(answer.fiche) != answer.fiche_hash:
        return f"la fiche {answer.fiche} a changé depuis l'approbation"
    if today >= answer.expires:
        return f"arrivée à échéance le {answer.expires:%d/%m/%Y}"
    return ""


def review(
    journal: Journal, snapshot: Snapshot, today: date | None = None
) -> list[tuple[CuratedAnswer, str]]:
    """Withdraw every answer that may no longer be said, and put it up for review.

    Returns:
        Those answers, each with the reason.
    """
    stale = [
        (answer, why)
        for answer in journal.curated("in_use")
        if (why := why_stale(answer, snapshot, today or date.today()))
    ]
    for answer, why in stale:
        journal.put_up_for_review(answer.id, why)
    return stale


def draft_of(say: str, fiche: Fiche, passages: Sequence[Passage]) -> Draft:
    """The answer as a draft: each sentence with the passage that holds most of its facts and words."""
    readable = [passage for passage in passages if passage.text.strip()]
    if not readable:
        return Draft(fiche=fiche)
    said = []
    for sentence in sentences(say):
        best = min(readable, key=lambda passage: _distance(Said(sentence, passage), fiche))
        said.append(Said(sentence, best, _spans(sentence, best)))
    return Draft(said=said, fiche=fiche)


def objections(say: str, fiche: Fiche, passages: Sequence[Passage]) -> list[str]:
    """Why an answer cannot be approved, in French: facts that the fiche does not hold, its length."""
    found = []
    draft = draft_of(say, fiche, passages)
    if not draft.said:
        found.append("rien à dire, ou une fiche sans texte")
    for said in draft.said:
        missing = ", ".join(dict.fromkeys(fact.words for fact in missing_facts(said, fiche)))
        if missing:
            found.append(
                f"« {said.text} » : {missing} n'est pas dans la fiche {fiche.id}, "
                "ou pas dans un seul de ses passages"
            )
    if word_count(say) > MAX_WORDS:
        found.append(f"{word_count(say)} mots à dire, {MAX_WORDS} au plus")
    if len(draft.said) > MAX_SENTENCES:
        found.append(f"{len(draft.said)} phrases, {MAX_SENTENCES} au plus")
    return found


def approve(
    journal: Journal,
    snapshot: Snapshot,
    understanding: Understanding,
    answer: CuratedAnswer,
    today: date | None = None,
) -> str:
    """Put an answer in use, bound to its fiche as it is in this snapshot; returns its id.

    Args:
        answer: its ``fiche_hash`` and ``at`` are set here; with an ``id``, it replaces that answer.

    Raises:
        UsageError: a fact does not stand in the fiche, the day is past, or the question already has
            an answer; the message says all that is wrong.
    """
    if answer.fiche not in snapshot.position:
        raise UsageError(
            f"{answer.fiche or 'fiche vide'} : aucune fiche de ce numéro dans le corpus"
        )
    fiche = snapshot.fiche(answer.fiche)
    wrong = objections(answer.say, fiche, snapshot.passages(answer.fiche))
    if answer.expires <= (today or date.today()):
        wrong.append("l'échéance doit être après aujourd'hui")
    key = question_key(understanding.read(answer.question).query.text)
    if len(key) < 2:
        wrong.append("question trop courte pour être reconnue sans erreur")
    for other in journal.curated("in_use"):
        own = question_key(understanding.read(other.question).query.text)
        if own == key and other.id != answer.id:
            wrong.append(f"la question « {other.question} » a déjà une réponse validée")
    if wrong:
        raise UsageError("réponse refusée : " + " ; ".join(wrong))
    return journal.approve(
        replace(answer, fiche_hash=snapshot.fiche_hash(answer.fiche), at=datetime.now(UTC))
    )


def _distance(said: Said, fiche: Fiche) -> tuple[int, int]:
    """Facts of the sentence that the passage does not hold, then words."""
    own = set(stems(f"{' '.join(said.passage.section)} {said.passage.text}"))
    return len(missing_facts(said, fiche)), len(set(stems(said.text)) - own)


def _spans(sentence: str, passage: Passage) -> tuple[tuple[int, int], ...]:
    """Where the words behind a sentence stand: the lines with its facts, else the nearest line."""
    facts = {fact.key() for fact in facts_in(sentence)}
    wanted = set(stems(sentence))
    lines: list[tuple[tuple[int, int], str]] = []
    start = 0
    for line in passage.text.split("\n"):
        if line.strip():
            lines.append(((start, start + len(line)), line))
        start += len(line) + 1
    holding = tuple(
        span
        for span, line in lines
        if facts & {fact.key() for fact in (*facts_in(line), *facts_in(speakable(line)))}
    )
    if holding:
        return holding
    nearest = max(lines, key=lambda pair: len(wanted & set(stems(pair[1]))))
    return (nearest[0],)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word
