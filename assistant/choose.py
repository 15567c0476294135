"""Which units of a fiche answer: features of a unit for a question, and learned weights.

The weights stand in ``choosing.json``, which says on what they were trained and by which command.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.answer_model import AnswerModel
from assistant.anticipated import chances_of
from assistant.aspects import Aspect, aspects_of, needs_in, numbers_of, titled_in
from assistant.cells import about_of
from assistant.quantities import Quantity, bounds_in
from assistant.question import Understood
from assistant.units import Unit, Words, grams_of, units_of, words_of
from vectorstore.fiche import Fiche, Passage
from vectorstore.text import fold, stems

WEIGHTS_FILE = Path(__file__).parent / "choosing.json"
TOPIC_WEIGHT = 0.35
"""What a word of an earlier question counts beside one of the question itself."""
TITLE_WEIGHT = 0.4
"""The same of a word of the fiche's title, which tells its passages apart but little."""
ANTICIPATED_SCALE = 8.0
"""Log odds that being of the answer meant can add: the penalty of the training would hide it."""
ADDED_WEIGHT = 0.6
"""The same of an official word put beside an everyday one."""

_YES_NO = re.compile(r"^(oui|non)\b")
_LEANING = re.compile(
    r"^(elles?|ils?|celui|celle|ceux|cette|cet|ces?|toutefois|cependant|de plus|en revanche|"
    r"par ailleurs|dans ce cas|mais|ainsi|par exemple|sinon|pour cela|il en est|a defaut)\b"
)
_NEGATION = re.compile(r"\b(ne|n'\w+|pas|sans|aucune?|interdit\w*|sauf|ni)\b")
_MODAL = re.compile(r"\b(doit|doivent|devez|peut|peuvent|pouvez|faut|obligatoire)\b")
_CONDITION = re.compile(r"^(si|s'il|lorsqu|quand|en cas|pour)\b")
_COUNTED = re.compile(r"\b(?:combien|cmb|cb) (?:de |d')([a-z]{3,})")
_EXAMPLE = re.compile(r"exemples?\b", re.IGNORECASE)
_CALLOUT_TITLE = re.compile(
    r"(à savoir|à noter|attention|rappel|exemple|oui|non)\W*", re.IGNORECASE
)
_SUM = re.compile(r"\d\s*(?:€\s*)?[x×*]\s*\(?\d|=|\d\s*€?\s*÷|\s/\s?\d")
_DIGIT = re.compile(r"\d")
_KIND_ASKED = {
    "cost": "money", "amount": "money", "time_limit": "time", "duration": "time", "age": "time",
}  # fmt: skip
_RANGE = re.compile(r"(?<!de )(?<!entre )\b(\d+ (?:a|et) \d+ (?:ans|mois|enfants|personnes))")
_POINTER = re.compile(
    r"\b(fiche|simulateur|teleservice suivant|voir|consultez|cette page|lien|differe selon|"
    r"depend d|varie|different)\b"
)

