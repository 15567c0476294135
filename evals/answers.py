"""Task *answers*: is what is said right, and does it hold what it must?

Omission (a key fact is missing) and falsehood (something wrong is said) are counted apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.card import Card
from evals.gold import GoldItem
from evals.matching import canonical, holds, holds_any, stands_verbatim
from evals.numbers import Number, keys, numbers_in, supported
from evals.outputs import Call, Output
from evals.statistics import rate
from evals.systems import FicheTexts

CALLS: set[Call] = {"ask"}
RIVAL_KINDS = ("amount", "percent", "duration", "age")
"""Kinds of number of which another one, said where the key one is missing, makes an answer wrong."""

Expected = Literal["answer", "question", "abstention"]
Verdict = Literal[
    "right", "omission", "wrong", "not_answered", "question_missed", "made_up", "error"
]

VERDICTS_FR: dict[Verdict, str] = {
    "right": "juste",
    "omission": "incomplet",
    "wrong": "faux",
    "not_answered": "sans réponse alors que le corpus répond",
    "question_missed": "question à poser non posée",
    "made_up": "répond alors que le corpus ne répond pas",
    "error": "erreur",
}


class AnswerScore(BaseModel):
    """One card against one gold item."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expects: Expected
    facts: int = 0
    """Key facts of the item."""
    missing_said: list[str] = Field(default_factory=list)
    """Key facts (first spelling) that are not said."""
    missing_card: list[str] = Field(default_factory=list)
    """Key facts (first spelling) that stand nowhere on the card."""
    wrong: list[str] = Field(default_factory=list)
    """Why the answer is false, in French; empty when nothing false was found."""
    unsupported: list[str] = Field(default_factory=list)
    """Facts said that stand in no cited source."""
    sources: int = 0
    sources_right: int = 0
    """Sources whose fiche is an acceptable one."""
    quotes_verbatim: int = 0
    """Sources whose quote is really in its fiche."""
    answered: bool = False
    asked: bool = False
    asked_rightly: bool = False
    """A question was put back, and it is about what tells the cases apart."""
    error: str | None = None

    @property
    def outcome(self) -> Verdict:
        """One word for the item: an error first, then falsehood, then what was expected."""
        if self.error:
            return "error"
        if self.wrong:
            return "wrong"
        if self.expects == "abstention":
            return "made_up" if self.answered else "right"
        if self.expects == "question":
            return "right" if self.asked_rightly else "question_missed"
        if not self.answered:
            return "not_answered"
        return "omission" if self.missing_said else "right"

    @property
    def passed(self) -> bool:
        return self.outcome == "right"

    @property
    def verdict(self) -> str:
        """What happened, in a few French words."""
        details: dict[Verdict, list[str]] = {
            "wrong": self.wrong,
            "omission": self.missing_said,
            "error": [self.error or ""],
        }
        detail = ", ".join(details.get(self.outcome, []))
        return VERDICTS_FR[self.outcome] + (f" : {detail}" if detail else "")


def applies(item: GoldItem) -> bool:
    """Items of the first level, and those that the corpus does not answer."""
    return item.answerable or item.expects_no_answer


def score(item: GoldItem, output: Output, texts: FicheTexts) -> AnswerScore:
    """Judge one card; a turn that failed omits every fact and answers nothing.

    Args:
        item: what was expected.
        output: what the system gave.
        texts: where the fiches' texts are read.
    """
    expects = expected(item)
    facts = item.facts if expects == "answer" else []
    card = output.card
    if card is None:
        names = [fact[0] for fact in facts]
        return AnswerScore(
            expects=expects,
            facts=len(facts),
            missing_said=names,
            missing_card=names,
            error=output.errors.get("ask", "aucune réponse"),
        )
    answered = is_answered(card)
    said, shown = (card.say, card.full_text()) if answered else ("", "")
    asked = card.ask is not None and card.route.label == "niveau1"
    return AnswerScore(
        expects=expects,
        facts=len(facts),
        missing_said=missing(facts, said),
        missing_card=missing(facts, shown),
        wrong=falsehoods(item, said),
        unsupported=unsupported(item, card, texts) if answered else [],
        sources=len(card.sources),
        sources_right=sum(source.fiche in item.fiches for source in card.sources),
        quotes_verbatim=sum(
            stands_verbatim(source.quote, text_of(texts, source.fiche)) for source in card.sources
        ),
        answered=answered,
        asked=asked,
        asked_rightly=asked and asks_about(card, item.ask),
    )


def expected(item: GoldItem) -> Expected:
    if item.expects_no_answer:
        return "abstention"
    return "question" if item.expects_question else "answer"


def is_answered(card: Card) -> bool:
    """Whether the card answers: it neither abstains nor sends the call elsewhere, and says something."""
    return card.route.label == "niveau1" and not card.abstained and bool(card.say.strip())


def missing(facts: list[list[str]], text: str) -> list[str]:
    """The first spelling of every fact that the text does not hold."""
    return [fact[0] for fact in facts if not holds_any(text, fact)]


