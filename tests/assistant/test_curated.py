from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.chain import Assistant
from assistant.curated import CuratedBook, approve, draft_of, objections, question_key, review
from assistant.journal import Journal
from assistant.journal_records import CuratedAnswer
from assistant.settings import Settings
from vectorstore.errors import UsageError
from vectorstore.search import Search
from vectorstore.snapshot import Snapshot

GOLD = Path(__file__).parents[2] / "evals" / "gold"
FICHE = "F14929"
QUESTION = "Combien coûte un passeport pour un adulte ?"
SAY = "Le passeport d'un adulte coûte 86 euros."


def answer(question: str = QUESTION, say: str = SAY, **changes: object) -> CuratedAnswer:
    made = {
        "question": question,
        "say": say,
        "fiche": FICHE,
        "fiche_hash": "",
        "expires": date.today() + timedelta(days=30),
        "by": "qa",
        "at": datetime.now(UTC),
        **changes,
    }
    return CuratedAnswer(**made)  # type: ignore[arg-type]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(Settings(home=tmp_path))
    yield opened
    opened.close()


@pytest.fixture
def desk(journal: Journal, souffleur_home: Path, search: Search) -> Assistant:
    """An assistant that knows the curated answers of the journal."""
    opened = Assistant(Settings(home=souffleur_home), search)
    opened.curated = CuratedBook(journal, opened.snapshot, opened.understanding)
    return opened


def approved(desk: Assistant, journal: Journal, **changes: object) -> str:
    made = answer(**changes)  # type: ignore[arg-type]
    key = approve(journal, desk.snapshot, desk.understanding, made)
    assert desk.curated is not None
    desk.curated.forget()
    return key


@pytest.mark.parametrize(
    "asked",
    [
        QUESTION,
        "bonjour, combien coûte le passeport pour un adulte svp",
        "combien coute un passport pour un adulte",
        "combien c'est que coûte mon passeport pour adulte",
    ],
)
def test_the_same_question_otherwise_typed_gets_the_approved_answer(
    desk: Assistant, journal: Journal, asked: str
) -> None:
    approved(desk, journal)
    card = desk.ask(asked)
    assert card.mode == "curated"
    assert card.say == SAY
    assert card.sources[0].fiche == FICHE
    assert [check.fact for check in card.check] == ["86 €"]


@pytest.mark.parametrize(
    "asked",
    [
        "Combien coûte un passeport pour un mineur ?",
        "Combien coûte un passeport ?",
        "Combien de temps est valable un passeport pour un adulte ?",
        "Combien coûte un passeport perdu pour un adulte ?",
        "Combien coûte un passeport pour deux adultes ?",
        "Combien ne coûte pas un passeport pour un adulte ?",
        "Combien coûte une carte d'identité pour un adulte ?",
    ],
)
def test_a_question_that_is_merely_close_is_not_given_the_approved_answer(
    desk: Assistant, journal: Journal, asked: str
) -> None:
    approved(desk, journal)
    assert desk.ask(asked).mode != "curated"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("divorcer avec un enfant", "divorcer sans enfant"),
        (
            "le locataire paie les travaux du propriétaire",
            "le propriétaire paie les travaux du locataire",
        ),
        ("carte grise de mon père décédé", "carte grise de son père décédé"),
        ("voter par procuration à Lyon", "voter par procuration de Lyon à Paris"),
        ("je suis marié", "je suis le mari"),
        ("préavis de 1 mois", "préavis de 3 mois"),
        ("puis-je travailler", "puis-je ne pas travailler"),
    ],
)
def test_words_that_change_the_question_keep_two_questions_apart(one: str, other: str) -> None:
    assert question_key(one) != question_key(other)


def test_no_two_gold_questions_with_different_answers_are_taken_for_one(
    desk: Assistant,
) -> None:
    book = desk.curated
    assert book is not None
    seen: dict[tuple[str, ...], set[str]] = {}
    count = 0
    for path in sorted(GOLD.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            item = json.loads(line)
            right = set(item.get("fiches", []))
            if not right:
                continue
            count += 1
            other = seen.setdefault(book.key(item["question"]), right)
            assert other & right, item["question"]
    assert count > 400


def test_an_emergency_comes_before_any_approved_answer(desk: Assistant, journal: Journal) -> None:
    question = "mon mari me frappe combien coûte un passeport"
    approved(desk, journal, question=question)
    card = desk.ask(question)
    assert card.route.label == "urgence"


def test_a_case_that_is_told_leaves_the_approved_answer(desk: Assistant, journal: Journal) -> None:
    approved(desk, journal)
    card = desk.ask(QUESTION)
    assert desk.with_cases(card, ["Mineur"]).mode != "curated"


def test_an_answer_ends_on_its_day(desk: Assistant, journal: Journal) -> None:
    approved(desk, journal, expires=date.today() + timedelta(days=1))
    assert desk.curated is not None
    understood = desk.understanding.read(QUESTION)
    assert desk.curated.find(understood)
    assert desk.curated.find(understood, date.today() + timedelta(days=1)) is None


def test_a_review_finds_the_answers_whose_fiche_changed(
    desk: Assistant, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(desk, journal)
    assert review(journal, desk.snapshot) == []
    monkeypatch.setattr(Snapshot, "fiche_hash", lambda self, fiche: "autre")
    [(stale, why)] = review(journal, desk.snapshot)
    assert stale.question == QUESTION
    assert "a changé" in why
    assert [found.state for found in journal.curated()] == ["to_review"]


def test_whoever_asks_first_after_the_fiche_changed_puts_the_answer_up_for_review(
    desk: Assistant, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(desk, journal)
    monkeypatch.setattr(Snapshot, "fiche_hash", lambda self, fiche: "autre")
    assert desk.ask(QUESTION).mode == "extractive"
    assert [found.state for found in journal.curated()] == ["to_review"]


def test_a_fact_that_is_not_in_the_fiche_is_refused_and_named(
    desk: Assistant, journal: Journal
) -> None:
    with pytest.raises(UsageError, match="97 euros"):
        approved(desk, journal, say="Le passeport d'un adulte coûte 97 euros.")
    assert journal.curated() == []


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"fiche": "F0"}, "F0"),
        ({"expires": date.today()}, "échéance"),
        ({"say": "   "}, "rien à dire"),
        ({"say": "Le passeport coûte 86 euros. " * 4}, "4 phrases"),
        ({"say": "Le passeport " + "très " * 70 + "utile coûte 86 euros."}, "mots"),
        ({"question": "passeport ?"}, "trop courte"),
    ],
)
def test_what_cannot_be_approved_is_refused_with_its_reason(
    desk: Assistant, journal: Journal, changes: dict[str, object], word: str
) -> None:
    with pytest.raises(UsageError, match=word):
        approved(desk, journal, **changes)


def test_one_question_has_one_approved_answer(desk: Assistant, journal: Journal) -> None:
    key = approved(desk, journal)
    with pytest.raises(UsageError, match="déjà une réponse"):
        approved(desk, journal, question="Combien coûte le passeport pour un adulte")
    assert approved(desk, journal, id=key, say="Comptez 86 euros pour un adulte.") == key
    assert desk.ask(QUESTION).say == "Comptez 86 euros pour un adulte."


def test_each_sentence_rests_on_the_passage_that_holds_its_facts(snapshot: Snapshot) -> None:
    fiche, passages = snapshot.fiche(FICHE), snapshot.passages(FICHE)
    [said] = draft_of(SAY, fiche, passages).said
    assert "86" in said.quote
    assert objections(SAY, fiche, passages) == []
