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
_TITLED = re.compile(rf"(?<!\d)(?<!\d )\b{_TITLE}\s+(?=[a-zà-ÿœ])", re.IGNORECASE)
"""After these a name follows without a capital, if what comes next tells what that person does."""
_DOES = frozenset(
    """a aimerait appelle appele arrive attend avait cherche conteste declare demande demenage desire
    dit divorce doit dispose est etait explique habite loue n'a n'est n'arrive ne ont paie part pense
    perd peut pouvait possede prend prefere qui rappelle recherche recoit refuse reside s'est se
    signale souhaite souhaiterait sont touche travaille va vend veut veulent vient vit voudrait
    voulait voudraient et au ou""".split()  # noqa: SIM905
)
_ORDINARY = frozenset({"de", "du", "des", "la", "le", "d"})
"""Particles that are no part of a name without a capital: "madame change de voiture et…"."""
_CLOSED = re.compile(r"\s*(?:$|[,;:!?)]|\.(?:\s|$))")
_OF_WHOM = re.compile(r"\b(?:de|pour|par|avec|chez|a|à|et|dossier|appel)\s+$", re.IGNORECASE)
_LIKE_A_STATE = re.compile(r"(?:ée?s?|ante?|aires?|istes?|euses?|iennes?|aises?)$")
"""Endings of what is said of a person and names no one: "monsieur retraité a…"."""
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
    actuellement adulte age agee agent aujourd'hui bientot chomeur deja desormais deuxieme divorcee
    enceinte epoux epouse etrangere etudiant fils hier hospitalise ici independant infirmier infirmiere infirme
    invalide jeune la-bas malade majeur majeure medecin mere mineur mineure patron pere premier premiere
    president rien sourd sourde souvent tuteur tutrice unique usager victime vieux vieille
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
    if not shouted:
        for found in _TITLED.finditer(text):
            end = _titled_end(text, found)
            if end:
                yield found.end(), end


def _titled_end(text: str, title: re.Match[str]) -> int:
    """Where the name without a capital after a title ends; 0 when ordinary words follow the title.

    "mme durand a perdu…" names someone, and "madame quitte son logement" does not: a name is followed
    by what the person does, or ends what a preposition began.
    """
    end = _end(text, title.end(), capital=False, shouted=False, stops=_DOES | _ORDINARY)
    if not end or any(_LIKE_A_STATE.search(word) for word in text[title.end() : end].split()):
        return 0
    after = re.match(r"\s+([^\s,;:.!?)]+)", text[end:])
    if after and fold(after[1]) in _DOES:
        return end
    closed = _CLOSED.match(text, end) and _OF_WHOM.search(text[: title.start()][-20:])
    return end if closed else 0


def _end(
    text: str,
    place: int,
    *,
    capital: bool,
    shouted: bool,
    stops: frozenset[str] = frozenset(),
) -> int:
    """Where the name that begins at ``place`` ends; 0 when there is none.

    Args:
        capital: the name must have capitals to be one.
        shouted: the whole text has capitals, which then say nothing.
        stops: words that no name holds, beside those that never do.
    """
    end, pending, kept = 0, place, 0
    for position in range(MOST_WORDS):
        found = _WORD.match(text, pending)
        if found is None:
            break
        word = found[1]
        large = word[0].isupper() and not shouted
        folded = fold(word)
        if folded in stops:
            break
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
