"""The words of a corpus: which are right, what a misspelt one was meant to be, what acronyms mean.

Made with the snapshot from the fiches themselves, so that a spelling is corrected towards words
that can be found.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from vectorstore.errors import SnapshotError
from vectorstore.fiche import Fiche
from vectorstore.text import fold, words

VOCABULARY = "vocabulary.json"
SHORTEST_CORRECTED = 5
"""Shorter words are too near to too many others."""
TWO_EDITS_FROM = 9
"""Length from which two wrong letters are mended; one below."""
LEAST_KNOWN = 3
"""A word that the corpus holds this often is right, whatever dictionaries say."""
LEAST_TARGET = {1: 10, 2: 40}
"""How often the corpus must hold a word for a correction over one or two letters to lead to it."""
ELISIONS = ("qu", "l", "d", "j", "m", "t", "s", "c", "n")


def vocabulary_of(fiches: Iterable[Fiche], texts: Iterable[str]) -> dict[str, Any]:
    """What ``vocabulary.json`` holds.

    Args:
        fiches: where abbreviations are explained.
        texts: all that is indexed.

    Returns:
        ``words``: word -> how often; ``acronyms``: short -> long, as the fiches have it, both folded.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(word for word in words(text) if word.isalpha())
    longs: dict[str, Counter[str]] = {}
    for fiche in fiches:
        for entry in fiche.abbreviations:
            short, long = fold(entry.short).strip(), " ".join(words(entry.long))
            if short and long and len(words(short)) == 1:
                longs.setdefault(words(short)[0], Counter())[long] += 1
    acronyms = {short: found.most_common(1)[0][0] for short, found in sorted(longs.items())}
    return {"words": dict(sorted(counts.items())), "acronyms": acronyms}


class Vocabulary:
    """The words of one snapshot.

    Args:
        counts: folded word -> how often the corpus holds it.
        acronyms: folded acronym -> folded long form.
        everyday: further right words, such as those of the table of everyday words.
    """

    def __init__(
        self,
        counts: Mapping[str, int],
        acronyms: Mapping[str, str],
        everyday: Iterable[str] = (),
    ) -> None:
        from symspellpy import SymSpell

        self.acronyms = dict(acronyms)
        self._known = {word for word, count in counts.items() if count >= LEAST_KNOWN}
        self._known |= {*acronyms, *everyday} | french_words()
        self._spelling = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word, count in counts.items():
            if count >= LEAST_TARGET[1] and len(word) >= SHORTEST_CORRECTED - 1:
                self._spelling.create_dictionary_entry(word, count)

    @classmethod
    def open(cls, folder: Path, everyday: Iterable[str] = ()) -> Vocabulary:
        """Read a snapshot's vocabulary.

        Raises:
            SnapshotError: missing or unreadable.
        """
        path = folder / VOCABULARY
        try:
            data = json.loads(path.read_text("utf-8"))
            return cls(data["words"], data["acronyms"], everyday)
        except (OSError, ValueError, KeyError) as error:
            raise SnapshotError(f"{path} : illisible ; relancer « souffleur sync »") from error

    def is_right(self, word: str) -> bool:
        """Whether a folded word is one of the corpus or of the language."""
        return word in self._known

    def is_ordinary(self, word: str) -> bool:
        """Whether a folded word is a plain French word, as "are" or "css" is not."""
        return word in french_words()

    def corrected(self, word: str) -> str:
        """The folded word as it was meant: itself when it is right or nothing is near enough.

        A forgotten apostrophe is put back first ("lemployeur"), then the nearest word of the corpus
        is taken.
        """
        if len(word) < SHORTEST_CORRECTED - 1 or not word.isalpha() or self.is_right(word):
            return word
        for elision in ELISIONS:
            rest = word.removeprefix(elision)
            if rest != word and len(rest) > 2 and self.is_right(rest):
                return f"{elision}'{rest}"
        if len(word) < SHORTEST_CORRECTED:
            return word
        from symspellpy import Verbosity

        reach = 2 if len(word) >= TWO_EDITS_FROM else 1
        near = self._spelling.lookup(word, Verbosity.CLOSEST, max_edit_distance=reach)
        near.sort(key=lambda found: (found.term[0] != word[0], found.distance, -found.count))
        for found in near:
            if found.count >= LEAST_TARGET[max(found.distance, 1)]:
                return str(found.term) if _may_replace(str(found.term), word) else word
        return word


def _may_replace(target: str, word: str) -> bool:
    """The first letter is seldom mistyped: another one is believed only in a long word."""
    return target[0] == word[0] or len(word) > SHORTEST_CORRECTED + 1


@lru_cache(maxsize=1)
def french_words() -> frozenset[str]:
    """Folded words of the French dictionary that ``pyspellchecker`` carries."""
    data = files("spellchecker").joinpath("resources/fr.json.gz").read_bytes()
    return frozenset(part for word in json.loads(gzip.decompress(data)) for part in words(word))
