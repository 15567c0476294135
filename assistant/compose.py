"""The extractive composer: the units of the right fiche that answer, said in the fiche's own words.

It can choose, order and shorten, never invent: each sentence that is said is a sentence, list or
table row of the passage it is cited from. It sees only passages of the case in force.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assistant.caller import Caller
from assistant.card import MAX_SENTENCES, MAX_WORDS
from assistant.cases import InForce
from assistant.choose import Asked, answers_of, sayable_units, scores_of
from assistant.fitting import is_kind
from assistant.human import human_sentence
from assistant.question import Understood
from assistant.speech import sentences, speakable, with_long_forms, word_count
from assistant.sure import Rated, figures_are_sure, figures_of
from assistant.texts import load_yaml, pattern
from assistant.units import Span, Unit, cut_short, words_of
from assistant.wording import (
    MAX_LIST_ITEMS,
    as_one,
    list_of,
    sentence_of,
    titled,
    words_of_items,
    words_of_row,
    words_of_sentence,
)
from vectorstore.fiche import Fiche, Passage
from vectorstore.text import fold, stems

WORTH = 5.0
"""A unit this far below the best one (in log odds) is not said."""
SAME_PASSAGE = 0.3
"""What a unit gains from standing beside one that is said."""
SAME_WORDS = 2.0
"""What a unit loses that only repeats what is said already."""
FREE_WORDS = 0.6
"""Share of its words from which a unit begins to repeat what is said."""
FRESH_ASPECT = 0.5
"""What a unit gains, per share of its score, from answering what is asked and not yet answered."""
WORDY = 0.06
"""What a unit loses by each word past the first ``FREE_LENGTH``, where others are said: room is scarce."""
FREE_LENGTH = 10
UNKNOWN_SHORT_FORM = 0.5
LEANS_ON_NOTHING = 0.7
TRIED = 14
"""Units that are tried, best first."""
SHOWN = 9
"""Passages that the card quotes."""
WARNING_COVERS = 0.5
"""Share of the question's own words by which a warning is about it."""

_LEANING = re.compile(
    r"^(elles?|ils?|celui|celle|ceux|cette|cet|ces?|toutefois|cependant|en revanche|dans ce cas|"
    r"mais|sinon|pour cela|a defaut|sa|son|ses|leurs?|vous en|il en|tel)\b"
)
_YES_NO = re.compile(r"^(oui|non)\b")
_DIGIT = re.compile(r"\d")
_CAPITALS = re.compile(r"\b[A-Z]{2,6}\b")


@dataclass(frozen=True)
class Said:
    """A sentence to say, and where its words stand in the passage."""

    text: str
    passage: Passage
    spans: tuple[Span, ...] = ()

    @property
    def quote(self) -> str:
        """The exact words that the sentence comes from."""
        return "\n".join(self.passage.text[start:end] for start, end in self.spans)


@dataclass
class Draft:
    """What a composer returns: sentences with their passages, and all passages worth showing."""

    said: list[Said] = field(default_factory=list)
    fiche: Fiche | None = None
    support: list[Passage] = field(default_factory=list)
    """Passages in force that the card shows, best first."""
    aspects: list[str] = field(default_factory=list)
    human: str = ""
    """A short sentence from the reviewed scripts, said before all else."""
    open_figure: str = ""
    """One said at the end, where a figure is asked and is not sure enough to be said."""

    def say(self) -> str:
        parts = (self.human, *(item.text for item in self.said), self.open_figure)
        return " ".join(part for part in parts if part)


