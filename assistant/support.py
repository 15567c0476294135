"""Does a sentence written by a model say only what its passage says?

The fact lock (``verify``) sees facts that can be normalised. Here stand the checks of what it does not
see: figures without a unit, names, a negation turned round, a "oui" that nobody said, the figure of
another line, words that decide and words that stand nowhere. Each can only refuse.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from assistant.compose import Said
from assistant.facts import facts_in, figures_in, without_figures
from assistant.polarity import contrary
from assistant.speech import speakable
from assistant.texts import load_yaml, pattern
from assistant.units import Unit, units_of, words_of
from assistant.verify import missing_facts, sources_of
from vectorstore.fiche import Fiche, Passage
from vectorstore.text import fold, stems, words

SUPPORT = 0.5
"""The least share of a sentence's words of content that its passage, with its titles, must hold."""

TELLING = 3
"""Words of content, figures left out, from which on a line is known by them."""

_ALIEN = re.compile(r"[^A-Za-zÀ-ÖØ-öø-ÿŒœŸ0-9\s.,;:!?'’\"«»()%€/°–—…&+*²³ªº@\-]")
_GLUED = re.compile(r"(?<![mM])[²³]|[^\W\d_][%€]")
"""Powers of nothing, and signs glued to a word: figures that no reader of numbers sees."""
_LINK = re.compile(
    r"https?|www\b|@|\barobase\b|\bpoint (?:fr|com|org|eu|net|gouv)\b|\+ ?\d{2}|"
    r"\b\d{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|place|chemin|impasse|allee|quai|cours|"
    r"route|square)\b"
)
_TOWN = re.compile(r"\b\d{5},? [A-ZÀ-ÖØ-Þ]")
_WRITTEN_KINDS = frozenset({"phone", "mail", "web"})
_ANSWER = re.compile(r"^\s*(oui|non)\b(?!-)\s*[,.:;!]*\s*", re.IGNORECASE)
_NAME = re.compile(r"(?<=[\w,;’'] )[A-ZÀ-ÖØ-Þ][\w’'-]+|(?<=[’'])[A-ZÀ-ÖØ-Þ][\w-]+|\b[A-Z]{2,}\b")
_PARTS = re.compile(r", | ; | : | mais |(?<!\d) (?:et|ou) | (?:et|ou) (?!\d)")
_ROWS = re.compile(r" ; | mais |(?<!\d) (?:et|ou) | (?:et|ou) (?!\d)")
_CONDITION = re.compile(
    r"(?:et |ou )?(?:pour|si|s'|quand|lorsqu|en cas|dans|chez|a partir|au-dela|au dela|entre|jusqu|"
    r"avec|sans|apres|avant|de \d)"
)
_VALUES = frozenset({"euro", "percent"})
_DANGLING = re.compile(
    r"\b(?:à|au|aux|de|du|des|le|la|les|sur|par|pour|via|et|ou|en|avec|articles?(?: [lrd])?)$"
)


@dataclass(frozen=True)
class Refusal:
    """Why a sentence is not said: a key of ``prompts/support.yaml``, and the words at fault."""

    why: str
    words: str = ""

    def note(self, sentence: str) -> str:
        """As the card says it."""
        texts = load_yaml("support")
        why = texts["why"][self.why].format(words=self.words)
        shown = sentence if len(sentence) <= 80 else f"{sentence[:79]}…"
        return str(texts["refused"].format(why=why, words=shown))


_NUMBER = (
    r"(?:\d+|zero|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|"
    r"seize|vingt|trente|quarante|cinquante|soixante|cent)"
)
_CALLED = re.compile(
    rf"\b(?:appel|compos|joi[gn]|telephon|contact)\w*(?: \w+){{0,2}} {_NUMBER}[ ,-]+{_NUMBER}\b"
)
"""A number to call, in figures or in letters: two numbers in a row behind a word of calling."""


def written(text: str) -> Refusal | None:
    """What a model may not write, whatever its sources: links, phones, addresses, odd characters.

    Args:
        text: the model's sentence, its tokens taken out.
    """
    if _ALIEN.search(unicodedata.normalize("NFC", text)) or _GLUED.search(text):
        return Refusal("characters")
    folded = fold(text)
    if (
        _LINK.search(folded)
        or _CALLED.search(folded)
        or _TOWN.search(text)
        or any(fact.kind in _WRITTEN_KINDS for fact in facts_in(text))
    ):
        return Refusal("link")
    return None


def broken(text: str) -> bool:
    """Whether a sentence stops where a word must follow, as where an unknown token was taken out."""
    return _DANGLING.search(text.lower().rstrip(" .!?:")) is not None


def supported(said: Said, fiche: Fiche) -> Said | Refusal:
    """The sentence as its passage supports it, without a "oui" of its own; or why it is refused.

    Args:
        said: the sentence as it would be said, and the one passage that it is said from.
        fiche: the passage's page.
    """
    said, refusal = _answer(said)
    if refusal is not None:
        return refusal
    missing = missing_facts(said, fiche)
    if missing:
        return Refusal("facts", ", ".join(fact.words for fact in missing))
    source = _source(said.passage, fiche)
    figures = figures_in(said.text) - source.figures
    if figures:
        return Refusal("figures", ", ".join(sorted(figures)))
    names = [name for name in _NAME.findall(said.text) if not _known_name(name, source)]
    if names:
        return Refusal("names", ", ".join(names))
    own = frozenset(stem for stem in stems(said.text) if not stem.isdigit()) - _spoken()
    if own and len(own & source.stems) < SUPPORT * len(own):
        return Refusal("content")
    folded = fold(said.text)
    for rule in load_yaml("support")["decisive"]:
        match = pattern(rule["says"]).search(folded)
        if match and not pattern(rule["needs"]).search(source.folded):
            return Refusal("decisive", match[0])
    if contrary(said.text, list(units_of(said.passage))):
        return Refusal("polarity")
    if _figure_changed(said) or _of_another_line(said, source):
        return Refusal("line")
    return said


