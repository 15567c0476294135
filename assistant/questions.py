"""The one question worth asking: which group of branches, and in which words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.caller import rules_of, title_traits
from assistant.card import Ask
from assistant.facts import facts_in
from assistant.quantities import bounds_in
from assistant.relevance import aspects_of
from assistant.texts import load_yaml
from vectorstore.fiche import Passage
from vectorstore.passages import Branch, CaseTree, Group
from vectorstore.text import fold

NEAR_BEST = 0.35
"""A group matters if its passages answer nearly as well as the best of the fiche."""
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
    r"((?:l'|la |le |les |votre |vos |son |sa |ses |s')?[^.,;:()]{3,60})"
)


@dataclass(frozen=True)
class Choice:
    """A group of which several branches may hold."""

    group: Group
    left: tuple[Branch, ...]


def best_question(
    tree: CaseTree,
    choices: Sequence[Choice],
    passages: Sequence[Passage],
    scores: Sequence[float],
    kept: set[int],
    question: str,
) -> Ask | None:
    """The question that leaves the fewest answers, among the groups that hold the answer.

    Args:
        choices: the groups that what is known does not decide.
        scores: how well each passage answers.
        kept: numbers of the branches in force, the common ones included.
        question: the standalone question.
    """
    if not choices:
        return None
    top = max(scores, default=0.0)
    found: list[tuple[float, int, Choice]] = []
    for choice in choices:
        mine = _answers(tree, choice, passages, scores, top - NEAR_BEST, question)
        distinct = list(dict.fromkeys(answer for answer in mine if answer))
        if len(distinct) < 2:
            continue
        left = sum(mine.count(answer) ** 2 for answer in distinct) / len(mine)
        depth = 0 if choice.group.around is None else len(tree.path(choice.group.around))
        found.append((left, depth, choice))
    if not found:
        return None
    _, _, best = min(found, key=lambda item: (item[1], item[0], item[2].group.number))
    return spoken(best.group, _merged(tree, best.left))


def _answers(
    tree: CaseTree,
    choice: Choice,
    passages: Sequence[Passage],
    scores: Sequence[float],
    floor: float,
    question: str,
) -> list[frozenset[str]]:
    """For each branch left, what it answers to the question; empty where it says nothing of it."""
    kinds = {kind for aspect in aspects_of(question) for kind in _FACTS.get(aspect, ())}
    owned = [
        [
            n
            for n, places in enumerate(tree.places)
            if any(branch.number in place for place in places)
        ]
        for branch in choice.left
    ]
    sections = {passages[n].section for numbers in owned for n in numbers if scores[n] >= floor}
    found = []
    for numbers in owned:
        texts = [passages[n] for n in numbers if passages[n].section in sections]
        facts = {
            f"{fact.kind} {fact.value}"
            for passage in texts
            for fact in facts_in(passage.text)
            if fact.kind in kinds
        }
        found.append(frozenset(facts or {passage.id for passage in texts}))
    return found


def _merged(tree: CaseTree, left: Sequence[Branch]) -> list[Branch]:
    """Branches that hold the same passages are one option: the first speaks for all."""
    seen: dict[frozenset[int], Branch] = {}
    for branch in left:
        held = frozenset(
            n
            for n, places in enumerate(tree.places)
            if any(branch.number in place for place in places)
        )
        seen.setdefault(held, branch)
    return list(seen.values())


def spoken(group: Group, left: Sequence[Branch]) -> Ask:
    """The question in words that can be said, with its options as the cases' own titles."""
    titles = list(dict.fromkeys(branch.title for branch in left))
    text = _of_trait(titles) or _of_number(titles, group) or _of_titles(titles, group)
    return Ask(text=text, options=titles[:MAX_OPTIONS])


def _of_trait(titles: Sequence[str]) -> str | None:
    """The question of the trait that all titles state, each another value."""
    traits = [dict(title_traits(title)) for title in titles]
    for name in traits[0]:
        values = [trait.get(name) for trait in traits]
        if None not in values and len(set(values)) == len(values):
            rules = rules_of(name)
            wanted = {value for value in values if value}
            if "ask" in rules and len(titles) == 2 and not _unasked(rules["ask"], rules, wanted):
                return str(rules["ask"])
    return None


def _unasked(ask: str, rules: dict[str, dict[str, dict[str, str]]], wanted: set[str]) -> bool:
    """Whether the trait's own question leaves out one of the values."""
    folded = fold(ask)
    return any(
        fold(rules["values"][value]["label"]).split()[-1][:6] not in folded for value in wanted
    )


def _of_number(titles: Sequence[str], group: Group) -> str | None:
    bounds = [bounds_in(title, tuple(titles)) for title in titles]
    kinds = {bound.kind for bound in bounds if bound is not None}
    if len(kinds) != 1 or sum(bound is None for bound in bounds) > 1:
        return None
    asks = load_yaml("scripts")["ask_number"]
    kind = kinds.pop()
    depends = _depends(group)
    if depends and kind != "age":
        return f"Cela dépend {_of(depends)} : {_options(titles)} ?"
    ask = asks.get(kind)
    return f"{ask} {_options(titles).capitalize()} ?" if ask else None


def _depends(group: Group) -> str | None:
    match = _DEPENDS.search(group.lead)
    return match[1].strip() if match else None


def _of(noun: str) -> str:
    folded = fold(noun)
    if folded.startswith("les "):
        return "des " + noun[4:]
    if folded.startswith("le "):
        return "du " + noun[3:]
    if folded[0] in "aeiouh" and not folded.startswith(("l'", "un ", "une ")):
        return "d'" + noun
    return "de " + noun


def _of_titles(titles: Sequence[str], group: Group) -> str:
    if all(fold(title).startswith("vous ") for title in titles):
        return f"Quel est votre cas : {_options(titles)} ?"
    depends = _depends(group)
    if depends:
        return f"Cela dépend {_of(depends)} : {_options(titles)} ?"
    return f"De quel cas s'agit-il : {_options(titles)} ?"


def _options(titles: Sequence[str]) -> str:
    named = [title[:1].lower() + title[1:] if title[1:2].islower() else title for title in titles]
    if len(named) > MAX_SPOKEN + 1:
        named = [*named[:MAX_SPOKEN], "un autre cas"]
    return ", ".join(named[:-1]) + " ou " + named[-1]
