"""The one question worth asking: which group of cases, and in which words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from assistant.caller import Caller, rules_of, title_traits
from assistant.card import Ask
from assistant.facts import facts_in
from assistant.quantities import bounds_in
from assistant.question import everyday_words
from assistant.relevance import aspects_of
from assistant.standing import Standing
from assistant.texts import load_yaml, pattern
from assistant.units import words_of
from vectorstore.fiche import Fiche, Passage
from vectorstore.text import fold, stems, words

MAX_OPTIONS = 6
MAX_SPOKEN = 3
LONGEST_TITLE = 25
"""Words of a case that can still be put into a question."""
SAID_ONCE = {"age", "child", "surface", "distance", "person"}
"""Kinds of number that a caller says of one thing only: once said, they are not asked."""
AGED = r"\b(age|ans|agee?s?|enfants?|jeunes?|personne|assure|beneficiaire|salarie)\b"
"""Words of a column's head by which years in it are an age."""
LEAST_DIFFERING = 0.3
"""Below this chance that what answers differs by case, nothing is asked."""
LEAST_DIFFERING_TOLD = 0.1
"""The same where the cases are told apart by a trait or a number, which callers have at hand."""
_FACTS = {
    "cost": {"euro", "percent"},
    "amount": {"euro", "percent"},
    "time_limit": {"day", "week", "month", "year", "hour", "date"},
    "duration": {"day", "week", "month", "year", "hour"},
}
"""For what is asked, the kinds of facts that make two answers different."""
_DEPENDS = re.compile(
    r"(?:selon|en fonction d[eu']|dépend(?:ent)? d[eu']|varient? (?:selon|en fonction d[eu']))\s*"
    r"((?:l'|la |le |les |votre |vos |son |sa |ses )[^.,;:()]{3,60})"
)


@dataclass(frozen=True)
class Option:
    """One case that may hold: its title, its passages' texts, and how well they answer."""

    title: str
    texts: tuple[tuple[tuple[str, ...], str], ...]
    """For each passage: its section, then its text."""
    score: float


@dataclass(frozen=True)
class Choice:
    """Cases of which what is known does not tell the right one."""

    options: tuple[Option, ...]
    depth: int
    lead: str
    """Words of the fiche in which it says what the cases depend on."""
    common: bool = False
    """One of them is the general case."""
    dimension: str = ""
    """The head of a table's first column, where the cases are its lines."""


@dataclass(frozen=True)
class Asking:
    """What the choices of one turn are weighed by."""

    question: str
    """The standalone question."""
    caller: Caller
    fiche: Fiche
    top: float
    """How well the best passage in force answers."""
    held: tuple[str, ...]
    """Texts of the passages in force."""
    open_still: tuple[Passage, ...]
    """The passages that nothing excludes."""

    @cached_property
    def standing(self) -> Standing:
        """Where the answer stands."""
        return Standing(self.question, self.caller.quantities, self.fiche, self.open_still)


def best_question(choices: Sequence[Choice], asking: Asking) -> Ask | None:
    """The question most worth asking, if any is; an outer one before what lies in it."""
    rated = [(worth, choice) for choice in choices if (worth := _worth(choice, asking)) > 0]
    if not rated:
        return None
    weight = load_yaml("caller")["ask_weights"]["depth"]
    _, best = max(rated, key=lambda item: item[0] + weight * item[1].depth)
    return spoken(best)


def details(question: str, fiche: Fiche) -> set[str]:
    """Stems of what the caller tells beyond the matter of the fiche and the words that ask."""
    folded = _official(fold(question), fiche)
    for rules in load_yaml("aspects")["aspects"].values():
        for expression in rules["asks"]:
            folded = pattern(expression).sub(" ", folded)
    about = " ".join([fiche.title, fiche.description, *fiche.other_titles])
    filler = load_yaml("caller")["filler"]
    return (
        {stem for stem in stems(folded) if len(stem) > 1 and not stem.isdigit()}
        - set(stems(about))
        - set(stems(filler))
    )


