"""Which case of a fiche holds for the caller, or the one question that would tell.

A fiche answers twenty people at once. Its branches are compared with what is known of the caller:
those that contradict it fall away, those that it names are kept, and where nothing tells, the
common branch is taken for the time being and the question that separates the rest is prepared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.caller import MAJORITY, Caller, broader, denied, title_traits
from assistant.card import Ask
from assistant.quantities import Bounds, bounds_in
from assistant.questions import Choice, Option, best_question
from assistant.relevance import relevance
from assistant.rows import rows_of
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
    path: tuple[str, ...] = ()
    if answering is not None:
        path = tuple(tree.branches[b].title for b in paths[answering])
    known = set(stems(fiche.title))
    choices = _choices(tree, decisions, passages, scores)
    narrowed: list[Passage] = []
    for n in held:
        passage, choice = _by_rows(passages[n], scores[n], len(paths[n]), caller, known)
        narrowed.append(passage)
        if choice is not None:
            choices.append(choice)
    ask = None
    if answering is not None and len(caller.told) < MAX_QUESTIONS:
        shared = " ".join(passages[n].text for n in held if () in tree.places[n])
        ask = best_question(choices, scores[answering], caller, fiche, shared, question)
    return InForce(
        passages=tuple(narrowed),
        path=path,
        assumed=answering is not None and passages[answering].id in assumptions,
        ask=ask,
        assumptions=assumptions,
    )


def _choices(
    tree: CaseTree,
    decisions: Sequence[Decision],
    passages: Sequence[Passage],
    scores: Sequence[float],
) -> list[Choice]:
    """What the decisions leave open; branches that hold the same passages are one option."""
    found = []
    for decision in decisions:
        several = decision.assumed or decision.group.level == "chapitre"
        if not several or len(decision.left) < 2:
            continue
        seen: dict[frozenset[int], Option] = {}
        for branch in decision.left:
            owned = frozenset(_owned(tree, branch))
            texts = tuple((passages[n].section, passages[n].text) for n in sorted(owned))
            score = max((scores[n] for n in owned), default=-1.0)
            seen.setdefault(owned, Option(branch.title, texts, score))
        if len(seen) > 1:
            around = decision.group.around
            depth = 0 if around is None else len(tree.path(around))
            common = any(_is("common", branch.title) for branch in decision.left)
            found.append(Choice(tuple(seen.values()), depth, decision.group.lead, common))
    return found


def _by_rows(
    passage: Passage, score: float, depth: int, caller: Caller, known: set[str]
) -> tuple[Passage, Choice | None]:
    """The passage without the lines of other cases, and the choice that its lines leave open."""
    found = rows_of(passage)
    if found is None:
        return passage, None
    marks = fits(found.keys(), caller, known)
    best = max(marks)
    if best >= NAMED:
        out = {
            row.line for row, mark in zip(found.rows, marks, strict=True) if mark <= CONTRADICTED
        }
        lines = [line for line in passage.text.split("\n") if line not in out]
        return passage.model_copy(update={"text": "\n".join(lines)}), None
    options = tuple(Option(row.key, ((passage.section, row.line),), score) for row in found.rows)
    lead = passage.text.split("\n")[0]
    return passage, Choice(options, depth, lead, dimension=found.dimension or lead)


def _owned(tree: CaseTree, branch: Branch) -> list[int]:
    return [
        n for n, places in enumerate(tree.places) if any(branch.number in place for place in places)
    ]


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
    for group in tree.groups:
        if group.around is not None and group.around not in kept:
            continue
        branches = tree.of(group)
        decision = _decide_group(tree, group, branches, passages, scores, caller, fiche)
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
    fiche: Fiche,
) -> Decision:
    every = tuple(branches)
    if len(branches) < 2 or is_channel(branches):
        return Decision(group, every, every, assumed=False)
    marks = fits([branch.title for branch in branches], caller, set(stems(fiche.title)))
    best = max(marks)
    if best >= NAMED:
        named = tuple(b for b, mark in zip(branches, marks, strict=True) if mark >= best - 0.05)
        return Decision(group, named, named, assumed=False)
    left = tuple(b for b, mark in zip(branches, marks, strict=True) if mark > CONTRADICTED)
    if len(left) < 2:
        return Decision(group, left or every, left or every, assumed=False)
    dated = _of_today(left, fiche)
    if dated is not None:
        return Decision(group, (dated,), (dated,), assumed=True)
    general = [b for b in left if _is("general", b.title) or _here(b.title)]
    if general:
        alike = general if len(left) > len(general) else general[:1]
        common = _is("common", alike[0].title) and not _only_places(left)
        return Decision(group, (alike[0],), left if common else (alike[0],), assumed=True)
    if group.level == "chapitre":
        return Decision(group, left, left, assumed=False)
    common = [b for b in left if _is("common", b.title)]
    if len(common) == 1:
        return Decision(group, (common[0],), left, assumed=True)
    return _likely(tree, group, left, passages, scores)


def _only_places(left: Sequence[Branch]) -> bool:
    """Whether the other branches are places, which callers name when it matters."""
    others = [branch for branch in left if not _is("general", branch.title)]
    return any(_here(branch.title) for branch in left) or all(
        dict(title_traits(branch.title)).get("lieu") for branch in others
    )


def _here(title: str) -> bool:
    """Whether the case is that of somebody in France, as most callers are."""
    traits = dict(title_traits(title))
    return traits.get("lieu") in ("france", "metropole") and "naissance" not in traits


def _of_today(left: Sequence[Branch], fiche: Fiche) -> Branch | None:
    """The branch of the fiche's own date, where the branches are periods of the rules."""
    titles = tuple(branch.title for branch in left)
    bounds = [bounds_in(title, titles) for title in titles]
    if not all(bound is not None and bound.kind == "year" for bound in bounds):
        return None
    if not all(_is("period", title) for title in titles):
        return None
    now = int(fiche.updated[:4]) + (int(fiche.updated[5:7]) - 1) / 12 if fiche.updated else 0.0
    found = [b for b, bound in zip(left, bounds, strict=True) if bound and bound.hold(now)]
    return found[0] if found else None


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
            (scores[n] for n in _owned(tree, branch) if passages[n].text),
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
    numbers = _by_numbers(tuple(titles), caller)
    everywhere = set.intersection(*(set(title_traits(title)) for title in titles))
    marks = []
    for title, words, number in zip(titles, own, numbers, strict=True):
        if fold(title).strip() in caller.told:
            marks.append(5.0)
            continue
        mark = _by_traits(title, everywhere, caller) + number + _by_presence(title, titles, caller)
        if mark == 0.0 and not set(title_traits(title)) - everywhere and not _is("other", title):
            distinct = words - shared
            said = {word for word in distinct & caller.stems if not word.isdigit()}
            if said:
                weight = sum(0.5 if word in known else 1.0 for word in said)
                mark += 0.25 + 0.75 * weight / len(distinct)
        marks.append(mark)
    return marks


