"""Names of people, where the words before them announce one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vectorstore.text import STOPWORDS, fold

MOST_WORDS = 4
"""Words of the longest name: "Marie Anne de Villeneuve"."""
_TITLE = r"(?:m\.|mr\.?|mme\.?|mlle\.?|monsieur|madame|mademoiselle)"
_INTRODUCED = re.compile(
    r"\b(?:(?:je|j'?)\s*m['’ ]?ap+el+e|je me nomme|(?:il|elle|mon mari|ma femme|mon fils|ma fille"
    r"|monsieur|madame)\s+s['’ ]?ap+el+e|(?:mon|son|leur)\s+(?:pr[ée]nom|nom"
    r"(?: de (?:famille|naissance|jeune fille))?)\s*(?:est|c['’ ]?est|:)"
    rf"|(?:c['’ ]?est|je suis|ici)(?=\s+{_TITLE}(?:\s|$)))\s*:?\s+(?:{_TITLE}\s+)?",
    re.IGNORECASE,
)
"""After these a name follows, with capitals or without."""
_HERALDED = re.compile(
    rf"(?:\b(?:au nom d(?:e |['’])|nom de famille |moi c['’ ]?est |{_TITLE}\s+)"
    r"|^\W*(?:(?:bonjour|bonsoir|allô|allo)\W+)?ici )(?=[^\W\d_])",
    re.IGNORECASE,
)
"""After these a name follows if it has a capital."""
_WORD = re.compile(r"\s*([^\W\d_][^\W\d_]*(?:['’\-][^\W\d_]+)*)")
_PARTICLES = frozenset(
    {"de", "du", "des", "la", "le", "d", "ben", "bin", "el", "al", "van", "von", "da", "di"}
)
_NO_NAME = STOPWORDS | frozenset(
    """abord accord ailleurs allo alors appel appelle appelez apres attend attends aucune aurait avance
    bonsoir bref cela cest combien comme comment conseil dabord demande demandait demander depuis desire
    devrait donc ecoute enfin essaie etait explique faudrait fonctionnaire francais francaise habite
    habitait habitent jai javais jaimerais jappelle jhabite justement juste maintenant mairie maire
    ministre nest ni oui paie pense perdu perdue plutot possible prefet president prefere procureur
    puis quelquun quelquune quoi recherche recois rappelle reside retraite sait savoir seulement sinon
    souhaiterait supposons tiens toujours touche travaille va vient vis voila voudrait vit voulait
    encore plus jamais mal bien pareil ainsi autrement differemment vraiment juge directeur directrice
    aimerait cherche explique raconte signale a-t-il a-t-elle gagne divorce pacse marie mariee veuve
    veuf ne nee avait doit doivent envoie recu recue dit parle possede loue
    different differente indique indiquee inscrit ecrit marque faux errone orthographie incorrect
    difficile etranger celui celle trop compose ridicule long devenu mentionne absent reste mort decede conduit part revient""".split()  # noqa: SIM905
)
"""What is said after "je m'appelle" or "madame" and is no name."""


def names(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the names in a text."""
    shouted = text.upper() == text
    for pattern, capital in ((_INTRODUCED, False), (_HERALDED, True)):
        for found in pattern.finditer(text):
            end = _end(text, found.end(), capital=capital, shouted=shouted)
            if end:
                yield found.end(), end


def _end(text: str, place: int, *, capital: bool, shouted: bool) -> int:
    """Where the name that begins at ``place`` ends; 0 when there is none.

    Args:
        capital: the name must have capitals to be one.
        shouted: the whole text has capitals, which then say nothing.
    """
    end, pending, kept = 0, place, 0
    for position in range(MOST_WORDS):
        found = _WORD.match(text, pending)
        if found is None:
            break
        word = found[1]
        large = word[0].isupper() and not shouted
        folded = fold(word)
        if folded in _PARTICLES and kept and position < MOST_WORDS - 1:
            pending = found.end()
            continue
        if folded.replace("'", "") in _NO_NAME or folded.split("'")[0] in (
            "j",
            "l",
            "d",
            "qu",
            "c",
            "n",
        ):
            break
        if not large and (
            capital or kept >= 2 or (kept and not shouted and _has_capital(text, place))
        ):
            break
        end, pending, kept = found.end(), found.end(), kept + 1
    return end


def _has_capital(text: str, place: int) -> bool:
    found = _WORD.match(text, place)
    return found is not None and found[1][0].isupper()