def _official(folded: str, fiche: Fiche) -> str:
    """The question without the everyday words for what the fiche is about."""
    title = f" {' '.join(words(fiche.title))} "
    for everyday, official in everyday_words().items():
        if everyday in folded and set(stems(official)) <= set(stems(title)):
            folded = re.sub(rf"\b{re.escape(everyday)}\b", " ", folded)
    return folded


def _worth(choice: Choice, asking: Asking) -> float:
    """Above 0 where asking helps: the answers differ, and the caller has told little else."""
    weights = load_yaml("caller")["ask_weights"]
    worth = float(
        weights["base"] + sum(weights[k] * v for k, v in features_of(choice, asking).items())
    )
    if worth + weights["differing"] <= 0 or not may_be_asked(choice, asking):
        return -1.0
    chance = differing(choice, asking)
    if chance < least_differing(choice):
        return -1.0
    return worth + float(weights["differing"]) * chance


def may_be_asked(choice: Choice, asking: Asking) -> bool:
    """Whether the cases are of the caller's to tell, and answer what is asked each in its way."""
    outcome = pattern(load_yaml("caller")["outcome"])
    titles = [fold(option.title) for option in choice.options]
    if any(outcome.search(title) or len(title.split()) > LONGEST_TITLE for title in titles):
        return False
    counted = _counted(choice)
    said = {quantity.kind for quantity in asking.caller.quantities}
    if counted & said & SAID_ONCE or any(_asks_the_bound(k, asking.question) for k in counted):
        return False
    return len(set(_answers(choice, asking.question))) > 1


def _counted(choice: Choice) -> set[str]:
    """Kinds of number by which the cases are told apart."""
    titles = tuple(option.title for option in choice.options)
    bounds = [bounds_in(title, titles) for title in titles]
    return {bound.kind for bound in bounds if bound is not None}


def _asks_the_bound(kind: str, question: str) -> bool:
    """Whether the question is from which number on: the cases answer it, all of them."""
    asks = load_yaml("caller")["bounds"].get(kind)
    return asks is not None and pattern(asks).search(fold(question)) is not None


def features_of(choice: Choice, asking: Asking) -> dict[str, float]:
    """What speaks for asking and against it, by the names of ``ask_weights``."""
    caller = asking.caller
    return {
        "trait": float(bool(_shared_traits(choice))),
        "number": float(_is_counted(choice)),
        "page": float("Question-réponse" in asking.fiche.type),
        "table": float(bool(choice.dimension)),
        "common": float(choice.common),
        "detail": float(len(_told(choice, asking))),
        "known": float(min(len(caller.traits) + len(caller.quantities), 4)),
        "gap": max(asking.top - max(option.score for option in choice.options), 0.0),
    }


def differing(choice: Choice, asking: Asking) -> float:
    """The chance, 0 to 1, that what answers stands in one of the cases and not in all."""
    texts = [[text for _, text in option.texts] for option in choice.options]
    return asking.standing.differing(texts)


def least_differing(choice: Choice) -> float:
    """Below which chance that what answers differs by these cases nothing is asked."""
    by_hand = bool(_shared_traits(choice)) or _is_counted(choice)
    return LEAST_DIFFERING_TOLD if by_hand else LEAST_DIFFERING


def _shared_traits(choice: Choice) -> set[str]:
    """The traits of which every case states a value."""
    return set.intersection(*(set(dict(title_traits(o.title))) for o in choice.options))


def _is_counted(choice: Choice) -> bool:
    """Whether all cases but one state bounds."""
    titles = tuple(option.title for option in choice.options)
    return sum(bounds_in(title, titles) is not None for title in titles) >= len(titles) - 1


def _told(choice: Choice, asking: Asking) -> set[str]:
    """Stems of what the caller tells that is neither understood, nor the matter, nor of all cases."""
    mine = {text for option in choice.options for _, text in option.texts}
    around = [
        line
        for text in asking.held
        if text not in mine
        for line in text.split("\n")
        if line not in mine
    ]
    understood = [trait.words for trait in asking.caller.traits]
    understood += [quantity.words for quantity in asking.caller.quantities]
    explained = {stem for text in (*around, *understood) for stem in words_of(text).stems}
    return details(asking.question, asking.fiche) - explained - _shared_words(choice)


