"""Cards for tests of what the page shows."""

from __future__ import annotations

from assistant.card import Ask, Card, Source

HOSTILE = "<script>alert(1)</script>"


def hostile(question: str = HOSTILE) -> Card:
    """A card whose every text from the data tries to become markup."""
    source = Source(
        n=1,
        fiche="F1",
        title=HOSTILE,
        section=HOSTILE,
        case=[HOSTILE],
        url="javascript:alert(1)",
        updated="2020-05-12",
        quote="Premier alinéa.\n\n[lien](javascript:alert(1)) " + HOSTILE,
    )
    return Card(
        question=question,
        standalone_question=question,
        say="Le passeport coûte 86 euros.",
        ask=Ask(text="Pour qui ?" + HOSTILE, options=["un adulte" + HOSTILE, "un mineur"]),
        sources=[source],
        warnings=[HOSTILE],
        handover=HOSTILE,
        notes=[HOSTILE],
    )