def compose(
    understood: Understood, fiche: Fiche, held: InForce, caller: Caller, *, chance: float = 1.0
) -> Draft:
    """Draft the answer from one fiche.

    A figure is what a caller acts upon: where the fiche or the unit may well be the wrong one, none is
    said; where one was asked, the answer says that it is to be verified. The passages on the card show
    it all the same.

    Args:
        understood: the question.
        fiche: the page to answer from.
        held: what of it holds for the caller.
        caller: what is known of the caller.
        chance: that the fiche is the right one, 0 to 1.
    """
    asked = Asked.of(understood, caller.quantities)
    draft = Draft(fiche=fiche, aspects=[aspect.name for aspect in asked.aspects])
    body = [passage for passage in held.passages if passage.kind != "warning"]
    units = sayable_units(body)
    if not units:
        _describe(draft, fiche)
        return draft
    rated = _rated(asked, fiche, units)
    draft.human = human_sentence(understood.query.embedded())
    warning = _warning(asked, fiche, held)
    page = _Page(asked, fiche, held, [draft.human, warning.text if warning else ""])
    chosen = _choose(page, rated)
    without = [r for r in rated if not figures_of(r.unit)]
    if without and not figures_are_sure(chosen, rated, chance):
        scripts = load_yaml("scripts")
        if asked.kinds and pattern(scripts["figure_asked"]).search(fold(asked.text)):
            draft.open_figure = str(scripts["open_figure"])
            page = replace(page, before=[*page.before, draft.open_figure])
        chosen = _choose(page, without)
    draft.said = ([warning] if warning else []) + page.sentences(chosen)
    if word_count(draft.say()) > MAX_WORDS:
        only = draft.said[-1]
        room = MAX_WORDS - word_count(" ".join(page.before))
        draft.said[-1] = Said(shortened(only.text, room), only.passage, only.spans)
    if asked.asks("place"):
        _add_contact(draft, page, chosen, fiche, body)
    draft.support = _support(rated, draft, body)
    return draft


def _rated(asked: Asked, fiche: Fiche, units: Sequence[Unit]) -> list[Rated]:
    """The units with their scores; of units that say the same, the first only."""
    found: dict[tuple[str, str], Rated] = {}
    answers = answers_of(asked, units)
    for unit, score, answer in zip(units, scores_of(asked, fiche, units), answers, strict=True):
        key = (words_of(unit.text).folded, unit.lead)
        if key not in found:
            found[key] = Rated(unit, float(score), answer)
    return list(found.values())


@dataclass(frozen=True)
class _Page:
    """What wording needs to know: the question, the fiche, its cases, and what is said before."""

    asked: Asked
    fiche: Fiche
    held: InForce
    before: Sequence[str]

    def sentences(self, chosen: Sequence[Rated]) -> list[Said]:
        """The chosen units as they are said: passages by their best unit, then in reading order."""
        best: dict[str, float] = {}
        for rated in chosen:
            key = rated.unit.passage.id
            best[key] = max(best.get(key, rated.score), rated.score)
        ordered = sorted(
            chosen,
            key=lambda r: (
                not _YES_NO.match(fold(r.unit.text)),
                -best[r.unit.passage.id],
                r.unit.place,
            ),
        )
        found: list[Said] = []
        named: set[str] = set()
        done: set[tuple[str, int]] = set()
        places = {(r.unit.passage.id, r.unit.place) for r in chosen}
        for rated in ordered:
            unit = rated.unit
            group = [unit]
            if unit.kind == "item":
                if (unit.passage.id, unit.list_place) in done:
                    continue
                done.add((unit.passage.id, unit.list_place))
                group = sorted(
                    (
                        other.unit
                        for other in chosen
                        if other.unit.passage is unit.passage
                        and other.unit.list_place == unit.list_place
                        and other.unit.kind == "item"
                    ),
                    key=lambda other: other.place,
                )
            text = self._text(group, (unit.passage.id, unit.place - 1) in places)
            assumed = self._to_name(unit.passage)
            if assumed and assumed not in named:
                named.add(assumed)
                text = in_case(assumed, text)
            spans = dict.fromkeys(span for member in group for span in member.spans)
            found.append(Said(sentence_of(text), unit.passage, tuple(sorted(spans))))
        return self._few(self._with_long_forms(found))

    def _few(self, found: list[Said]) -> list[Said]:
        """Short sentences of one passage as one, where they are more than can be said."""
        place = 1
        while place < len(found):
            one, two = found[place - 1 : place + 1]
            text = " ".join([*(part for part in self.before if part), *(s.text for s in found)])
            if len(sentences(text)) <= MAX_SENTENCES:
                break
            joined = as_one(one.text, two.text) if one.passage is two.passage else ""
            if joined:
                spans = tuple(sorted(dict.fromkeys((*one.spans, *two.spans))))
                found[place - 1 : place + 1] = [Said(joined, one.passage, spans)]
            place += 1
        return found

    def _to_name(self, passage: Passage) -> str:
        """The case that is assumed: the innermost, after the one that the question put back asks."""
        unsaid = [t for t in self.held.assumptions.get(passage.id, ()) if not is_kind("general", t)]
        asked = self.held.ask.options if self.held.ask else []
        return ", ".join([*(t for t in unsaid[:-1] if t in asked), *unsaid[-1:]])

    def _text(self, group: list[Unit], linked: bool) -> str:
        unit = group[0]
        if unit.kind == "item":
            text = words_of_items(group, self.asked.asks("documents"))
            return text if unit.lead else titled(text, unit, self.fiche)
        if unit.kind == "row":
            return words_of_row(unit, self.asked)
        return words_of_sentence(unit, self.fiche, self.asked.asks("yes_no"), linked)

    def _with_long_forms(self, found: list[Said]) -> list[Said]:
        """Abbreviations said in full at the first mention in the whole answer."""
        done = ""
        result = []
        for said in found:
            left = [e for e in self.fiche.abbreviations if e.short not in done]
            text = with_long_forms(said.text, left, done)
            done += f" {text}"
            result.append(Said(text, said.passage, said.spans))
        return result

    def fits(self, chosen: Sequence[Rated]) -> bool:
        """Whether the chosen units can be said within the limits of the card."""
        text = " ".join(
            [part for part in self.before if part] + [s.text for s in self.sentences(chosen)]
        )
        return word_count(text) <= MAX_WORDS and len(sentences(text)) <= MAX_SENTENCES