def _shared_words(choice: Choice) -> set[str]:
    """Stems that stand in all options: they tell none from the others."""
    every = [
        {stem for _, text in option.texts for stem in words_of(text).stems}
        for option in choice.options
    ]
    return set.intersection(*every)


def _answers(choice: Choice, question: str) -> list[frozenset[str]]:
    """For each option, what it answers to the question: facts of the kinds asked, or the text."""
    kinds = {kind for aspect in aspects_of(question) for kind in _FACTS.get(aspect, ())}
    best = max(choice.options, key=lambda option: option.score)
    sections = {text[0] for text in best.texts}
    found = []
    for option in choice.options:
        texts = [text[1] for text in option.texts if text[0] in sections]
        facts = {
            f"{kind} {value}" for text in texts for kind, value in _facts(text) if kind in kinds
        }
        found.append(frozenset(facts or {fold(text).replace(" ", "_") for text in texts}))
    return found


@lru_cache(maxsize=4096)
def _facts(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(fact.key() for fact in facts_in(text))


def spoken(choice: Choice) -> Ask:
    """The question in words that can be said, with its options as the cases' own titles."""
    titles = list(dict.fromkeys(option.title for option in choice.options))
    depends = _depends(choice)
    text = _of_trait(titles) or _of_number(titles, depends, choice.dimension)
    if text is None and depends:
        text = f"Cela dépend {_of(depends)} : {_listed(titles)} ?"
    if text is None and choice.dimension:
        noun = choice.dimension[:1].lower() + choice.dimension[1:]
        text = f"Pouvez-vous préciser : {noun} ? {_first_up(_listed(titles))} ?"
    if text is None:
        lead = (
            "Quel est votre cas" if fold(titles[0]).startswith("vous ") else "De quel cas s'agit-il"
        )
        text = f"{lead} : {_listed(titles)} ?"
    return Ask(text=text, options=titles[:MAX_OPTIONS])


def _of_trait(titles: Sequence[str]) -> str | None:
    """The question of the trait that all titles state, each another value."""
    traits = [dict(title_traits(title)) for title in titles]
    for name in traits[0]:
        values = [trait.get(name) for trait in traits]
        rules = rules_of(name)
        if "ask" in rules and None not in values and len(set(values)) == len(values):
            asked = fold(rules["ask"])
            labels = [fold(rules["values"][value]["label"]) for value in values if value]
            if all(label.split()[-1][:5] in asked for label in labels):
                return str(rules["ask"])
        if "lead" in rules and values.count(None) <= 1:
            return f"{rules['lead']} : {_listed(titles)} ?"
    return None


def _of_number(titles: Sequence[str], depends: str | None, dimension: str) -> str | None:
    bounds = [bounds_in(title, tuple(titles)) for title in titles]
    kinds = {bound.kind for bound in bounds if bound is not None}
    if len(kinds) != 1 or sum(bound is None for bound in bounds) > 1:
        return None
    kind = kinds.pop()
    if kind == "child" and any("naissance" in fold(title) for title in titles):
        return None
    if kind == "age" and any("enfant" in fold(text) for text in (*titles, dimension)):
        kind = "child_age"
    if kind == "age" and dimension and not pattern(AGED).search(fold(dimension)):
        kind = "duration"
    ask = load_yaml("scripts")["ask_number"].get(kind)
    if ask is None or (depends and kind not in ("age", "child_age", "child")):
        return None
    return f"{ask} {_first_up(_listed(titles))} ?"


def _depends(choice: Choice) -> str | None:
    match = _DEPENDS.search(choice.lead)
    return match[1].strip() if match else None


def _of(noun: str) -> str:
    if noun.startswith("les "):
        return "des " + noun[4:]
    if noun.startswith("le "):
        return "du " + noun[3:]
    return "de " + noun


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(titles: Sequence[str]) -> str:
    named = [title[:1].lower() + title[1:] if title[1:2].islower() else title for title in titles]
    if len(named) > MAX_SPOKEN + 1:
        named = [*named[:MAX_SPOKEN], "un autre cas"]
    return ", ".join(named[:-1]) + " ou " + named[-1]
