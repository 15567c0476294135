"""Which case of a fiche holds for the caller, or the one question that would tell.

A fiche answers twenty people at once. Its branches are compared with what is known of the caller:
those that contradict it fall away, those that it names are kept, and where nothing tells, the
common branch is taken for the time being and the question that separates the rest is prepared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.caller import Caller, broader, title_traits
from assistant.card import Ask
from assistant.quantities import bounds_in
from assistant.questions import Choice, best_question
from assistant.relevance import relevance
from assistant.texts import load_yaml, pattern
from vectorstore.fiche import Fiche, Passage
from vectorstore.passages import Branch, CaseTree, Group, case_tree
from vectorstore.text import fold, stems

NAMED = 0.4
"""From this score on, what was said names the case."""
CONTRADICTED = -1.0
"""At or below this score, what was said excludes the case."""
MAX_QUESTIONS = 2
"""Questions put to one caller before an answer."""
_EMPTY = frozenset({"cas", "situation", "pers", "concern", "demand", "person"})
"""Stems that titles of cases have in common; they name nothing."""


@dataclass(frozen=True)
class InForce:
    """What of a fiche holds for the caller."""

    passages: tuple[Passage, ...]
    """Those whose case holds, and those that hold for all, in reading order."""
    path: tuple[str, ...] = ()
    """Titles of the branch in which the answer stands, outermost first."""
    assumed: bool = False
    """The branch is the common one; the caller has not said that it is theirs."""
    ask: Ask | None = None
    """The one question that separates the branches left."""
    assumptions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Passage id -> the titles under which it stands that the caller has not said."""


@dataclass(frozen=True)
class Decision:
    """What is decided of one group of branches."""

    group: Group
    kept: tuple[Branch, ...]
    """The branches that hold, or may hold."""
    left: tuple[Branch, ...]
    """Those that nothing excludes: what a question could still separate."""
    assumed: bool


def in_force(fiche: Fiche, passages: Sequence[Passage], caller: Caller, question: str) -> InForce:
    """Keep the passages of the caller's case, and prepare the question that is worth asking.

    Args:
        fiche: the page that answers.
        passages: its passages, all of them, in reading order.
        caller: what is known.
        question: the standalone question.
    """
    tree = case_tree(fiche)
    if not tree.branches or len(tree.places) != len(passages):
        return InForce(tuple(passages))
    scores = relevance(question, caller.stems, fiche, passages)
    decisions = _decide(tree, fiche, passages, scores, caller)
    kept = {branch.number for decision in decisions for branch in decision.kept}
    guessed = {
        branch.number for decision in decisions if decision.assumed for branch in decision.kept
    }
    held: list[int] = []
    assumptions: dict[str, tuple[str, ...]] = {}
    paths: dict[int, tuple[int, ...]] = {}
    for n, places in enumerate(tree.places):
        path = next((place for place in places if set(place) <= kept), None)
        if path is None:
            continue
        held.append(n)
        paths[n] = path
        unsaid = tuple(tree.branches[b].title for b in path if b in guessed)
        if unsaid:
            assumptions[passages[n].id] = unsaid
    answering = max(held, key=lambda n: (scores[n], -n), default=None)
    path_titles: tuple[str, ...] = ()
    if answering is not None:
        path_titles = tuple(tree.branches[b].title for b in paths[answering])
    ask = None
    if len(caller.told) < MAX_QUESTIONS:
        choices = [
            Choice(decision.group, decision.left)
            for decision in decisions
            if decision.assumed and len(decision.left) > 1 and not _general(decision)
        ]
        ask = best_question(tree, choices, passages, scores, kept, question)
    return InForce(
        passages=tuple(passages[n] for n in held),
        path=path_titles,
        assumed=answering is not None and passages[answering].id in assumptions,
        ask=ask,
        assumptions=assumptions,
    )


def _decide(
    tree: CaseTree,
    fiche: Fiche,
    passages: Sequence[Passage],
    scores: Sequence[float],
    caller: Caller,
) -> list[Decision]:
    """Decide each group in reading order; groups inside a branch that is out are skipped."""
    decisions: list[Decision] = []
    kept: set[int] = set()
    known = set(stems(fiche.title))
    for group in tree.groups:
        if group.around is not None and group.around not in kept:
            continue
        branches = tree.of(group)
        decision = _decide_group(tree, group, branches, passages, scores, caller, known)
        decisions.append(decision)
        kept |= {branch.number for branch in decision.kept}
    return decisions


