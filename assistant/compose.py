"""The extractive composer: the right passage of the right fiche, said in the fiche's own words.

It can choose and shorten, never invent: each sentence that is said is a sentence or a list of the
passage it is cited from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.card import MAX_SENTENCES, MAX_WORDS
from assistant.cases import InForce
from assistant.fitting import is_kind
from assistant.relevance import QUESTION_STEMS, aspects_of
from assistant.speech import closed, sentences, speakable, word_count
from assistant.texts import any_match, load_yaml, pattern
from vectorstore.fiche import Fiche, Passage
from vectorstore.search import Hit
from vectorstore.snapshot import Snapshot
from vectorstore.text import fold, stems

MAX_LIST_ITEMS = 5
_YES_NO = re.compile(r"^(oui|non)\b", re.IGNORECASE)
_LEANING = re.compile(
    r"^(elles?|ils?|celui|celle|ceux|cette|cet|ces?|toutefois|cependant|de plus|en revanche|"
    r"par ailleurs|dans ce cas|mais|ainsi|par exemple|sinon)\b"
)
_FILLER = re.compile(
    r"^(a savoir|a noter|attention|rappel|exemple)$|^(la|les|le) (demarche|demande|regle)s? "
    r"(est|sont|varie|depend|different)|^vous pouvez (utiliser|consulter)"
)


@dataclass(frozen=True)
class Said:
    """A sentence to say, and the exact words of the passage that it comes from."""

    text: str
    passage: Passage
    quote: str


@dataclass
class Draft:
    """What a composer returns: sentences with their passages, and all passages worth showing."""

    said: list[Said] = field(default_factory=list)
    fiche: Fiche | None = None
    support: list[Passage] = field(default_factory=list)
    aspects: list[str] = field(default_factory=list)
    untold: str = ""
    """The case that the answer holds for, when the caller has not said that it is theirs."""

    def say(self) -> str:
        return " ".join(item.text for item in self.said)


def compose(question: str, hit: Hit, snapshot: Snapshot, held: InForce) -> Draft:
    """Draft the answer from one fiche.

    Args:
        question: the standalone question.
        hit: the fiche to answer from.
        held: what of it holds for the caller.
    """
    fiche = snapshot.fiche(hit.fiche)
    aspects = aspects_of(question)
    draft = Draft(fiche=fiche, aspects=aspects)
    scores = _passage_scores(question, hit, fiche, held.passages, aspects)
    order = sorted(range(len(scores)), key=lambda n: (-scores[n], n))
    draft.support = [held.passages[n] for n in order if held.passages[n].text.strip()][:4]
    if draft.support:
        unsaid = held.assumptions.get(draft.support[0].id, ())
        named = [title for title in unsaid if not is_kind("general", title)]
        draft.untold = named[-1] if named else ""
    for passage in draft.support[:2]:
        if draft.said and passage.kind == "table":
            continue
        _take(draft, passage, question, aspects)
        if draft.said and word_count(draft.say()) >= MAX_WORDS // 3:
            break
    if not draft.said and fiche.description:
        lead = Passage(
            id=f"{fiche.id}#description",
            fiche=fiche.id,
            kind="introduction",
            text=fiche.description,
        )
        _take(draft, lead, question, aspects)
    _fit(draft)
    return draft


def _fit(draft: Draft) -> None:
    """Drop last sentences until the draft is short enough to be said."""
    while len(draft.said) > 1 and (
        word_count(draft.say()) > MAX_WORDS or len(sentences(draft.say())) > MAX_SENTENCES
    ):
        draft.said.pop()
    if draft.said and word_count(draft.say()) > MAX_WORDS:
        only = draft.said[0]
        draft.said = [Said(_shortened(only.text), only.passage, only.quote)]


def _passage_scores(
    question: str, hit: Hit, fiche: Fiche, passages: Sequence[Passage], aspects: Sequence[str]
) -> list[float]:
    """How well each passage answers: words, what is asked, the kind of passage."""
    asked = set(stems(question)) - set(stems(fiche.title)) - QUESTION_STEMS
    lexical = {ranked.passage.id: ranked.score for ranked in hit.passages}
    top = max(lexical.values(), default=0.0) or 1.0
    rules = load_yaml("aspects")["aspects"]
    answering_page = "Question-réponse" in fiche.type
    scores = []
    for number, passage in enumerate(passages):
        score = lexical.get(passage.id, 0.0) / top
        titles = fold(" ".join(passage.section))
        for aspect in aspects:
            if any_match(rules[aspect]["titles"], titles):
                score += 1.0
            needs = rules[aspect].get("needs")
            if needs:
                score += 0.5 if pattern(needs).search(fold(passage.text)) else -0.5
        own = set(stems(passage.text)) | set(stems(" ".join(passage.section)))
        score += 0.8 * len(asked & own) / (len(asked) or 1)
        score += 0.6 * len(asked & set(stems(titles))) / (len(asked) or 1)
        shallow = min(map(len, passage.cases)) <= 1
        if (passage.kind == "introduction" and shallow) or (answering_page and number == 0):
            score += 0.4 if answering_page or not aspects else 0.1
        if answering_page and _YES_NO.match(passage.text):
            score += 0.6
        if passage.kind in ("callout", "links", "table"):
            score -= 0.35
        if passage.kind == "warning":
            score -= 0.6
        if len(passage.text) < 15:
            score -= 0.2
        scores.append(score)
    return scores


def _units(passage: Passage) -> list[tuple[str, str]]:
    """The passage's sayable units in order: (text, quote). A list goes with its lead-in."""
    units: list[tuple[str, str]] = []
    lines = passage.text.split("\n")
    start = 0
    while start < len(lines):
        line = lines[start].strip()
        items: list[str] = []
        end = start + 1
        if not line.startswith("- "):
            while end < len(lines) and lines[end].startswith("- "):
                items.append(lines[end][2:])
                end += 1
        if items:
            lead = sentences(line)
            units.extend((part, part) for part in lead[:-1])
            kept = items[:MAX_LIST_ITEMS]
            joined = _joined([speakable(item).rstrip(".") for item in kept])
            last = lead[-1].rstrip(" :.") if lead else ""
            more = f" {load_yaml('scripts')['more']}" if len(items) > MAX_LIST_ITEMS else ""
            quote = "\n".join([line, *(f"- {item}" for item in kept)])
            units.append((f"{last} : {joined}.{more}", quote))
        elif line.startswith("- "):
            units.append((line[2:], lines[start]))
        else:
            units.extend((part, part) for part in sentences(line))
        start = end
    return units


