"""Written French -> speakable French."""

from __future__ import annotations

import re

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(expression), replacement)
    for expression, replacement in (
        (r"(?i)\b(?:https?://|www\.)\S*", ""),
        (r"(?m)^\s*[-–*•]\s+", ""),
        (r"\s*\n\s*", " "),
        (r"(?<=[a-zé])\(s\)", "s"),
        (r"\s*\[[^\[\]]*\]", ""),
        (r"\s*\((?:[^()]|\([^()]*\))*\)", ""),
        (r"(\d)\s?€(?=\w)", r"\1 euros "),
        (r"(\d)\s?€", r"\1 euros"),
        (r"€", "euros"),
        (r"\beuros ?/ ?(?=\w)", "euros par "),
        (r"(\d)\s?%", r"\1 pour cent"),
        (r"\b24\s?h(?:eures)?\s?/\s?24\b", "24 heures sur 24"),
        (r"\b7\s?j(?:ours)?\s?/\s?7\b", "7 jours sur 7"),
        (r"\bkm/h\b", "kilomètres par heure"),
        (r"\b(\d{1,2})\s?h\s?(\d{2})\b", r"\1 heures \2"),
        (r"\b(\d{1,2})\s?h\b", r"\1 heures"),
        (r"(?<![\d,.])([01]) heures\b", r"\1 heure"),
        (r"\b[nN]°\s?", "numéro "),
        (r"\bart\.\s?", "article "),
        (r"\b1er\b", "premier"),
        (r"\b1[èe]?re\b", "première"),
        (r"\bet/ou\b", "ou"),
        (r"(\w)/(\w)", r"\1 ou \2"),
        (r"\s\+\s(?=de\b)", " plus "),
        (r"^\+ (?=de\b)", "plus "),
        (r"\bm²|\bm2\b", "mètres carrés"),
        (r"\bcm3\b", "centimètres cubes"),
        (r"\bkm\b", "kilomètres"),
        (r"\bM\.\s", "monsieur "),
        (r"\bMme\b", "madame"),
        (r"\betc\.(?=\s*$|\s+[A-ZÀÂÉÈÊÎÔÛÇ])", "et cetera."),
        (r"\betc\b\.?", "et cetera"),
        (r"\.{3}|…", ""),
        (r"\*(?!\d)|•", ""),
        (r"\s*;\s*", ", "),
        (r"\s+([.,])", r"\1"),
        (r"([.,:])(?:\s*[.,:])+", r"\1"),
        (r"[()\[\]]", " "),
        (r"\s{2,}", " "),
    )
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀÂÉÈÊÎÔÛÇ«])")
_WORD = re.compile(r"[\w'’-]+")


def speakable(text: str) -> str:
    """One sentence or several, as they are said: units in words, no brackets, links or marks."""
    before = None
    while text != before:
        before = text
        for expression, replacement in _RULES:
            text = expression.sub(replacement, text)
        text = text.strip(" ,;:-")
    return text


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
