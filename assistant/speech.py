"""Written French -> speakable French."""

from __future__ import annotations

import re

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(expression), replacement)
    for expression, replacement in (
        (r"https?://\S+|www\.\S+", ""),
        (r"\s*\[[^\]]*\]", ""),
        (r"\s*\((?:[^()]|\([^()]*\))*\)", ""),
        (r"\(e?s?\)", ""),
        (r"(\d)[  \u202f]?€(?=\w)", r"\1 euros "),
        (r"(\d)[  \u202f]?€", r"\1 euros"),
        (r"€", "euros"),
        (r"(\d)[  \u202f]?%", r"\1 pour cent"),
        (r"\b(\d{1,2})\s?h\s?(\d{2})\b", r"\1 heures \2"),
        (r"\b(\d{1,2})\s?h\b", r"\1 heures"),
        (r"\b[nN]°\s?", "numéro "),
        (r"\bart\.\s?", "article "),
        (r"\b1(?:er)\b", "premier"),
        (r"\bet/ou\b", "ou"),
        (r"(\w)/(\w)", r"\1 ou \2"),
        (r"\s\+\s(?=de\b)", " plus "),
        (r"^\+ (?=de\b)", "plus "),
        (r"\bm²|\bm2\b", "mètres carrés"),
        (r"\bcm3\b", "centimètres cubes"),
        (r"\bkm\b", "kilomètres"),
        (r"\bM\.\s", "monsieur "),
        (r"\bMme\b", "madame"),
        (r"\betc\.", "et cetera"),
        (r"\.{3}|…", ""),
        (r"\*", ""),
        (r"\s*;\s*", ", "),
        (r"\s+([.,])", r"\1"),
        (r"([.,:])(?:\s*[.,:])+", r"\1"),
        (r"\s{2,}", " "),
    )
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀÂÉÈÊÎÔÛÇ«])")
_WORD = re.compile(r"[\w'’-]+")


def speakable(text: str) -> str:
    """One sentence or several, as they are said: units in words, no brackets, links or marks."""
    for expression, replacement in _RULES:
        text = expression.sub(replacement, text)
    return text.strip(" ,;:-")


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its final mark."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def closed(sentence: str) -> str:
    """The sentence with a capital letter in front and a full stop behind."""
    sentence = sentence.strip(" ,;:-")
    if not sentence:
        return ""
    sentence = sentence[0].upper() + sentence[1:]
    return sentence if sentence[-1] in ".!?" else sentence + "."


def word_count(text: str) -> int:
    return len(_WORD.findall(text))
