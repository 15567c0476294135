"""Which case of a fiche holds for the caller, or the one question that would tell.

A fiche answers twenty people at once. Its branches are compared with what is known of the caller:
those that contradict it fall away, those that it names are kept, and where nothing tells, the
common branch is taken for the time being and the question that separates the rest is prepared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from assistant.anticipated import RECENT_FICHES, passage_chances
from assistant.caller import Caller, title_traits
from assistant.card import Ask
from assistant.fitting import CONTRADICTED, NAMED, fits, is_kind
from assistant.quantities import bounds_in
from assistant.questions import Asking, Choice, Option, best_question
from assistant.relevance import relevance
from assistant.rows import rows_of
from vectorstore.fiche import Fiche, Passage
from vectorstore.passages import Branch, CaseTree, Group, case_tree
from vectorstore.text import stems

FORESEEN_WEIGHT = 1.5
"""What being of the answer foreseen adds to how well a passage answers."""
MEANT = 0.5
"""From this chance on, and twice that of any other, a branch is the one that is meant."""
TOLD = 1.0
"""From this mark on, the caller has told the case in so many words."""
MANY = 12
"""Branches from which on, none told, none is the common one: a list by department, for instance."""
MAX_QUESTIONS = 2
"""Questions put to one caller before an answer."""


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
    choices: tuple[Choice, ...] = ()
    """What is still open, whether it is worth a question or not."""
    asking: Asking | None = None
    """What these are weighed by; None where nothing may be asked."""


@dataclass(frozen=True)
class Decision:
    """What is decided of one group of branches."""

    group: Group
    kept: tuple[Branch, ...]
    """The branches that hold, or may hold."""
    left: tuple[Branch, ...]
    """Those that nothing excludes: what a question could still separate."""
    assumed: bool


class _Same:
    """A fiche as a key: the object itself, so that its tree is grown once."""

    __slots__ = ("fiche",)

    def __init__(self, fiche: Fiche) -> None:
        self.fiche = fiche

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.fiche is self.fiche

    def __hash__(self) -> int:
        return id(self.fiche)


@lru_cache(maxsize=RECENT_FICHES)
def _tree(same: _Same) -> CaseTree:
    """Grown once for a fiche, which it keeps in memory."""
    return case_tree(same.fiche)


def in_force(fiche: Fiche, passages: Sequence[Passage], caller: Caller, question: str) -> InForce:
    """Keep the passages of the caller's case, and prepare the question that is worth asking.

    Args:
        fiche: the page that answers.
        passages: its passages, all of them, in reading order.
        caller: what is known.
        question: the standalone question.
    """
    tree = _tree(_Same(fiche))
    if not tree.branches or len(tree.places) != len(passages):
        return InForce(tuple(passages))
    foreseen = [float(chance) for chance in passage_chances(question, fiche.id, passages)]
    scores = relevance(question, caller.stems, fiche, passages)
    decisions = _decide(tree, fiche, passages, scores, foreseen, caller)
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
    answering = max(
        held, key=lambda n: (scores[n] + FORESEEN_WEIGHT * foreseen[n], -n), default=None
    )
    titles: tuple[str, ...] = ()
    if answering is not None:
        titles = tuple(tree.branches[b].title for b in paths[answering])
    known = set(stems(fiche.title))
    choices = _choices(tree, decisions, passages, scores)
    narrowed: list[Passage] = []
    for n in held:
        own = _under(passages[n], tuple(tree.branches[b].title for b in paths[n]))
        passage, choice = _by_rows(own, scores[n], len(paths[n]), caller, known)
        narrowed.append(passage)
        if choice is not None:
            choices.append(choice)
    asking = None
    if answering is not None and len(caller.told) < MAX_QUESTIONS:
        left = kept | {branch.number for decision in decisions for branch in decision.left}
        asking = Asking(
            question,
            caller,
            fiche,
            top=scores[answering],
            held=tuple(passages[n].text for n in held),
            open_still=tuple(_standing_in(left, tree, passages)),
        )
    return InForce(
        passages=tuple(narrowed),
        path=titles,
        assumed=answering is not None and passages[answering].id in assumptions,
        ask=best_question(choices, asking) if asking else None,
        assumptions=assumptions,
        choices=tuple(choices),
        asking=asking,
    )


def _under(passage: Passage, case: tuple[str, ...]) -> Passage:
    """The passage with the case in force before the others in which it stands: it is shown under it."""
    if case not in passage.cases or passage.cases[0] == case:
        return passage
    others = tuple(other for other in passage.cases if other != case)
    return passage.model_copy(update={"cases": (case, *others)})


def possible(fiche: Fiche, passages: Sequence[Passage], caller: Caller) -> tuple[Passage, ...]:
    """The passages that nothing excludes, the branches left open all kept: what an agent may see."""
    tree = _tree(_Same(fiche))
    if not tree.branches or len(tree.places) != len(passages):
        return tuple(passages)
    nothing = [0.0] * len(passages)
    decisions = _decide(tree, fiche, passages, nothing, nothing, caller, openly=True)
    kept = {branch.number for decision in decisions for branch in decision.left}
    return tuple(_standing_in(kept, tree, passages))


def _standing_in(
    branches: set[int], tree: CaseTree, passages: Sequence[Passage]
) -> Iterator[Passage]:
    """The passages that hold in one of the branches, or for all."""
    for passage, places in zip(passages, tree.places, strict=True):
        if any(set(place) <= branches for place in places):
            yield passage


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
            common = any(is_kind("common", branch.title) for branch in decision.left)
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
    foreseen: Sequence[float],
    caller: Caller,
    *,
    openly: bool = False,
) -> list[Decision]:
    """Decide each group in reading order; groups inside a branch that is out are skipped.

    Args:
        openly: whether the groups inside every branch left are decided, not only the common one's.
    """
    decisions: list[Decision] = []
    kept: set[int] = set()
    for group in tree.groups:
        if group.around is not None and group.around not in kept:
            continue
        branches = tree.of(group)
        decision = _decide_group(tree, group, branches, passages, scores, foreseen, caller, fiche)
        decisions.append(decision)
        kept |= {branch.number for branch in (decision.left if openly else decision.kept)}
    return decisions


def _decide_group(
    tree: CaseTree,
    group: Group,
    branches: list[Branch],
    passages: Sequence[Passage],
    scores: Sequence[float],
    foreseen: Sequence[float],
    caller: Caller,
    fiche: Fiche,
) -> Decision:
    every = tuple(branches)
    if len(branches) < 2 or is_channel(branches):
        return Decision(group, every, every, assumed=False)
    marks = fits([branch.title for branch in branches], caller, set(stems(fiche.title)))
    best = max(marks)
    left = tuple(b for b, mark in zip(branches, marks, strict=True) if mark > CONTRADICTED)
    if best >= NAMED:
        named = tuple(b for b, mark in zip(branches, marks, strict=True) if mark >= best - 0.05)
        decision = Decision(group, named, named, assumed=False)
    elif len(left) < 2:
        return Decision(group, left or every, left or every, assumed=False)
    else:
        decision = _untold(tree, group, left, passages, scores, fiche)
    meant = _meant(tree, left, foreseen) if best < TOLD else None
    if meant is None or meant in decision.kept:
        return decision
    open_still = decision.left if meant in decision.left else (meant,)
    return Decision(group, (meant,), open_still, assumed=True)


def _untold(
    tree: CaseTree,
    group: Group,
    left: tuple[Branch, ...],
    passages: Sequence[Passage],
    scores: Sequence[float],
    fiche: Fiche,
) -> Decision:
    """Decide a group of which nothing was told: today's rules, the general or the common case."""
    dated = _of_today(left, fiche)
    if dated is not None:
        return Decision(group, (dated,), (dated,), assumed=True)
    general = [b for b in left if is_kind("general", b.title) or _here(b.title)]
    if general:
        alike = general if len(left) > len(general) else general[:1]
        asked = is_kind("common", alike[0].title) and not _only_places(left)
        return Decision(group, (alike[0],), left if asked else (alike[0],), assumed=True)
    if group.level == "chapitre":
        return Decision(group, left, left, assumed=False)
    common = [b for b in left if is_kind("common", b.title)]
    if len(common) == 1:
        return Decision(group, (common[0],), left, assumed=True)
    if len(left) >= MANY:
        return Decision(group, (), left, assumed=True)
    return _likely(tree, group, left, passages, scores)


def _meant(tree: CaseTree, left: Sequence[Branch], foreseen: Sequence[float]) -> Branch | None:
    """The branch in which the answer foreseen stands, if it stands in one alone."""
    owned = [set(_owned(tree, branch)) for branch in left]
    if len(owned) < 2:
        return None
    shared = set.intersection(*owned)
    chances = [max((foreseen[n] for n in own - shared), default=0.0) for own in owned]
    first, second = sorted(chances, reverse=True)[:2]
    return left[chances.index(first)] if first >= MEANT and second * 2 <= first else None


def _only_places(left: Sequence[Branch]) -> bool:
    """Whether the other branches are places, which callers name when it matters."""
    others = [branch for branch in left if not is_kind("general", branch.title)]
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
    if not all(is_kind("period", title) for title in titles):
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


def is_channel(branches: Sequence[Branch]) -> bool:
    """Whether the branches are ways of doing it (online, on the spot, by post), which any may take."""
    return all(branch.channel or is_kind("channel", branch.title) for branch in branches)