@dataclass(frozen=True)
class _Source:
    """The comparable forms of a passage with all that stands above it."""

    folded: str
    stems: frozenset[str]
    words: frozenset[str]
    figures: frozenset[str]
    titles: frozenset[str]
    """Stems of the titles alone."""


def _source(passage: Passage, fiche: Fiche) -> _Source:
    texts = sources_of(passage, fiche)
    long = load_yaml("speech")["long"]
    texts += [long[word] for word in set(_NAME.findall(passage.text)) if word in long]
    return _read("\n".join(texts), "\n".join(texts[1:]))


@lru_cache(maxsize=2048)
def _read(text: str, titles: str) -> _Source:
    spoken = f"{text}\n{speakable(text)}"
    return _Source(
        folded=fold(spoken),
        stems=frozenset(stems(spoken)),
        words=frozenset(words(spoken)),
        figures=figures_in(spoken),
        titles=frozenset(stems(titles)),
    )


def _answer(said: Said) -> tuple[Said, Refusal | None]:
    """A leading "oui" or "non" stands only where the passage says the same."""
    match = _ANSWER.match(said.text)
    if match is None:
        return said, None
    answer = fold(match[1])
    theirs = {
        fold(found[1]) for unit in units_of(said.passage) if (found := _ANSWER.match(unit.text))
    }
    if answer in theirs:
        return said, None
    rest = said.text[match.end() :]
    if theirs or not rest:
        return said, Refusal("answer", answer)
    return Said(rest[0].upper() + rest[1:], said.passage, said.spans), None


def _known_name(name: str, source: _Source) -> bool:
    parts = words(name)
    return name in load_yaml("speech")["known"] or all(
        part in source.words or stems(part)[0] in source.stems for part in parts
    )


def _figure_changed(said: Said) -> bool:
    """Whether the words all stand in one line of the passage, and its figures are others."""
    figures = figures_in(said.text)
    own = words_of(without_figures(said.text)).stems
    if not figures or len(own) < TELLING:
        return False
    same = [unit for unit in units_of(said.passage) if own <= _stems_of(unit)]
    return bool(same) and not any(figures <= _figures_of(unit) for unit in same)


def _of_another_line(said: Said, source: _Source) -> bool:
    """Whether a fact is said of what another item or row of the same list or table is about."""
    units = units_of(said.passage)
    listed = [unit for unit in units if unit.kind != "sentence"]
    if not listed:
        return False
    running = {key for unit in units if unit.kind == "sentence" for key in _facts_of(unit)}
    for part in _fact_parts(said.text, whole=said.passage.kind == "table"):
        facts = {fact.key() for fact in facts_in(part)}
        holding = [unit for unit in units if facts <= _facts_of(unit)]
        if not holding:
            # Facts that only lists hold, and no item or row all of them: they do not belong together.
            if len(facts) > 1 and not facts & running:
                return True
            continue
        if not all(unit.kind != "sentence" for unit in holding):
            continue
        lists = {unit.list_place for unit in holding}
        known = source.titles.union(*(_stems_of(unit) for unit in holding))
        others = frozenset[str]().union(
            *(
                _stems_of(unit)
                for unit in listed
                if unit not in holding and unit.list_place in lists
            )
        )
        if (words_of(part).stems - known) & others:
            return True
    return False


def _stems_of(unit: Unit) -> frozenset[str]:
    """The words of a unit and of what introduces it, as written and as said."""
    text = f"{unit.lead} {unit.text}"
    return words_of(text).stems | words_of(speakable(text)).stems


def _facts_of(unit: Unit) -> set[tuple[str, str]]:
    text = f"{unit.lead} {unit.text}"
    return {fact.key() for fact in (*facts_in(text), *facts_in(speakable(text)))}


def _figures_of(unit: Unit) -> frozenset[str]:
    text = f"{unit.lead} {unit.text}"
    return figures_in(text) | figures_in(speakable(text))


def _fact_parts(text: str, *, whole: bool) -> list[str]:
    """The parts of a sentence that state facts, each with the conditions that stand beside it.

    Where amounts are stated, a part with other facts only ("entre 15 et 17 ans") is a condition too.

    Args:
        whole: of a table's row, whose cells stand together; the items of a list are said side by
            side, and only what is worded as a condition is one.
    """
    between = _ROWS if whole else _PARTS
    starts = [0, *(match.start() for match in between.finditer(text))]
    pieces = [
        text[a:b].strip(" ,;:") for a, b in zip(starts, [*starts[1:], len(text)], strict=True)
    ]
    valued = any(fact.kind in _VALUES for fact in facts_in(text))
    parts: list[str] = []
    before = ""
    for piece in pieces:
        facts = facts_in(piece)
        states = any(fact.kind in _VALUES for fact in facts) if valued else bool(facts)
        if states:
            parts.append(f"{before}, {piece}" if before else piece)
            before = ""
        elif whole or facts or _CONDITION.match(fold(piece)):
            before = f"{before}, {piece}" if before else piece
    if parts and before:
        parts[-1] += f", {before}"
    return parts


@lru_cache(maxsize=1)
def _spoken() -> frozenset[str]:
    return frozenset(stems(load_yaml("support")["spoken"]))