ASPECT_NAMES = (
    "cost", "amount", "time_limit", "duration", "age", "count", "documents", "place", "who",
    "how", "conditions", "yes_no", "what", "appeal", "after",
)  # fmt: skip
ASPECT_FEATURES = tuple(
    f"{kind}:{name}" for name in ASPECT_NAMES for kind in ("needs", "titles", "off", "number")
)
FEATURES = (
    "words", "words_title", "words_case", "words_lead", "words_passage", "words_near",
    "words_all", "grams", "grams_title", "grams_passage", "share",
    "first", "second", "opening", "introduction", "callout", "table", "warning", "links",
    "item", "row", "long", "short", "leaning", "negation", "modal", "condition", "pointer",
    "yes_no_said", "yes_no_called", "yes_no_page", "answering_page", "number", "number_right",
    "number_wrong", "counted", "bounds_in",
    "bounds_out", "same_number", "place", "depth", "needs_any", "titles_any", "needs_and_titles",
    "needs_and_words", "anticipated", "learned",
    *ASPECT_FEATURES,
)  # fmt: skip

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A question as the chooser compares it."""

    text: str
    weights: Mapping[str, float]
    """Stem -> how much it counts before the fiche's own frequencies."""
    grams: frozenset[str]
    aspects: tuple[Aspect, ...]
    counted: frozenset[str]
    """What is counted in "combien de …"."""
    quantities: tuple[Quantity, ...] = ()
    """Numbers that the caller said."""
    whole: str = ""
    """The question with the topic of the call in front."""

    @classmethod
    def of(cls, understood: Understood, quantities: tuple[Quantity, ...] = ()) -> Asked:
        """What one question of a call asks; earlier questions give its topic only."""
        query = understood.query
        weights = dict.fromkeys(stems(query.text), 1.0)
        for text, weight in ((query.added, ADDED_WEIGHT), (query.topic, TOPIC_WEIGHT)):
            for stem in stems(text) if text else ():
                weights.setdefault(stem, weight)
        own = fold(query.text)
        counted = frozenset(stem for match in _COUNTED.finditer(own) for stem in stems(match[1]))
        return cls(
            query.text,
            weights,
            grams_of(own),
            aspects_of(query.text),
            counted,
            quantities,
            query.embedded(),
        )

    @property
    def names(self) -> frozenset[str]:
        """Of the aspects asked."""
        return frozenset(aspect.name for aspect in self.aspects)

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of number that are asked: money, time."""
        return frozenset(_KIND_ASKED[name] for name in self.names if name in _KIND_ASKED)

    def asks(self, name: str) -> bool:
        """Whether this aspect is among those asked."""
        return name in self.names

    def fits(self, text: str) -> int:
        """1 when a number of the caller is within the bounds that a text states, -1 when outside."""
        bounds = bounds_in(_RANGE.sub(r"de \1", fold(text)))
        if bounds is None:
            return 0
        said = [quantity.value for quantity in self.quantities if quantity.kind == bounds.kind]
        if not said:
            return 0
        return 1 if any(bounds.hold(value) for value in said) else -1


@dataclass(frozen=True)
class Weights:
    """One weight per feature."""

    features: Mapping[str, float]

    @classmethod
    @cache
    def load(cls, path: Path = WEIGHTS_FILE) -> Weights:
        return cls(json.loads(path.read_text("utf-8"))["features"])

    def vector(self) -> Vector:
        return np.array([self.features.get(name, 0.0) for name in FEATURES])


def sayable_units(passages: Iterable[Passage]) -> list[Unit]:
    """The units that can be said: no bare title, no lead without its list, no sum, no example."""
    return [
        unit
        for passage in passages
        if not (passage.kind == "callout" and _EXAMPLE.match(passage.text))
        and not any(_EXAMPLE.match(title) for title in passage.section)
        for unit in units_of(passage)
        if len(unit.text) > 3
        and unit.text.rstrip()[-1] not in ":?"
        and not _CALLOUT_TITLE.fullmatch(unit.text)
        and not _SUM.search(unit.text)
        and not _EXAMPLE.match(unit.text)
        and not _is_fragment(unit)
    ]


def _is_fragment(unit: Unit) -> bool:
    """A few words that are a title or the name of a table's column, not an answer."""
    words = unit.text.split()
    if unit.kind != "sentence" or len(words) > 3 or _DIGIT.search(unit.text):
        return False
    return not re.search(r"\b(est|sont|c'est|oui|non|gratuit\w*)\b", words_of(unit.text).folded)


def features_of(asked: Asked, fiche: Fiche, units: Sequence[Unit]) -> Vector:
    """The features on which the choice rests, shape (len(units), len(FEATURES))."""
    if not units:
        return np.zeros((0, len(FEATURES)))
    scale = _Scale(asked, fiche, units)
    rows = [scale.row(unit) for unit in units]
    chances = chances_of(asked.whole, fiche.id, units)
    learned = AnswerModel.load().scores(asked.whole, fiche.title, units)
    for row, chance, score in zip(rows, chances, learned, strict=True):
        row["anticipated"] = ANTICIPATED_SCALE * float(chance)
        row["learned"] = float(score)
    return np.array([[row.get(name, 0.0) for name in FEATURES] for row in rows])