def asks_about(card: Card, words: list[str]) -> bool:
    """Whether the question put back, or its options, hold one of the words."""
    if card.ask is None:
        return False
    text = " ; ".join([card.ask.text, *card.ask.options])
    return any(holds(text, word) for word in words)


def falsehoods(item: GoldItem, said: str) -> list[str]:
    """Why what is said is false: a forbidden statement, or a rival of a key number.

    A rival is an amount, percentage, duration or age that is said where a key fact of the same kind
    is missing, unless it stands in another key fact, in the reference answer or in what the caller
    told.
    """
    found = {canonical(text): f"dit « {text} »" for text in item.forbidden if holds(said, text)}
    harmless = keys(
        "\n".join([*told(item), item.answer or "", *(s for f in item.facts for s in f)])
    )
    for fact in item.facts:
        key = key_number(fact, item.answer or "")
        if key is None or holds_any(said, fact):
            continue
        for rival in numbers_in(said):
            if rival.kind == key.kind and rival.key not in harmless:
                found.setdefault(rival.words, f"dit « {rival.words} » au lieu de « {fact[0]} »")
                break
    return list(found.values())


def key_number(fact: list[str], answer: str) -> Number | None:
    """The number that a key fact is about, if it is one that can have rivals.

    Whether years are an age or a duration is read where the reference answer uses them.
    """
    found = [number for spelling in fact for number in numbers_in(spelling)]
    number = next((number for number in found if number.kind in RIVAL_KINDS), None)
    if number is None:
        return None
    return next((used for used in numbers_in(answer) if used.key == number.key), number)


def unsupported(item: GoldItem, card: Card, texts: FicheTexts) -> list[str]:
    """Numbers said that stand in no quote, no cited fiche, no contact, nor in what the caller told."""
    known: set[str] = set()
    for source in card.sources:
        known |= keys(source.quote) | keys(text_of(texts, source.fiche))
    contacts = [
        value
        for contact in card.contacts
        for value in (contact.phone, contact.address, contact.hours, contact.details)
        if value
    ]
    known |= keys("\n".join([*told(item), *contacts]))
    return [number.words for number in numbers_in(card.say) if not supported(number, known)]


def told(item: GoldItem) -> list[str]:
    """All that the caller and the agent have said of the call."""
    return [item.question, *item.history, *item.case]


def text_of(texts: FicheTexts, fiche: str) -> str:
    """The text of a fiche; empty when the snapshot does not hold it."""
    try:
        return texts.fiche_text(fiche)
    except KeyError:
        return ""


def metrics(scores: Mapping[str, AnswerScore], clusters: Mapping[str, str]) -> dict[str, Any]:
    """The ``answers`` object of ``evals run --json``.

    ``facts_said`` and ``facts_card`` are over key facts, ``citation_precision`` and
    ``quotes_verbatim`` over sources, the rest over items. A call that is routed elsewhere is not
    answered, rightly or wrongly.

    Args:
        scores: item id -> score.
        clusters: item id -> cluster.
    """
    answerable = {k: s for k, s in scores.items() if s.expects != "abstention"}
    plain = {k: s for k, s in scores.items() if s.expects == "answer"}
    with_question = {k: s for k, s in scores.items() if s.expects == "question"}
    without_answer = {k: s for k, s in scores.items() if s.expects == "abstention"}

    def over_items(chosen: Mapping[str, AnswerScore], outcome: dict[str, bool]) -> dict[str, Any]:
        return rate([outcome[k] for k in chosen], [clusters[k] for k in chosen]).as_dict()

    def over_parts(chosen: Mapping[str, AnswerScore], sizes: dict[str, tuple[int, int]]) -> Any:
        outcomes: list[bool] = []
        groups: list[str] = []
        for k in chosen:
            right, total = sizes[k]
            outcomes += [True] * right + [False] * (total - right)
            groups += [clusters[k]] * total
        return rate(outcomes, groups).as_dict()

    return {
        "facts_said": over_parts(
            plain, {k: (s.facts - len(s.missing_said), s.facts) for k, s in plain.items()}
        ),
        "facts_card": over_parts(
            plain, {k: (s.facts - len(s.missing_card), s.facts) for k, s in plain.items()}
        ),
        "wrong": over_items(scores, {k: bool(s.wrong) for k, s in scores.items()}),
        "unsupported": sum(len(s.unsupported) for s in scores.values()),
        "citation_precision": over_parts(
            answerable, {k: (s.sources_right, s.sources) for k, s in answerable.items()}
        ),
        "quotes_verbatim": over_parts(
            scores, {k: (s.quotes_verbatim, s.sources) for k, s in scores.items()}
        ),
        "abstained_rightly": over_items(
            without_answer, {k: not s.answered and not s.error for k, s in without_answer.items()}
        ),
        "abstained_wrongly": over_items(
            plain, {k: not s.answered and not s.asked for k, s in plain.items()}
        ),
        "asked_rightly": over_items(
            with_question, {k: s.asked_rightly for k, s in with_question.items()}
        ),
        "asked_needlessly": over_items(plain, {k: s.asked for k, s in plain.items()}),
    }
