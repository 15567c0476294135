"""How words are compared: folding, tokens, stems. The one place that decides it."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import Stemmer

_TOKEN = re.compile(r"[a-z0-9]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
"""The accents of French, taken away at once; rarer marks are looked for one by one."""
_SIGNS = re.compile("[€«»°–—‑…•×≤≥\u2044]+")
"""Other signs of the fiches, none of which is a mark on a letter."""
_stemmers = threading.local()
STEMS_KEPT = 8192
"""How many words' stems are kept, for all threads; the corpus has some 27,000."""

STOPWORDS = frozenset(
    """a afin ai ainsi alors apres as au aucun aussi autre autres aux avait avant avec avez avoir
    avons bien bonjour bonsoir c ca car ce ceci cela celle celui ces cet cette chez ci comme comment
    d dans de deja depuis des dire dit dois doit donc dont du elle elles en encore entre es est et
    etais etait etc ete etes etre eu eux fait faire faut fois font hui il ils j je jusqu l la le les
    leur leurs lors lui m ma madame mais me meme merci mes moi mon monsieur n ne nos notre nous on
    ont ou par parce pas pendant peu peut peux plus pour pourquoi pouvez pouvoir pu puis puisque qu
    quand que quel quelle quelles quels qui quoi s sa sans se selon ses si soit son sont sous
    souhaite souhaiterais suis sur svp t ta te tel tes toi ton tous tout toute toutes tres tu un une
    vais vers veut veux voici voila voudrais vos votre vous y""".split()  # noqa: SIM905
)


def fold(text: str) -> str:
    """Lower case, without accents, ligatures or typographic apostrophes."""
    text = text.lower().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    if text.isascii():
        return text
    decomposed = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    if _SIGNS.sub("", decomposed).isascii():
        return decomposed
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """Folded words in order; elisions and hyphens separate."""
    return _TOKEN.findall(fold(text))


def stems(text: str) -> list[str]:
    """Folded French stems in order, stop words left out (all kept if nothing else is there)."""
    every = words(text)
    kept = [word for word in every if word not in STOPWORDS] or every
    return [_stem(word) for word in kept]


@lru_cache(maxsize=STEMS_KEPT)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


def _stemmer() -> Stemmer.Stemmer:
    """Each thread's own, as it serves one at a time, and without a memory of its own."""
    if not hasattr(_stemmers, "french"):
        _stemmers.french = Stemmer.Stemmer("french", 0)
    return _stemmers.french