def _decide_group(
    tree: CaseTree,
    group: Group,
    branches: list[Branch],
    passages: Sequence[Passage],
    scores: Sequence[float],
    caller: Caller,
    known: set[str],
) -> Decision:
    every = tuple(branches)
    if len(branches) < 2:
        return Decision(group, every, every, assumed=False)
    if is_channel(branches):
        return Decision(group, every, every, assumed=False)
    marks = fits([branch.title for branch in branches], caller, known)
    best = max(marks)
    if best >= NAMED:
        named = tuple(b for b, mark in zip(branches, marks, strict=True) if mark >= best - 0.05)
        if len(named) == 1:
            return Decision(group, named, named, assumed=False)
        return _likely(tree, group, named, passages, scores)
    left = tuple(b for b, mark in zip(branches, marks, strict=True) if mark > CONTRADICTED) or every
    if len(left) == 1:
        return Decision(group, left, left, assumed=False)
    others = [b for b in left if _is("other", b.title)]
    if len(left) < len(branches) and len(others) == 1 and len(left) == 2 and False:
        return Decision(group, tuple(others), tuple(others), assumed=False)
    general = [b for b in left if _is("general", b.title)]
    if general:
        return Decision(group, (general[0],), left, assumed=True)
    if group.level == "chapitre":
        return Decision(group, left, left, assumed=False)
    return _likely(tree, group, left, passages, scores)


def _likely(
    tree: CaseTree,
    group: Group,
    left: tuple[Branch, ...],
    passages: Sequence[Passage],
    scores: Sequence[float],
) -> Decision:
    """Take for the time being the branch whose passages answer best; the first where they tie."""

    def answers(branch: Branch) -> float:
        return max(
            (
                scores[n]
                for n, places in enumerate(tree.places)
                if any(branch.number in place for place in places) and passages[n].text
            ),
            default=-1.0,
        )

    marks = [(round(answers(branch), 2), -place) for place, branch in enumerate(left)]
    return Decision(group, (left[marks.index(max(marks))],), left, assumed=True)


def fits(titles: Sequence[str], caller: Caller, known: set[str]) -> list[float]:
    """How well each title of a group fits what is known; see ``NAMED`` and ``CONTRADICTED``.

    Args:
        titles: of all branches of the group.
        caller: what is known.
        known: stems of the fiche's title, which tell no case apart.
    """
    own = [set(stems(title)) - _EMPTY for title in titles]
    shared = set.intersection(*own) if len(own) > 1 else set()
    marks = []
    for title, words in zip(titles, own, strict=True):
        if fold(title).strip() in caller.told:
            marks.append(5.0)
            continue
        mark = _by_traits(title, caller) + _by_numbers(title, tuple(titles), caller)
        if mark == 0.0 and not title_traits(title):
            distinct = words - shared
            said = {word for word in distinct & caller.stems if not word.isdigit()}
            if said:
                weight = sum(0.5 if word in known else 1.0 for word in said)
                mark += 0.25 + 0.75 * weight / len(distinct)
        marks.append(mark)
    return marks


def _by_traits(title: str, caller: Caller) -> float:
    mark = 0.0
    by_name: dict[str, set[str]] = {}
    for name, value in title_traits(title):
        by_name.setdefault(name, set()).add(value)
    for name, values in by_name.items():
        known = caller.values(name)
        if values & caller.denied(name):
            mark -= 2.0
            continue
        if not known:
            continue
        held = {wide for value in known for wide in broader(name, value)}
        if values & held:
            mark += 1.0 + 0.2 * bool(values & known)
        elif not any(known & broader(name, value) for value in values):
            mark -= 2.0
    return mark


def _by_numbers(title: str, siblings: tuple[str, ...], caller: Caller) -> float:
    bounds = bounds_in(title, siblings)
    if bounds is None:
        return 0.0
    said = [quantity.value for quantity in caller.quantities if quantity.kind == bounds.kind]
    if not said:
        return 0.0
    return 1.5 if any(bounds.hold(value) for value in said) else -2.0


def is_channel(branches: Sequence[Branch]) -> bool:
    """Whether the branches are ways of doing it (online, on the spot, by post), which any may take."""
    return all(branch.channel or _is("channel", branch.title) for branch in branches)


def _general(decision: Decision) -> bool:
    return any(_is("general", branch.title) for branch in decision.kept)


def _is(kind: str, title: str) -> bool:
    return pattern(load_yaml("caller")[kind]).search(fold(title)) is not None