def _by_presence(title: str, titles: Sequence[str], caller: Caller) -> float:
    """ "Sans moteur" against "À moteur": whether what they share was said, and not denied."""
    words = set(stems(title)) - _EMPTY
    twins = [other for other in titles if set(stems(other)) - _EMPTY == words and other != title]
    if not words or not twins or not words <= caller.stems:
        return 0.0
    lacking = _is("lacking", title)
    if lacking == all(_is("lacking", other) for other in twins):
        return 0.0
    first = min(words, key=len)
    start = caller.text.find(first[:5])
    return 1.0 if denied(caller.text, max(start, 0)) == lacking else -2.0


def _by_traits(title: str, everywhere: set[tuple[str, str]], caller: Caller) -> float:
    """Marks for the traits that the title states and the group's other titles do not."""
    mark = 0.0
    by_name: dict[str, set[str]] = {}
    for name, value in set(title_traits(title)) - everywhere:
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


def _by_numbers(titles: tuple[str, ...], caller: Caller) -> list[float]:
    """Marks for the bounds that the titles state; of several that hold, the tightest."""
    bounds = [bounds_in(title, titles) for title in titles]
    marks = []
    for bound in bounds:
        if bound is None:
            marks.append(0.0)
            continue
        said = [quantity.value for quantity in caller.quantities if quantity.kind == bound.kind]
        if said:
            marks.append(1.5 if any(bound.hold(value) for value in said) else -2.0)
        else:
            marks.append(_by_majority(bound, caller))
    holding = [bound for bound, mark in zip(bounds, marks, strict=True) if bound and mark == 1.5]
    for place, bound in enumerate(bounds):
        if bound in holding and any(_tighter(other, bound) for other in holding if other):
            marks[place] = 0.2
    return marks


def _tighter(one: Bounds, other: Bounds) -> bool:
    return one != other and one.low >= other.low and one.high <= other.high


def _by_majority(bound: Bounds, caller: Caller) -> float:
    """Where no age was said, an adult is not "avant 15 ans" and a minor not "à partir de 18 ans"."""
    ages = caller.values("age")
    if bound.kind != "age" or len(ages) != 1:
        return 0.0
    adult = "majeur" in ages
    if (adult and bound.high <= MAJORITY) or (not adult and bound.low >= MAJORITY):
        return -2.0
    return 1.0 if adult and bound.low == MAJORITY else 0.0


def is_channel(branches: Sequence[Branch]) -> bool:
    """Whether the branches are ways of doing it (online, on the spot, by post), which any may take."""
    return all(branch.channel or _is("channel", branch.title) for branch in branches)


def _is(kind: str, title: str) -> bool:
    return pattern(load_yaml("caller")[kind]).search(fold(title)) is not None