def _joined(items: list[str]) -> str:
    items = [re.sub(r"[,\s]+(?:et|ou)$", "", item) for item in items]
    lowered = [item[:1].lower() + item[1:] if item[1:2].islower() else item for item in items]
    if len(lowered) < 2:
        return "".join(lowered)
    return ", ".join(lowered[:-1]) + " et " + lowered[-1]


def _take(draft: Draft, passage: Passage, question: str, aspects: Sequence[str]) -> None:
    """Add to the draft the units of the passage that answer best, in reading order."""
    asked = set(stems(question))
    rules = load_yaml("aspects")["aspects"]
    units = _units(passage)
    rated = []
    for number, (text, quote) in enumerate(units):
        folded = fold(text)
        if word_count(text) < 2 or _FILLER.search(folded) or text.rstrip()[-1] in ":?":
            continue
        score = len(asked & set(stems(text))) / (len(asked) or 1) - 0.05 * number
        for aspect in aspects:
            needs = rules[aspect].get("needs")
            if needs and pattern(needs).search(folded):
                score += 0.5
        if _YES_NO.match(text):
            score += 1.0
        if _LEANING.match(folded):
            score -= 0.4
        if draft.said and any(
            fold(item.text) == fold(closed(speakable(text))) for item in draft.said
        ):
            continue
        rated.append((score, number, text, quote))
    chosen: list[tuple[int, str, str]] = []
    room_words = MAX_WORDS - word_count(draft.say())
    room_sentences = MAX_SENTENCES - sum(len(sentences(item.text)) for item in draft.said)
    for _, number, text, quote in sorted(rated, key=lambda item: (-item[0], item[1])):
        spoken = closed(speakable(text))
        count = word_count(spoken)
        if not spoken or count > room_words or len(sentences(spoken)) > room_sentences:
            continue
        chosen.append((number, spoken, quote))
        room_words -= count
        room_sentences -= len(sentences(spoken))
        if room_sentences <= 0:
            break
    if not chosen and rated and not draft.said:
        _, number, text, quote = max(rated)
        chosen.append((number, _shortened(speakable(text)), quote))
    for place, (_, spoken, quote) in enumerate(sorted(chosen)):
        lead = draft.untold and not draft.said and place == 0
        text = f"Dans le cas « {speakable(draft.untold)} » : {spoken}" if lead else spoken
        draft.said.append(Said(text, passage, quote))


def _shortened(text: str) -> str:
    """A sentence cut at the last comma that leaves it within the limit of words."""
    parts = text.split(", ")
    kept = parts[0]
    for part in parts[1:]:
        if word_count(f"{kept}, {part}") > MAX_WORDS:
            break
        kept = f"{kept}, {part}"
    words = kept.split()
    return closed(" ".join(words[:MAX_WORDS]))
