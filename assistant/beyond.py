"""What the corpus in use cannot answer, however near a fiche comes: ``prompts/beyond.yaml``.

Prices and hours that each commune decides, measures younger than the corpus, figures of a year that it
does not know. The nearest fiche would answer something else with the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from assistant.route_features import comparable
from assistant.texts import load_yaml, pattern

_YEAR = re.compile(r"\b20\d\d\b")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre",
)  # fmt: skip


def beyond(question: str, corpus: date, nearest: Callable[[], str] = str) -> str | None:
    """What to say in place of an answer that the corpus cannot hold; None where it may hold one.

    Args:
        question: the standalone question.
        corpus: the date of the corpus in use.
        nearest: gives the text of the nearest fiche: a year that stands in it is known.
    """
    rules, text = load_yaml("beyond"), comparable(question)
    month = f"{MONTHS[corpus.month - 1]} {corpus.year}"
    for measure in rules["newer"]["measures"]:
        if f"{corpus:%Y-%m}" < str(measure["since"]) and pattern(measure["match"]).search(text):
            return str(rules["newer"]["say"].format(corpus=month, name=measure["name"]))
    later = {year for year in _YEAR.findall(text) if int(year) > corpus.year}
    asked = later and pattern(rules["year"]["asks"]).search(text)
    if asked and (unknown := later - set(_YEAR.findall(nearest()))):
        return str(rules["year"]["say"].format(corpus=month, year=max(unknown)))
    if _is_local(text):
        return str(rules["local"]["say"])
    return None


def _is_local(text: str) -> bool:
    """Whether the question asks what each commune or operator decides for itself."""
    local = load_yaml("beyond")["local"]
    if pattern(local["alone"]).search(text):
        return True
    wanted = all(pattern(local[part]).search(text) for part in ("of", "asks"))
    return wanted and not pattern(local["unless"]).search(text)