def in_case(title: str, sentence: str) -> str:
    """A sentence with its case in front; the general case and a title without words go unnamed."""
    case = speakable(title).rstrip(".")
    if not re.search(r"[^\W\d]{2}", case) or is_kind("general", title):
        return sentence
    return str(load_yaml("scripts")["case"].format(case=case, sentence=sentence))


def _choose(page: _Page, rated: Sequence[Rated]) -> list[Rated]:
    """Units that answer best and fit, greedily; each leans on those before it."""
    left = sorted(rated, key=lambda r: -r.score)[: TRIED * 2]
    by_place = {(r.unit.passage.id, r.unit.place): r for r in rated}
    chosen: list[Rated] = []
    top = left[0].score
    for _ in range(TRIED):
        if not left:
            break
        values = [_gain(candidate, chosen) for candidate in left]
        place = int(np.argmax(values))
        candidate = left.pop(place)
        if chosen and values[place] < top - WORTH:
            break
        options = [[*chosen, candidate]]
        before = by_place.get((candidate.unit.passage.id, candidate.unit.place - 1))
        if before and before not in chosen and _LEANING.match(fold(candidate.unit.text)):
            options.insert(0, [*chosen, before, candidate])
        if candidate.unit.kind == "item":
            whole = [
                by_place[u.passage.id, u.place]
                for u in list_of(candidate.unit)
                if (u.passage.id, u.place) in by_place
            ]
            if 1 < len(whole) <= MAX_LIST_ITEMS:
                options.insert(0, [*chosen, *(r for r in whole if r not in chosen)])
            options += [[*chosen, replace(candidate, unit=u)] for u in cut_short(candidate.unit)]
        fitting = next((option for option in options if page.fits(option)), None)
        if fitting is not None:
            chosen = fitting
            left = [r for r in left if r not in chosen]
    if not chosen:
        ordered = sorted(rated, key=lambda r: -r.score)
        chosen = [next((r for r in ordered if page.fits([r])), ordered[0])]
    return chosen


def shortened(text: str, room: int) -> str:
    """A text cut at the last comma that leaves it within ``room`` words."""
    kept, *parts = text.split(", ")
    for part in parts:
        if word_count(f"{kept}, {part}") > room:
            break
        kept = f"{kept}, {part}"
    return sentence_of(" ".join(kept.split()[:room]))


def _gain(candidate: Rated, chosen: Sequence[Rated]) -> float:
    """What a unit is worth beside those that are said."""
    gain = candidate.score - unclear(candidate.unit)
    if not chosen:
        return gain
    gain -= WORDY * max(len(candidate.unit.text.split()) - FREE_LENGTH, 0)
    gain -= SAME_WORDS * _repeats(candidate.unit, chosen)
    answered = {name for rated in chosen for name, share in rated.answers.items() if share > 0}
    fresh = sum(share for name, share in candidate.answers.items() if name not in answered)
    gain += FRESH_ASPECT * max(fresh, 0.0)
    if any(rated.unit.passage is candidate.unit.passage for rated in chosen):
        gain += SAME_PASSAGE
    return gain


