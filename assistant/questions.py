"""The one question worth asking: which group of cases, and in which words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.caller import Caller, rules_of, title_traits
from assistant.card import Ask
from assistant.facts import facts_in
from assistant.quantities import bounds_in
from assistant.relevance import aspects_of
from assistant.texts import load_yaml, pattern
from vectorstore.fiche import Fiche
from vectorstore.text import fold, stems

MAX_OPTIONS = 6
MAX_SPOKEN = 3
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


def best_question(
    choices: Sequence[Choice],
    top: float,
    caller: Caller,
    fiche: Fiche,
    shared: str,
    question: str,
) -> Ask | None:
    """The question most worth asking, if any is; an outer one before what lies in it.

    Args:
        choices: what is still open.
        top: how well the best passage in force answers.
        caller: what is known.
        fiche: the page.
        shared: the text of the page that holds for all callers.
        question: the standalone question.
    """
    understood = [trait.words for trait in caller.traits]
    understood += [quantity.words for quantity in caller.quantities]
    told = details(question, fiche) - set(stems(" ".join([shared, *understood])))
    rated = [
        (worth, choice)
        for choice in choices
        if (worth := _worth(choice, top, told, caller, fiche, question)) > 0
    ]
    if not rated:
        return None
    weight = load_yaml("caller")["ask_weights"]["depth"]
    _, best = max(rated, key=lambda item: item[0] + weight * item[1].depth)
    return spoken(best)


def details(question: str, fiche: Fiche) -> set[str]:
    """Stems of what the caller tells beyond the matter of the fiche and the words that ask."""
    folded = fold(question)
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


def _worth(
    choice: Choice, top: float, told: set[str], caller: Caller, fiche: Fiche, question: str
) -> float:
    """Above 0 where asking helps: the answers differ, and the caller has told little else."""
    weights = load_yaml("caller")["ask_weights"]
    titles = [option.title for option in choice.options]
    if any(pattern(load_yaml("caller")["outcome"]).search(fold(title)) for title in titles):
        return -1.0
    told = told - _shared_words(choice)
    scores = sorted((option.score for option in choice.options), reverse=True)
    traits = [dict(title_traits(title)) for title in titles]
    named = bool(set.intersection(*(set(trait) for trait in traits)))
    counted = sum(bounds_in(title, tuple(titles)) is not None for title in titles)
    page = "Question-réponse" in fiche.type
    worth = float(
        weights["base"]
        + weights["trait"] * named
        + weights["number"] * (counted >= len(titles) - 1)
        + weights["page"] * page
        + weights["table"] * bool(choice.dimension)
        + weights["common"] * choice.common
        + weights["detail"] * len(told)
        + weights["known"] * min(len(caller.traits) + len(caller.quantities), 4)
        + weights["gap"] * max(top - scores[0], 0.0)
        + weights["tie"] * (scores[0] - scores[1])
    )
    if worth + weights["facts"] <= 0:
        return worth
    answers = _answers(choice, question)
    if len(set(answers)) < 2:
        return -1.0
    stated = any(" " in part for answer in answers for part in answer)
    return worth + float(weights["facts"]) * stated


def _shared_words(choice: Choice) -> set[str]:
    """Stems that stand in all options: they tell none from the others."""
    every = [{s for _, text in option.texts for s in stems(text)} for option in choice.options]
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
    text = _of_trait(titles) or _of_number(titles, depends)
    if text is None and depends:
        text = f"Cela dépend {_of(depends)} : {_listed(titles)} ?"
    if text is None and choice.dimension:
        noun = choice.dimension[:1].lower() + choice.dimension[1:]
        text = f"Pouvez-vous préciser : {noun} ? {_listed(titles).capitalize()} ?"
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


def _of_number(titles: Sequence[str], depends: str | None) -> str | None:
    bounds = [bounds_in(title, tuple(titles)) for title in titles]
    kinds = {bound.kind for bound in bounds if bound is not None}
    if len(kinds) != 1 or sum(bound is None for bound in bounds) > 1:
        return None
    kind = kinds.pop()
    ask = load_yaml("scripts")["ask_number"].get(kind)
    if ask is None or (depends and kind not in ("age", "child")):
        return None
    return f"{ask} {_listed(titles).capitalize()} ?"


def _depends(choice: Choice) -> str | None:
    match = _DEPENDS.search(choice.lead)
    return match[1].strip() if match else None


def _of(noun: str) -> str:
    if noun.startswith("les "):
        return "des " + noun[4:]
    if noun.startswith("le "):
        return "du " + noun[3:]
    return "de " + noun


def _listed(titles: Sequence[str]) -> str:
    named = [title[:1].lower() + title[1:] if title[1:2].islower() else title for title in titles]
    if len(named) > MAX_SPOKEN + 1:
        named = [*named[:MAX_SPOKEN], "un autre cas"]
    return ", ".join(named[:-1]) + " ou " + named[-1]
