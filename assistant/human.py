"""The short human sentence that comes first where a caller has met with a death, violence or theft."""

from __future__ import annotations

from assistant.texts import load_yaml, pattern
from vectorstore.text import fold


def human_sentence(question: str) -> str:
    """The reviewed sentence for a caller who has met with a death, violence or theft, if any."""
    folded = fold(question)
    for script in load_yaml("scripts")["human"]:
        if not pattern(script["asks"]).search(folded):
            continue
        if "near" in script and not pattern(script["near"]).search(folded):
            continue
        if "unless" in script and pattern(script["unless"]).search(folded):
            continue
        return str(script["say"])
    return ""