def _repeats(unit: Unit, chosen: Sequence[Rated]) -> float:
    """How much a unit only says again, 0 to 1; another figure in the same words is something new."""
    own = words_of(unit.text).stems
    new = own - {stem for rated in chosen for stem in words_of(rated.unit.text).stems}
    if any(_DIGIT.search(stem) for stem in new):
        return 0.0
    share = 1 - len(new) / (len(own) or 1)
    return max(share - FREE_WORDS, 0.0) / (1 - FREE_WORDS)


def unclear(unit: Unit) -> float:
    """What a unit loses when a hearer would miss something: an unknown short form, or "il" alone."""
    table = load_yaml("speech")
    bare = [
        short
        for short in _CAPITALS.findall(unit.text)
        if short not in table["known"] and short not in table["long"]
    ]
    alone = unit.kind == "sentence" and unit.place == 0 and _LEANING.match(fold(unit.text))
    return UNKNOWN_SHORT_FORM * bool(bare) + LEANS_ON_NOTHING * bool(alone)


def _describe(draft: Draft, fiche: Fiche) -> None:
    """A fiche without a body in force is answered by its description."""
    if not fiche.description:
        return
    passage = Passage(
        id=f"{fiche.id}#description", fiche=fiche.id, kind="introduction", text=fiche.description
    )
    for unit in sayable_units([passage])[:2]:
        said = Said(sentence_of(speakable(unit.text)), passage, unit.spans)
        if word_count(f"{draft.say()} {said.text}") <= MAX_WORDS:
            draft.said.append(said)
    draft.support = [passage]


def _warning(asked: Asked, fiche: Fiche, held: InForce) -> Said | None:
    """The banner that is about what is asked, by the words that the fiche's title does not explain."""
    own = set(asked.weights) - set(stems(fiche.title))
    for passage in held.passages:
        if passage.kind != "warning" or not passage.section or not own:
            continue
        words = set(stems(" ".join(passage.section))) | set(stems(passage.text))
        if len(own & words) / len(own) >= WARNING_COVERS:
            subject = speakable(passage.section[-1])
            text = load_yaml("scripts")["warning"].format(subject=subject)
            if word_count(text) <= MAX_WORDS // 4:
                return Said(sentence_of(text), passage, ((0, len(passage.text)),))
    return None


def _add_contact(
    draft: Draft, page: _Page, chosen: Sequence[Rated], fiche: Fiche, body: Sequence[Passage]
) -> None:
    """Where to go, when it is asked and no sentence says it: the contact of a passage in force."""
    place = next(aspect for aspect in page.asked.aspects if aspect.name == "place")
    if any(place.needs.search(fold(said.text)) for said in draft.said):
        return
    ids = [rated.unit.passage.id for rated in chosen]
    near = sorted(
        (passage for passage in body if passage.contacts),
        key=lambda passage: passage.id not in ids,
    )
    if not near:
        return
    passage = near[0]
    name = speakable(fiche.contacts[passage.contacts[0]].title)
    said = Said(sentence_of(load_yaml("scripts")["contact"].format(name=name)), passage)
    text = f"{draft.say()} {said.text}"
    if word_count(text) <= MAX_WORDS and len(sentences(text)) <= MAX_SENTENCES:
        draft.said.append(said)


def _support(rated: Sequence[Rated], draft: Draft, body: Sequence[Passage]) -> list[Passage]:
    """The passages to show: those said, then their neighbours and the next best, by what they hold."""
    best: dict[str, float] = {}
    for item in rated:
        best[item.unit.passage.id] = max(best.get(item.unit.passage.id, -1e9), item.score)
    said = {item.passage.id for item in draft.said}
    order = {passage.id: n for n, passage in enumerate(body)}
    near = {n + step for key, n in order.items() if key in said for step in (-1, 1)}

    def worth(passage: Passage) -> tuple[bool, float]:
        bonus = 0.7 if order[passage.id] in near else 0.0
        return passage.id not in said, -(best.get(passage.id, -1e9) + bonus)

    shown = sorted((p for p in body if p.text.strip()), key=worth)
    return shown[:SHOWN]