def answers_of(asked: Asked, units: Sequence[Unit]) -> list[dict[str, float]]:
    """For each unit, the aspects asked that it answers, with what each adds to its score."""
    weights = Weights.load().features
    size = len(asked.names) or 1
    found = []
    for unit in units:
        needs = needs_in(words_of(unit.text).folded) | needs_in(words_of(unit.lead).folded)
        titled = titled_in(words_of(" / ".join(unit.passage.section)).folded)
        shares = {}
        for name in asked.names & needs:
            share = weights.get(f"needs:{name}", 0.0) + weights.get("needs_any", 0.0) / size
            if name in titled:
                share += weights.get(f"titles:{name}", 0.0)
                share += weights.get("titles_any", 0.0) / size
                share += weights.get("needs_and_titles", 0.0) / size
            shares[name] = share
        found.append(shares)
    return found


class _Scale:
    """Weighs the words of one question by how rare they are in one fiche."""

    def __init__(self, asked: Asked, fiche: Fiche, units: Sequence[Unit]) -> None:
        self.asked = asked
        self.answering = "Question-réponse" in fiche.type
        self.passages = {unit.passage.id: n for n, unit in enumerate(units)}
        own = [words_of(unit.text) for unit in units]
        counts = Counter(stem for words in own for stem in words.stems)
        seen = Counter(gram for words in own for gram in words.grams & asked.grams)
        titles = {
            stem
            for unit in units
            for text in (*unit.passage.section, *_cases(unit.passage))
            for stem in words_of(text).stems
        }
        size = len(units)
        topic = words_of(fiche.title).stems
        self.weights = {
            stem: weight
            * math.log(1 + size / (counts[stem] or 1))
            * (TITLE_WEIGHT if stem in topic else 1.0)
            for stem, weight in asked.weights.items()
            if stem in counts or stem in titles
        }
        self.grams = {gram: math.log(1 + size / seen[gram]) for gram in seen}
        self.total = sum(self.weights.values()) or 1.0
        self.total_grams = sum(self.grams.values()) or 1.0
        self.first_passage = units[0].passage.id
        self.order = {p: n for n, p in enumerate(dict.fromkeys(u.passage.id for u in units))}
        self.by_place = {(unit.passage.id, unit.place): unit for unit in units}
        self.whole: dict[str, set[str]] = {}
        self.whole_grams: dict[str, set[str]] = {}
        for unit, words in zip(units, own, strict=True):
            self.whole.setdefault(unit.passage.id, set()).update(words.stems)
            self.whole_grams.setdefault(unit.passage.id, set()).update(words.grams)

    def covered(self, found: Set[str]) -> float:
        """Share of the question's weight that these stems hold, 0 to 1."""
        return sum(self.weights[stem] for stem in found & self.weights.keys()) / self.total

    def covered_grams(self, grams: Set[str]) -> float:
        return sum(self.grams[gram] for gram in grams & self.grams.keys()) / self.total_grams

    def row(self, unit: Unit) -> dict[str, float]:
        passage = unit.passage
        own, lead = words_of(unit.text), words_of(unit.lead)
        titles = words_of(" / ".join(passage.section))
        cases = words_of(" / ".join(_cases(passage)))
        near: set[str] = set()
        for place in (unit.place - 1, unit.place + 1):
            neighbour = self.by_place.get((passage.id, place))
            if neighbour:
                near |= words_of(neighbour.text).stems
        length = len(own.folded.split())
        words = self.covered(own.stems)
        row = {
            "words": words,
            "words_title": self.covered(titles.stems),
            "words_case": self.covered(cases.stems),
            "words_lead": self.covered(lead.stems),
            "words_passage": self.covered(self.whole[passage.id]),
            "words_near": self.covered(near),
            "words_all": self.covered(own.stems | titles.stems | cases.stems | lead.stems),
            "grams": self.covered_grams(own.grams),
            "grams_title": self.covered_grams(titles.grams),
            "grams_passage": self.covered_grams(self.whole_grams[passage.id]),
            "share": len(own.stems & set(self.weights)) / (len(own.stems) or 1),
            "first": unit.place == 0,
            "second": unit.place == 1,
            "opening": passage.id == self.first_passage,
            "introduction": passage.kind == "introduction",
            "callout": passage.kind == "callout",
            "table": passage.kind == "table",
            "warning": passage.kind == "warning",
            "links": passage.kind == "links",
            "item": unit.kind == "item",
            "row": unit.kind == "row",
            "long": max(0.0, (length - 25) / 20),
            "short": length < 6,
            "leaning": bool(_LEANING.match(own.folded)),
            "negation": bool(_NEGATION.search(own.folded)),
            "modal": bool(_MODAL.search(own.folded)),
            "condition": bool(_CONDITION.match(own.folded)),
            "pointer": bool(_POINTER.search(own.folded)),
            "yes_no_said": bool(_YES_NO.match(own.folded)),
            "yes_no_called": self.asked.asks("yes_no") and bool(_YES_NO.match(own.folded)),
            "yes_no_page": self.answering and bool(_YES_NO.match(own.folded)),
            "answering_page": self.answering and passage.id == self.first_passage,
            "place": math.log1p(self.order[passage.id]),
            "depth": min(map(len, passage.cases)),
        }
        row |= self._numbers(unit, own)
        row |= self._aspects(own, lead, titles, words)
        return {name: float(value) for name, value in row.items()}

    def _numbers(self, unit: Unit, own: Words) -> dict[str, float]:
        kinds = numbers_of(own.folded)
        fit = self._fit(unit)
        figures = set(re.findall(r"\d+", self.asked.text)) & set(re.findall(r"\d+", own.folded))
        return {
            "number": bool(kinds),
            "number_right": bool(kinds & self.asked.kinds),
            "number_wrong": bool(kinds and self.asked.kinds and not kinds & self.asked.kinds),
            "counted": bool(
                self.asked.counted & own.stems
                and (_DIGIT.search(own.folded) or re.search(r"\b(une?|deux|trois)\b", own.folded))
            ),
            "bounds_in": fit > 0,
            "bounds_out": fit < 0,
            "same_number": bool(figures),
        }

    def _fit(self, unit: Unit) -> int:
        """Whether the caller's numbers are within the bounds of a unit: 1 yes, -1 no, 0 unknown."""
        if unit.kind != "row":
            return self.asked.fits(unit.text)
        marks = [self.asked.fits(cell.text) for cell in about_of(unit)]
        return min(marks, default=0) or max(marks, default=0)

    def _aspects(self, own: Words, lead: Words, titles: Words, words: float) -> dict[str, float]:
        row: dict[str, float] = {}
        needs = needs_in(own.folded) | needs_in(lead.folded)
        titled = titled_in(titles.folded)
        number = bool(numbers_of(own.folded))
        for name in self.asked.names:
            row[f"needs:{name}"] = name in needs
            row[f"titles:{name}"] = name in titled
            row[f"number:{name}"] = number
        for name in titled - self.asked.names:
            row[f"off:{name}"] = 1.0
        size = len(self.asked.names) or 1
        needed = len(needs & self.asked.names) / size
        row["needs_any"] = needed
        row["titles_any"] = len(titled & self.asked.names) / size
        row["needs_and_titles"] = len(needs & titled & self.asked.names) / size
        row["needs_and_words"] = needed * words
        return row


def _cases(passage: Passage) -> list[str]:
    return [title for case in passage.cases for title in case]


def scores_of(asked: Asked, fiche: Fiche, units: Sequence[Unit]) -> Vector:
    """How well each unit answers; differences are log odds."""
    return features_of(asked, fiche, units) @ Weights.load().vector()


def read_in_passing(question: str, fiche: Fiche, units: Sequence[Unit]) -> Vector:
    """How well each unit answers, by what was learned of answers alone; no word is weighed."""
    weights = Weights.load().features
    chances = ANTICIPATED_SCALE * chances_of(question, fiche.id, units)
    learned = AnswerModel.load().scores(question, fiche.title, units)
    return weights["learned"] * learned + weights["anticipated"] * chances
