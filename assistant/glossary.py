"""Words of the administration that are said, with what the fiche's own glossary says they mean.

Most entries are longer than what is left of sixty words: they stand on the card, for an agent whose
caller asks what a word means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.card import Term
from vectorstore.fiche import Definition
from vectorstore.text import stems

MAX_TERMS = 3

_BRACKETS = re.compile(r"\s*\([^)]*\)")


def terms_said(said: str, definitions: Iterable[Definition]) -> list[Term]:
    """The entries whose words are said in a row, in the order in which they are said.

    Args:
        said: what is to be said.
        definitions: of the fiche that answers.
    """
    heard = [f" {' '.join(stems(part))} " for part in re.split(r"[.,;:!?()]", said)]
    found: dict[str, tuple[int, Term]] = {}
    for definition in definitions:
        title = _BRACKETS.sub("", definition.title).strip()
        words = f" {' '.join(stems(title))} "
        place = next((n for n, part in enumerate(heard) if words in part), None)
        if place is not None and definition.text and title not in found:
            meaning = " ".join(definition.text.split())
            found[title] = (place, Term(word=title, meaning=meaning))
    ordered = sorted(found.values(), key=lambda item: item[0])
    return [term for _, term in ordered][:MAX_TERMS]
